import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../src/build/bundle.ts';
import { taskFolders } from '../../src/build/tasks.ts';

/** Names the folder of what `test/built-once.ts` has built for this run. */
export const BUILT = 'SAFE_ROLLOUT_BUILT';

let built: Promise<string> | undefined;

/** A folder with `tasks/<Name>/<Name>V1/{task.json, task.js}` and the command line; built once a test run. */
export function builtProduct(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const shared = process.env[BUILT];
  if (shared !== undefined) return shared;
  const out = mkdtempSync(join(tmpdir(), 'safe-rollout-built-'));
  process.on('exit', () => rmSync(out, { recursive: true, force: true }));
  await buildInto(out);
  return out;
}

export async function buildInto(out: string): Promise<void> {
  await bundle(process.cwd(), out);
  for (const { path } of taskFolders(process.cwd()))
    cpSync(join(process.cwd(), path, 'task.json'), join(out, path, 'task.json'));
}

export async function taskFolder(name: string): Promise<string> {
  return join(await builtProduct(), 'tasks', name, `${name}V1`);
}

/** For the node that runs a script of `builtProduct`: it is compiled once, and not by each process of a test run. */
export const COMPILED_ONCE = ['--require', join(import.meta.dirname, 'code-cache.cjs')];
