import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../time/clock.ts';
import type { Stage } from './scenario.ts';
import type { World } from './world.ts';

/** A run of this command line in a process of its own: all it shares with others is the journal and Azure. */
export interface OwnProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
}

const LONGEST_MS = 20_000;

/** Starts a command of the run `killed`, with the world's journal and the times of an Azure that is on this machine. */
export function startProcess(world: World, stage: Stage, args: readonly string[]): OwnProcess {
  const [program, ...first] = stage.cli;
  const flags = [
    '--journal',
    world.journalFile,
    '--run',
    'killed',
    '--bake',
    '300ms',
    '--settle',
    '1500ms',
    '--unseen',
    '3s',
    '--swap-deadline',
    '30s',
  ];
  const child = spawn(program, [...first, ...args, ...flags], {
    cwd: world.folder,
    env: { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], ...world.emulator.environment() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { child, output: () => Buffer.concat(chunks).toString('utf8') };
}

/** Kills it, without a chance to tidy up, as soon as it is so far; one that ends before has failed, and says why. */
export async function killedWhen(isSoFar: () => boolean, { child, output }: OwnProcess): Promise<void> {
  const deadline = systemClock.monotonic() + LONGEST_MS;
  while (!isSoFar()) {
    if (child.exitCode !== null) throw new Error(`the process ended before it could be killed:\n${output()}`);
    if (systemClock.monotonic() > deadline) throw new Error(`the process did not get so far:\n${output()}`);
    await systemClock.sleep(20);
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Its exit code. */
export async function ended({ child, output }: OwnProcess): Promise<number> {
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode === null || child.exitCode === 2) throw new Error(`the process could not work:\n${output()}`);
  return child.exitCode;
}
