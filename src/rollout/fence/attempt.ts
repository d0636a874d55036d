import type { SlotPair } from '../../journal/entry.ts';
import type { Clock } from '../../time/clock.ts';
import { isInterruption, RolloutError } from '../errors.ts';
import { judgeSwap, type SwapEvidence, type SwapTimes, type SwapVerdict } from './judge.ts';
import type { MutationReply, SlotHost } from '../ports.ts';
import type { Observed } from '../kinds/app-service/preflight.ts';

/**
 * Between two looks at an operation: its end is noticed within a second. The service allows 25 reads a second to one
 * identity in a region, for all that it deploys there at once, so that one swap must stay under two.
 */
const LOOK_EVERY_MS = 650;
/** Every fifth look is at the target instead: it may know the end first, or that there is none. */
const LOOKS_PER_READING = 5;
/** A slot takes two reads, its site and its deployments; so much time goes to each. */
const MS_PER_READ = 550;

/** How a swap that was sent ended, with the last complete reading of both slots. */
export interface AttemptEnd {
  readonly verdict: Exclude<SwapVerdict, { kind: 'pending' }>;
  readonly observed: Observed | undefined;
  readonly reply: MutationReply;
}

export interface AttemptPorts {
  readonly host: SlotHost;
  readonly clock: Clock;
  /** Hears after each look that decided nothing what is waited for, and for how long since the request. */
  readonly pending?: (reason: string, elapsedMs: number) => Promise<void>;
}

/**
 * Sends one swap request, once, and observes until the state is known or the deadline is over. Whatever the reply is,
 * the request is never sent again from here. Aborting stops the observation; the swap in Azure goes on.
 */
export async function attemptSwap(
  slots: { readonly source: string; readonly target: string },
  before: SlotPair,
  times: SwapTimes,
  { host, clock, pending }: AttemptPorts,
  signal?: AbortSignal,
): Promise<AttemptEnd> {
  // The lock and everybody who watches for the settle time take a request for delivered or gone after half of it.
  const reply = await host.requestSwap(slots.source, slots.target, signal, times.settleMs / 2);
  const sentAt = clock.monotonic();
  let operation = reply.kind === 'accepted' ? reply.operation : undefined;
  let running = operation !== undefined;
  let ended: SwapEvidence['ended'];
  let observed: Observed | undefined;
  let quietSince: number | undefined;
  let shown = false;
  // `retryAfter` binds the operation only; the slots are read at our own pace, so that the end is noticed in time.
  let operationDueAt = sentAt + (reply.kind === 'accepted' ? (reply.retryAfterMs ?? 0) : 0);

  // An operation that gives no answer can cost a minute a look; the slots are asked in between.
  let unheard = false;

  for (let look = 1; ; look += 1) {
    let pauseMs = LOOK_EVERY_MS;
    const isDue = clock.monotonic() >= operationDueAt;
    const isReading = operation === undefined || !isDue || unheard || look % LOOKS_PER_READING === 0;
    unheard = false;
    if (operation !== undefined && !isReading) {
      const reading = await host.readOperation(operation, signal);
      switch (reading.kind) {
        case 'running':
          operation = reading.operation;
          operationDueAt = clock.monotonic() + (reading.retryAfterMs ?? 0);
          break;
        case 'unreadable':
          unheard = true;
          operationDueAt = clock.monotonic() + (reading.retryAfterMs ?? 0);
          break;
        case 'gone':
          operation = undefined;
          running = false;
          break;
        case 'succeeded':
        case 'failed':
          ended = reading;
          operation = undefined;
          running = false;
          break;
      }
    }
    if (isReading || operation === undefined) {
      // Nothing is followed any more, so both slots are read, for as long as it takes them to settle.
      if (operation === undefined) pauseMs = Math.min(4 * MS_PER_READ, Math.max(LOOK_EVERY_MS, times.settleMs / 3));
      else if (!isDue) pauseMs = 2 * MS_PER_READ;
      observed = await readBoth(slots, before, observed, host, operation === undefined, signal);
      const unsettled = observed === undefined || running || isBusy(observed);
      shown ||= observed !== undefined && isBusy(observed);
      if (unsettled) quietSince = undefined;
      else quietSince ??= clock.monotonic();
    }
    const at = clock.monotonic();
    const evidence: SwapEvidence = {
      before,
      reply,
      observed,
      ended,
      running,
      elapsedMs: at - sentAt,
      quietMs: quietSince === undefined ? 0 : at - quietSince,
      shown,
    };
    const verdict = judgeSwap(evidence, times);
    if (verdict.kind !== 'pending') return { verdict, observed, reply };
    await pending?.(verdict.reason, at - sentAt);
    await clock.sleep(pauseMs, signal);
  }
}

/**
 * Reads the target, and the source only when there is something to compare: while an operation is being followed, a
 * target that still holds the old content says enough, busy or not. A failed read keeps the state open and is no reason
 * to stop.
 */
async function readBoth(
  slots: { readonly source: string; readonly target: string },
  before: SlotPair,
  last: Observed | undefined,
  host: SlotHost,
  always: boolean,
  signal: AbortSignal | undefined,
): Promise<Observed | undefined> {
  try {
    const target = await host.observe(slots.target, signal);
    const changed = target.swapStamp !== before.swapStamp || target.print.deploymentId !== before.target.deploymentId;
    if (!always && !changed && last !== undefined) return { source: last.source, target };
    return { source: await host.observe(slots.source, signal), target };
  } catch (error) {
    if (isInterruption(error, signal) || !(error instanceof RolloutError)) throw error;
    return undefined;
  }
}

export function isBusy({ source, target }: Observed): boolean {
  return source.operation !== null || target.operation !== null;
}
