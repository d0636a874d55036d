import { isPossible, splitBy, splitByValue, type Knowledge } from '../../pipeline/expand/knowledge.ts';
import type { Case, Need } from '../../pipeline/expand/needs.ts';
import { isConsistent } from './consistent.ts';

/**
 * One case: what has to be known of choices before it can be judged, a list for each text that has to be told, and what
 * may have to be known once it was judged.
 */
export interface Tried<T> {
  readonly needs: readonly (readonly Need[])[];
  /** Nodes that were visited to read it. */
  readonly cost: number;
  judge(): { readonly result: T; readonly needs: readonly Need[] };
  /** Cases that stand for every combination of some of what is needed, where that is simple enough. */
  standIns?(): StandIns | undefined;
}

/** Cases that stand for every combination of some choices. */
export interface StandIns {
  readonly ids: ReadonlySet<string>;
  /** That of the defaults first. */
  readonly cases: readonly Case[];
  /** How many combinations there are. */
  readonly all: number;
}

/** A case that is not split any more. All of them together are all that may be chosen. */
export interface Leaf<T> {
  readonly within: Case;
  readonly result: T;
}

export interface Split<T> {
  /** The first is that of the defaults. */
  readonly leaves: readonly Leaf<T>[];
  /** Cases that were not looked at, since there were too many. */
  readonly left: readonly Case[];
  /** How many cases there are beside the leaves, for which some of these stand. */
  readonly stoodFor: number;
}

/** Every template of a pipeline is expanded anew in each case; nobody waits longer than for this. */
export const MOST_CASES = 4096;
/** Of a sample. */
const MOST_SAMPLES = 64;
/** Large pipelines may have fewer: some seconds' worth of expansion. */
const MOST_COST = 1_000_000;
/** A case is split into no more at once: what is not needed in some of them need not be told in these. */
const MOST_AT_ONCE = 64;

/**
 * Tries all that may be chosen for a run: first without knowing anything of it, and again with one choice more only
 * where something hangs on it. So what decides nothing costs nothing.
 */
export function splitCases<T>(tryOne: (within: Case) => Tried<T>, most = MOST_CASES): Split<T> {
  const leaves: Leaf<T>[] = [];
  const waiting: Case[] = [new Map()];
  let cost = 0;
  let stoodFor = 0;
  while (waiting.length > 0 && leaves.length + waiting.length <= most && cost <= MOST_COST) {
    const within = waiting.pop()!;
    const tried = tryOne(within);
    cost += tried.cost;
    const { cases, all } = partsOf(within, tried, MOST_AT_ONCE, (result) => leaves.push({ within, result }));
    stoodFor += all - cases.length;
    waiting.push(...cases.toReversed());
  }
  return { leaves, left: waiting.toReversed(), stoodFor };
}

/**
 * Tries the defaults, and each other choice once with the defaults of all others: enough to see what there is, and no
 * proof of anything.
 */
export function sampleCases<T>(tryOne: (within: Case) => Tried<T>): readonly Leaf<T>[] {
  const leaves: Leaf<T>[] = [];
  const waiting: { readonly within: Case; readonly isOther: boolean }[] = [{ within: new Map(), isOther: false }];
  for (let next = waiting.shift(); next !== undefined && leaves.length < MOST_SAMPLES; next = waiting.shift()) {
    const { within, isOther } = next;
    const { cases } = partsOf(within, tryOne(within), 1, (result) => leaves.push({ within, result }));
    const [first, ...others] = cases;
    if (first !== undefined) waiting.unshift({ within: first, isOther });
    if (!isOther) waiting.push(...others.map((one) => ({ within: one, isOther: true })));
  }
  return leaves;
}

/** The cases that one is split into, and for how many they stand; where it is not, what it came to is handed over. */
function partsOf<T>(
  within: Case,
  tried: Tried<T>,
  most: number,
  done: (result: T) => void,
): { readonly cases: readonly Case[]; readonly all: number } {
  const some = most > 1 ? tried.standIns?.() : undefined;
  const others = some === undefined ? tried.needs : tried.needs.map((of) => of.filter(({ id }) => !some.ids.has(id)));
  const parts = allSplits(within, others, most);
  if (parts.length > 0) return { cases: parts, all: parts.length };
  if (some !== undefined) return some;
  const { result, needs } = tried.judge();
  // Each of these is asked by what was judged, and the first may answer for the others.
  const cases = firstSplit(within, needs)?.cases ?? [];
  if (cases.length === 0) done(result);
  return { cases, all: cases.length };
}

/**
 * The cases that all texts together make of one, since each has to be told in any of them: what one text needs does not
 * hang on another. Of one text only the first need: with its answer the others may be none any more.
 * @param most more than so many only where a single need makes them
 */
function allSplits(within: Case, needs: readonly (readonly Need[])[], most: number): readonly Case[] {
  let cases: readonly Case[] = [];
  const split = new Set<string>();
  for (const ofText of needs) {
    const first = firstSplit(within, ofText);
    if (first === undefined || split.has(first.id)) continue;
    if (cases.length > 0 && cases.length * first.cases.length > most) break;
    split.add(first.id);
    const parts = first.cases.map((one) => one.get(first.id)!);
    const both = cases.flatMap((one) => parts.map((part) => new Map([...one, [first.id, part]]))).filter(isConsistent);
    cases = both.length > 0 ? both : first.cases;
  }
  return cases;
}

/** The cases that the first need makes which can be told apart; undefined when none can. */
function firstSplit(
  within: Case,
  needs: readonly Need[],
): { readonly id: string; readonly cases: readonly Case[] } | undefined {
  for (const { id, knowledge, question } of needs) {
    const asked = question === undefined ? [] : splitBy(knowledge, question);
    const parts = asked.length > 0 ? asked : splitByValue(knowledge);
    const cases = parts.map((part) => new Map([...within, [id, part]])).filter(isConsistent);
    if (parts.length > 1) return { id, cases };
  }
  return undefined;
}

/** Whether two cases can be one. */
export function overlaps(one: Case, other: Case, meet: (a: Knowledge, b: Knowledge) => Knowledge): boolean {
  return [...one].every(([id, knowledge]) => {
    const there = other.get(id);
    return there === undefined || isPossible(meet(knowledge, there));
  });
}
