import { findPaths } from '../../graph/order.ts';
import type { Deployment, Upload } from '../match/deployments.ts';
import { isSwap } from '../match/rollbacks.ts';
import { makeJobGraph, type JobGraph } from '../judge/job-graph.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';

/**
 * A release is put into a slot after the last swap of it: its users never get it in this run, and the swap has brought what
 * lay in the slot from before. Nothing fails, and the run is green.
 */
export const uploadAfterSwap: OrderRule = ({ pipeline, matching }) => {
  const pairs = [...matching.uploads].flatMap(([service, uploads]) => {
    const swaps = (matching.deployments.get(service) ?? []).filter(isSwap);
    return uploads.map((upload) => ({
      service,
      upload,
      others: uploads.filter((one) => one !== upload && one.environment === upload.environment),
      swaps: swaps.filter(({ environment }) => environment === upload.environment),
    }));
  });
  if (pairs.every(({ swaps }) => swaps.length === 0)) return [];
  const jobs = makeJobGraph(pipeline);
  return pairs.flatMap(({ service, upload, others, swaps }) => {
    const before = swaps.filter((swap) => comesAfter(jobs, upload, swap));
    // Another swap that may come later brings it out.
    if (before.length === 0 || before.length < swaps.length) return [];
    const swap = before.at(-1)!;
    // The same release may be put there twice: before the swap for the users, and behind it for the next one.
    if (others.some((one) => slotOf(one) === slotOf(upload) && !comesAfter(jobs, one, swap))) return [];
    const { step, job, task } = upload;
    const slot = slotOf(upload);
    const message =
      `${task} puts a release of ${service} into slot ${slot} after the swap on line ${swap.line}: its users do not get it, but what ` +
      `was in the slot before; put the upload before the swap`;
    return [
      {
        ...makeFinding('upload-after-swap', step, message, [service]),
        identity: `upload of ${service} to ${slot} in job ${job.name} of stage ${upload.stage.name}`,
        counterexample: `every run swaps, and ${service} has the release from before`,
      },
    ];
  });
};

function slotOf({ target }: Upload): string {
  return target.kind === 'uploads' ? target.slot.toLowerCase() : '';
}

function comesAfter(
  { graph, startOf, endOf }: JobGraph,
  { stage, job, step, part }: Upload,
  swap: Deployment,
): boolean {
  if (job === swap.job && stage === swap.stage) {
    if (job.repeats || swap.step === undefined) return false;
    if (step === swap.step) return part > swap.part;
    const at = job.steps.indexOf(step);
    return at >= 0 && at > job.steps.indexOf(swap.step);
  }
  return findPaths(graph, [{ from: endOf(swap), to: startOf({ stage, job }) }])[0] === true;
}
