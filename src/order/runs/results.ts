/** Sets of results of a stage or job, as bits: what it may end as, given what is known of a run. */
export type Results = number;

export const SUCCEEDED = 1;
export const WITH_ISSUES = 2;
export const FAILED = 4;
export const CANCELED = 8;
export const SKIPPED = 16;
export const ABANDONED = 32;

/** What `succeeded()` takes for success (measured). */
export const GOOD: Results = SUCCEEDED | WITH_ISSUES;
export const BAD: Results = FAILED | CANCELED | SKIPPED | ABANDONED;

/** The names under which conditions see the results. */
export const RESULT_NAMES: ReadonlyMap<Results, string> = new Map([
  [SUCCEEDED, 'Succeeded'],
  [WITH_ISSUES, 'SucceededWithIssues'],
  [FAILED, 'Failed'],
  [CANCELED, 'Canceled'],
  [SKIPPED, 'Skipped'],
  [ABANDONED, 'Abandoned'],
]);

/** The name of a result that is certain, or undefined. */
export function nameOf(results: Results): string | undefined {
  return RESULT_NAMES.get(results);
}

/** Sets of truth values, and of the ends of a condition, as bits. */
export type Truths = number;

export const YES = 1;
export const NO = 2;
/** The condition itself fails: what it guards is abandoned (measured). */
export const ERROR = 4;
export const EITHER: Truths = YES | NO;

export function both(a: Truths, b: Truths): Truths {
  return (a & b & YES) | ((a | b) & NO);
}

export function one(a: Truths, b: Truths): Truths {
  return ((a | b) & YES) | (a & b & NO);
}

export function opposite(truths: Truths): Truths {
  return ((truths & YES) === 0 ? 0 : NO) | ((truths & NO) === 0 ? 0 : YES);
}

/** Whether the result is one of the wanted ones. */
export function among(results: Results, wanted: Results): Truths {
  return ((results & wanted) === 0 ? 0 : YES) | ((results & ~wanted) === 0 ? 0 : NO);
}

/**
 * What a stage that runs comes to. It starts from Succeeded and skipped jobs count for nothing; an abandoned job fails it
 * (both the open SDK). Open points yield every reading: which of a failed and a canceled job decides (in the SDK the
 * first to end), and whether a stage whose jobs are all skipped is itself Skipped.
 */
export function rollUp(jobs: readonly Results[]): Results {
  let some = 0;
  let allMayBeFine = true;
  let allMayBeSilent = true;
  let allMaySkip = true;
  for (const job of jobs) {
    some |= job;
    allMayBeFine &&= (job & (GOOD | SKIPPED)) !== 0;
    allMayBeSilent &&= (job & (SUCCEEDED | SKIPPED)) !== 0;
    allMaySkip &&= (job & SKIPPED) !== 0;
  }
  if (jobs.length === 0) return SUCCEEDED;
  let found = some & CANCELED;
  if ((some & (FAILED | ABANDONED)) !== 0) found |= FAILED;
  if (allMayBeFine && (some & WITH_ISSUES) !== 0) found |= WITH_ISSUES;
  if (allMayBeSilent && (some & SUCCEEDED) !== 0) found |= SUCCEEDED;
  if (allMaySkip) found |= SUCCEEDED | SKIPPED;
  return found;
}
