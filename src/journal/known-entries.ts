import { parseEntry, type Entry } from './entry.ts';

/**
 * Reads entries back, each text once: what is written never changes, and a long run reads its own journal again and
 * again. An entry that is known keeps the hash that it was found to have.
 */
export class KnownEntries {
  readonly #known = new Map<string, Entry>();

  /** As `parseEntry`. @param isWorthIt where runs share a place, the others may be many */
  read(text: string, isWorthIt: (entry: Entry) => boolean = () => true): Entry | string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const entry = parseEntry(text);
    // A copy: a line that was cut out of a file would keep the text of the whole file in memory.
    if (typeof entry !== 'string' && isWorthIt(entry)) this.#known.set(Buffer.from(text).toString(), entry);
    return entry;
  }
}
