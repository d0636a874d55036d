import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../src/build/bundle.ts';
import { taskFolders } from '../../src/build/tasks.ts';

let built: Promise<string> | undefined;

/** A folder with `tasks/<Name>/<Name>V1/{task.json, task.js}` and the command line; built once a test run. */
export function builtProduct(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const out = mkdtempSync(join(tmpdir(), 'safe-rollout-built-'));
  process.on('exit', () => rmSync(out, { recursive: true, force: true }));
  await bundle(process.cwd(), out);
  for (const { path } of taskFolders(process.cwd()))
    cpSync(join(process.cwd(), path, 'task.json'), join(out, path, 'task.json'));
  return out;
}

export async function taskFolder(name: string): Promise<string> {
  return join(await builtProduct(), 'tasks', name, `${name}V1`);
}
