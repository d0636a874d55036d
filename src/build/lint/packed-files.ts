import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { taskFolders } from '../tasks.ts';

/** The files of the extension by their paths in it. */
export interface PackedFiles {
  paths(): readonly string[];
  /** Undefined for a file that is not there, or is made only when the extension is packed. */
  bytes(path: string): Buffer | undefined;
  /** In bytes; 0 for what is not made yet. */
  size(path: string): number;
}

/** Where a file of the extension comes from: a path of the repository, or undefined when packing makes it. */
export interface PackedFile {
  readonly to: string;
  readonly from: string | undefined;
}

/** What goes into the extension, and nothing else. */
export function packedLayout(root: string): PackedFile[] {
  const images = readdirSync(join(root, 'images')).map((name) => `images/${name}`);
  const tasks = taskFolders(root).flatMap(({ path, hasCode }) => [
    ...['task.json', 'icon.png'].map((name) => ({ to: `${path}/${name}`, from: `${path}/${name}` })),
    ...(hasCode ? [{ to: `${path}/task.js`, from: undefined }] : []),
  ]);
  return [
    { to: 'vss-extension.json', from: 'vss-extension.json' },
    { to: 'overview.md', from: 'overview.md' },
    { to: 'LICENSE.txt', from: 'LICENSE' },
    { to: 'ThirdPartyNotices.txt', from: undefined },
    ...images.map((path) => ({ to: path, from: path })),
    ...tasks,
  ];
}

/** The extension as it would be packed from a repository now. */
export function filesOfRepository(root: string): PackedFiles {
  const layout = new Map(packedLayout(root).map(({ to, from }) => [to, from]));
  const source = (path: string): string | undefined => {
    const from = layout.get(path);
    return from === undefined || !existsSync(join(root, from)) ? undefined : join(root, from);
  };
  return {
    paths: () => [...layout].filter(([to, from]) => from === undefined || source(to) !== undefined).map(([to]) => to),
    bytes: (path) => {
      const from = source(path);
      return from === undefined ? undefined : readFileSync(from);
    },
    size: (path) => {
      const from = source(path);
      return from === undefined ? 0 : statSync(from).size;
    },
  };
}

/** The extension as it was laid out in a folder. */
export function filesOfFolder(folder: string): PackedFiles {
  return {
    paths: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(folder.length + 1)
            .replaceAll('\\', '/'),
        ),
    bytes: (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path)) : undefined),
    size: (path) => (existsSync(join(folder, path)) ? statSync(join(folder, path)).size : 0),
  };
}
