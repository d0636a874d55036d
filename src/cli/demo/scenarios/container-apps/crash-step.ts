import { ended, killedWhen, startProcess } from '../../own-process.ts';
import type { Step } from '../../scenario.ts';
import { appOf, countShifts, traffic, versions } from './figures.ts';

/**
 * Two processes that share nothing but the journal: a deployment that is killed right after its new weights were taken,
 * and the hook that finds out what became of them.
 */
export const crash: Step = {
  id: 'd',
  title: 'a deployment is killed right after it wrote the weights; the hook, another process, undoes it once',
  run: async (world, stage) => {
    // The second change: the first asks for the revision.
    world.emulator.addFault({
      match: { method: 'PATCH', path: `/containerApps/${appOf('orders')}$`, nth: 2 },
      effect: { kind: 'app-update-slow', ms: 800 },
    });
    const before = countShifts(world, 'orders');
    const args = ['deploy', '--graph-file', world.graphFile, '--services', 'orders', '--release', 'orders=1.4.0'];
    await killedWhen(
      () => countShifts(world, 'orders').requests === before.requests + 2,
      startProcess(world, stage, args),
    );
    stage.say('the agent is killed right after Azure took the new weights of orders, with 1.4.0');
    const first = await ended(startProcess(world, stage, ['rollback']));
    const between = countShifts(world, 'orders');
    const second = await ended(startProcess(world, stage, ['rollback']));
    const after = countShifts(world, 'orders');
    return {
      expected: 'hook ends with 3 after 2 shifts in all; again: 0, no shift; orders 1.1.0; traffic 100% 1.1.0',
      found: `hook ends with ${first} after ${between.effective - before.effective} shifts in all; again: ${second}, ${after.effective === between.effective ? 'no shift' : 'another shift'}; ${await versions(world, ['orders'])}; traffic ${traffic(world, 'orders')}`,
    };
  },
};
