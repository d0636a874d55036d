import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import assert from 'node:assert/strict';
import {
  startEmulator,
  type Emulator,
  type EmulatorOptions,
  type FaultEffect,
  type SiteSpec,
} from '../../src/emulator/start.ts';
import { RolloutError } from '../../src/rollout/errors.ts';

import { previewSwap } from '../../src/rollout/kinds/app-service/preview.ts';
import type { SwapPolicy } from '../../src/rollout/way/policy.ts';
import type { PromotionResult } from '../../src/rollout/way/result.ts';
import { swapSlot } from '../../src/rollout/kinds/app-service/swap-slot.ts';
import { hostsOf } from '../azure/hosts.ts';
import { lightApp } from '../emulator/light-app.ts';
import { lightPorts, NEW, OLD, outcomeOf, QUICK, quickSwap, siteFiller, swapsSent } from './light-swap.ts';

interface Told {
  readonly result: PromotionResult | RolloutError;
  /** All that a person reads: the result and the events. */
  readonly text: string;
  readonly lines: readonly string[];
}

/** What Azure refuses and what people get wrong, over the real adapter: nothing happens, or once, and the cure is named. */
describe('bad input and refusals of Azure', function () {
  this.timeout(30_000);
  const emulators: Emulator[] = [];
  let emulator: Emulator;
  let fill: Awaited<ReturnType<typeof siteFiller>>['fill'];
  let arm: Awaited<ReturnType<typeof siteFiller>>['arm'];
  let sites = 0;

  const start = async (options: EmulatorOptions = {}): Promise<Emulator> => {
    const started = await startEmulator({ swapMs: 40, retryAfterSeconds: null, launch: lightApp, ...options });
    emulators.push(started);
    return started;
  };
  before(async () => {
    emulator = await start();
    ({ fill, arm } = await siteFiller(emulator));
  });
  after(() => Promise.all(emulators.map((one) => one.close())));

  const site = async (spec: Partial<SiteSpec> = {}): Promise<string> => {
    const name = `app-${(sites += 1)}`;
    await emulator.addSite({ name, resourceGroup: 'rg', ...spec });
    await fill(name);
    return name;
  };
  const tell = async (
    name: string,
    on: Emulator = emulator,
    {
      host = hostsOf(on)(name),
      policy = {},
      run = swapSlot,
    }: { host?: AppHost; policy?: Partial<SwapPolicy>; run?: typeof swapSlot } = {},
  ): Promise<Told> => {
    const { ports, journal, events, close } = lightPorts(on, host);
    const request = quickSwap(on, name);
    const result = await outcomeOf(run({ ...request, policy: { ...QUICK, ...policy } }, ports));
    close();
    const said = result instanceof RolloutError ? result.message : JSON.stringify(result);
    return { result, text: [said, ...events.map(({ message }) => message)].join('\n'), lines: journal.lines };
  };
  const outcome = ({ result }: Told): string => (result instanceof RolloutError ? 'error' : result.outcome);
  const release = (name: string, on: Emulator = emulator): string | null =>
    on.siteState(name).slots['production']!.release;

  describe('what the operation ends with', () => {
    const ends: [string, Extract<FaultEffect, { kind: 'swap-fails' }>, RegExp][] = [
      [
        'no answer to the ping',
        { kind: 'swap-fails' },
        /417 .*did not respond to http ping\. .*az webapp log tail --name \S+ --resource-group rg --slot staging/,
      ],
      [
        'application initialization',
        {
          kind: 'swap-fails',
          status: 400,
          message:
            "Cannot swap slots for site 'x' because the application initialization in 'staging' slot either took too long or failed.",
        },
        /400 .*applicationInitialization in web\.config/,
      ],
      [
        'warm-up that timed out',
        {
          kind: 'swap-fails',
          status: 400,
          message:
            "Cannot swap slots for site 'x' because the warmup requests to application in 'staging' slot have timed out.",
        },
        /90 seconds/,
      ],
      [
        'a worker that did not start',
        {
          kind: 'swap-fails',
          status: 400,
          message: "Cannot swap slots for site 'x' because the worker process for 'staging' slot could not be started.",
        },
        /does not start under the settings of the target/,
      ],
    ];
    const run = together(ends, async ([, effect]) => {
      const app = await site();
      emulator.addFault({ match: { path: `/${app}/` }, effect });
      return { app, told: await tell(app) };
    });
    for (const end of ends)
      it(`${end[0]}: not swapped, settings taken back, the cure named`, async () => {
        const [, , words] = end;
        const { app, told } = await run(end);
        assert.equal(outcome(told), 'refused');
        assert.match(told.text, words);
        assert.deepEqual([swapsSent(emulator, app), release(app)], [1, OLD]);
        assert.ok(told.lines.includes('reset-slot-config done'));
      });

    it('scaled meanwhile: one more attempt, with its own intent', async () => {
      const app = await site();
      const message =
        "Cannot swap slots for site 'x' because the allocation of VM instances for 'staging' slot has changed during the swap process. Please retry the swap operation.";
      emulator.addFault({ match: { path: `/${app}/` }, effect: { kind: 'swap-fails', status: 400, message } });
      const told = await tell(app);
      assert.equal(outcome(told), 'promoted', told.text);
      assert.match(told.text, /The plan was scaled meanwhile/);
      const intents = told.lines.filter((line) => line === 'promote intent').length;
      assert.deepEqual([swapsSent(emulator, app), intents, release(app)], [2, 2, NEW]);
      assert.equal(emulator.siteState(app).swaps.length, 1);
    });
  });

  describe('what the slots are', () => {
    it('another operation is under way: names it, waits for nothing, sends nothing', async () => {
      const app = await site();
      emulator.addFault({ match: { path: `/${app}/` }, effect: { kind: 'swap-slow', ms: 700 } });
      await arm.swap(app);
      const id = emulator.siteState(app).slots['staging']!.inProgressOperationId!;
      const told = await tell(app);
      assert.equal(outcome(told), 'refused');
      assert.ok(told.text.includes(id) && /Wait until it has ended/.test(told.text), told.text);
      assert.equal(swapsSent(emulator, app), 1);
    });

    it('another operation begins right before ours: says which, and since when', async () => {
      const app = await site();
      emulator.addFault({ match: { path: `/${app}/` }, effect: { kind: 'swap-slow', ms: 400 } });
      await arm.swap(app);
      const reply = await hostsOf(emulator)(app).requestSwap('staging', 'production');
      assert.equal(reply.kind, 'ambiguous');
      assert.match(
        JSON.stringify(reply),
        /SwapSiteSlots has been changing the app since \d+\/\d+\/\d+ \d+:\d\d:\d\d [AP]M, by Azure's clock/,
      );
    });

    it('prepared for swap: settings cannot be written, and it is said how they can be again', async () => {
      const app = await site();
      const host = hostsOf(emulator)(app);
      await host.change({ kind: 'apply-slot-config', source: 'staging', target: 'production' });
      const reply = await host.change({ kind: 'routing', rules: [] });
      assert.equal(reply.kind, 'refused', JSON.stringify(reply));
      assert.match(JSON.stringify(reply), /have been prepared for swap\. .*action: cancel/);
      const told = await tell(app);
      assert.match(told.text, /swap with preview .* is pending/);
      assert.equal(swapsSent(emulator, app), 0);
      assert.equal((await host.change({ kind: 'reset-slot-config', slot: 'staging' })).kind, 'accepted');
      assert.equal((await host.change({ kind: 'routing', rules: [] })).kind, 'accepted');
    });

    it('a second preview: names the first', async () => {
      const app = await site({ slots: ['staging', 'next'] });
      const host = hostsOf(emulator)(app);
      await host.change({ kind: 'apply-slot-config', source: 'staging', target: 'next' });
      const again = await host.change({ kind: 'apply-slot-config', source: 'staging', target: 'production' });
      assert.match(JSON.stringify(again), /A swap with preview with slot 'next' is pending/);
    });

    it('sign-in: no preview, and what to do instead', async () => {
      const app = await site({ signIn: ['production'] });
      const told = await tell(app, emulator, { run: previewSwap });
      assert.equal(outcome(told), 'refused');
      assert.match(told.text, /sign-in has no preview: use action: swap/);
      assert.equal(emulator.siteState(app).slots['staging']!.targetSwapSlot, null);
      assert.equal(outcome(await tell(app)), 'promoted');
    });

    it('stopped: says how to start it, and a swap all the same is a definite refusal', async () => {
      const app = await site({ stopped: ['staging'] });
      const told = await tell(app);
      assert.equal(outcome(told), 'refused');
      assert.match(told.text, /az webapp start --name \S+ --resource-group rg --slot staging/);
      const reply = await hostsOf(emulator)(app).requestSwap('staging', 'production');
      assert.equal(reply.kind, 'refused', JSON.stringify(reply));
      assert.match(JSON.stringify(reply), /az webapp start --name \S+ --resource-group rg --slot/);
    });

    it('no such slot: names it, and how to make it', async () => {
      const app = await site({ slots: ['other'] }).catch(() => `app-${sites}`);
      const told = await tell(app);
      assert.equal(outcome(told), 'error');
      assert.match(told.text, /has no slot 'staging'\. Create it \(az webapp deployment slot create/);
    });
  });

  describe('who we are, and where', () => {
    it('another subscription: says so, and not that the app is missing', async () => {
      const app = await site();
      const subscription = '00000000-0000-4000-8000-000000000000';
      const told = await tell(app, emulator, { host: hostsOf(emulator, { subscription })(app) });
      assert.equal(outcome(told), 'error');
      assert.match(told.text, /SubscriptionNotFound.*Check the subscription of the service connection/s);
    });

    it('another resource group, and a name that is none', async () => {
      const app = await site();
      for (const host of [hostsOf(emulator, { resourceGroup: 'other' })(app), hostsOf(emulator)('nobody')]) {
        const told = await tell(app, emulator, { host });
        assert.equal(outcome(told), 'error');
        assert.match(told.text, /was not found in resource group '(other|rg)'\. Check the name/);
      }
    });

    it('throttled for good: gives up, says why, and has swapped nothing', async () => {
      const app = await site();
      const match = { path: `/sites/${app}(/|$)`, times: 'always' } as const;
      const id = emulator.addFault({ match, effect: { kind: 'throttle', retryAfter: 100 } });
      const told = await tell(app);
      emulator.removeFault(id);
      assert.match(told.text, /429 SubscriptionRequestsThrottled.*identities of their own/s);
      assert.deepEqual([outcome(told), swapsSent(emulator, app)], ['error', 0]);
    });

    it('a token that ends in the middle of the swap: renewed, and the swap not sent again', async () => {
      const short = await start({ tokenSeconds: 2, swapMs: 3000, sites: [{ name: 'app', resourceGroup: 'rg' }] });
      await (await siteFiller(short)).fill('app');
      const before = tokens(short);
      const told = await tell('app', short, { policy: { swapDeadlineMs: 40_000, settleMs: 8000 } });
      assert.equal(outcome(told), 'promoted', told.text);
      assert.deepEqual([swapsSent(short, 'app'), release('app', short)], [1, NEW]);
      assert.ok(tokens(short) - before >= 2, 'the token was never renewed');
    });

    const expired: [string, string][] = [
      ['the swap request', '/slotsswap$'],
      ['a poll', '/operationresults/'],
      ['production', '$'],
      ['the slot', '/slots/staging$'],
      ['settings', '/config/web$'],
    ];
    const run = together(expired, async ([, path]) => {
      const app = await site();
      const body = { error: { code: 'ExpiredAuthenticationToken', message: 'The access token has expired.' } };
      const match = { path: `/sites/${app}(/slots/staging)?${path}` };
      const id = emulator.addFault({ match, effect: { kind: 'status', status: 401, body } });
      return { app, told: await tell(app), struck: emulator.faults().find((one) => one.id === id)?.used };
    });
    for (const one of expired)
      it(`a token that Azure calls expired, on ${one[0]}: nothing is sent twice under one intent`, async () => {
        const { app, told, struck } = await run(one);
        const refused = one === expired[0];
        assert.equal(outcome(told), refused ? 'refused' : 'promoted', told.text);
        assert.deepEqual([struck, swapsSent(emulator, app)], [1, 1]);
        assert.equal(release(app), refused ? OLD : NEW);
        if (refused) assert.match(told.text, /the next request brings a new one/);
      });
  });

  describe('what lies between', () => {
    for (const [name, clockAheadMs] of [
      ['ahead', 3_600_000],
      ['behind', -3_600_000],
    ] as const)
      it(`a clock that is an hour ${name}: swaps are told from each other by Azure's clock alone`, async () => {
        const skewed = await start({ clockAheadMs, sites: [{ name: 'app', resourceGroup: 'rg' }] });
        await (await siteFiller(skewed)).fill('app', 'ill');
        const told = await tell('app', skewed);
        assert.equal(outcome(told), 'restored', told.text);
        assert.deepEqual([swapsSent(skewed, 'app'), skewed.siteState('app').swaps.length], [2, 2]);
        const stamp = Date.parse(skewed.siteState('app').slots['production']!.slotSwapStatus!.timestampUtc);
        assert.ok(Math.abs(stamp - Date.now() - clockAheadMs) < 60_000, 'the clock was not skewed');
      });

    const dropped = [1, 2, 3] as const;
    const run = together(dropped, async (first) => {
      const app = await site();
      for (let nth = first; nth < 90; nth += 3)
        emulator.addFault({ match: { path: `/sites/${app}(/|$)`, nth }, effect: { kind: 'reset' } });
      return { app, told: await tell(app, emulator, { policy: { swapDeadlineMs: 40_000, settleMs: 8000 } }) };
    });
    for (const first of dropped)
      it(`a proxy that drops every third connection, from the ${first}. on`, async () => {
        const { app, told } = await run(first);
        const intents = told.lines.filter((line) => line === 'promote intent').length;
        assert.equal(outcome(told), 'promoted', told.text);
        assert.deepEqual([swapsSent(emulator, app), release(app)], [intents, NEW]);
        assert.equal(emulator.siteState(app).swaps.length, 1);
      });

    it('a proxy that answers everything with its own page: says what came instead', async () => {
      const app = await site();
      const match = { path: `/sites/${app}(/|$)`, times: 'always' } as const;
      const id = emulator.addFault({ match, effect: { kind: 'html', status: 200 } });
      const host = hostsOf(emulator, { times: { exchangeMs: 5000, readDeadlineMs: 1200 } })(app);
      const told = await tell(app, emulator, { host });
      emulator.removeFault(id);
      assert.match(told.text, /could not be read: status 200: <!DOCTYPE html>/);
      assert.deepEqual([outcome(told), swapsSent(emulator, app)], ['error', 0]);
    });
  });
});

function tokens(emulator: Emulator): number {
  return emulator.requests({ method: 'POST', path: /\/token$/ }).length;
}

/** Plays all cases of a table at the same time when the first is asked for: most of a swap is waiting. */
function together<C, R>(cases: readonly C[], play: (one: C) => Promise<R>): (one: C) => Promise<R> {
  let played: Map<C, Promise<R>> | undefined;
  const begin = (one: C): [C, Promise<R>] => {
    const run = play(one);
    // Each failure is told by the test that waits for it.
    run.catch(() => undefined);
    return [one, run];
  };
  return async (one) => {
    played ??= new Map(cases.map(begin));
    return await played.get(one)!;
  };
}
