import { mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { CommandHost } from '../rollout/ports.ts';
import { isBelow } from './repository-folder.ts';

export interface OrderAtCommit {
  readonly repository: string;
  readonly commit: string;
  readonly pipelineFile: string;
  readonly graphFile: string;
}

export interface OrderFound {
  readonly kind: 'pass' | 'fail' | 'not-yet';
  readonly reason: string;
}

const GIT_WITHIN_MS = 60_000;
const CHECK_WITHIN_MS = 120_000;

/**
 * Checks the order in a process of its own: a large pipeline takes seconds of a processor, in which the service would answer
 * nobody. The files of the commit are written to a folder of their own, by an index of its own: the clone stays as it is.
 * Nothing is fetched: whoever keeps the clones has the right to, and this service needs none.
 * @param folder that holds the clones, bare (`NAME.git`) or not (`NAME`)
 * @param program how the command line is started: `node`, and our own script
 */
export function orderAtCommit(
  folder: string,
  program: readonly [string, string],
  commands: CommandHost,
): (question: OrderAtCommit, signal: AbortSignal) => Promise<OrderFound> {
  return async ({ repository, commit, pipelineFile, graphFile }, signal) => {
    const clone = await cloneOf(folder, repository);
    if (clone === undefined)
      return {
        kind: 'not-yet',
        reason: `there is no clone of '${repository}' below ${folder}: clone it there, and keep it fetched`,
      };
    const place = await mkdtemp(join(tmpdir(), 'safe-rollout-order-'));
    const files = join(place, 'files');
    try {
      await mkdir(files);
      // Links are written as files that hold where they lead: nothing of this machine is read by way of a repository.
      const git = (...args: string[]) =>
        commands.run(
          ['git', '-c', 'core.symlinks=false', '-c', 'core.bare=false', ...args],
          GIT_WITHIN_MS,
          { GIT_DIR: clone, GIT_WORK_TREE: files, GIT_INDEX_FILE: join(place, 'index'), GIT_TERMINAL_PROMPT: '0' },
          signal,
        );
      const known = await git('cat-file', '-e', `${commit}^{commit}`);
      if (known.exitCode !== 0)
        return {
          kind: 'not-yet',
          reason: `the clone of '${repository}' does not have commit ${commit.slice(0, 10)} (yet): fetch it. ${lastLine(known.output)}`,
        };
      for (const args of [
        ['read-tree', commit],
        ['checkout-index', '--all', '--force', `--prefix=${files}/`],
      ]) {
        const { exitCode, output } = await git(...args);
        if (exitCode !== 0)
          throw new Error(`the files of commit ${commit.slice(0, 10)} could not be written: ${lastLine(output)}`);
      }
      const checked = await commands.run(
        [
          ...program,
          'validate',
          join(files, pipelineFile),
          '--graph-file',
          join(files, graphFile),
          '--repo',
          `self=${files}`,
        ],
        CHECK_WITHIN_MS,
        {},
        signal,
      );
      return foundBy(checked.exitCode, checked.output);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  };
}

/** Pure: by the exit codes of `validate`: 0 it holds, 1 it does not. */
function foundBy(exitCode: number | null, output: string): OrderFound {
  switch (exitCode) {
    case 0:
      return { kind: 'pass', reason: lastLine(output) };
    case 1:
      return { kind: 'fail', reason: lastLine(output) };
    default:
      return { kind: 'not-yet', reason: `the order could not be checked: ${lastLine(output)}` };
  }
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.trim().slice(0, 500) ?? '';
}

/** The git folder of a clone by its name; links do not lead out of the folder. */
async function cloneOf(folder: string, repository: string): Promise<string | undefined> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return undefined;
  for (const name of [repository, `${repository}.git`]) {
    const found = await realpath(join(root, name)).catch(() => undefined);
    if (found === undefined || !isBelow(relative(root, found))) continue;
    const inside = join(found, '.git');
    return (await stat(inside).catch(() => undefined)) === undefined ? found : inside;
  }
  return undefined;
}
