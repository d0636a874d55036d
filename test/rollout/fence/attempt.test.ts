import { attemptSwap } from '../two-slots.ts';
import type { SlotHost, SlotObservation } from '../../../src/rollout/kinds/app-service/ports.ts';
import assert from 'node:assert/strict';
import type { MutationReply, OperationReading } from '../../../src/rollout/ports.ts';

import { FakeClock } from '../../fakes/fake-clock.ts';
import { pair } from '../../journal/entries.ts';

const SLOTS = { source: 'staging', target: 'production' };
const TIMES = { swapDeadlineMs: 45 * 60_000, settleMs: 3 * 60_000, unseenMs: 15 * 60_000, mayStayOpen: false };
const SWAP_MS = 54_321;

/** A swap of 54 s on a host that counts what is read, in the service's own requests: a slot is two of them. */
function host(clock: FakeClock, retryAfterMs: number | undefined, reply?: MutationReply) {
  const reads: number[] = [];
  const before = pair('old', 'new');
  const isOver = (): boolean => clock.monotonic() >= SWAP_MS;
  const slot = (name: string): SlotObservation => {
    const held = (name === 'production') === isOver() ? before.source : before.target;
    return {
      slot: name,
      state: 'running',
      url: `https://${name}.example`,
      print: held,
      swapStamp: isOver() ? '2026-01-05T04:00:00.000Z' : before.swapStamp,
      previewWith: null,
      operation: isOver() ? null : 'op',
      slotless: false,
      linux: false,
      functions: false,
      unread: [],
    };
  };
  const operation = (): OperationReading =>
    isOver() ? { kind: 'succeeded' } : { kind: 'running', operation: 'op', retryAfterMs };
  const swaps: Pick<SlotHost, 'observe' | 'requestSwap' | 'readOperation'> = {
    requestSwap: () => Promise.resolve(reply ?? { kind: 'accepted', operation: 'op', retryAfterMs }),
    readOperation: () => {
      reads.push(clock.monotonic());
      return Promise.resolve(operation());
    },
    observe: (name) => {
      reads.push(clock.monotonic(), clock.monotonic());
      return Promise.resolve(slot(name));
    },
  };
  return { swaps: swaps as SlotHost, reads, before };
}

describe('attemptSwap', () => {
  const LOST: MutationReply = { kind: 'ambiguous', message: 'reset', retryAfterMs: undefined, swapRuns: false };
  const CASES: [string, number | undefined, MutationReply | undefined, number][] = [
    ['an operation without Retry-After', undefined, undefined, 1000],
    ['an operation that asks for 15 s', 15_000, undefined, 1200],
    ['a request whose reply was lost', undefined, LOST, 2200],
  ];
  for (const [what, retryAfterMs, reply, withinMs] of CASES)
    it(`follows ${what} at under two reads a second, and notices its end within ${withinMs} ms`, async () => {
      const clock = new FakeClock();
      const { swaps, reads, before } = host(clock, retryAfterMs, reply);
      const end = await attemptSwap(SLOTS, before, TIMES, { host: swaps, clock });
      assert.equal(end.verdict.kind, 'done', JSON.stringify(end.verdict));
      const lateMs = clock.monotonic() - SWAP_MS;
      assert.ok(lateMs <= withinMs, `noticed after ${lateMs} ms`);
      // The last look reads both slots, once; what counts is the minute before it.
      const during = reads.filter((at) => at < SWAP_MS).length / (SWAP_MS / 1000);
      assert.ok(during < 2, `${during.toFixed(2)} reads a second`);
    });
});
