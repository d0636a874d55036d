import { byWriter, chainProblems } from './chain.ts';
import type { Entry, JournalReading } from './entry.ts';

/**
 * Checks what a store read: entries of other runs are left out by name, doubles are kept once, a number missing from a
 * writer's sequence is a gap, and each entry must be the one that its writer's next was written behind. Each writer's entries come in their sequence; writers are interleaved as the
 * store had them.
 */
export function orderEntries(
  run: string,
  found: readonly Entry[],
  problems: readonly string[],
  storedAt?: ReadonlyMap<string, number>,
): JournalReading {
  const own = new Map<string, Entry>();
  const named = [...problems];
  for (const entry of found) {
    if (entry.run !== run) named.push(`entry ${entry.id} belongs to run ${entry.run} and was left out`);
    else if (own.has(entry.id) && JSON.stringify(own.get(entry.id)) !== JSON.stringify(entry))
      named.push(`entry ${entry.id} stands twice with different contents`);
    else own.set(entry.id, entry);
  }
  const queues = byWriter(own.values());
  for (const [writer, entries] of queues) {
    entries.sort((a, b) => a.sequence - b.sequence);
    entries.forEach((entry, index) => {
      const before = index === 0 ? 0 : (entries[index - 1]?.sequence ?? 0);
      if (entry.sequence === before)
        named.push(`number ${before} of writer ${writer} stands twice, as ${entry.id} too`);
      else if (entry.sequence !== before + 1)
        named.push(`entries ${writer}.${before + 1} to ${writer}.${entry.sequence - 1} are missing`);
    });
    named.push(...chainProblems(writer, entries));
  }
  // A writer's own order wins over the store's: each place of a writer in the list takes that writer's next entry.
  const entries = [...own.values()].map(({ writer }) => queues.get(writer)!.shift()!);
  return { entries, problems: named, ...(storedAt === undefined ? {} : { storedAt }) };
}
