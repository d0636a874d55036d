import type { DeployedBy, Service } from '../catalogue/model.ts';
import { placeOf } from '../yaml/node.ts';
import type { Position } from '../finding/finding.ts';
import { didYouMean } from '../finding/nearest.ts';
import type { Job, Pipeline, Stage, Step, Unresolved } from '../pipeline/model.ts';
import type { TargetStep } from '../pipeline/targets.ts';

/** A place in the pipeline where a release of a service comes before its users. */
export interface Deployment extends Position {
  readonly service: string;
  readonly environment: 'production';
  readonly stage: Stage;
  /** Undefined: some job of the stage, which `deployedBy` does not name. */
  readonly job: Job | undefined;
  /** Undefined: some step of the job, since `deployedBy` names only jobs. */
  readonly step: Step | undefined;
  /** The task, or `deployedBy`. */
  readonly inferredFrom: string;
}

/** Who deploys what, and what did not fit. */
export interface Matching {
  /** By service, in the order of the pipeline. */
  readonly deployments: ReadonlyMap<string, readonly Deployment[]>;
  /** Uploads to a slot that users do not see, by service. */
  readonly uploads: ReadonlyMap<string, readonly TargetStep[]>;
  /** Services that `deployedBy` gives to other pipelines. */
  readonly elsewhere: ReadonlyMap<string, string>;
  /** Steps that deploy what no service is. `what` says it in words, `cure` what is near. */
  readonly undeclared: readonly { readonly at: TargetStep; readonly what: string; readonly cure: string }[];
  /** `deployedBy` that leads nowhere in this pipeline. */
  readonly lost: readonly { readonly service: Service; readonly message: string }[];
  readonly unresolved: readonly Unresolved[];
}

export interface MatchInput {
  readonly pipeline: Pipeline;
  readonly services: readonly Service[];
  readonly graphFile: string;
  readonly targets: readonly TargetStep[];
}

/** Brings together what the pipeline's steps deploy, what the graph file says by `deployedBy`, and the services. */
export function matchDeployments(input: MatchInput): Matching {
  const matcher = new Matcher(input);
  for (const target of input.targets) matcher.addTarget(target);
  for (const service of input.services) for (const by of service.deployedBy) matcher.addDeployedBy(service, by);
  return matcher;
}

class Matcher implements Matching {
  readonly deployments = new Map<string, Deployment[]>();
  readonly uploads = new Map<string, TargetStep[]>();
  readonly elsewhere = new Map<string, string>();
  readonly undeclared: { at: TargetStep; what: string; cure: string }[] = [];
  readonly lost: { service: Service; message: string }[] = [];
  readonly unresolved: Unresolved[] = [];
  readonly #input: MatchInput;
  readonly #byApp: ReadonlyMap<string, Service>;
  readonly #byName: ReadonlyMap<string, Service>;
  readonly #stages: ReadonlyMap<string, Stage>;

  constructor(input: MatchInput) {
    this.#input = input;
    this.#byName = new Map(input.services.map((service) => [service.name, service]));
    this.#byApp = new Map(
      input.services.flatMap((service) =>
        service.kind === 'appService' ? [[service.app.toLowerCase(), service]] : [],
      ),
    );
    this.#stages = new Map(input.pipeline.stages.map((stage) => [stage.name.toLowerCase(), stage]));
  }

  addTarget(at: TargetStep): void {
    const { target } = at;
    if (target.kind === 'services') {
      this.#addServices(at, target.names, target.graphFile);
      return;
    }
    const service = this.#byApp.get(target.app.toLowerCase());
    if (service !== undefined) {
      if (target.kind === 'exposes') this.#add(service.name, at, at.task);
      else append(this.uploads, service.name, at);
    } else if (target.kind === 'exposes') {
      const what = `puts app '${target.app}' before its users, but no service of ${this.#input.graphFile} has this app`;
      this.undeclared.push({ at, what, cure: this.#suggest(target.app, this.#byApp) });
    }
  }

  #addServices(at: TargetStep, names: readonly string[] | 'all', graphFile: string): void {
    if (!sameFile(graphFile, this.#input.graphFile)) {
      const what = `${at.task} deploys the services of '${graphFile}', while this check reads '${this.#input.graphFile}'`;
      this.unresolved.push({ ...placeOf(at.step), what });
      return;
    }
    const wanted = names === 'all' ? this.#input.services.map(({ name }) => name) : names;
    for (const name of wanted) {
      const service = this.#byName.get(name);
      if (service === undefined)
        this.undeclared.push({
          at,
          what: `deploys '${name}', which is no service of ${this.#input.graphFile}`,
          cure: this.#suggest(name, this.#byName),
        });
      // A package is used by others while they are built; no job puts it before users.
      else if (service.kind !== 'package') this.#add(name, at, at.task);
    }
  }

  addDeployedBy(service: Service, by: DeployedBy): void {
    const { pipeline } = this.#input;
    if (by.pipeline !== undefined && !sameFile(by.pipeline, pipeline.file)) {
      this.elsewhere.set(service.name, by.pipeline);
      return;
    }
    const stage = by.stage === undefined ? undefined : this.#stages.get(by.stage.toLowerCase());
    if (by.stage !== undefined && stage === undefined) {
      const names = pipeline.stages.filter(({ named }) => named).map(({ name }) => name);
      this.lost.push({ service, message: `stage '${by.stage}'${didYouMean(by.stage, names)}` });
      return;
    }
    const stages = stage === undefined ? pipeline.stages : [stage];
    if (by.job === undefined) {
      // A stage of one job leaves no doubt about the job.
      for (const one of stages) this.#addJob(service, one, one.jobs.length === 1 ? one.jobs[0] : undefined);
      return;
    }
    const wanted = by.job.toLowerCase();
    const found = stages.flatMap((one) =>
      one.jobs.filter((job) => job.name.toLowerCase() === wanted).map((job): [Stage, Job] => [one, job]),
    );
    for (const [one, job] of found) this.#addJob(service, one, job);
    if (found.length > 0) return;
    const names = stages.flatMap((one) => one.jobs.map(({ name }) => name));
    const where = stage === undefined ? '' : ` in stage ${stage.name}`;
    this.lost.push({ service, message: `job '${by.job}'${where}${didYouMean(by.job, names)}` });
  }

  #addJob(service: Service, stage: Stage, job: Job | undefined): void {
    const known = this.deployments.get(service.name) ?? [];
    // A step that was recognised in that job says the same more exactly.
    if (known.some((deployment) => job !== undefined && deployment.job === job)) return;
    this.#add(service.name, { stage, job, step: undefined }, 'deployedBy');
  }

  #add(service: string, at: Pick<Deployment, 'stage' | 'job' | 'step'>, inferredFrom: string): void {
    const { stage, job, step } = at;
    const place = placeOf(step ?? job ?? stage);
    append(this.deployments, service, { ...place, service, environment: 'production', stage, job, step, inferredFrom });
  }

  #suggest(name: string, known: ReadonlyMap<string, unknown>): string {
    // Looking at every name for every wrong one is for files of human size.
    return this.undeclared.length > 20 ? '' : didYouMean(name, known.keys());
  }
}

/** Whether two paths name one file as far as can be told: the shorter is the end of the longer. */
export function sameFile(a: string, b: string): boolean {
  const [left, right] = [segments(a), segments(b)];
  const length = Math.min(left.length, right.length);
  return length > 0 && left.slice(-length).join('/') === right.slice(-length).join('/');
}

function segments(path: string): string[] {
  return path.split(/[/\\]+/).filter((segment) => segment !== '' && segment !== '.');
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
