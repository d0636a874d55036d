import type { Damage } from '../../src/journal/damage.ts';
import { LARGEST_ENTRY_BYTES, type Entry, type JournalStore } from '../../src/journal/entry.ts';
import { GrowingReading } from '../../src/journal/growing-reading.ts';

/** A journal in memory. `refuses` says which appends are rejected, `written` whether those were written all the same. */
export class MemoryJournal implements JournalStore {
  readonly entries: Entry[] = [];
  refuses: (entry: Entry) => boolean = () => false;
  written = false;
  readonly damages: Damage[] = [];
  /** Damages that nothing more is known of. */
  readonly problems: string[] = [];

  async append(entry: Entry): Promise<void> {
    await Promise.resolve();
    if (JSON.stringify(entry).length > LARGEST_ENTRY_BYTES)
      throw new Error(`journal entry ${entry.id} is larger than it may be`);
    const refused = this.refuses(entry);
    // What is read back has been through JSON, as in every real store.
    if (!refused || this.written) this.entries.push(JSON.parse(JSON.stringify(entry)) as Entry);
    if (refused) throw new Error('no space left');
  }

  read(run: string) {
    const unknown = this.problems.map((sentence): Damage => ({ sentence, text: '', name: null, behind: null }));
    // The store's time is the writers' here: they share the fake clock.
    const found = this.entries.map((entry) => ({ entry, at: Date.parse(entry.at) }));
    return Promise.resolve(new GrowingReading(run).of(found, [...unknown, ...this.damages]));
  }

  /** `action phase` of every entry but the claims around it: what a reader sees happening. */
  get lines(): string[] {
    return this.entries.filter(({ action }) => action !== 'claim').map(({ action, phase }) => `${action} ${phase}`);
  }
}
