import { travelsInside, PRODUCTION, type DeployedBy, type Environment, type Service } from '../../catalogue/model.ts';
import { didYouMean } from '../../finding/nearest.ts';
import type { Job, Pipeline, Stage, Unresolved } from '../../pipeline/model.ts';
import { neverRuns } from '../../pipeline/never-runs.ts';
import type { Target, TargetStep } from '../../pipeline/targets.ts';
import { placeOf } from '../../yaml/node.ts';
import { Claims, describeDispute, type Claim } from './claims.ts';
import {
  deploymentOf,
  type Deployment,
  type Elsewhere,
  type Matching,
  type SwitchedOff,
  type Upload,
} from './deployments.ts';
import { JobFinder, sameFile } from './find-jobs.ts';
import { finderOf } from './find-service.ts';
import { OpenSteps } from './open-steps.ts';
import { nameOf, SUCH } from './place-words.ts';

export interface MatchInput {
  readonly pipeline: Pipeline;
  readonly services: readonly Service[];
  readonly environments: readonly Environment[];
  /** The services that this pipeline answers for; undefined: all. */
  readonly deploys: readonly string[] | undefined;
  readonly graphFile: string;
  readonly targets: readonly TargetStep[];
  readonly switchedOff?: readonly TargetStep[];
}

/** Brings together what the pipeline's steps deploy, what the graph file says by `deployedBy`, and the services. */
export function matchDeployments(input: MatchInput): Matching {
  const matcher = new Matcher(input);
  const said = [{ name: PRODUCTION, services: input.services }, ...input.environments].flatMap((environment) =>
    environment.services.flatMap((service) =>
      service.deployedBy.map((by) => ({ service, by, environment: environment.name })),
    ),
  );
  for (const one of said) matcher.claim(one);
  for (const target of input.targets) matcher.addTarget(target);
  matcher.tellOpen();
  for (const target of input.switchedOff ?? []) matcher.addSwitchedOff(target);
  for (const { service, by, environment } of said) matcher.addDeployedBy(service, by, environment);
  matcher.tellDisputed();
  return matcher;
}

class Matcher implements Matching {
  readonly deployments = new Map<string, Deployment[]>();
  readonly uploads = new Map<string, Upload[]>();
  readonly elsewhere = new Map<string, Elsewhere[]>();
  readonly undeclared: { at: TargetStep; what: string; cure: string }[] = [];
  readonly switchedOff: SwitchedOff[] = [];
  readonly lost: { service: Service; message: string }[] = [];
  readonly unresolved: Unresolved[] = [];
  complete = true;
  readonly #input: MatchInput;
  readonly #finder: ReturnType<typeof finderOf>;
  readonly #byName: ReadonlyMap<string, Service>;
  readonly #jobs: JobFinder;
  readonly #open = new OpenSteps();
  readonly #claims = new Claims();

  constructor(input: MatchInput) {
    this.#input = input;
    this.#finder = finderOf(input.services, input.environments);
    this.#byName = new Map(input.services.map((service) => [service.name, service]));
    this.#jobs = new JobFinder(input.pipeline);
  }

  /** Remembers the jobs that `deployedBy` names: what cannot be told of their steps has been told there. */
  claim(owner: Claim): void {
    this.#claims.add(this.#jobs.find(owner.by).found, owner);
  }

  /** A job that a pattern gives to a second service: whether it deploys that one too, nobody knows. */
  tellDisputed(): void {
    const isIn = (one: Deployment, place: Job | Stage, environment: string): boolean =>
      one.environment === environment && (one.job ?? one.stage) === place;
    const disputes = this.#claims.disputed(
      (place, { service, environment }) =>
        this.deployments.get(service.name)?.some((one) => one.step !== undefined && isIn(one, place, environment)) ===
        true,
    );
    for (const dispute of disputes) {
      const { service, environment } = dispute.wide;
      this.unresolved.push(describeDispute(dispute));
      const left = (this.deployments.get(service.name) ?? []).filter(
        (one) => one.step !== undefined || !dispute.places.some((place) => isIn(one, place, environment)),
      );
      if (left.length > 0) this.deployments.set(service.name, left);
      else this.deployments.delete(service.name);
    }
  }

  addTarget(at: TargetStep): void {
    const { target } = at;
    switch (target.kind) {
      case 'services':
        this.#addServices(at, target.names, target.graphFile, target.environment ?? PRODUCTION);
        return;
      case 'unknown':
        if (target.as !== undefined && this.#finder.find(target.as) !== undefined) {
          this.unresolved.push(...target.doubts);
          this.#addPlace(at, target.as);
          return;
        }
        if (this.#claims.has(at)) {
          this.unresolved.push(...target.doubts);
          return;
        }
        this.complete = false;
        this.#open.add(at, target.reasons);
        return;
      case 'exposes':
      case 'uploads':
        this.#addPlace(at, target);
    }
  }

  tellOpen(): void {
    this.unresolved.push(...this.#open.tell(this.#input.pipeline.staged));
  }

  /** Only for the message about a service that nobody deploys: it says what would. */
  addSwitchedOff({ target, step }: TargetStep): void {
    if (target.kind === 'unknown') return;
    if (target.kind === 'services') {
      const { services, deploys } = this.#input;
      const names = target.names === 'all' ? (deploys ?? services.map(({ name }) => name)) : target.names;
      const environment = target.environment ?? PRODUCTION;
      for (const service of names) this.switchedOff.push({ service, environment, step });
      return;
    }
    const found = this.#finder.find(target);
    if (found !== undefined && 'service' in found)
      this.switchedOff.push({ service: found.service.name, environment: found.environment, step });
  }

  #addPlace(at: TargetStep, target: Extract<Target, { kind: 'exposes' | 'uploads' }>): void {
    const found = this.#claims.choose(this.#finder.find(target), at);
    if (found === undefined) {
      // Names in Kubernetes are nobody's but the cluster's: the job that deploys them has been named instead.
      if (target.kind === 'uploads' || (target.platform === 'kubernetes' && this.#claims.has(at))) return;
      const what = `puts ${nameOf(target)} before its users, but no service of ${this.#input.graphFile} has ${SUCH[target.platform]}`;
      this.undeclared.push({ at, what, cure: this.#suggest(target.app, this.#finder.names()) });
    } else if ('service' in found) {
      const { service, environment } = found;
      if (target.kind === 'exposes')
        this.#add(service.name, environment, at, at.task, this.#asks(target, environment), target);
      else append(this.uploads, service.name, { ...at, environment });
    } else {
      const places = found.map(({ service, environment }) => `${service.name} in ${environment}`).join(' and ');
      const what = `${at.task} deploys ${nameOf(target)}, which is that of ${places}: give the step its resource group, let the names differ, or say with deployedBy which one its job deploys`;
      this.complete = false;
      this.unresolved.push({ ...placeOf(at.step), what });
    }
  }

  #addServices(at: TargetStep, names: readonly string[] | 'all', graphFile: string, wanted: string): void {
    const { environments, services, deploys } = this.#input;
    if (!sameFile(graphFile, this.#input.graphFile)) {
      const what = `${at.task} deploys the services of '${graphFile}', while this check reads '${this.#input.graphFile}'`;
      this.complete = false;
      this.unresolved.push({ ...placeOf(at.step), what });
      return;
    }
    const environment = [PRODUCTION, ...environments.map(({ name }) => name)].find(
      (name) => name.toLowerCase() === wanted.toLowerCase(),
    );
    if (environment === undefined) {
      this.complete = false;
      const what = `deploys to environment '${wanted}', which ${this.#input.graphFile} does not have`;
      this.undeclared.push({
        at,
        what,
        cure: didYouMean(
          wanted,
          environments.map(({ name }) => name),
        ),
      });
      return;
    }
    for (const name of names === 'all' ? (deploys ?? services.map((service) => service.name)) : names) {
      const service = this.#byName.get(name);
      if (service === undefined)
        this.undeclared.push({
          at,
          what: `deploys '${name}', which is no service of ${this.#input.graphFile}`,
          cure: this.#suggest(name, this.#byName.keys()),
        });
      // A package is used by others while they are built; no job puts it before users.
      else if (!travelsInside(service)) this.#add(name, environment, at, at.task, true);
    }
  }

  addDeployedBy(service: Service, by: DeployedBy, environment: string): void {
    const { pipeline } = this.#input;
    if (by.pipeline !== undefined && !sameFile(by.pipeline, pipeline.file)) {
      append(this.elsewhere, service.name, { environment, pipeline: by.pipeline });
      return;
    }
    const { found, missing } = this.#jobs.find(by);
    for (const { stage, job } of found) if (!neverRuns(stage, job)) this.#addJob(service, environment, stage, job);
    if (missing !== undefined) this.lost.push({ service, message: missing });
  }

  #addJob(service: Service, environment: string, stage: Stage, job: Job | undefined): void {
    const known = this.deployments.get(service.name) ?? [];
    // A step that was recognised in that job says the same more exactly.
    if (known.some((one) => job !== undefined && one.job === job && one.environment === environment)) return;
    this.#add(service.name, environment, { stage, job, step: undefined, part: 0 }, 'deployedBy', false);
  }

  #add(
    service: string,
    environment: string,
    at: Pick<Deployment, 'stage' | 'job' | 'step' | 'part'>,
    inferredFrom: string,
    asksOthers: boolean,
    goesTo?: Extract<Target, { kind: 'exposes' }>,
  ): void {
    append(this.deployments, service, deploymentOf(at, { service, environment, inferredFrom, goesTo, asksOthers }));
  }

  /** With another graph, or the names of another environment, it asks for something else. */
  #asks({ asks }: Extract<Target, { kind: 'exposes' }>, environment: string): boolean {
    if (asks === undefined || !sameFile(asks.graphFile, this.#input.graphFile)) return false;
    return (asks.environment ?? PRODUCTION).toLowerCase() === environment.toLowerCase();
  }

  #suggest(name: string, known: Iterable<string>): string {
    // Looking at every name for every wrong one is for files of human size.
    return this.undeclared.length > 20 ? '' : didYouMean(name, known);
  }
}

function append<K, T>(map: Map<K, T[]>, key: K, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
