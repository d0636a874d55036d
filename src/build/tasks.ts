import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TaskManifest } from '../settings/task-json.ts';

/** One major version of one task: `tasks/SafeRolloutSwap/SafeRolloutSwapV1`. */
export interface TaskFolder {
  readonly name: string;
  readonly major: number;
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  /** Whether code of ours runs: a task of the server is its declaration, and has no `index.ts`. */
  readonly hasCode: boolean;
}

/** Every task folder of the repository, in the order of their names. */
export function taskFolders(root: string): TaskFolder[] {
  return readdirSync(join(root, 'tasks'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(root, 'tasks', name)).flatMap((version) => {
        const major = /V(\d+)$/.exec(version);
        const path = `tasks/${name}/${version}`;
        return major !== null && existsSync(join(root, path, 'manifest.ts'))
          ? [{ name, major: Number(major[1]), path, hasCode: existsSync(join(root, path, 'index.ts')) }]
          : [];
      }),
    )
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function readManifest(root: string, folder: TaskFolder): Promise<TaskManifest> {
  const module = (await import(pathToFileURL(join(root, folder.path, 'manifest.ts')).href)) as {
    manifest: TaskManifest;
  };
  return module.manifest;
}
