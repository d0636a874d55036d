import type { Plan } from './plan.ts';
import type { Slice } from './slice.ts';
import type { Results } from './results.ts';
import { unknownsOf, type Outcome, type Unknown } from './unknowns.ts';

/** A run in which `after` runs in spite of `before`. */
export interface Example {
  /** How `before` came to nothing; undefined: it did not run. */
  readonly outcome: Outcome | undefined;
  readonly ends: readonly Results[];
  readonly runs: readonly number[];
  /**
   * The values of variables and outputs that it takes, and the nodes at which the run is being canceled; `at` is the
   * place among the unknowns of the slice.
   */
  readonly chosen: readonly { readonly at: number; readonly unknown: Unknown; readonly choice: unknown }[];
}

/** What a question came to: no run, no telling, or examples. */
export type Known = 'never' | 'unknown' | 'too much' | readonly Example[];

/** An example by the places of nodes and unknowns in their slice: the numbers of nodes are others in each case. */
interface KeptExample {
  readonly outcome: Outcome | undefined;
  readonly ends: readonly (Results | undefined)[];
  readonly runs: readonly (number | undefined)[];
  readonly chosen: readonly { readonly at: number; readonly choice: unknown }[];
}

/**
 * What has been found out in other cases of the same pipeline. Cases differ in a few stages, and most questions are
 * about others: the same slice has the same answer. Also what all searches together may cost.
 */
export class SearchMemory {
  readonly #answers = new Map<string, Exclude<Known, readonly Example[]> | readonly KeptExample[]>();
  /** Nodes that searches have looked at. */
  looks = 0;

  /** @param slice of the question, whose key it is */
  get(key: string, plan: Plan, slice: Slice): Known | undefined {
    const known = this.#answers.get(key);
    if (known === undefined || typeof known === 'string') return known;
    const ids = idsIn(slice);
    const unknowns = unknownsOf(plan, slice);
    return known.map(({ outcome, ends, runs, chosen }): Example => ({
      outcome,
      ends: placed(ids, ends),
      runs: placed(ids, runs),
      chosen: chosen.map(({ at, choice }) => ({ at, unknown: unknowns[at]!, choice })),
    }));
  }

  set(key: string, slice: Slice, answer: Known): void {
    if (typeof answer === 'string') {
      this.#answers.set(key, answer);
      return;
    }
    const ids = idsIn(slice);
    const kept = answer.map(({ outcome, ends, runs, chosen }): KeptExample => {
      const choices = chosen.map(({ at, choice }) => ({ at, choice }));
      return { outcome, ends: ids.map((id) => ends[id]), runs: ids.map((id) => runs[id]), chosen: choices };
    });
    this.#answers.set(key, kept);
  }
}

function idsIn(slice: Slice): readonly number[] {
  return slice.stages.flatMap(({ id, jobs }) => [id, ...jobs]);
}

/** Values of places by the ids that stand there. */
function placed(ids: readonly number[], values: readonly (number | undefined)[]): number[] {
  const found: number[] = [];
  ids.forEach((id, at) => {
    const value = values[at];
    if (value !== undefined) found[id] = value;
  });
  return found;
}

/** All of a slice that an answer depends on: who waits for whom and under which condition, without numbers or places. */
export function keyOfSlice(
  plan: Plan,
  slice: Slice,
  {
    after,
    before,
    betrayals,
  }: { readonly after: number; readonly before: number; readonly betrayals: readonly Outcome[] },
): string {
  const ids = idsIn(slice);
  const place = new Map(ids.map((id, at) => [id, at]));
  const nameOf = (id: number): string => `${place.get(id) ?? 'outside'} ${plan.nodes[id]!.source.name}`;
  const nodes = ids.map((id) => {
    const { source, stage, deps, guard, known } = plan.nodes[id]!;
    const asks =
      guard.kind === 'default'
        ? []
        : [
            guard.condition.text,
            [...known].map(([name, value]) => [name, 'value' in value ? String(value.value) : value.kind]),
            guard.kind === 'custom'
              ? guard.uses.map(({ key }) => key.replace(/(?:stage|job) (\d+)/, (_, id: string) => nameOf(Number(id))))
              : [],
          ];
    const own = 'jobs' in source ? [] : [source.continueOnError?.value];
    return [
      source.name,
      place.get(stage),
      deps.map(nameOf),
      guard.kind,
      asks,
      own,
      slice.asked.has(id),
      slice.results.has(id),
    ];
  });
  return JSON.stringify([nodes, place.get(after), place.get(before), betrayals]);
}
