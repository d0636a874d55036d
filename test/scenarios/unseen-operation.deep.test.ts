import assert from 'node:assert/strict';
import { startEmulator, type Emulator, type FaultEffect } from '../../src/emulator/start.ts';
import { fold } from '../../src/journal/fold.ts';
import type { SwapPolicy } from '../../src/rollout/way/policy.ts';
import { swapSlot } from '../../src/rollout/kinds/app-service/swap-slot.ts';
import { hostsOf } from '../azure/hosts.ts';
import { lightApp } from '../emulator/light-app.ts';
import { lightPorts, NEW, OLD, outcomeOf, quickSwap, siteFiller, swapsSent } from './light-swap.ts';

/** Longer than the settle time of a quick swap, and shorter than what is waited for an operation that is not shown. */
const SWAP_MS = 5000;
const TIMES: Partial<SwapPolicy> = { settleMs: 1500, unseenMs: 10_000, swapDeadlineMs: 20_000 };

const LOST: readonly [string, FaultEffect][] = [
  ['504', { kind: 'applied-then-status', status: 504 }],
  ['connection reset', { kind: 'applied-then-reset' }],
  ['half an answer', { kind: 'truncated' }],
];

/** [what, which attempts may be made, effect, which request it strikes, ends as, requests, swaps, production holds] */
type Case = readonly [string, number, FaultEffect, number, string, number, number, string];

describe('an Azure that does not show what it is doing, and takes longer than the settle time', function () {
  this.timeout(60_000);
  let emulator: Emulator;
  let fill: Awaited<ReturnType<typeof siteFiller>>['fill'];

  before(async () => {
    emulator = await startEmulator({ swapMs: SWAP_MS, retryAfterSeconds: null, launch: lightApp });
    ({ fill } = await siteFiller(emulator));
  });
  after(() => emulator.close());

  const cases = LOST.flatMap(([name, effect]): Case[] => [
    [`${name}; another request is turned away`, 2, effect, 1, 'promoted', 2, 1, NEW],
    [`${name}; there is no other request`, 1, effect, 1, 'promoted', 1, 1, NEW],
    [`${name} on the way back`, 2, effect, 2, 'restored', 3, 2, OLD],
  ]);

  it('is waited for, and swaps once', async () => {
    await Promise.all(cases.map((one, index) => play(one, `hidden-${index}`)));
  });

  async function play(
    [what, attempts, effect, nth, outcome, requests, effective, holds]: Case,
    name: string,
  ): Promise<void> {
    await emulator.addSite({ name, resourceGroup: 'rg', hidesOperations: true });
    await fill(name, nth === 2 ? 'ill' : 'sound');
    emulator.addFault({ match: { method: 'POST', path: `/sites/${name}/slots/staging/slotsswap$`, nth }, effect });
    const { ports, journal, close } = lightPorts(emulator, hostsOf(emulator)(name));
    const request = quickSwap(emulator, name);
    const result = await outcomeOf(swapSlot({ ...request, policy: { ...request.policy, ...TIMES, attempts } }, ports));
    close();
    const story = `${what}: ${JSON.stringify(result)}\n${journal.entries.map((one) => `${one.action} ${one.phase}: ${one.reason}`).join('\n')}`;
    const { slots, swaps } = emulator.siteState(name);
    assert.equal('outcome' in result && result.outcome, outcome, story);
    assert.deepEqual([swapsSent(emulator, name), swaps.length], [requests, effective], story);
    assert.equal(slots['production']?.release, holds, story);
    const { promotions } = fold({ entries: journal.entries, problems: [] });
    assert.equal(promotions[0]?.state, outcome === 'promoted' ? 'verified' : 'undone', story);
  }
});
