import { appendFile, mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Damage } from './damage.ts';
import { LARGEST_ENTRY_BYTES, parseEntry, type Entry, type JournalReading, type JournalStore } from './entry.ts';
import { KnownEntries } from './known-entries.ts';
import { readingOf } from './order-entries.ts';

/** A journal of many years. What is larger is not a journal of ours, or somebody is filling the disk. */
const LARGEST_JOURNAL_BYTES = 256 * 1024 * 1024;

/**
 * Entries as lines of JSON in one file, each flushed to the disk before `append` resolves. A last line without its
 * end is what a killed process leaves: it is named, and the next entry starts on a line of its own.
 */
export function fileJournal(file: string): JournalStore {
  const known = new KnownEntries();
  return {
    append: (entry) => namingFile(file, () => appendLine(file, entry)),
    read: async (run) => {
      const read = (line: string): Entry | string => known.read(line, (entry) => entry.run === run);
      return readingIn(parseLines(await readText(file), file, read), run);
    },
  };
}

/** Writers of one file are on one machine, or agree on its time well enough: theirs is the store's time. */
function readingIn({ entries, damages }: Lines, run: string): JournalReading {
  const own = entries.filter((entry) => entry.run === run);
  return readingOf(run, entries, damages, new Map(own.map(({ id, at }) => [id, Date.parse(at)])));
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
  const lines = parseLines(await readText(file), file, parseEntry);
  return { runs: [...new Set(lines.entries.map(({ run }) => run))], read: (run) => readingIn(lines, run) };
}

interface Lines {
  readonly entries: readonly Entry[];
  readonly damages: readonly Damage[];
}

/** Entries of all runs, and the lines that are none. Appends go to the end, so lines stand in the order of writing. */
function parseLines(text: string, file: string, read: typeof parseEntry): Lines {
  const entries: Entry[] = [];
  const damages: Damage[] = [];
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const entry = read(line);
    if (typeof entry !== 'string') {
      entries.push(entry);
      return;
    }
    const what = index === lines.length - 1 ? 'the last line is torn' : `the line ${entry}`;
    const sentence = `${file}:${index + 1}: ${what} and was left out`;
    damages.push({ sentence, text: line, name: null, behind: entries.length });
  });
  return { entries, damages };
}

function readText(file: string): Promise<string> {
  return namingFile(file, () => textOf(file));
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_JOURNAL_BYTES) throw new Error(`${file} is larger than ${LARGEST_JOURNAL_BYTES} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
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
