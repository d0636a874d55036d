import { createWriteStream } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { isObject, objectAt, stringAt } from '../json/json.ts';

const MOST_ENTRIES = 50_000;
const LARGEST_UNPACKED = 2 * 1024 * 1024 * 1024;

/** Why a package cannot be deployed, in a sentence for the deployment's log. */
export class PackageError extends Error {}

/**
 * Unpacks a zip file into an existing empty folder. Names that lead out of it, too many entries and too many bytes are
 * refused; a symbolic link becomes a plain file that holds its target, so that none can be followed.
 * @throws PackageError when the file is not a zip file or not one that may be unpacked
 */
export async function unpack(zipFile: string, folder: string, signal: AbortSignal): Promise<number> {
  try {
    return await unpackEntries(zipFile, folder, signal);
  } catch (cause) {
    if (cause instanceof PackageError) throw cause;
    throw new PackageError(
      `The package is not a readable zip file: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

async function unpackEntries(zipFile: string, folder: string, signal: AbortSignal): Promise<number> {
  // yauzl itself refuses absolute names, drive letters, backslashes and `..`, and an entry longer than it declared.
  const zip = await openPromise(zipFile, { lazyEntries: true, autoClose: false });
  let entries = 0;
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      signal.throwIfAborted();
      entries += 1;
      bytes += entry.uncompressedSize;
      if (entries > MOST_ENTRIES) throw new PackageError(`The package has more than ${MOST_ENTRIES} entries.`);
      if (bytes > LARGEST_UNPACKED)
        throw new PackageError(`The package unpacks to more than ${LARGEST_UNPACKED} bytes.`);
      const path = join(folder, entry.fileName);
      if (entry.fileName.endsWith('/')) {
        await mkdir(path, { recursive: true });
        continue;
      }
      await mkdir(dirname(path), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path), { signal });
    }
  } finally {
    zip.close();
  }
  return entries;
}

/** How an unpacked package is started, and the release that it says it is. */
export interface Startable {
  /** Relative to the folder; undefined when nothing in it can be started. */
  readonly entry: string | undefined;
  readonly release: string | null;
}

const USUAL_ENTRIES = ['server.js', 'app.js', 'index.js'];

/** `scripts.start` when it is plainly `node FILE`, else `main`, else the usual names. */
export async function inspectPackage(folder: string): Promise<Startable> {
  const manifest = await readManifest(folder);
  const started = /^node\s+([^\s;&|<>]+)$/.exec(stringAt(objectAt(manifest, 'scripts'), 'start')?.trim() ?? '')?.[1];
  const candidates = [started, stringAt(manifest, 'main'), ...USUAL_ENTRIES].filter((one) => one !== undefined);
  for (const candidate of candidates) {
    const entry = await fileWithin(folder, candidate);
    if (entry !== undefined) return { entry, release: stringAt(manifest, 'version') ?? null };
  }
  return { entry: undefined, release: stringAt(manifest, 'version') ?? null };
}

async function readManifest(folder: string): Promise<unknown> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    return isObject(value) ? value : {};
  } catch {
    // No package.json, or none that can be read: the usual names decide.
    return {};
  }
}

async function fileWithin(folder: string, name: string): Promise<string | undefined> {
  for (const candidate of [name, `${name}.js`]) {
    const path = resolve(folder, candidate);
    const inside = relative(folder, path);
    if (inside.startsWith('..') || inside === '') continue;
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) return inside;
  }
  return undefined;
}
