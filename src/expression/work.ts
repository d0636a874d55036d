import type { EvaluationError } from './outcome.ts';

/** Characters and items that one evaluation may look at: about a tenth of a second. */
const MOST_WORK = 20_000_000;
/** The longest text that one evaluation may make, in characters: doubling in forty-nine steps must not fill the memory. */
const LONGEST_TEXT = 1_048_576;

/** Counts what an evaluation costs, so that a hostile expression ends in "cannot tell" and not in a hanging check. */
export class Work {
  readonly #most: number;
  #left: number;

  /** @param most one evaluation's share, unless many evaluations share this */
  constructor(most = MOST_WORK) {
    this.#most = most;
    this.#left = most;
  }

  /** So much has been taken. */
  get spent(): number {
    return this.#most - this.#left;
  }

  /** Takes so much of what is left; false when that is too much. */
  take(amount: number): boolean {
    this.#left -= amount;
    return this.#left >= 0;
  }

  /** Takes what it costs to make a text of that length; false when it is too long. */
  takeText(length: number): boolean {
    return length <= LONGEST_TEXT && this.take(length);
  }
}

/** Not a failure of the service's: our own limit, and so never a certain one. */
export const TOO_MUCH: EvaluationError = {
  code: 'limit',
  message: 'The expression needs more text or more steps than this check spends on one; its value is taken as unknown.',
};
