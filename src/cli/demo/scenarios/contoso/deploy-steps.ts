import { deploy } from '../../../../rollout/deploy/deploy.ts';
import { isPlannedApp } from '../../../../rollout/kinds/app-service/app-service.ts';
import type { AppHost } from '../../../../rollout/kinds/app-service/ports.ts';
import { hostOf, type RolloutEvent } from '../../../../rollout/ports.ts';
import { postJson } from '../../post-json.ts';
import { audience, type Stage, type Step } from '../../scenario.ts';
import type { World } from '../../world.ts';
import { countSwaps, productionVersions } from './figures.ts';

const ALL = ['payments', 'notifications', 'store'];

export const inOrder: Step = {
  id: 'b',
  title: 'all services go out in order at 2.4.0',
  run: async (world, stage) => {
    await world.pack({ payments: '2.4.0', notifications: '2.4.0', store: '2.4.0' });
    const verified: string[] = [];
    const tell = audience(stage);
    const result = await deploy(
      await world.plan([]),
      world.ports('release-2.4.0', (event) => {
        if (event.step === 'verified') verified.push(event.service);
        tell(event);
      }),
    );
    return {
      expected:
        'deployed; verified in the order payments, notifications, store; payments 2.4.0, notifications 2.4.0, store 2.4.0',
      found: `${result.outcome}; verified in the order ${verified.join(', ')}; ${await productionVersions(world, ALL)}`,
    };
  },
};

export const hotfix: Step = {
  id: 'c',
  title: 'hotfix 2.4.1 of payments is swapped in',
  run: async (world, stage) => {
    await world.pack({ payments: '2.4.1' });
    const before = countSwaps(world, 'app-contoso-payments');
    const result = await deploy(await world.plan(['payments']), world.ports('hotfix-2.4.1', audience(stage)));
    const after = countSwaps(world, 'app-contoso-payments');
    return {
      expected: 'deployed with 1 swap; payments 2.4.1, notifications 2.4.0, store 2.4.0',
      found: `${result.outcome} with ${after.effective - before.effective} swap; ${await productionVersions(world, ALL)}`,
    };
  },
};

export const turnsBad: Step = {
  id: 'd',
  title: '2.5.0 of all goes out, payments turns unhealthy, and is rolled back with its dependents',
  run: async (world, stage) => {
    await world.pack({ payments: '2.5.0', notifications: '2.5.0', store: '2.5.0' });
    const undone: string[] = [];
    const tell = audience(stage);
    const follow = async (event: RolloutEvent): Promise<void> => {
      // The release is good until somebody pays more than 10,000: after all gates, and before the final check.
      if (event.step === 'final-check' && event.level === 'info') await payTwelveThousand(world, stage);
      if (event.step === 'swap-back' && event.level === 'warning') undone.push(event.service);
      tell(event);
    };
    const result = await deploy(await world.plan([]), world.ports('release-2.5.0', follow));
    return {
      expected:
        'rolled-back; undone in the order store, notifications, payments; payments 2.4.1, notifications 2.4.0, store 2.4.0',
      found: `${result.outcome}; undone in the order ${undone.join(', ')}; ${await productionVersions(world, ALL)}`,
    };
  },
};

async function payTwelveThousand(world: World, stage: Stage): Promise<void> {
  const status = await postJson(
    `${world.emulator.siteUrl('app-contoso-payments')}/api/payments`,
    world.emulator.caPem,
    { amount: 12_000, currency: 'EUR' },
  );
  stage.say(`a customer pays 12,000 and gets status ${status}`);
}

export const staleRouting: Step = {
  id: 'e',
  title: 'a leftover 10 % routing rule is found: refused by default, cleared when asked',
  run: async (world, stage) => {
    await world.pack({ store: '2.6.0' });
    await routePercent(world, 'store', 10);
    stage.say('a canary was abandoned: 10 % of the store still go to its staging slot');
    const before = countSwaps(world, 'app-contoso-store');
    const refused = await deploy(await world.plan(['store']), world.ports('store-2.6.0', audience(stage)));
    const between = countSwaps(world, 'app-contoso-store');
    const rule = world.emulator.siteState('app-contoso-store').rampUpRules.length;
    const cleared = await deploy(
      await world.plan(['store'], { staleRouting: 'clear' }),
      world.ports('store-2.6.0-clear', audience(stage)),
    );
    const left = world.emulator.siteState('app-contoso-store').rampUpRules.length;
    return {
      expected: 'failed with 0 swap requests and 1 rule left; with clear deployed and 0 rules left; store 2.6.0',
      found: `${refused.outcome} with ${between.requests - before.requests} swap requests and ${rule} rule left; with clear ${cleared.outcome} and ${left} rules left; ${await productionVersions(world, ['store'])}`,
    };
  },
};

/** Has so many of a service's users get its staging slot; none takes the rule away. */
export async function routePercent(world: World, name: string, percent: number): Promise<void> {
  const service = (await world.plan([name])).services[0];
  if (service === undefined || !isPlannedApp(service)) throw new Error(`the example has no ${name}`);
  const host = new URL(world.emulator.siteUrl(`app-contoso-${name}`, 'staging')).host;
  const rules = percent === 0 ? [] : [{ name: 'staging', host, percent }];
  await hostOf<AppHost>(world.ports('canary'), service.target).change({ kind: 'routing', rules });
}

export const lostReply: Step = {
  id: 'f',
  title: 'the reply to a swap request is lost, and still exactly one swap happens',
  run: async (world, stage) => {
    await world.pack({ notifications: '2.5.0' });
    const app = 'app-contoso-notifications';
    world.emulator.addFault({
      match: { method: 'POST', path: `/sites/${app}/slots/staging/slotsswap$` },
      effect: { kind: 'applied-then-reset' },
    });
    const before = countSwaps(world, app);
    const result = await deploy(
      await world.plan(['notifications']),
      world.ports('notifications-2.5.0', audience(stage)),
    );
    const after = countSwaps(world, app);
    return {
      expected: 'deployed; 1 request, 1 swap; notifications 2.5.0',
      found: `${result.outcome}; ${after.requests - before.requests} request, ${after.effective - before.effective} swap; ${await productionVersions(world, ['notifications'])}`,
    };
  },
};
