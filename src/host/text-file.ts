import { readFile, stat } from 'node:fs/promises';
import { RolloutError } from '../rollout/errors.ts';

/** No file that a person wrote is larger. */
const LARGEST_TEXT_BYTES = 16 * 1024 * 1024;

/**
 * Reads a file that a person wrote.
 * @throws RolloutError `bad-input` for a missing or unreadable file, a folder, and a file that is too large or no text
 */
export async function readText(file: string): Promise<string> {
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
    if (code === 'ENOENT') throw bad('does not exist. Check the path; it is relative to the working folder.', error);
    throw bad(code === 'EACCES' ? 'may not be read by this user.' : message, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw bad('is not UTF-8 text.', error);
  }
}
