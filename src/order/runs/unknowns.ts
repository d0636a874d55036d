import { fold } from '../../expression/fold.ts';
import { NULL, text, UNKNOWN_TEXT, type Value } from '../../expression/value.ts';
import type { Job } from '../../pipeline/model.ts';
import type { Use } from './guard.ts';
import type { Plan } from './plan.ts';
import { ABANDONED, CANCELED, FAILED, SUCCEEDED, WITH_ISSUES, type Results } from './results.ts';
import type { Slice } from './slice.ts';

/** One thing that is not known before the run, with all it may come to. */
export type Unknown =
  /** What becomes of a job once it runs. */
  | { readonly kind: 'outcome'; readonly node: number; readonly choices: readonly Outcome[] }
  /** Whether the checks of a stage (an approval, for one) let it start; documented: otherwise it is not executed. */
  | { readonly kind: 'checks'; readonly node: number; readonly choices: readonly [true, false] }
  /** Whether the run is being canceled when the condition of a node is looked at. */
  | { readonly kind: 'canceling'; readonly node: number; readonly choices: readonly [false, true] }
  /** A variable or an output. */
  | { readonly kind: 'value'; readonly use: Use; readonly choices: readonly Value[] };

/** How a job that runs can end. */
export interface Outcome {
  readonly results: Results;
  /** The job did what it is there for. */
  readonly achieved: boolean;
  /** False when nothing shows that this can really happen, so that it is no example of anything. */
  readonly certain: boolean;
  readonly how:
    | 'succeeds'
    | 'has issues'
    | 'fails'
    | 'is canceled'
    | 'is abandoned'
    | 'fails, masked'
    | 'skips its step';
}

export const SUCCEEDS: Outcome = { results: SUCCEEDED, achieved: true, certain: true, how: 'succeeds' };
export const FAILS: Outcome = { results: FAILED, achieved: false, certain: true, how: 'fails' };
export const IS_CANCELED: Outcome = { results: CANCELED, achieved: false, certain: true, how: 'is canceled' };
/** What becomes of a job whose agent is lost, as the name says; nobody has measured it, so that it is no example. */
export const IS_ABANDONED: Outcome = { results: ABANDONED, achieved: false, certain: false, how: 'is abandoned' };
const HAS_ISSUES: Outcome = { results: WITH_ISSUES, achieved: true, certain: true, how: 'has issues' };

export function masked(certain: boolean): Outcome {
  return { results: WITH_ISSUES, achieved: false, certain, how: 'fails, masked' };
}

export function skipsItsStep(certain: boolean): Outcome {
  return { results: SUCCEEDED, achieved: false, certain, how: 'skips its step' };
}

/** All that is not known and matters in a slice, values first: they decide most. */
export function unknownsOf(plan: Plan, slice: Slice): Unknown[] {
  const uses: Use[] = [];
  const canceling: Unknown[] = [];
  const inOrder: Unknown[] = [];
  let namesResults = false;
  let custom = false;
  const look = (id: number): void => {
    const { guard } = plan.nodes[id]!;
    if (guard.kind !== 'custom' || !slice.asked.has(id)) return;
    custom = true;
    namesResults ||= guard.asksDirect || guard.jobsAsked.length > 0;
    if (guard.asksStatus) canceling.push({ kind: 'canceling', node: id, choices: [false, true] });
    uses.push(...guard.uses);
  };
  for (const { id, jobs } of slice.stages) for (const node of [id, ...jobs]) look(node);
  for (const { id, jobs } of slice.stages) {
    if (slice.asked.has(id)) inOrder.push({ kind: 'checks', node: id, choices: [true, false] });
    for (const job of jobs)
      if (slice.results.has(job))
        inOrder.push({
          kind: 'outcome',
          node: job,
          choices: outcomesOf(plan.nodes[job]!.source as Job, namesResults, custom),
        });
  }
  const values = [...groupUses(uses).values()].map((all): Unknown => ({
    kind: 'value',
    use: all[0]!,
    choices: valuesOf(all),
  }));
  return [...values, ...canceling, ...inOrder];
}

/**
 * Issues change nothing but what a condition sees that names results. To the default condition, an abandoned job is a
 * failed one; others may tell it from a failed and from a canceled one.
 */
function outcomesOf({ continueOnError }: Job, namesResults: boolean, custom: boolean): Outcome[] {
  const failing = { true: [masked(true)], unknown: [FAILS, masked(false)], false: [FAILS] };
  const failed = failing[continueOnError?.value ?? 'false'];
  return [SUCCEEDS, ...(namesResults ? [HAS_ISSUES] : []), ...failed, IS_CANCELED, ...(custom ? [IS_ABANDONED] : [])];
}

/** What a condition does with each value, by the value. */
export function groupUses(uses: readonly Use[]): ReadonlyMap<string, readonly Use[]> {
  const groups = new Map<string, Use[]>();
  for (const use of uses) {
    const known = groups.get(use.key);
    if (known === undefined) groups.set(use.key, [use]);
    else known.push(use);
  }
  return groups;
}

/** A text that no pipeline compares anything with: it stands for every value that is not named. */
export const OTHER_TEXT = '\uE000';

/**
 * Values that stand for all: each text that it is compared with, one other text, and nothing, which is the same as the
 * empty text wherever these are the only uses. Where there are other uses, the last one is any value at all, so that
 * nothing is concluded from trying the others.
 */
export function valuesOf(uses: readonly Use[]): Value[] {
  const literals = new Map(uses.flatMap(({ literals: all }) => all.map((one) => [fold(one), one])));
  const mayBeEmpty = literals.delete('') || uses.some(({ how }) => how !== 'equality');
  const tests = new Set(uses.map(({ how }) => (how === 'truth' ? 'equality' : how)));
  const covered = !tests.has('other') && (tests.size === 1 || ![...tests].some((how) => how.startsWith('test ')));
  return [
    ...[...literals.values()].map(text),
    text(OTHER_TEXT),
    ...(mayBeEmpty ? [NULL] : []),
    ...(covered ? [] : [UNKNOWN_TEXT]),
  ];
}
