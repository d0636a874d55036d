import type { NoteStore } from '../../src/gate/ports.ts';

/** Notes in memory, which outlive the service that writes them. `dies` has the process die right behind a write. */
export class MemoryNotes implements NoteStore {
  readonly notes = new Map<string, string>();
  /** Told of each note that was written; may throw, as a store that fails, or never come back, as a process that died. */
  written: (name: string) => Promise<void> | void = () => undefined;

  async create(name: string, text: string): Promise<boolean> {
    await Promise.resolve();
    if (this.notes.has(name)) return false;
    this.notes.set(name, text);
    await this.written(name);
    return true;
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.notes.keys()].sort());
  }

  read(name: string): Promise<string | undefined> {
    return Promise.resolve(this.notes.get(name));
  }

  remove(name: string): Promise<void> {
    this.notes.delete(name);
    return Promise.resolve();
  }
}
