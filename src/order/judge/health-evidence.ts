import { makeGraph, type GraphNode } from '../../graph/graph.ts';
import { findPaths } from '../../graph/order.ts';
import { foldedName } from '../../pipeline/folded-name.ts';
import type { Job, Pipeline, Step } from '../../pipeline/model.ts';
import { isSwitchedOff } from '../../pipeline/never-runs.ts';
import type { Deployment, Matching } from '../match/deployments.ts';
import { isSwap } from '../match/rollbacks.ts';
import { makeJobGraph } from './job-graph.ts';
import { stepMayRun } from './step-conditions.ts';

/**
 * Tasks that ask nobody whether he is well, by lower-case name (their task.json): they fetch, unpack, set, build or deploy. Every
 * other task may be a check, and every script.
 */
const ASK_NOTHING = new Set(
  (
    'azurewebapp azurefunctionapp azurewebappcontainer azurefunctionappcontainer azurermwebappdeployment azureappservicemanage ' +
    'azureappservicesettings azurestaticwebapp azurecontainerapps sqlazuredacpacdeployment helmdeploy kubernetesmanifest azureresourcemanagertemplatedeployment ' +
    'azureresourcegroupdeployment azurekeyvault downloadpipelineartifact downloadbuildartifacts downloadsecurefile downloadpackage ' +
    'downloadgithubrelease publishpipelineartifact publishbuildartifacts copyfiles deletefiles extractfiles archivefiles ' +
    'filetransform replacetokens usedotnet usenode nodetool usepythonversion javatoolinstaller nugettoolinstaller ' +
    'nugetauthenticate npmauthenticate nugetcommand cache delay saferolloutvalidate'
  ).split(' '),
);
/** Those that ask nothing with some commands. */
const COMMANDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['dotnetcorecli', ['restore', 'build', 'publish', 'pack', 'push']],
  ['npm', ['install', 'ci', 'publish']],
]);

/** Whether a step may find out how an app is, and hold back what comes after it. */
function mayAsk(step: Step): boolean {
  // `checkout`, `download` and `publish` are no tasks.
  if (step.task === undefined || isSwitchedOff(step)) return false;
  const name = step.task.name.toLowerCase();
  const command = step.inputs.get('command')?.text.trim().toLowerCase();
  if (ASK_NOTHING.has(name) || (command !== undefined && COMMANDS.get(name)?.includes(command) === true)) return false;
  // What runs only after a failure holds nothing back.
  return stepMayRun(step, 'Succeeded') !== 'no';
}

/** What has a place in a job: a deployment, or the upload before a swap. */
type At = Pick<Deployment, 'stage' | 'job' | 'step'>;

export interface Pair {
  readonly before: Deployment;
  readonly after: Deployment;
  /** It is known that the second comes after the first. */
  readonly isOrdered: boolean;
}

/** `none`: nothing between the two may look at the first. `unordered`: the second does not come after the first at all. */
export type Look = 'none' | 'maybe' | 'unordered';

/**
 * Whether anything between two deployments may look at the first. What could be a look counts as one: every script and every
 * task that is not known to ask nothing, behind the deployment in its own job, in each job on the way, and in front of the
 * dependent in its job; of a swap also what stands between the upload to the slot and the swap. So does an environment that
 * a stage on the way or the dependent's own stage names: it may have checks, which no file shows.
 */
export function looksBetween(
  pairs: readonly Pair[],
  pipeline: Pipeline,
  uploads: Matching['uploads'],
): readonly Look[] {
  const all = pairs.map(({ before, after, isOrdered }) => {
    const ways = waysOf(before, after, uploads);
    // What a later stage does before the dependent comes behind all of the earlier one.
    const isBehind = isOrdered && before.stage !== after.stage && asksBefore(after);
    const near = isBehind ? 'maybe' : lookNear(before, after, ways);
    return { before, after, near, far: near === 'none' ? ways.filter(([from, to]) => from.job !== to.job) : [] };
  });
  // Most pairs are settled by the steps beside them, and where nothing looks at anything only the order is left to ask.
  const somebodyLooks = pipeline.stages.some(({ jobs }) =>
    jobs.some((job) => isDeployment(job) || job.steps.some(mayAsk)),
  );
  const asked = all.flatMap(({ far }) => far);
  const onTheWay =
    somebodyLooks || pairs.some(({ isOrdered }) => !isOrdered)
      ? looksOnTheWay(pipeline, asked)
      : asked.map(() => ({ isWay: true, look: false }));
  let at = 0;
  return all.map(({ before, after, near, far }): Look => {
    const found = onTheWay.slice(at, (at += far.length));
    if (before.job !== after.job && found[0]?.isWay === false) return 'unordered';
    return found.some(({ look }) => look) ? 'maybe' : near;
  });
}

/** By what stands in the two jobs, and in the stage of the second, alone. */
function lookNear(before: Deployment, after: Deployment, ways: readonly (readonly [At, At])[]): Look {
  // Which step it is nobody says, or it has several runs of its own.
  if (before.job === undefined || before.step === undefined || before.job.repeats || after.job === undefined)
    return 'maybe';
  if (before.job === after.job && !isEarlier(before, after)) return 'unordered';
  if (before.stage !== after.stage && after.stage.jobs.some(isDeployment)) return 'maybe';
  return ways.some(([from, to]) => stepsBeside(from, to).some(mayAsk)) ? 'maybe' : 'none';
}

const askedBefore = new WeakMap<Job, boolean>();

/** Whether a job of the same stage that this one waits for, directly or not, may ask. */
function asksBefore({ stage, job }: Deployment): boolean {
  if (job === undefined || job.dependsOn.length === 0) return false;
  const known = askedBefore.get(job);
  if (known !== undefined) return known;
  const above = new Set(job.dependsOn.map(foldedName));
  // A set grows while it is walked.
  for (const name of above)
    for (const one of stage.jobs)
      if (foldedName(one) === name) for (const edge of one.dependsOn) above.add(foldedName(edge));
  const asks = stage.jobs.some((one) => above.has(foldedName(one)) && one.steps.some(mayAsk));
  askedBefore.set(job, asks);
  return asks;
}

function isEarlier({ job, step }: Deployment, after: Deployment): boolean {
  return after.step === undefined || job!.steps.indexOf(step!) < job!.steps.indexOf(after.step);
}

function isDeployment({ kind }: Job): boolean {
  return kind === 'deployment';
}

/** From the deployment to its dependent; of a swap also from the upload to it, or from the start of its job. */
function waysOf(before: Deployment, after: Deployment, uploads: Matching['uploads']): readonly (readonly [At, At])[] {
  if (!isSwap(before)) return [[before, after]];
  const own = (uploads.get(before.service) ?? []).filter(({ environment }) => environment === before.environment);
  const { stage, job } = before;
  const starts: readonly At[] = own.length > 0 ? own : [{ stage, job, step: undefined }];
  return [[before, after], ...starts.map((start) => [start, before] as const)];
}

/** The steps of the two jobs that run behind the one and up to the other: a script that deploys may ask before it does. */
function stepsBeside(from: At, to: At): readonly Step[] {
  const first = from.job?.steps ?? [];
  const last = to.job?.steps ?? [];
  const start = from.step === undefined ? 0 : first.indexOf(from.step) + 1;
  const end = to.step === undefined ? last.length : last.indexOf(to.step) + 1;
  return from.job === to.job ? first.slice(start, end) : [...first.slice(start), ...last.slice(0, end)];
}

/**
 * For each pair whether there is a way between, and one on which a job that may ask or a stage with an environment lies. The
 * graph is laid out twice, and only through such a job or stage a way leads from the first to the second: one search answers
 * for all.
 */
function looksOnTheWay(
  pipeline: Pipeline,
  pairs: readonly (readonly [At, At])[],
): readonly { readonly isWay: boolean; readonly look: boolean }[] {
  if (pairs.length === 0) return [];
  const { graph, startOf, endOf } = makeJobGraph(pipeline);
  const crossings = new Map<string, string>();
  for (const stage of pipeline.stages) {
    if (stage.jobs.some(isDeployment)) {
      const place = { stage, job: undefined };
      crossings.set(endOf(place), startOf(place));
    }
    for (const job of stage.jobs)
      if (job.steps.some(mayAsk)) crossings.set(endOf({ stage, job }), startOf({ stage, job }));
  }
  const nodes = graph.names.flatMap((name, at): GraphNode[] => {
    const above = graph.dependencies[at]!.map((index) => graph.names[index]!);
    const crossing = crossings.get(name);
    return [
      { name: `0 ${name}`, dependsOn: above.map((one) => `0 ${one}`) },
      {
        name: `1 ${name}`,
        dependsOn: [...above.map((one) => `1 ${one}`), ...(crossing === undefined ? [] : [`0 ${crossing}`])],
      },
    ];
  });
  const found = findPaths(
    makeGraph(nodes),
    pairs.flatMap(([from, to]) =>
      ['0', '1'].map((layer) => ({ from: `0 ${endOf(from)}`, to: `${layer} ${startOf(to)}` })),
    ),
  );
  return pairs.map((_, at) => ({ isWay: found[2 * at]!, look: found[2 * at + 1]! }));
}
