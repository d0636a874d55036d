import { createHash } from 'node:crypto';
import type { Entry } from './entry.ts';
import { writtenOf } from './written.ts';

/**
 * Every entry carries the hash of its writer's entry before it. Whoever changes, drops or slips in an entry breaks the
 * chain of its writer at that place, and has to write all that follows anew. The newest entry of a writer has nothing
 * behind it that vouches for it: its hash is printed in the log, where the journal's owner cannot change it.
 */

/** Enough of a hash to name one entry, as people copy it. */
export const SHORTEST_HASH = 16;

const hashes = new WeakMap<Entry, string>();

/** SHA-256 of an entry as it was written, whatever the order of its members; once for each entry. */
export function hashOf(entry: Entry): string {
  const known = hashes.get(entry);
  if (known !== undefined) return known;
  const hash = createHash('sha256')
    .update(canonical(writtenOf(entry)))
    .digest('hex');
  hashes.set(entry, hash);
  return hash;
}

/**
 * JSON with the members of each object in the order of their names and without a blank: one text for one value, before
 * it was written and after it was read, also by way of a store that keeps values and not texts.
 */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonical(member)}`;
  }
  return `{${text}}`;
}

/**
 * Pure: what the chain of one writer shows to be wrong. Numbers that are missing or stand twice are named elsewhere;
 * across a gap nothing can be told.
 * @param entries of one writer and one run, in the order of their numbers
 */
export function chainProblems(writer: string, entries: readonly Entry[]): string[] {
  const problems: string[] = [];
  const schemas = new Set(entries.map(({ schema }) => schema));
  if (schemas.size > 1)
    return [
      `writer ${writer} has entries of schema 1 between those of schema 2: a writer writes one, so some were put in`,
    ];
  if (!schemas.has(2)) return [];
  for (const entry of entries)
    if (entry.id !== `${entry.writer}.${entry.sequence}`)
      problems.push(`entry ${entry.sequence} of writer ${writer} calls itself ${entry.id}: it was changed or put in`);
  const [first] = entries;
  if (first?.sequence === 1 && first.previous !== null)
    problems.push(`entry 1 of writer ${writer} follows another: it was changed, or what stood before it was taken out`);
  // Link n is between entry n and the one behind it. The entry behind a whole link is as it was written, but for what
  // its own next link says: so a broken link before a whole one means the entry before it.
  const links = entries.slice(1).map((entry, at): 'whole' | 'broken' | 'none' => {
    const before = entries[at]!;
    if (entry.sequence !== before.sequence + 1) return 'none';
    return entry.previous === hashOf(before) ? 'whole' : 'broken';
  });
  for (let at = 0; at < links.length; at += 1) {
    if (links[at] !== 'broken') continue;
    let end = at;
    while (links[end + 1] === 'broken') end += 1;
    problems.push(brokenLinks(writer, entries[at]!.sequence, end - at + 1, links[end + 1] === 'whole'));
    at = end;
  }
  return problems;
}

/** @param first the entry before the first of so many broken links @param vouched whether the link behind them is whole */
function brokenLinks(writer: string, first: number, count: number, vouched: boolean): string {
  // An entry that was changed in what it says of the one before it breaks the link on either side.
  if (count === 1 && vouched) return `entry ${first} of writer ${writer} was changed after it was written`;
  if (count === 1)
    return `entry ${first} of writer ${writer} or entry ${first + 1} behind it was changed after it was written`;
  const changed =
    count === 2
      ? `entry ${first + 1} of writer ${writer} was`
      : `entries ${first + 1} to ${first + count - 1} of writer ${writer} were`;
  return `${changed} changed after being written, or put in, and entry ${first} before may have been`;
}

/** The end of one writer's chain. */
export interface ChainEnd {
  readonly writer: string;
  /** How many entries it has written. */
  readonly entries: number;
  /** Hash of the newest. */
  readonly hash: string;
  /** False for a writer of schema 1, whose entries nothing vouches for. */
  readonly chained: boolean;
}

/** Pure: where each writer of a reading has ended, in the order of their first entries. */
export function chainEnds(entries: readonly Entry[]): ChainEnd[] {
  return [...byWriter(entries)].map(([writer, own]) => {
    const newest = own.at(-1)!;
    return { writer, entries: own.length, hash: hashOf(newest), chained: newest.schema === 2 };
  });
}

/** Each writer's entries, in the order in which they stand; writers in the order of their first. */
export function byWriter(entries: Iterable<Entry>): Map<string, Entry[]> {
  const writers = new Map<string, Entry[]>();
  for (const entry of entries) {
    const own = writers.get(entry.writer);
    if (own === undefined) writers.set(entry.writer, [entry]);
    else own.push(entry);
  }
  return writers;
}

/**
 * Pure: what is wrong with the end of the journal, by a hash that a log printed; undefined when its entry is there and
 * is its writer's newest.
 * @param printed a hash, or its first digits
 */
export function problemOfLast(printed: string, entries: readonly Entry[]): string | undefined {
  const found = entries.find((entry) => hashOf(entry).startsWith(printed));
  if (found === undefined)
    return `no entry has the hash ${printed}: the entry that a log named as a writer's last was changed or taken out, or it is of another run or journal`;
  const behind = entries.filter(({ writer, sequence }) => writer === found.writer && sequence > found.sequence).length;
  if (behind === 0) return undefined;
  const count = behind === 1 ? '1 entry stands' : `${behind} entries stand`;
  return `${count} behind entry ${found.sequence} of writer ${found.writer}, which a log named as its last: put in since, or written although the log says that it could not be`;
}
