import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { RolloutError } from '../rollout/errors.ts';

/** No file that a person wrote is larger. */
const LARGEST_TEXT_BYTES = 16 * 1024 * 1024;

/**
 * Reads a file that a person wrote.
 * @param cure a sentence about where such a file comes from, for one that is not there
 * @throws RolloutError `bad-input` for a missing or unreadable file, a folder, and a file that is too large or no text
 */
export async function readText(file: string, cure?: string): Promise<string> {
  const bad = (why: string, cause?: unknown): RolloutError =>
    new RolloutError({ code: 'bad-input', problems: [`${file}: ${why}`] }, { cause });
  let bytes: Buffer;
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw bad('is a folder. Name the file in it.');
    if (found.size > LARGEST_TEXT_BYTES) throw bad(`is larger than ${LARGEST_TEXT_BYTES / 1024 / 1024} MB.`);
    bytes = await readFile(file);
  } catch (error) {
    if (error instanceof RolloutError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const from = isAbsolute(file) ? '' : '; it is relative to the working folder';
    if (code === 'ENOENT')
      throw bad(`does not exist. Check the path${from}.${cure === undefined ? '' : ` ${cure}`}`, error);
    throw bad(code === 'EACCES' ? 'may not be read by this user.' : message, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw bad('is not UTF-8 text.', error);
  }
}

/**
 * Writes a file whole or not at all: a reader sees the old text or the new one, also when the process dies between.
 * Folders on the way are made; a link is followed, and the rights of a file that was there are kept.
 * @throws RolloutError `bad-input` when the file cannot be written
 */
export async function writeText(file: string, text: string): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await realpath(file).catch(() => file);
    const before = await stat(target).catch(() => undefined);
    if (before?.isDirectory() === true) throw new Error('is a folder. Name a file in it.');
    await mkdir(dirname(target), { recursive: true });
    temporary = `${target}.${randomUUID()}.tmp`;
    await writeFile(temporary, text, { flag: 'wx', ...(before !== undefined && { mode: before.mode }) });
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new RolloutError({ code: 'bad-input', problems: [`${file}: cannot be written: ${why}`] }, { cause: error });
  }
}
