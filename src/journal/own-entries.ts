import { hashOf } from './chain.ts';
import { parseEntry, type Entry } from './entry.ts';

/**
 * Reads entries back. An entry with a plan is large, and who wrote it holds its plan for the whole run: read back, the
 * same entry is the one that was written, and not another copy of it.
 */
export class OwnEntries {
  readonly #written = new Map<string, Entry>();

  wrote(entry: Entry): void {
    if (entry.plan !== null) this.#written.set(entry.id, entry);
  }

  /** As `parseEntry`. */
  read(text: string): Entry | string {
    const entry = parseEntry(text);
    if (typeof entry === 'string') return entry;
    const written = this.#written.get(entry.id);
    return written !== undefined && hashOf(written) === hashOf(entry) ? written : entry;
  }
}
