import { evaluateThreeValued } from '../expression/condition.ts';
import { environment } from '../expression/evaluate.ts';
import type { Condition, Job, Stage, Step } from './model.ts';

const NOTHING_KNOWN = environment({});

/**
 * Whether a condition is false whatever happens, as `and(succeeded(), eq('', 'true'))` is, which a template has made of a
 * parameter: what it guards is not there in such a run.
 */
export function isNever(condition: Condition | undefined): boolean {
  if (condition?.expression === undefined) return false;
  return evaluateThreeValued(condition.expression, NOTHING_KNOWN).outcome === 'false';
}

/** Whether a job is left out of every run of the pipeline as it stands. */
export function neverRuns(stage: Stage, job: Job | undefined): boolean {
  return isNever(stage.condition) || isNever(job?.condition);
}

/** Whether a step is switched off, by its own word or by a condition that is never true. */
export function isSwitchedOff({ enabled, condition }: Step): boolean {
  return enabled?.value === 'false' || isNever(condition);
}
