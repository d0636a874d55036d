import { ended, killedWhen, startProcess } from '../../own-process.ts';
import type { Step } from '../../scenario.ts';
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
    const deployment = startProcess(world, stage, [
      'deploy',
      '--graph-file',
      world.graphFile,
      '--services',
      'payments',
    ]);
    await killedWhen(() => countSwaps(world, APP).requests > before.requests, deployment);
    stage.say('the agent is killed right after Azure took the swap request of payments 2.6.0');
    const first = await ended(startProcess(world, stage, ['rollback']));
    const between = countSwaps(world, APP);
    const second = await ended(startProcess(world, stage, ['rollback']));
    const after = countSwaps(world, APP);
    return {
      expected: 'hook ends with 3 after 2 swaps in all; again: 0, no swap; payments 2.4.1',
      found: `hook ends with ${first} after ${between.effective - before.effective} swaps in all; again: ${second}, ${after.effective === between.effective ? 'no swap' : 'another swap'}; ${await productionVersions(world, ['payments'])}`,
    };
  },
};
