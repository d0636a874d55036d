import type { Service } from '../../catalogue/model.ts';
import type { Position } from '../../finding/finding.ts';
import type { Job, Stage, Step, Unresolved } from '../../pipeline/model.ts';
import type { Place, Target, TargetStep } from '../../pipeline/targets.ts';

/** A place in the pipeline where a release of a service comes before its users. */
export interface Deployment extends Position {
  readonly service: string;
  readonly environment: string;
  readonly stage: Stage;
  /** Undefined: some job of the stage, which `deployedBy` does not name. */
  readonly job: Job | undefined;
  /** Undefined: some step of the job, since `deployedBy` names only jobs. */
  readonly step: Step | undefined;
  /** Where it stands among the deployments of its step. */
  readonly part: number;
  /** The task, or `deployedBy`. */
  readonly inferredFrom: string;
  /** Where it goes to, when a step says so. */
  readonly goesTo: Place | undefined;
  /** Of a swap, the names of its two slots, sorted; undefined of all others, and where only the run knows one. */
  readonly slots: readonly [string, string] | undefined;
  /** It asks what other pipelines must have deployed before it puts the release out. */
  readonly asksOthers: boolean;
}

const made = new WeakMap<object, Deployment[]>();

/** The deployment of a place. Of the same it is the same object, in all cases of a pipeline. */
export function deploymentOf(
  { stage, job, step, part }: Pick<Deployment, 'stage' | 'job' | 'step' | 'part'>,
  said: Pick<Deployment, 'service' | 'environment' | 'inferredFrom' | 'asksOthers'> & {
    readonly goesTo: Extract<Target, { kind: 'exposes' }> | undefined;
  },
): Deployment {
  const place = step ?? job ?? stage;
  let known = made.get(place);
  if (known === undefined) made.set(place, (known = []));
  const { service, environment, inferredFrom, goesTo, asksOthers } = said;
  for (const one of known)
    if (
      one.stage === stage &&
      one.job === job &&
      one.part === part &&
      one.service === service &&
      one.environment === environment &&
      one.goesTo === goesTo &&
      one.inferredFrom === inferredFrom &&
      one.asksOthers === asksOthers
    )
      return one;
  const { file, line, column } = place;
  const what = { service, environment, inferredFrom, goesTo, slots: goesTo?.slots, asksOthers };
  const one: Deployment = { file, line, column, stage, job, step, part, ...what };
  known.push(one);
  return one;
}

/** A release that is put where users do not see it. */
export interface Upload extends TargetStep {
  readonly environment: string;
}

/** A service that another pipeline deploys. */
export interface Elsewhere {
  readonly environment: string;
  readonly pipeline: string;
}

/** A service that a step would deploy, were it not switched off. */
export interface SwitchedOff {
  readonly service: string;
  readonly environment: string;
  readonly step: Step;
}

/** Who deploys what, and what did not fit. */
export interface Matching {
  /** By service, in the order of the pipeline. */
  readonly deployments: ReadonlyMap<string, readonly Deployment[]>;
  /** Uploads to a slot that users do not see, by service. */
  readonly uploads: ReadonlyMap<string, readonly Upload[]>;
  /** Services that `deployedBy` gives to other pipelines. */
  readonly elsewhere: ReadonlyMap<string, readonly Elsewhere[]>;
  /** Steps that deploy what no service is. `what` says it in words, `cure` what is near. */
  readonly undeclared: readonly { readonly at: TargetStep; readonly what: string; readonly cure: string }[];
  /** What steps would do that are switched off. */
  readonly switchedOff: readonly SwitchedOff[];
  /** `deployedBy` that leads nowhere in this pipeline. */
  readonly lost: readonly { readonly service: Service; readonly message: string }[];
  readonly unresolved: readonly Unresolved[];
  /** False when some step deploys something that could not be told. */
  readonly complete: boolean;
}

/**
 * Of all deployments of a service those that another one has to look at. An app of App Service is in one place. Others
 * may go to several, such as the clusters of two regions: what lies beside `after` counts there, and not what lies
 * elsewhere. Where nothing tells, all do.
 */
export function nearest<T extends Pick<Deployment, 'stage' | 'goesTo'>>(after: T, befores: readonly T[]): readonly T[] {
  if (befores.length < 2 || befores.some(({ goesTo }) => goesTo?.platform === 'appService')) return befores;
  const { goesTo, stage } = after;
  const asNear: ((before: T) => boolean)[] = [
    (before) => goesTo?.connection !== undefined && before.goesTo?.connection === goesTo.connection,
    (before) => goesTo?.resourceGroup !== undefined && before.goesTo?.resourceGroup === goesTo.resourceGroup,
    (before) => before.stage === stage,
  ];
  for (const isNear of asNear) {
    const near = befores.filter(isNear);
    if (near.length > 0) return near;
  }
  return befores;
}

/** What of a matching is about one environment. */
export function matchingIn(matching: Matching, environment: string): Matching {
  const only = <T extends { readonly environment: string }>(
    map: ReadonlyMap<string, readonly T[]>,
  ): Map<string, readonly T[]> => {
    const isHere = (one: T): boolean => one.environment === environment;
    const found = new Map<string, readonly T[]>();
    for (const [service, list] of map) {
      const here = list.every(isHere) ? list : list.filter(isHere);
      if (here.length > 0) found.set(service, here);
    }
    return found;
  };
  const { undeclared, lost, unresolved, complete } = matching;
  const switchedOff = matching.switchedOff.filter((one) => one.environment === environment);
  const [deployments, uploads, elsewhere] = [
    only(matching.deployments),
    only(matching.uploads),
    only(matching.elsewhere),
  ];
  return { deployments, uploads, elsewhere, switchedOff, undeclared, lost, unresolved, complete };
}
