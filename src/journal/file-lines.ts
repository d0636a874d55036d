import { open, type FileHandle } from 'node:fs/promises';
import type { Damage } from './damage.ts';
import type { Entry } from './entry.ts';
import type { Found } from './growing-reading.ts';

/** A journal of many years. What is larger is not a journal of ours, or somebody is filling the disk. */
const LARGEST_JOURNAL_BYTES = 256 * 1024 * 1024;
/** So much is read at once: what is kept of a line is its entry, and of those of other runs next to nothing. */
const PIECE_BYTES = 1024 * 1024;
/** So much before the place where the last look ended must still be there: an entry, with the hash of the one before. */
const COMPARED_BYTES = 1024;

const LINE_END = 0x0a;

/** What one look at a file has found. Appends go to the end, so entries stand in the order of writing. */
export interface FoundLines {
  readonly found: readonly Found[];
  readonly damages: readonly Damage[];
}

/**
 * The lines of a journal as one run reads them again and again: each look reads what stands behind the last one. Where
 * the file is not the one that was read, or does not hold what it held, all of it is read anew.
 */
export class FileLines {
  readonly #file: string;
  readonly #keep: (entry: Entry) => Found;
  readonly #parse: (text: string) => Entry | string;
  #place = BEGIN;
  #found: Found[] = [];
  #damages: Damage[] = [];
  #last: Promise<unknown> = Promise.resolve();

  /** @param keep what is to be known of an entry; called once for each */
  constructor(file: string, parse: (text: string) => Entry | string, keep: (entry: Entry) => Found) {
    this.#file = file;
    this.#parse = parse;
    this.#keep = keep;
  }

  /** All whole lines, and what is no entry. A missing file has none. One look after the other. */
  look(): Promise<FoundLines> {
    const look = this.#last.then(() => this.#look());
    this.#last = look.catch(() => undefined);
    return look;
  }

  async #look(): Promise<FoundLines> {
    let handle: FileHandle;
    try {
      handle = await open(this.#file, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#forget();
      return { found: [], damages: [] };
    }
    try {
      const { size, dev, ino } = await handle.stat();
      if (size > LARGEST_JOURNAL_BYTES) throw new Error(`${this.#file} is larger than ${LARGEST_JOURNAL_BYTES} bytes`);
      const { device, inode, end, lastBytes } = this.#place;
      const isSame = device === dev && inode === ino && size >= end;
      if (!isSame || !(await bytesOf(handle, end - lastBytes.length, end)).equals(lastBytes)) this.#forget();
      return this.#torn(await this.#readOn(handle, size, { device: dev, inode: ino }));
    } finally {
      await handle.close();
    }
  }

  #forget(): void {
    this.#place = BEGIN;
    this.#found = [];
    this.#damages = [];
  }

  /** @returns what stands behind the end of the last line: nothing, unless it is torn */
  async #readOn(handle: FileHandle, size: number, identity: Pick<Place, 'device' | 'inode'>): Promise<string> {
    let { end, lines, lastBytes } = this.#place;
    let rest: Buffer = Buffer.alloc(0);
    for (let from = end; from < size;) {
      const piece = await bytesOf(handle, from, Math.min(size, from + PIECE_BYTES));
      if (piece.length === 0) break;
      from += piece.length;
      rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      const whole = rest.lastIndexOf(LINE_END) + 1;
      if (whole === 0) continue;
      for (const line of rest.toString('utf8', 0, whole - 1).split('\n')) this.#take(line, (lines += 1));
      const seen = Buffer.concat([lastBytes, rest.subarray(0, whole)]);
      lastBytes = Buffer.from(seen.subarray(Math.max(0, seen.length - COMPARED_BYTES)));
      end += whole;
      rest = rest.subarray(whole);
      this.#place = { ...identity, end, lines, lastBytes };
    }
    return rest.toString('utf8');
  }

  #take(line: string, number: number): void {
    if (line.trim() === '') return;
    const entry = this.#parse(line);
    if (typeof entry === 'string') this.#damages.push(this.#damage(line, number, `the line ${entry}`));
    else this.#found.push(this.#keep(entry));
  }

  /** A last line that lacks its end may still get it: it is read again the next time. */
  #torn(rest: string): FoundLines {
    const lines = { found: this.#found, damages: this.#damages };
    if (rest.trim() === '') return lines;
    const entry = this.#parse(rest);
    if (typeof entry !== 'string') return { ...lines, found: [...this.#found, this.#keep(entry)] };
    const torn = this.#damage(rest, this.#place.lines + 1, 'the last line is torn');
    return { ...lines, damages: [...this.#damages, torn] };
  }

  #damage(line: string, number: number, what: string): Damage {
    const sentence = `${this.#file}:${number}: ${what} and was left out`;
    // A copy: a line that was cut out of a text would keep all of it in memory.
    return { sentence, text: Buffer.from(line).toString(), name: null, behind: this.#found.length };
  }
}

/** Where the last look ended: behind the end of a line. */
interface Place {
  readonly device: number;
  readonly inode: number;
  readonly end: number;
  readonly lines: number;
  /** What stands before it. */
  readonly lastBytes: Buffer;
}

const BEGIN: Place = { device: -1, inode: -1, end: 0, lines: 0, lastBytes: Buffer.alloc(0) };

/** Less where the file ends before. */
async function bytesOf(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  let read = 0;
  while (read < buffer.length) {
    const { bytesRead } = await handle.read(buffer, read, buffer.length - read, from + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return buffer.subarray(0, read);
}
