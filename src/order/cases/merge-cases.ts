import type { Position } from '../../finding/finding.ts';
import { both, describeKnowledge } from '../../pipeline/expand/knowledge.ts';
import type { Case } from '../../pipeline/expand/needs.ts';
import { overlaps } from './split-cases.ts';

/** Something that was found in some cases. */
export interface Found<T> {
  readonly one: T;
  /** In words, which cases: `ring=all and Build.Reason=Schedule`. Undefined: all of them. */
  readonly when: string | undefined;
}

/**
 * What was found in all cases together, each once, with the fewest choices that lead to it.
 * @param found of each case, in the order of the cases
 * @param keyOf what makes two of them the same
 */
export function mergeFound<T extends Position>(
  cases: readonly Case[],
  found: readonly (readonly T[])[],
  keyOf: (one: T) => string,
  names: ReadonlyMap<string, string>,
): readonly Found<T>[] {
  if (cases.length === 1) return (found[0] ?? []).map((one) => ({ one, when: undefined }));
  const merged = new Map<string, { readonly one: T; readonly at: Set<number> }>();
  // Most are the same ones in all cases.
  const seen = new Map<T, Set<number>>();
  for (const [at, all] of found.entries())
    for (const one of all) {
      const before = seen.get(one);
      if (before !== undefined) {
        before.add(at);
        continue;
      }
      const key = keyOf(one);
      const known = merged.get(key) ?? { one, at: new Set<number>() };
      known.at.add(at);
      merged.set(key, known);
      seen.set(one, known.at);
    }
  return [...merged.values()].map(({ one, at }) => ({
    one,
    when: at.size === cases.length ? undefined : describeCase(fewest(cases, at), names),
  }));
}

/** The choices of the first case without those that make no difference. */
function fewest(cases: readonly Case[], within: ReadonlySet<number>): Case {
  const [first = 0] = within;
  const others = cases.filter((_, at) => !within.has(at));
  let kept = cases[first]!;
  for (const id of kept.keys()) {
    const without = new Map([...kept].filter(([key]) => key !== id));
    if (!others.some((other) => overlaps(without, other, both))) kept = without;
  }
  return kept;
}

/** A case as a person would choose it. */
export function describeCase(within: Case, names: ReadonlyMap<string, string>): string {
  return [...within]
    .flatMap(([id, knowledge]) => {
      const said = describeKnowledge(knowledge);
      return said === undefined ? [] : [`${names.get(id) ?? id}${said}`];
    })
    .join(' and ');
}
