import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../../../time/clock.ts';
import type { Stage, Step } from '../../scenario.ts';
import type { World } from '../../world.ts';
import { countSwaps, productionVersions } from './figures.ts';

const APP = 'app-contoso-payments';

/**
 * Two processes that share nothing but the journal: a deployment that is killed right after its swap request was
 * taken, and the hook that finds out what became of it.
 */
export const crash: Step = {
  id: 'g',
  title: 'a deployment dies half-way; the hook, in a process of its own, undoes it once',
  run: async (world, stage) => {
    await world.pack({ payments: '2.6.0' });
    world.emulator.addFault({
      match: { method: 'POST', path: `/sites/${APP}/slots/staging/slotsswap$` },
      effect: { kind: 'swap-slow', ms: 800 },
    });
    const before = countSwaps(world, APP);
    const deployment = start(world, stage, ['deploy', '--graph-file', world.graphFile, '--services', 'payments']);
    await swapTaken(world, deployment, before.requests);
    deployment.child.kill('SIGKILL');
    await once(deployment.child, 'exit');
    stage.say('the agent is killed right after Azure took the swap request of payments 2.6.0');
    const first = await finished(start(world, stage, ['rollback']));
    const between = countSwaps(world, APP);
    const second = await finished(start(world, stage, ['rollback']));
    const after = countSwaps(world, APP);
    return {
      expected: 'hook ends with 3 after 2 swaps in all; again: 0, no swap; payments 2.4.1',
      found: `hook ends with ${first} after ${between.effective - before.effective} swaps in all; again: ${second}, ${after.effective === between.effective ? 'no swap' : 'another swap'}; ${await productionVersions(world, ['payments'])}`,
    };
  },
};

interface Process {
  readonly child: ChildProcess;
  readonly output: () => string;
}

function start(world: World, stage: Stage, args: readonly string[]): Process {
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

/** Waits until Azure has taken one more swap request; a process that ends before has failed, and says why. */
async function swapTaken(world: World, { child, output }: Process, before: number): Promise<void> {
  const deadline = systemClock.monotonic() + 20_000;
  while (countSwaps(world, APP).requests === before) {
    if (child.exitCode !== null) throw new Error(`the deployment ended before its swap:\n${output()}`);
    if (systemClock.monotonic() > deadline) throw new Error(`the deployment sent no swap request:\n${output()}`);
    await systemClock.sleep(20);
  }
}

async function finished({ child, output }: Process): Promise<number> {
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode === null || child.exitCode === 2) throw new Error(`the hook could not work:\n${output()}`);
  return child.exitCode;
}
