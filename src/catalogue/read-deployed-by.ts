import { fieldsOf, optional, text, type Read } from './fields.ts';
import type { DeployedBy } from './model.ts';

/** Keys of one entry of `deployedBy`. */
export const DEPLOYED_BY_KEYS = ['pipeline', 'stage', 'job'];

/** One job, or all of a stage, or another pipeline. */
export const deployedBy: Read<DeployedBy> = (node, what, report) => {
  const fields = fieldsOf(node, what, { known: DEPLOYED_BY_KEYS }, report);
  if (fields === undefined) return undefined;
  if (fields.entries.size === 0) report(node, `${what} must name a stage, a job, or another pipeline`);
  return {
    pipeline: optional(fields, 'pipeline', text, report),
    stage: optional(fields, 'stage', text, report),
    job: optional(fields, 'job', text, report),
  };
};
