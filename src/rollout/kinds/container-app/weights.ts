import type { TrafficShare } from '../../../journal/traffic.ts';

/** The entry that follows whatever revision is the latest, as a key beside the names of revisions. */
export const LATEST = '(latest)';

/** Pure: what each revision gets, without those that get nothing. Rows of 0 % mean nothing; az leaves many behind. */
export function weightsOf(traffic: readonly TrafficShare[]): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const { revision, weight } of traffic) {
    const name = revision ?? LATEST;
    if (weight > 0) weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  return weights;
}

/** Pure: the same by names alone, as users get it now: what follows the latest goes to the latest that is ready. */
export function namedWeights(
  traffic: readonly TrafficShare[],
  latestReady: string | null,
): ReadonlyMap<string, number> {
  return weightsOf(withNames(traffic, latestReady) ?? traffic);
}

/** Pure: do users get the same by both? */
export function sameWeights(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([name, weight]) => b.get(name) === weight);
}

/**
 * Pure: the array that gives these weights. Labels stay where they are, with the weight of their revision: they are
 * somebody's way to it. Rows of 0 % without a label are left out.
 */
export function withWeights(
  now: readonly TrafficShare[],
  wanted: ReadonlyMap<string, number>,
): readonly TrafficShare[] {
  const left = new Map(wanted);
  const labelled = now.flatMap(({ revision, label }): TrafficShare[] => {
    if (label === null) return [];
    const name = revision ?? LATEST;
    const weight = left.get(name) ?? 0;
    left.delete(name);
    return [{ revision, weight, label }];
  });
  const rest = [...left].map(([name, weight]): TrafficShare => ({
    revision: name === LATEST ? null : name,
    weight,
    label: null,
  }));
  return [...labelled, ...rest];
}

/**
 * Pure: the same with names in place of what follows the latest revision. Otherwise a new revision would get that share
 * of users at once, before any gate (recorded).
 * @returns undefined when there is nothing to replace, or the name of the latest is not known
 */
export function withNames(
  now: readonly TrafficShare[],
  latestReady: string | null,
): readonly TrafficShare[] | undefined {
  if (latestReady === null || now.every(({ revision }) => revision !== null)) return undefined;
  return now.map((share) => ({ ...share, revision: share.revision ?? latestReady }));
}

/** Pure: for people. */
export function printWeights(weights: ReadonlyMap<string, number>): string {
  const parts = [...weights].map(([name, weight]) => `${weight}% ${name}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** Pure: the revision with the most of it, or undefined. */
export function mainOf(weights: ReadonlyMap<string, number>): string | undefined {
  let main: string | undefined;
  for (const [name, weight] of weights) if (main === undefined || weight > weights.get(main)!) main = name;
  return main;
}
