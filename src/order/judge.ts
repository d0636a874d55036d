import { findPaths } from '../graph/order.ts';
import type { Pipeline } from '../pipeline/model.ts';
import type { Deployment, Matching } from './deployments.ts';
import { makeJobGraph } from './job-graph.ts';
import type { Requirement } from './requirements.ts';

/** Whether one deployment of `after` comes behind one of `before`, and only on its success. */
export type Judgement = { readonly requirement: Requirement; readonly after: Deployment } & (
  | { readonly verdict: 'holds' }
  /** Nothing orders the two: they may run at once, and one without the other. */
  | { readonly verdict: 'missing'; readonly before: Deployment }
  /** `before` is deployed only after `after`. */
  | { readonly verdict: 'reversed'; readonly before: Deployment }
  /** The order lies inside one job or stage, where it cannot be seen. */
  | { readonly verdict: 'unknown'; readonly before: Deployment; readonly what: string }
);

/**
 * Judges every requirement for every deployment of the service that has to come after.
 * Requirements whose other side is not deployed here are left out.
 */
export function judgeOrder(
  pipeline: Pipeline,
  requirements: readonly Requirement[],
  { deployments }: Matching,
): Judgement[] {
  const { graph, serviceNode, startOf } = makeJobGraph(pipeline, deployments.values());
  const pairs = requirements.flatMap((requirement) => {
    const befores = deployments.get(requirement.before) ?? [];
    const afters = befores.length === 0 ? [] : (deployments.get(requirement.after) ?? []);
    return afters.map((after) => ({ requirement, after, befores }));
  });
  const ordered = findPaths(
    graph,
    pairs.map(({ requirement, after }) => ({ from: serviceNode(requirement.before), to: startOf(after) })),
  );
  const open = pairs.filter((_, at) => !ordered[at]!);
  // Only what is not in order is asked whether it is in the opposite one.
  const turned = findPaths(
    graph,
    open.flatMap(({ requirement, befores }) =>
      befores.map((before) => ({ from: serviceNode(requirement.after), to: startOf(before) })),
    ),
  );
  let at = 0;
  return pairs.map(({ requirement, after, befores }, pair) => {
    if (ordered[pair]!) return { requirement, after, verdict: 'holds' };
    const turnedHere = befores.map(() => turned[at++]!);
    return { requirement, after, ...judgePair(after, befores, turnedHere) };
  });
}

type Verdict = Judgement extends infer J ? (J extends Judgement ? Omit<J, 'requirement' | 'after'> : never) : never;

function judgePair(after: Deployment, befores: readonly Deployment[], turned: readonly boolean[]): Verdict {
  const inside = befores.flatMap((before) => judgeInside(after, before) ?? []);
  for (const verdict of ['holds', 'unknown', 'reversed'] as const) {
    const found = inside.find((one) => one.verdict === verdict);
    if (found !== undefined) return found;
  }
  const later = befores.find((_, at) => turned[at]!);
  return later === undefined ? { verdict: 'missing', before: befores[0]! } : { verdict: 'reversed', before: later };
}

/** Two deployments that share a job, or of which one may be anywhere in the other's stage. */
function judgeInside(after: Deployment, before: Deployment): Verdict | undefined {
  if (after.stage !== before.stage) return undefined;
  if (after.job === undefined || before.job === undefined)
    return { verdict: 'unknown', before, what: `deployedBy names stage ${after.stage.name} but no job of it` };
  if (after.job !== before.job) return undefined;
  const job = `job ${after.job.name}`;
  if (after.step === undefined || before.step === undefined)
    return { verdict: 'unknown', before, what: `${job} deploys both, and which step does which cannot be seen` };
  // One SafeRolloutDeploy keeps the order of its services by construction.
  if (after.step === before.step) return { verdict: 'holds' };
  if (after.job.repeats)
    return { verdict: 'unknown', before, what: `${job} deploys both and repeats its steps, as rolling and canary do` };
  const steps = after.job.steps;
  return steps.indexOf(before.step) < steps.indexOf(after.step)
    ? { verdict: 'holds' }
    : { verdict: 'reversed', before };
}
