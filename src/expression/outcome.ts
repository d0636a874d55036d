import type { Value } from './value.ts';

/** Why an evaluation fails, in the service's sentence where it is known. */
export interface EvaluationError {
  readonly code: 'key-not-found' | 'conversion' | 'format' | 'limit' | 'unmeasured';
  readonly message: string;
  /** Index into the expression's text of what failed; filled in by the evaluator. */
  readonly offset?: number;
}

/**
 * What an evaluation comes to. `doubtful`: it yields the value unless it fails, and which of the two depends on what is
 * unknown (or on a point that nobody has measured).
 */
export type Outcome =
  | { readonly state: 'value'; readonly value: Value }
  | { readonly state: 'doubtful'; readonly value: Value; readonly error: EvaluationError }
  | { readonly state: 'failed'; readonly error: EvaluationError };

export function done(value: Value): Outcome {
  return { state: 'value', value };
}

export function failed(error: EvaluationError): Outcome {
  return { state: 'failed', error };
}

/** The values that are possible, if any, and the failure that is possible, if any, as one outcome. */
export function settle(value: Value | undefined, error: EvaluationError | undefined): Outcome {
  if (error === undefined) {
    if (value === undefined) throw new Error('an evaluation came to nothing');
    return done(value);
  }
  return value === undefined ? failed(error) : { state: 'doubtful', value, error };
}

/** An outcome that is reached only if what went before did not fail. */
export function after(error: EvaluationError | undefined, outcome: Outcome): Outcome {
  return error === undefined ? outcome : settle(valueOf(outcome), error);
}

export function valueOf(outcome: Outcome): Value | undefined {
  return outcome.state === 'failed' ? undefined : outcome.value;
}

export function errorOf(outcome: Outcome): EvaluationError | undefined {
  return outcome.state === 'value' ? undefined : outcome.error;
}
