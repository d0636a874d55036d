import type { Entry } from './entry.ts';
import { segment, writerInName } from './entry-name.ts';

/** A place of a journal that holds something, and no whole entry. */
export interface Damage {
  /** What is wrong with which place, for people. */
  readonly sentence: string;
  /** What stands there; empty where it could not be read. */
  readonly text: string;
  /** The name of the place, where entries have names of their own. */
  readonly name: string | null;
  /** How many whole entries of the store were written before it; null where the store does not tell. */
  readonly behind: number | null;
}

/** All that is asked of a whole entry of another run. */
export type Foreign = Pick<Entry, 'run' | 'writer'>;

/** How every entry begins, of either schema; the order of its members is the recorder's. */
const HEADS = ['{"schema":2,"id":"', '{"schema":1,"id":"'];

/**
 * Pure: which damages may be of this run (`problems`: then what is not seen may have happened), and which are not
 * (`warnings`). Several runs share a journal, and none shall need a person for what another left behind. Only what is
 * proven not to be of this run is a warning:
 *
 * 1. All that can still be read of it is of others: each entry that begins in it names another run or, cut before that,
 *    a writer that wrote for other runs; and neither it nor the name of its place shows a writer of this run, whose entry
 *    may be damaged in the very name of its run.
 * 2. It was cut while it was written, and is not the newest entry of any writer of this run: these number their entries
 *    without a gap, and all of them wrote on after it. Then it is the first entry of a writer that ended with it (a
 *    second one would be there, and the first be missing from its sequence). It was never durable, so nothing was done on
 *    its strength.
 *
 * Anything else is a problem: zeros or garbage may stand for any number of entries, and what stands behind the last entry
 * of a writer of this run may be its next.
 * @param found the whole entries of the store, of all runs, in its order
 */
export function judgeDamages(
  run: string,
  found: readonly (Entry | Foreign)[],
  damages: readonly Damage[],
): { readonly problems: readonly string[]; readonly warnings: readonly string[] } {
  const problems: string[] = [];
  const warnings: string[] = [];
  const own = new Set(found.filter((entry) => entry.run === run).map(({ writer }) => writer));
  const others = new Set(found.map(({ writer }) => writer).filter((writer) => !own.has(writer)));
  const wroteOnAt = behindWhichAllWroteOn(run, found);
  for (const damage of damages) {
    if (isOfOthers(damage, run, own, others)) warnings.push(`${damage.sentence}: it is of another run`);
    else if (damage.behind !== null && damage.behind <= wroteOnAt && isFirstWords(damage.text, own))
      warnings.push(`${damage.sentence}: its writer ended with it, and this run goes on behind it`);
    else problems.push(damage.sentence);
  }
  return { problems, warnings };
}

function isOfOthers(
  { text, name }: Damage,
  run: string,
  own: ReadonlySet<string>,
  others: ReadonlySet<string>,
): boolean {
  const placed = name === null ? undefined : writerInName(name);
  const named = (writers: ReadonlySet<string>): boolean => [...writers].some((one) => segment(one) === placed);
  if (placed !== undefined && named(own)) return false;
  // Where nothing at all can be read, the name of the place is what is left.
  if (text === '') return placed !== undefined && named(others);
  // Two processes that die at once can leave their entries in one line; the second may be cut in its first letters.
  if (endsInHead(text)) return false;
  return text.split(/(?=\{"schema":[12],"id":")/).every((part) => {
    const writers = writersIn(part);
    if (writers.some((writer) => own.has(writer))) return false;
    // What stands under the name of another entry has taken that entry's place.
    if (placed !== undefined && writers.some((writer) => segment(writer) !== placed)) return false;
    const runs = textsIn(part, 'run');
    if (runs.length > 0) return !runs.includes(run);
    return writers.length > 0 && writers.every((writer) => others.has(writer));
  });
}

/** Begun as an entry and cut, before it told its run. */
function isFirstWords(text: string, own: ReadonlySet<string>): boolean {
  if (HEADS.some((head) => head.startsWith(text))) return text !== '';
  if (!HEADS.some((head) => text.startsWith(head))) return false;
  const isOne =
    HEADS.every((head) => text.lastIndexOf(head) <= 0) && !endsInHead(text) && !text.trimEnd().endsWith('}');
  return isOne && textsIn(text, 'run').length === 0 && !writersIn(text).some((writer) => own.has(writer));
}

/**
 * Before which entry of the store a damage must stand so that every writer of this run has written after it; -1 when
 * there is none, or when entries of this run are missing: the damage may be one of them.
 */
function behindWhichAllWroteOn(run: string, found: readonly (Entry | Foreign)[]): number {
  const last = new Map<string, { at: number; sequences: Set<number> }>();
  found.forEach((entry, at) => {
    if (!isOf(run, entry)) return;
    const { sequences } = last.get(entry.writer) ?? { sequences: new Set<number>() };
    last.set(entry.writer, { at, sequences: sequences.add(entry.sequence) });
  });
  const writers = [...last.values()];
  const gapless = writers.every(({ sequences }) => Math.max(...sequences) === sequences.size);
  return writers.length > 0 && gapless ? Math.min(...writers.map(({ at }) => at)) : -1;
}

function isOf(run: string, entry: Entry | Foreign): entry is Entry {
  return entry.run === run;
}

/** An entry's id is its writer and its number, and stands before it. */
function writersIn(text: string): string[] {
  return [...textsIn(text, 'writer'), ...textsIn(text, 'id').map((id) => id.replace(/\.\d+$/, ''))];
}

/** The whole texts of a member. Texts inside of texts have their quotes escaped and are not found. */
function textsIn(text: string, member: string): string[] {
  const quoted = [...text.matchAll(new RegExp(`"${member}":("(?:[^"\\\\]|\\\\.)*")`, 'g'))];
  return quoted.flatMap(([, one = '']) => {
    try {
      return [JSON.parse(one) as string];
    } catch {
      return [];
    }
  });
}

function endsInHead(text: string): boolean {
  return HEADS.some((head) => Array.from(head, (_, at) => head.slice(0, at + 1)).some((begun) => text.endsWith(begun)));
}
