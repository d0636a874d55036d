import { appendFile, mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LARGEST_ENTRY_BYTES, parseEntry, type Entry, type JournalStore } from './entry.ts';
import { orderEntries } from './order-entries.ts';

/** A journal of many years. What is larger is not a journal of ours, or somebody is filling the disk. */
const LARGEST_JOURNAL_BYTES = 256 * 1024 * 1024;

/**
 * Entries as lines of JSON in one file, each flushed to the disk before `append` resolves. A last line without its
 * end is what a killed process leaves: it is named, and the next entry starts on a line of its own.
 */
export function fileJournal(file: string): JournalStore {
  return {
    append: (entry) => namingFile(file, () => appendLine(file, entry)),
    read: async (run) => {
      const lines = parseLines(await readText(file));
      const own = lines.flatMap(({ entry }) => (entry?.run === run ? [entry] : []));
      const { problems, warnings } = damagesOf(lines, file, run);
      // Writers of one file are on one machine, or agree on its time well enough: theirs is the store's time.
      const reading = orderEntries(run, own, problems, new Map(own.map(({ id, at }) => [id, Date.parse(at)])));
      // Who shows a gap may be missing just that line.
      return reading.problems.length === problems.length
        ? { ...reading, warnings }
        : { ...reading, problems: [...reading.problems, ...warnings] };
    },
  };
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

/** All runs of a file, in the order of their first entry. A missing file has none. */
export async function runsOf(file: string): Promise<string[]> {
  const lines = parseLines(await readText(file));
  return [...new Set(lines.flatMap(({ entry }) => (entry === undefined ? [] : [entry.run])))];
}

/** One line that is not empty: an entry, or what is wrong with it. */
interface Line {
  readonly number: number;
  readonly text: string;
  readonly isLast: boolean;
  readonly entry: Entry | undefined;
  readonly wrong: string;
}

function parseLines(text: string): Line[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index): Line[] => {
    if (line.trim() === '') return [];
    const parsed = parseEntry(line);
    const place = { number: index + 1, text: line, isLast: index === lines.length - 1 };
    return typeof parsed === 'string'
      ? [{ ...place, entry: undefined, wrong: parsed }]
      : [{ ...place, entry: parsed, wrong: '' }];
  });
}

/**
 * Damaged lines, by whether they can be an entry of this run. The file is shared by all runs and only grows, so a line
 * before the first entry of a run is none of it (were it the very first one, its writer would show a gap), and neither is
 * one that still names another run, or a writer of another run: torn lines keep their front, where both stand. Any other
 * may be the last that one of its writers wrote, which no gap would show.
 */
function damagesOf(lines: readonly Line[], file: string, run: string): { problems: string[]; warnings: string[] } {
  const problems: string[] = [];
  const warnings: string[] = [];
  const first = lines.findIndex(({ entry }) => entry?.run === run);
  const runsOfWriter = new Map<string, Set<string>>();
  for (const { entry } of lines)
    if (entry !== undefined)
      runsOfWriter.set(entry.writer, (runsOfWriter.get(entry.writer) ?? new Set()).add(entry.run));
  for (const [index, { number, text, isLast, entry, wrong }] of lines.entries()) {
    if (entry !== undefined) continue;
    const named = textAt('run', text);
    const known = runsOfWriter.get(textAt('writer', text) ?? '');
    const isOther = named !== undefined ? named !== run : known !== undefined && !known.has(run);
    const isBefore = first !== -1 && index < first && named !== run;
    const what = `${file}:${number}: ${isLast ? 'the last line is torn' : `the line ${wrong}`} and was left out`;
    if (isOther || isBefore) warnings.push(`${what}; it is of another run`);
    else problems.push(what);
  }
  return { problems, warnings };
}

/** A text that a damaged line still tells: run and writer stand near the front of every entry. */
function textAt(name: 'run' | 'writer', line: string): string | undefined {
  const [, quoted] = new RegExp(`"${name}":("(?:[^"\\\\]|\\\\.)*")`).exec(line) ?? [];
  try {
    return quoted === undefined ? undefined : (JSON.parse(quoted) as string);
  } catch {
    return undefined;
  }
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
