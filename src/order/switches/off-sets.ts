/**
 * The fewest sets of switches that have to be off together, so that every other set finds nothing that one of these does
 * not. Which stages are left with nothing that runs tells the sets apart: of those that leave the same ones, the smallest
 * stands for all, and each further switch is turned off in it alone, to see what hangs on its absence.
 * @param ids of all switches
 * @param groups of each stage that may be left so, the switches that all have to be off for it
 * @returns the empty set first; undefined when that would be more than `most`
 */
export function offSets(
  ids: readonly string[],
  groups: readonly (readonly string[])[],
  most: number,
): readonly ReadonlySet<string>[] | undefined {
  const known = new Map<string, ReadonlySet<string>>();
  const keyOf = (off: ReadonlySet<string>): string => ids.filter((id) => off.has(id)).join('\n');
  const keep = (off: ReadonlySet<string>): void => {
    const key = keyOf(off);
    if (!known.has(key)) known.set(key, off);
  };
  const smallest: ReadonlySet<string>[] = [new Set<string>()];
  const seen = new Set<string>(['']);
  // A list grows while it is walked.
  for (const off of smallest) {
    keep(off);
    for (const id of ids) if (!off.has(id)) keep(new Set([...off, id]));
    for (const group of groups) {
      const more = new Set([...off, ...group]);
      if (seen.has(keyOf(more))) continue;
      seen.add(keyOf(more));
      smallest.push(more);
    }
    if (known.size > most) return undefined;
  }
  return [...known.values()];
}
