import { isPlannedApp } from '../../src/rollout/kinds/app-service/app-service.ts';
import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import { hostOf } from '../../src/rollout/ports.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fold } from '../../src/journal/fold.ts';
import type { FaultEffect } from '../../src/emulator/start.ts';
import type { SwapPolicy } from '../../src/rollout/way/policy.ts';
import type { PromotionResult } from '../../src/rollout/way/result.ts';
import { swapSlot } from '../../src/rollout/kinds/app-service/swap-slot.ts';
import { contoso } from '../../src/cli/demo/scenarios/contoso/contoso.ts';
import { openWorld, LOCAL_POLICY, type World } from '../../src/cli/demo/world.ts';
import { lightApp } from '../emulator/light-app.ts';
import { sentIntents } from './light-swap.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** Thirteen swaps at once on a busy machine: half of the settle time is what the answer to a request may take. */
const POLICY: SwapPolicy = { ...LOCAL_POLICY, settleMs: 6000, unseenMs: 9000 };

/** One-shot faults, and what must have happened when the swap has been followed to its end. */
const ON_REQUEST: { name: string; effect: FaultEffect; requests: number; why: string }[] = [
  { name: 'throttled', effect: { kind: 'throttle', retryAfter: 1 }, requests: 2, why: '429 with Retry-After' },
  { name: 'throttled-bare', effect: { kind: 'throttle' }, requests: 2, why: '429 without Retry-After' },
  { name: 'conflict', effect: { kind: 'status', status: 409 }, requests: 2, why: '409' },
  { name: 'error', effect: { kind: 'status', status: 500 }, requests: 2, why: '500' },
  { name: 'unavailable', effect: { kind: 'status', status: 503 }, requests: 2, why: '503' },
  { name: 'applied-504', effect: { kind: 'applied-then-status', status: 504 }, requests: 1, why: '504, but applied' },
  { name: 'applied-reset', effect: { kind: 'applied-then-reset' }, requests: 1, why: 'connection reset, but applied' },
  { name: 'reset', effect: { kind: 'reset' }, requests: 2, why: 'connection reset before anything was done' },
];

const ON_POLL: { name: string; effect: FaultEffect; times?: 'always'; why: string }[] = [
  { name: 'poll-429', effect: { kind: 'throttle', retryAfter: 1 }, why: '429' },
  { name: 'poll-503', effect: { kind: 'status', status: 503 }, why: '503' },
  { name: 'poll-404', effect: { kind: 'status', status: 404 }, why: '404' },
  { name: 'poll-html', effect: { kind: 'html' }, why: 'an HTML page' },
  { name: 'poll-202', effect: { kind: 'status', status: 202 }, times: 'always', why: '202 without end' },
];

interface Run {
  readonly result: PromotionResult;
  readonly world: World;
  readonly run: string;
}

describe('one fault on the wire, and a swap that was meant once', function () {
  this.timeout(60_000);
  const runs = new Map<string, Run>();
  const worlds: World[] = [];

  before(async () => {
    // Operations are polled only while a swap lasts longer than its first read.
    const quick = await worldOf({ swapMs: 100 });
    const slow = await worldOf({ swapMs: 3000, retryAfterSeconds: null });
    worlds.push(quick, slow);
    await Promise.all([
      ...ON_REQUEST.map((fault) => swapUnder(quick, fault.name, '/slotsswap$', fault.effect)),
      ...ON_POLL.map((fault) => swapUnder(slow, fault.name, '/operationresults/', fault.effect, fault.times)),
    ]);
  });

  after(async () => {
    await Promise.all(worlds.map((world) => world.close()));
  });

  async function worldOf(options: { swapMs: number; retryAfterSeconds?: null }): Promise<World> {
    const world = await openWorld(EXAMPLES, contoso.start, { ...options, launch: lightApp });
    await world.pack({ store: '2.4.0' });
    return world;
  }

  async function swapUnder(
    world: World,
    name: string,
    path: string,
    effect: FaultEffect,
    times?: 'always',
  ): Promise<void> {
    await world.emulator.addSite({ name, resourceGroup: 'rg-contoso-prod' });
    const service = (await world.plan(['store'])).services[0];
    assert.ok(service !== undefined && isPlannedApp(service) && service.file !== null);
    const ports = world.ports(name);
    const target = { ...service.target, app: name };
    await hostOf<AppHost>(ports, target).upload('staging', service.file);
    const id = world.emulator.addFault({
      match: { path: `/sites/${name}/.*${path}`, ...(times ? { times } : {}) },
      effect,
    });
    const result = await swapSlot(
      {
        promotion: name,
        service: name,
        target,
        release: service.release,
        health: service.health,
        expectedVersion: '2.4.0',
        policy: POLICY,
      },
      ports,
    );
    assert.ok(
      world.emulator.requests().some(({ fault }) => fault === id),
      `the fault of ${name} never struck: ${JSON.stringify(result)}`,
    );
    runs.set(name, { result, world, run: name });
  }

  async function assertSwappedOnce(name: string, requests: number): Promise<void> {
    const { result, world, run } = runs.get(name)!;
    const site = world.emulator.siteState(name);
    const { entries, problems } = await world.ports(run).journal.read();
    const sent = world.emulator.requests({ method: 'POST', path: new RegExp(`/sites/${name}/.*slotsswap$`) }).length;
    assert.equal(result.outcome, 'promoted', JSON.stringify(result));
    assert.equal(site.slots['production']?.release, '2.4.0', 'production does not hold the release');
    assert.equal(site.swaps.length, 1, 'swaps that took effect');
    assert.equal(sent, sentIntents(entries, 'promote'), 'a request without an intent of its own');
    assert.equal(sent, requests, 'requests sent');
    assert.deepEqual(problems, []);
    assert.deepEqual(
      fold({ entries, problems }).promotions.map(({ state }) => state),
      ['verified'],
    );
  }

  for (const { name, requests, why } of ON_REQUEST)
    it(`on the request: ${why}`, async () => await assertSwappedOnce(name, requests));

  for (const { name, why } of ON_POLL) it(`on a poll: ${why}`, async () => await assertSwappedOnce(name, 1));
});
