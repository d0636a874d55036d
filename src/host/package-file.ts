import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { open as openZip, type Entry, type ZipFile } from 'yauzl';
import { RolloutError } from '../rollout/errors.ts';
import type { Release } from '../journal/entry.ts';

/** App Service takes no larger package. */
const LARGEST_PACKAGE_BYTES = 2 * 1024 ** 3;
const LARGEST_MANIFEST_BYTES = 1024 * 1024;
/** The manifest of a package lies in its root; an archive with more entries than this is read no further for it. */
const MOST_ENTRIES = 200_000;

/**
 * Reads what a package says of itself: its digest, and the version of the `package.json` in its root where there is
 * one. Reading the central directory also proves that the file is a zip before anything is sent.
 * @throws RolloutError `bad-package` for a missing file, a folder, no zip, or one that is too large
 */
export async function readPackage(file: string): Promise<Release> {
  const bad = (detail: string, cause?: unknown): RolloutError =>
    new RolloutError({ code: 'bad-package', file, detail }, { cause });
  let size: number;
  try {
    const found = await stat(file);
    if (!found.isFile())
      throw bad('is a folder. Zip its contents (the files, not the folder itself) and name the zip.');
    size = found.size;
  } catch (error) {
    if (error instanceof RolloutError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw bad(
        'does not exist. Package paths are relative to the service graph file; was the artifact downloaded?',
        error,
      );
    throw bad(`could not be read: ${(error as Error).message}`, error);
  }
  if (size > LARGEST_PACKAGE_BYTES)
    throw bad(`is larger than ${LARGEST_PACKAGE_BYTES} bytes, which App Service does not take.`);
  let manifest: string | undefined;
  try {
    manifest = await readManifest(file);
  } catch (error) {
    throw bad(`is not a readable zip (${(error as Error).message}). Build it with the zip or archive task.`, error);
  }
  return { version: versionOf(manifest), digest: await digestOf(file) };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function readManifest(file: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    openZip(file, { lazyEntries: true, autoClose: true }, (error, zip) => {
      if (error) {
        reject(error);
        return;
      }
      let seen = 0;
      zip.on('error', reject);
      zip.on('end', () => resolve(undefined));
      zip.on('entry', (entry: Entry) => {
        seen += 1;
        if (entry.fileName === 'package.json' && entry.uncompressedSize <= LARGEST_MANIFEST_BYTES) {
          readEntry(zip, entry).then((text) => {
            resolve(text);
            zip.close();
          }, reject);
        } else if (seen >= MOST_ENTRIES) {
          resolve(undefined);
          zip.close();
        } else zip.readEntry();
      });
      zip.readEntry();
    });
  });
}

function readEntry(zip: ZipFile, entry: Entry): Promise<string> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) {
        reject(error);
        return;
      }
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
  });
}

function versionOf(manifest: string | undefined): string | null {
  if (manifest === undefined) return null;
  try {
    const version = (JSON.parse(manifest.replace(/^\uFEFF/, '')) as { version?: unknown } | null)?.version;
    return typeof version === 'string' && version !== '' ? version : null;
  } catch {
    return null;
  }
}
