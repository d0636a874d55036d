import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../time/clock.ts';
import type { Stage } from './scenario.ts';
import type { World } from './world.ts';

/** A run of this command line in a process of its own: all it shares with others is what lies outside of it. */
export interface OwnProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
}

const LONGEST_MS = 20_000;

/** Starts a command in the folder of the world, signed in to its Azure. */
export function startCommand(
  world: World,
  stage: Stage,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): OwnProcess {
  const [program, ...first] = stage.cli;
  const child = spawn(program, [...first, ...args], {
    cwd: world.folder,
    env: { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], ...world.emulator.environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { child, output: () => Buffer.concat(chunks).toString('utf8') };
}

/** Starts a command of the run `killed`, with the world's journal and the times of an Azure that is on this machine. */
export function startProcess(world: World, stage: Stage, args: readonly string[]): OwnProcess {
  const journal = ['--journal', world.journalFile, '--run', 'killed'];
  const times = ['--bake', '300ms', '--settle', '1500ms', '--unseen', '3s', '--swap-deadline', '30s'];
  return startCommand(world, stage, [...args, ...journal, ...times]);
}

/** Waits until it is so far. @throws Error with its output when it ends before, or does not get so far */
export async function reached(isSoFar: () => boolean, { child, output }: OwnProcess): Promise<void> {
  const deadline = systemClock.monotonic() + LONGEST_MS;
  while (!isSoFar()) {
    if (child.exitCode !== null) throw new Error(`the process ended before it was so far:\n${output()}`);
    if (systemClock.monotonic() > deadline) throw new Error(`the process did not get so far:\n${output()}`);
    await systemClock.sleep(20);
  }
}

/** Kills it, without a chance to tidy up, as soon as it is so far. */
export async function killedWhen(isSoFar: () => boolean, process: OwnProcess): Promise<void> {
  await reached(isSoFar, process);
  process.child.kill('SIGKILL');
  await once(process.child, 'exit');
}

/** Its exit code. */
export async function ended({ child, output }: OwnProcess): Promise<number> {
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode === null || child.exitCode === 2) throw new Error(`the process could not work:\n${output()}`);
  return child.exitCode;
}
