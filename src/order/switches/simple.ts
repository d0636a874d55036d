import { travelsInside, type Service } from '../../catalogue/model.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import type { Matching } from '../match/deployments.ts';
import { placeNamed } from '../match/environment-words.ts';
import { isSwap } from '../match/rollbacks.ts';
import { firmJobs } from '../runs/guarantees.ts';
import { makePlan } from '../runs/plan.ts';
import type { Switched } from './what-hangs-on.ts';

/** Whether a condition asks for the result or the outputs of somebody by his name, in another stage or among stages. */
export function asksByName(pipeline: Pipeline): boolean {
  return makePlan(pipeline).nodes.some(
    ({ id, stage, guard }) =>
      guard.kind === 'custom' && (guard.jobsAsked.length > 0 || (id === stage && guard.asksDirect)),
  );
}

/** The switches for which nobody waits, and on whose services nothing else bears. */
export function simpleOnes(
  on: Pipeline,
  switched: readonly Switched[],
  matching: Matching,
  services: readonly Service[],
): readonly string[] {
  const plan = makePlan(on);
  const firm = firmJobs(plan);
  const all = new Set(switched.map(({ id }) => id));
  const bad = new Set(tellsPlaces(matching) ? sharedServices(matching, services, switched) : all);
  for (const { id, stage, job, isAwaited } of switched) {
    if (isAwaited) bad.add(id);
    // Where nothing else runs for certain, whether the stage does hangs on a job of which nobody knows whether it does.
    const isAlone = !stage.jobs.some(
      (one) => firm.has(plan.idOf.get(one)!) && !switched.some((each) => each.job === one),
    );
    if (job !== undefined && isAlone && !firm.has(plan.idOf.get(job)!)) bad.add(id);
  }
  return [...all].filter((id) => !bad.has(id));
}

/**
 * Which place a stage belongs to may be told by what it deploys, and what it deploys hangs on switches. Where a place is
 * told by names, or there is only one, it does not.
 */
function tellsPlaces({ deployments, uploads }: Matching): boolean {
  const all = [...[...deployments.values()].flat(), ...[...uploads.values()].flat()];
  const environments = new Set(all.map(({ environment }) => environment));
  return environments.size < 2 || all.every(({ stage }) => placeNamed(stage.name) !== undefined);
}

/** Switches whose services are deployed under others, too, or in a way in which the absence of several shows. */
function sharedServices(
  matching: Matching,
  services: readonly Service[],
  nodes: readonly Switched[],
): ReadonlySet<string> {
  const packages = new Set(services.filter(travelsInside).map(({ name }) => name));
  const idsOf = (stage: Stage, job: Job | undefined): readonly string[] =>
    nodes.filter((one) => one.stage === stage && (one.job === undefined || one.job === job)).map(({ id }) => id);
  const shared = new Set<string>();
  const under = new Map<string, { readonly ids: Set<string>; swaps: number }>();
  const add = (service: string, environment: string, stage: Stage, job: Job | undefined, swaps: number): void => {
    const key = JSON.stringify([service, environment]);
    const known = under.get(key) ?? { ids: new Set<string>(), swaps: 0 };
    under.set(key, known);
    known.swaps += swaps;
    const ids = idsOf(stage, job);
    for (const id of ids) known.ids.add(id);
    if (ids.length > 1 || packages.has(service)) for (const id of ids) shared.add(id);
    // Some job of the stage: which of them are left decides what is known of it.
    if (job === undefined)
      for (const one of nodes) if (one.stage === stage && one.job !== undefined) shared.add(one.id);
  };
  for (const [service, list] of matching.deployments)
    for (const one of list) add(service, one.environment, one.stage, one.job, isSwap(one) ? 1 : 0);
  for (const [service, list] of matching.uploads)
    for (const { environment, stage, job } of list) add(service, environment, stage, job, 0);
  // Of two swaps of one app one may undo the other, as long as all that is deployed is known.
  const undoing = !matching.complete && [...under.values()].some(({ swaps }) => swaps > 1);
  for (const { ids } of under.values()) if (ids.size > 1 || undoing) for (const id of ids) shared.add(id);
  return shared;
}

/** Of each stage that is left with nothing that runs for certain once some switches are off, which they are. */
export function groupsOf(
  on: Pipeline,
  switched: readonly Switched[],
  ids: readonly string[],
): readonly (readonly string[])[] {
  const plan = makePlan(on);
  const firm = firmJobs(plan);
  const idOf = new Map(switched.filter(({ id }) => ids.includes(id)).map(({ job, id }) => [job, id]));
  return on.stages.flatMap(({ jobs }) => {
    const own = jobs.flatMap((job) => idOf.get(job) ?? []);
    const isHeld = jobs.some((job) => firm.has(plan.idOf.get(job)!) && !idOf.has(job));
    return own.length === 0 || isHeld ? [] : [own];
  });
}
