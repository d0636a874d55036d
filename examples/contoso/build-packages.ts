import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { ZipFile } from 'yazl';

/** One release of one service: a folder `<service>/releases/<version>`. */
export interface Release {
  readonly service: string;
  readonly version: string;
}

/** A package on disk. `sha256` is the digest of the zip, in hex. */
export interface BuiltPackage extends Release {
  readonly file: string;
  readonly sha256: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Text of each file by its path in the package, with forward slashes. */
type Files = ReadonlyMap<string, Buffer>;

/**
 * Builds one set of releases: `<out>/<service>.zip` for each, as service-graph.yml names them. A package is the
 * service's sources with the files of `releases/<version>` laid over them, package.json at that version, and the
 * shared library under node_modules. The same sources always give the same bytes, whatever the machine, its time
 * zone and its version of zlib. `source` is the folder of this example.
 */
export async function buildPackages(options: {
  readonly source: string;
  readonly out: string;
  readonly releases: readonly Release[];
}): Promise<BuiltPackage[]> {
  const { source, out, releases } = options;
  const services = releases.map(({ service }) => service);
  const twice = services.find((service, index) => services.indexOf(service) !== index);
  if (twice !== undefined) throw new Error(`${twice} is named twice: one folder holds one release of a service.`);
  await mkdir(out, { recursive: true });
  const built: BuiltPackage[] = [];
  for (const { service, version } of releases) {
    const bytes = await zip(await filesOf(source, { service, version }));
    const file = join(out, `${service}.zip`);
    await writeFile(file, bytes);
    built.push({ service, version, file, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return built;
}

/** The releases there are, sorted by service and then by version, both as text. */
export async function knownReleases(source: string): Promise<Release[]> {
  const known: Release[] = [];
  for (const service of await foldersIn(source)) {
    for (const version of await foldersIn(join(source, service, 'releases'))) known.push({ service, version });
  }
  return known;
}

/** Names in order; none where there is no such folder. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort(compare);
}

async function filesOf(source: string, release: Release): Promise<Files> {
  const { service, version } = release;
  const known = await knownReleases(source);
  if (!known.some((one) => one.service === service && one.version === version)) {
    const names = known.map((one) => `${one.service} ${one.version}`).join(', ');
    throw new Error(`There is no release ${version} of ${service}. Known are: ${names}.`);
  }
  const folder = join(source, service);
  const files = new Map(await readFolder(folder));
  for (const name of [...files.keys()]) if (/^(releases|node_modules)\//.test(name)) files.delete(name);
  for (const [name, bytes] of await readFolder(join(folder, 'releases', version))) files.set(name, bytes);

  const manifest = parseManifest(files.get('package.json'), folder);
  files.set('package.json', Buffer.from(`${JSON.stringify({ ...manifest, version }, null, 2)}\n`));
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const library = join(source, basename(name));
    const libraryFiles = await readFolder(library);
    if (parseManifest(libraryFiles.get('package.json'), library).name !== name) {
      throw new Error(`${library} is not ${name}: a service may use only the libraries of this folder.`);
    }
    for (const [path, bytes] of libraryFiles) files.set(`node_modules/${name}/${path}`, bytes);
  }
  return files;
}

async function readFolder(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      paths.map(async (path) => [relative(folder, path).split(sep).join('/'), await readFile(path)] as const),
    ),
  );
}

function parseManifest(bytes: Buffer | undefined, folder: string): Manifest {
  if (bytes === undefined) throw new Error(`${folder} has no package.json.`);
  return JSON.parse(bytes.toString('utf8')) as Manifest;
}

async function zip(files: Files): Promise<Buffer> {
  const archive = new ZipFile();
  // Stored, not deflated, since another zlib packs the same text into other bytes. The time is a local one since that
  // is what the format keeps; with the UTC field left out it reads the same in every time zone.
  const entry = { mtime: new Date(2020, 0, 1), mode: 0o100644, compress: false, forceDosTimestamp: true };
  for (const name of [...files.keys()].sort(compare))
    archive.addBuffer(files.get(name) ?? Buffer.alloc(0), name, entry);
  archive.end();
  return await buffer(archive.outputStream);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @param own the folder of this file, whose services are built unless `--source` names another example */
async function main(own: string): Promise<void> {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, release: { type: 'string' }, source: { type: 'string' } },
  });
  const source = values.source ?? own;
  const known = await knownReleases(source);
  const wanted: Release[] = [];
  for (const service of new Set(known.map((one) => one.service))) {
    const { version } = parseManifest(await readFile(join(source, service, 'package.json')), join(source, service));
    wanted.push({ service, version: values.release ?? version });
  }
  // A hotfix has no release of the services that it does not touch.
  const releases = wanted.filter(({ service, version }) =>
    known.some((one) => one.service === service && one.version === version),
  );
  if (releases.length === 0) throw new Error(`No service has a release ${values.release ?? ''}.`);
  for (const one of await buildPackages({ source, out: values.out ?? join(source, 'packages'), releases })) {
    console.log(`${one.service} ${one.version}  ${one.file}  sha256 ${one.sha256}`);
  }
}

// By name and not by URL: bundled into another program this file must not run on its own.
if (basename(process.argv[1] ?? '') === 'build-packages.ts') {
  main(dirname(process.argv[1] ?? '')).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
