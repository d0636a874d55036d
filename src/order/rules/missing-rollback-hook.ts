import type { Deployment } from '../match/deployments.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';
import { isSwap } from '../match/rollbacks.ts';

/**
 * A deployment job swaps and then goes on: when a later step fails, the new release stays before its users. Only a job of
 * the kind `deployment` can have the hook, and only what comes after the swap makes it matter.
 */
export const missingRollbackHook: OrderRule = ({ matching }) => {
  const swaps = [...matching.deployments.values()].flat().filter(isSwap);
  return swaps.flatMap((deployment) => {
    const { job, service } = deployment;
    if (job?.kind !== 'deployment' || (job.onFailure ?? []).length > 0) return [];
    const later = stepAfter(deployment);
    if (later === undefined) return [];
    const message =
      `job ${job.name} goes on after it has swapped ${service}, and nothing takes the swap back when the step on line ` +
      `${later.line} fails: add \`on: failure\` beside \`deploy\`, with SafeRolloutRollback`;
    return [
      {
        ...makeFinding('missing-rollback-hook', deployment, message, [service]),
        identity: `job ${job.name} of stage ${deployment.stage.name}`,
        counterexample: `the step on line ${later.line} fails: the job has failed, and ${service} keeps the new release`,
      },
    ];
  });
};

function stepAfter({ job, step }: Deployment): { readonly line: number } | undefined {
  const steps = job!.steps;
  return steps.slice(steps.indexOf(step!) + 1).find(({ enabled }) => enabled?.value !== 'false');
}
