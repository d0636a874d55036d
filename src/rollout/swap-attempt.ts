import type { SlotPair } from '../journal/entry.ts';
import type { Clock } from '../time/clock.ts';
import { isInterruption, RolloutError } from './errors.ts';
import { judgeSwap, type SwapEvidence, type SwapTimes, type SwapVerdict } from './judge-swap.ts';
import type { MutationReply, SlotHost } from './ports.ts';
import { sameName, type Observed } from './preflight.ts';

/** Between two reads of any kind. With it the end of a swap is noticed within a second at under two reads a second. */
const READ_EVERY_MS = 600;

/** How a swap that was sent ended, with the last complete reading of both slots. */
export interface AttemptEnd {
  readonly verdict: Exclude<SwapVerdict, { kind: 'pending' }>;
  readonly observed: Observed | undefined;
  readonly reply: MutationReply;
}

/**
 * Sends one swap request, once, and observes until the state is known or the deadline is over. Whatever the reply is,
 * the request is never sent again from here. Aborting stops the observation; the swap in Azure goes on.
 */
export async function attemptSwap(
  slots: { readonly source: string; readonly target: string },
  before: SlotPair,
  times: SwapTimes,
  { host, clock }: { readonly host: SlotHost; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<AttemptEnd> {
  const reply = await host.requestSwap(slots.source, slots.target, signal);
  const sentAt = clock.monotonic();
  let operation = reply.kind === 'accepted' ? reply.operation : undefined;
  let running = operation !== undefined;
  let ended: SwapEvidence['ended'];
  let observed: Observed | undefined;
  let quietSince: number | undefined;
  // `retryAfter` binds the operation only; the slots are read at our own pace, so that the end is noticed in time.
  let operationDueAt = sentAt + (reply.kind === 'accepted' ? (reply.retryAfterMs ?? 0) : 0);
  let operationTurn = true;

  for (;;) {
    const now = clock.monotonic();
    if (operation !== undefined && operationTurn && now >= operationDueAt) {
      const reading = await host.readOperation(operation, signal);
      switch (reading.kind) {
        case 'running':
          operation = reading.operation;
          operationDueAt = clock.monotonic() + (reading.retryAfterMs ?? 0);
          break;
        case 'unreadable':
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
    if (!operationTurn || operation === undefined) {
      observed = await readBoth(slots, before, observed, host, operation === undefined, signal);
      const unsettled = observed === undefined || running || isBusy(observed);
      if (unsettled) quietSince = undefined;
      else quietSince ??= clock.monotonic();
    }
    operationTurn = !operationTurn;
    const at = clock.monotonic();
    const evidence: SwapEvidence = {
      before,
      reply,
      observed,
      ended,
      running,
      elapsedMs: at - sentAt,
      quietMs: quietSince === undefined ? 0 : at - quietSince,
    };
    const verdict = judgeSwap(evidence, times);
    if (verdict.kind !== 'pending') return { verdict, observed, reply };
    await clock.sleep(READ_EVERY_MS, signal);
  }
}

/**
 * Reads the target, and the source only when there is something to compare: while an operation is being followed, a
 * target that still holds the old content says enough. A failed read keeps the state open and is no reason to stop.
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
    if (
      !always &&
      !changed &&
      target.operation === null &&
      last !== undefined &&
      sameName(last.target.slot, target.slot)
    )
      return { source: last.source, target };
    return { source: await host.observe(slots.source, signal), target };
  } catch (error) {
    if (isInterruption(error, signal) || !(error instanceof RolloutError)) throw error;
    return undefined;
  }
}

function isBusy({ source, target }: Observed): boolean {
  return source.operation !== null || target.operation !== null;
}
