import { hashOf } from './chain.ts';
import { judgeDamages, type Damage, type Foreign } from './damage.ts';
import type { Entry, JournalReading } from './entry.ts';
import { orderEntries } from './order-entries.ts';

/** A whole entry where a store has it, and when the store took it, if it tells. The same object in each look at it. */
export interface Found {
  readonly entry: Entry | Foreign;
  readonly at: number | undefined;
}

/**
 * Readings of one run, each of all that the store shows now: the same as `orderEntries` and `judgeDamages` make of it. A run reads its journal
 * before every step, so what the last reading has gone through is not gone through again: where a store shows the same
 * as before and more behind it, only that is checked, by the number, the name and the hash that its writer's next entry
 * must have. Whatever is not as plain as that is read anew as a whole.
 */
export class GrowingReading {
  readonly run: string;
  #seen: Found[] = [];
  #entries: Entry[] = [];
  #ids = new Set<string>();
  #newest = new Map<string, Entry>();
  #storedAt = new Map<string, number>();
  /** Undefined where something was wrong: what is said of it may change with what comes behind it. */
  #growth: object | undefined = {};

  constructor(run: string) {
    this.run = run;
  }

  /** @param found all whole entries that the store shows, of whichever run, in its order */
  of(found: readonly Found[], damages: readonly Damage[]): JournalReading {
    const named: string[] = this.#grows(found) ? [] : this.#begin(found);
    const judged =
      damages.length === 0
        ? { problems: [], warnings: [] }
        : judgeDamages(
            this.run,
            found.map(({ entry }) => entry),
            damages,
          );
    return {
      entries: this.#entries.slice(),
      problems: [...judged.problems, ...named],
      warnings: judged.warnings,
      storedAt: this.#storedAt,
      ...(this.#growth === undefined ? {} : { growth: this.#growth }),
    };
  }

  /** Takes what is new when it stands behind all that was seen, and continues it. */
  #grows(found: readonly Found[]): boolean {
    if (this.#growth === undefined || found.length < this.#seen.length) return false;
    if (!this.#seen.every((one, at) => one === found[at])) return false;
    for (let at = this.#seen.length; at < found.length; at += 1) {
      const one = found[at]!;
      if (isOf(this.run, one.entry)) {
        if (!this.#continues(one.entry)) return false;
        this.#take(one.entry, one.at);
      }
      this.#seen.push(one);
    }
    return true;
  }

  #continues(entry: Entry): boolean {
    const before = this.#newest.get(entry.writer);
    return (
      entry.schema === 2 &&
      (before === undefined || before.schema === 2) &&
      entry.sequence === (before?.sequence ?? 0) + 1 &&
      entry.id === `${entry.writer}.${entry.sequence}` &&
      !this.#ids.has(entry.id) &&
      entry.previous === (before === undefined ? null : hashOf(before))
    );
  }

  /** @returns what is wrong with the entries */
  #begin(found: readonly Found[]): string[] {
    this.#seen = [...found];
    this.#entries = [];
    this.#ids = new Set();
    this.#newest = new Map();
    // Readings that were handed out keep theirs.
    this.#storedAt = new Map();
    const own = found.flatMap(({ entry, at }) => (isOf(this.run, entry) ? [{ entry, at }] : []));
    const times = new Map(own.map(({ entry, at }) => [entry.id, at]));
    const { entries, problems } = orderEntries(
      this.run,
      own.map(({ entry }) => entry),
      [],
    );
    for (const entry of entries) this.#take(entry, times.get(entry.id));
    this.#growth = problems.length === 0 ? {} : undefined;
    return [...problems];
  }

  #take(entry: Entry, at: number | undefined): void {
    this.#entries.push(entry);
    this.#ids.add(entry.id);
    this.#newest.set(entry.writer, entry);
    if (at !== undefined) this.#storedAt.set(entry.id, at);
  }
}

/** The same with the time that the store tells now: the same object, where it is what it told before. */
export function foundAt(found: Found, at: number | undefined): Found {
  return found.at === at ? found : { ...found, at };
}

function isOf(run: string, entry: Entry | Foreign): entry is Entry {
  return entry.run === run;
}
