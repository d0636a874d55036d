import { deploy } from '../../../../rollout/deploy/deploy.ts';
import { showLog } from '../../../../rollout/kinds/container-app/cures.ts';
import type { ContainerHost } from '../../../../rollout/kinds/container-app/ports.ts';
import { isExposed } from '../../../../rollout/plan/kind.ts';
import type { DeploymentPlan } from '../../../../rollout/plan/plan.ts';
import { hostOf, type RolloutEvent } from '../../../../rollout/ports.ts';
import { rollBack } from '../../../../rollout/recover/roll-back.ts';
import { systemClock } from '../../../../time/clock.ts';
import { postJson } from '../../post-json.ts';
import { audience, type Stage, type Step } from '../../scenario.ts';
import type { World } from '../../world.ts';
import { appOf, customers, RESOURCE_GROUP, revisionOf, servedUsers, traffic, versions, wayToUsers } from './figures.ts';

const ALL = ['orders', 'shipping', 'store'];

export const inOrder: Step = {
  id: 'a',
  title: '1.1.0 of all goes out in order, and no user gets a revision before its gate',
  run: async (world, stage) => {
    await world.pack({ store: '1.1.0' });
    const verified: string[] = [];
    const gated = new Map<string, number>();
    const tell = audience(stage);
    const home = customers(world, 'orders');
    const result = await deploy(
      await world.plan([], {}, { orders: '1.1.0', shipping: '1.1.0' }),
      world.ports('release-1.1.0', (event) => {
        if (event.step === 'verified') verified.push(event.service);
        if (event.step === 'gate' && event.level === 'info') gated.set(event.service, event.at);
        tell(event);
      }),
    );
    await home();
    const way = 'asked on its own host, gate, traffic, first user';
    return {
      expected: `deployed; verified in the order orders, shipping, store; orders: ${way}; shipping: ${way}; orders 1.1.0, shipping 1.1.0, store 1.1.0`,
      found: `${result.outcome}; verified in the order ${verified.join(', ')}; orders: ${wayToUsers(world, 'orders', '1.1.0', gated.get('orders'))}; shipping: ${wayToUsers(world, 'shipping', '1.1.0', gated.get('shipping'))}; ${await versions(world, ALL)}`,
    };
  },
};

export const unhealthy: Step = {
  id: 'b',
  title: 'orders 1.2.0-broken is unhealthy at its gate, and no user ever gets it',
  run: async (world, stage) => {
    const home = customers(world, 'orders');
    const plan = await world.plan(['orders'], { gateLimitMs: 500 }, { orders: '1.2.0-broken' });
    const result = await deploy(impatient(plan), world.ports('release-1.2.0', audience(stage)));
    await home();
    const revision = revisionOf(world, 'orders', '1.2.0-broken');
    const log = showLog({ app: appOf('orders'), resourceGroup: RESOURCE_GROUP }, revision);
    return {
      expected: `failed; 1.2.0-broken answered 0 users; traffic 100% 1.1.0; the reason names ${revision} and its log: yes`,
      found: `${result.outcome}; 1.2.0-broken answered ${servedUsers(world, 'orders', '1.2.0-broken')} users; traffic ${traffic(world, 'orders')}; the reason names ${revision} and its log: ${result.reason.includes(`'${revision}'`) && result.reason.includes(log) ? 'yes' : result.reason}`,
    };
  },
};

/** Nobody waits ten minutes here for a release that is ill to become well. */
function impatient(plan: DeploymentPlan): DeploymentPlan {
  const services = plan.services.map((one) =>
    isExposed(one) ? { ...one, health: { ...one.health, startupMs: 400 } } : one,
  );
  return { ...plan, services };
}

export const turnsBad: Step = {
  id: 'c',
  title: '1.3.0 of all goes out, orders turns unhealthy with users on it, and is undone with its dependents',
  run: async (world, stage) => {
    await world.pack({ store: '1.3.0' });
    const undone: string[] = [];
    const tell = audience(stage);
    const follow = async (event: RolloutEvent): Promise<void> => {
      // The release is good until somebody orders more than there is: after all gates, and before the final check.
      if (event.step === 'final-check' && event.level === 'info') await orderTwoThousand(world, stage);
      if (/^(swap|shift)-back$/.test(event.step) && event.level === 'warning') undone.push(event.service);
      tell(event);
    };
    const result = await deploy(
      await world.plan([], {}, { orders: '1.3.0', shipping: '1.3.0' }),
      world.ports('release-1.3.0', follow),
    );
    return {
      expected:
        'rolled-back; undone in the order store, shipping, orders; orders 1.1.0, shipping 1.1.0, store 1.1.0; traffic 100% 1.1.0',
      found: `${result.outcome}; undone in the order ${undone.join(', ')}; ${await versions(world, ALL)}; traffic ${traffic(world, 'orders')}`,
    };
  },
};

async function orderTwoThousand({ emulator }: World, stage: Stage): Promise<void> {
  const url = `${emulator.containerAppUrl(appOf('orders'))}/api/orders`;
  const status = await postJson(url, emulator.caPem, { quantity: 2000 });
  stage.say(`a customer orders 2,000 pieces and gets status ${status}`);
}

export const meddled: Step = {
  id: 'e',
  title: 'somebody else changes the traffic while 1.4.0 is watched: it is noticed, and left alone',
  run: async (world, stage) => {
    const plan = await world.plan(['orders'], {}, { orders: '1.4.0' });
    const tell = audience(stage);
    let changed = false;
    const follow = async (event: RolloutEvent): Promise<void> => {
      tell(event);
      if (changed || event.step !== 'shift' || traffic(world, 'orders') !== '100% 1.4.0') return;
      changed = true;
      await shareTraffic(world, plan);
      stage.say('a colleague gives 60 % of the traffic back to 1.1.0, by hand');
    };
    const result = await deploy(plan, world.ports('release-1.4.0', follow));
    const hook = await rollBack(
      { scope: 'dependents', services: [], reason: 'on failure' },
      world.ports('release-1.4.0', tell),
    );
    const told = new RegExp(
      `somebody else changed the traffic .*last changed by ${world.emulator.clientId} at 20\\d\\d-`,
    );
    return {
      expected: 'person; the reason tells who and when: yes; the hook: person; traffic 60% 1.1.0, 40% 1.4.0',
      found: `${result.outcome}; the reason tells who and when: ${told.test(result.reason) ? 'yes' : result.reason}; the hook: ${hook.outcome}; traffic ${traffic(world, 'orders')}`,
    };
  },
};

async function shareTraffic(world: World, { services }: DeploymentPlan): Promise<void> {
  const [service] = services;
  if (service === undefined || !isExposed(service)) throw new Error('the example has no orders');
  const [old, young] = ['1.1.0', '1.4.0'].map((version) => revisionOf(world, 'orders', version));
  await hostOf<ContainerHost>(world.ports('colleague'), service.target).change({
    kind: 'traffic',
    traffic: [
      { revision: old!, weight: 60, label: null },
      { revision: young!, weight: 40, label: null },
    ],
  });
  while (world.emulator.containerAppState(appOf('orders')).operationId !== null) await systemClock.sleep(20);
}

export const noImage: Step = {
  id: 'f',
  title: 'an image that is not in the registry is named, and the traffic stays as it is',
  run: async (world, stage) => {
    const before = traffic(world, 'orders');
    const plan = await world.plan(['orders'], {}, { orders: '1.9.0' });
    const result = await deploy(plan, world.ports('release-1.9.0', audience(stage)));
    const named = /fabrikam\.azurecr\.io\/orders:1\.9\.0/.test(result.reason);
    return {
      expected: `failed; the reason names the image: yes; traffic ${before}`,
      found: `${result.outcome}; the reason names the image: ${named ? 'yes' : result.reason}; traffic ${traffic(world, 'orders')}`,
    };
  },
};
