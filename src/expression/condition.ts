import { toTruth } from './convert.ts';
import { evaluate, type Environment } from './evaluate.ts';
import { errorOf, type EvaluationError } from './outcome.ts';
import type { Expression } from './syntax.ts';

/** How a condition can end: what it guards runs, is skipped, or is abandoned because the condition itself fails. */
export type ConditionEnd = 'true' | 'false' | 'error';

/**
 * `true` and `false` when every value of the unknowns leads there, `error` when every one makes the condition fail
 * (measured: the job is then abandoned, which `failed()` does not see), else `unknown`.
 */
export interface Verdict {
  readonly outcome: ConditionEnd | 'unknown';
  /**
   * The ends that could not be excluded; never empty. What it guards surely does not run when `true` is not among them,
   * also where the outcome is unknown between skipped and abandoned.
   */
  readonly possible: ReadonlySet<ConditionEnd>;
  readonly error?: EvaluationError;
}

/**
 * A condition in three-valued logic. Sound, not complete: it never says true or false when some value of the unknowns
 * ends otherwise, but an unknown that occurs twice is taken as two, so `or(x, not(x))` is unknown.
 */
export function evaluateThreeValued(expression: Expression, within: Environment): Verdict {
  const evaluated = evaluate(expression, within);
  const possible = new Set<ConditionEnd>();
  if (evaluated.state !== 'failed') {
    const truth = toTruth(evaluated.value);
    if (truth !== 'false') possible.add('true');
    if (truth !== 'true') possible.add('false');
  }
  const error = errorOf(evaluated);
  if (error !== undefined) possible.add('error');
  const [only, ...others] = possible;
  const outcome = only !== undefined && others.length === 0 ? only : 'unknown';
  return { outcome, possible, ...(error === undefined ? {} : { error }) };
}
