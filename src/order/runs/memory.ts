import type { Plan } from './plan.ts';
import type { Slice } from './slice.ts';
import type { Outcome } from './unknowns.ts';

/**
 * What has been proven or given up in other cases of the same pipeline. Cases differ in a few stages, and most questions are
 * about others: the same slice has the same answer. Also what all searches together may cost.
 */
export class SearchMemory {
  readonly #answers = new Map<string, 'never' | 'unknown' | 'too much'>();
  /** Nodes that searches have looked at. */
  looks = 0;

  get(key: string): 'never' | 'unknown' | 'too much' | undefined {
    return this.#answers.get(key);
  }

  set(key: string, answer: 'never' | 'unknown' | 'too much'): void {
    this.#answers.set(key, answer);
  }
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
  const ids = slice.stages.flatMap(({ id, jobs }) => [id, ...jobs]);
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
              ? guard.uses.map(({ key }) => key.replace(/stage \d+/, (one) => nameOf(Number(one.slice(6)))))
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
