import { appendFile, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LARGEST_ENTRY_BYTES, parseEntry, type Entry, type JournalReading, type JournalStore } from './entry.ts';
import { FileLines } from './file-lines.ts';
import { GrowingReading, type Found } from './growing-reading.ts';
import { OwnEntries } from './own-entries.ts';

/**
 * Entries as lines of JSON in one file, each flushed to the disk before `append` resolves. A last line without its
 * end is what a killed process leaves: it is named, and the next entry starts on a line of its own.
 */
export function fileJournal(file: string): JournalStore {
  const own = new OwnEntries();
  let reader: RunReader | undefined;
  return {
    append: async (entry) => {
      own.wrote(entry);
      await namingFile(file, () => appendLine(file, entry));
    },
    read: async (run) => {
      reader = reader?.run === run ? reader : runReader(file, run, own);
      return await reader.read();
    },
  };
}

interface RunReader {
  readonly run: string;
  read(): Promise<JournalReading>;
}

/** One store serves one run, but for a terminal that looks at several. */
function runReader(file: string, run: string, own: OwnEntries): RunReader {
  const others = new Map<string, Found>();
  const ofOther = ({ run: other, writer }: Entry): Found => {
    const key = JSON.stringify([other, writer]);
    const known = others.get(key) ?? { entry: { run: other, writer }, at: undefined };
    others.set(key, known);
    return known;
  };
  const keep = (entry: Entry): Found => (entry.run === run ? foundAt(entry) : ofOther(entry));
  const lines = new FileLines(file, (text) => own.read(text), keep);
  const growing = new GrowingReading(run);
  return {
    run,
    read: async () => {
      const { found, damages } = await namingFile(file, () => lines.look());
      return growing.of(found, damages);
    },
  };
}

/** Writers of one file are on one machine, or agree on its time well enough: theirs is the store's time. */
function foundAt(entry: Entry): Found {
  return { entry, at: Date.parse(entry.at) };
}

async function appendLine(file: string, entry: Entry): Promise<void> {
  const line = JSON.stringify(entry);
  if (Buffer.byteLength(line) > LARGEST_ENTRY_BYTES)
    throw new Error(`journal entry ${entry.id} is larger than ${LARGEST_ENTRY_BYTES} bytes`);
  await mkdir(dirname(file), { recursive: true });
  await closeTornLine(file);
  const handle = await open(file, 'a', 0o600);
  try {
    // One write: `appendFile` cuts what is larger than half a megabyte, and another process can write in between.
    const bytes = Buffer.from(`${line}\n`);
    const { bytesWritten } = await handle.write(bytes);
    if (bytesWritten < bytes.length)
      throw new Error(`only ${bytesWritten} of ${bytes.length} bytes of entry ${entry.id} went to ${file}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What the system says of a write that failed (`ENOSPC: no space left on device, write`) does not tell where. */
async function namingFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw message.includes(file) ? error : new Error(`${file}: ${message}`, { cause: error });
  }
}

/** What one look at a file has found. */
export interface RunsOfFile {
  /** In the order of their first entry. */
  readonly runs: readonly string[];
  readonly read: (run: string) => JournalReading;
}

/** All runs of a file. A missing file has none. */
export async function runsOf(file: string): Promise<RunsOfFile> {
  const runs = new Set<string>();
  const lines = new FileLines(file, parseEntry, (entry) => {
    runs.add(entry.run);
    return foundAt(entry);
  });
  const { found, damages } = await namingFile(file, () => lines.look());
  return { runs: [...runs], read: (run) => new GrowingReading(run).of(found, damages) };
}

async function closeTornLine(file: string): Promise<void> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  let torn: boolean;
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    torn = bytesRead === 1 && buffer[0] !== 0x0a;
  } finally {
    await handle.close();
  }
  if (torn) await appendFile(file, '\n');
}
