import { endPreview } from './cures.ts';
import { watchUntilDecided } from '../probe/watch.ts';
import { holdTarget } from './hold-target.ts';
import { changedBetween, sameName, type Observed, type Refusal } from './preflight.ts';
import { refuse, swapAndVerify } from './promote.ts';
import type { RolloutPorts } from './ports.ts';
import { swapContext, type SwapContext } from './swap-context.ts';
import { probeTarget, type SwapRequest } from './swap-policy.ts';
import type { SwapResult } from './swap-result.ts';
import { look, passGate, tellDifferences } from './swap-slot.ts';

/** How long Azure may take to show that settings were applied or taken back; both are synchronous (recorded). */
const SHOWN_WITHIN_MS = 60_000;

/**
 * First half of a swap with preview: the target's settings are applied to the source slot, and the release is judged
 * under them. Left pending when it is healthy; taken back when it is not.
 * @throws what `swapSlot` throws
 */
export async function previewSwap(request: SwapRequest, ports: RolloutPorts): Promise<SwapResult> {
  const context = swapContext(request, ports);
  const { judged, found } = await look(context);
  const refusals = [...found, ...noPreview(judged)];
  if (refusals.length > 0) return await refuse(context, refusals);
  await tellDifferences(context);
  const gate = await passGate(context, judged);
  if ('rule' in gate) return await refuse(context, [gate]);
  const refusal = await applySettings(context, judged);
  if (refusal !== undefined) return await refuse(context, [refusal]);

  const { health, policy, target, expectedVersion } = context.request;
  const probe = probeTarget(health, judged.source.url, expectedVersion);
  const verdict = await watchUntilDecided(probe, health, ports, policy.gateLimitMs, ports.signal);
  const under = `slot '${target.source}' under the settings of '${target.destination}'`;
  if (verdict.kind === 'healthy') {
    if (!isPending(await context.observe())) {
      const message = `While ${under} was judged, somebody took them back. Nothing is left to complete; run again.`;
      return await refuse(context, [{ rule: 'content-changed', message }]);
    }
    const reason = `${under} is healthy: ${verdict.reason}`;
    // Not before: what was applied and never judged is nothing to be left pending.
    await context.record('preview', 'done', reason);
    await context.tell('gate', 'info', reason);
    return { outcome: 'previewed', reason };
  }
  const left = await takeBack(context, `${under} is ${verdict.kind}`);
  const message = `${under} is ${verdict.kind}: ${verdict.reason}. ${left ?? 'The settings were taken back.'}`;
  return await refuse(context, [{ rule: 'gate', message }]);
}

/**
 * Second half: the pending preview between exactly these slots is completed, behind the same gate, fence and
 * verification as any swap.
 */
export async function completeSwap(request: SwapRequest, ports: RolloutPorts): Promise<SwapResult> {
  const context = swapContext(request, ports);
  const { judged, found } = await look(context);
  const refusals = [...found.filter(({ rule }) => rule !== 'preview-pending'), ...notPending(judged)];
  if (refusals.length > 0) return await refuse(context, refusals);
  const gate = await passGate(context, judged);
  if ('rule' in gate) return await refuse(context, [gate]);
  return await swapAndVerify(context, judged, gate);
}

/** Cancels a pending preview, and what a failed swap has left; done already when there is nothing pending. */
export async function cancelSwap(request: SwapRequest, ports: RolloutPorts): Promise<SwapResult> {
  const context = swapContext(request, ports);
  const now = await context.observe();
  if (!isPending(now)) return { outcome: 'cancelled', reason: 'no swap with preview was pending' };
  const left = await takeBack(context, 'asked to cancel');
  if (left === undefined) return { outcome: 'cancelled', reason: 'the settings were taken back, read back' };
  return await refuse(context, [{ rule: 'platform', message: left }]);
}

function noPreview({ source }: Observed): Refusal[] {
  if (!source.linux) return [];
  const message = `Apps on Linux have no swap with preview. Use action: swap, whose gate judges the slot before the swap.`;
  return [{ rule: 'no-preview', message }];
}

function notPending({ source, target }: Observed): Refusal[] {
  const between = (one: string | null, other: string): boolean => one !== null && sameName(one, other);
  if (between(source.previewWith, target.slot) || between(target.previewWith, source.slot)) return [];
  const pending = source.previewWith ?? target.previewWith;
  const found = pending === null ? 'none is pending' : `the pending one is with '${pending}'`;
  const message = `There is no swap with preview between '${source.slot}' and '${target.slot}' to complete: ${found}. Begin one with action: preview.`;
  return [{ rule: 'no-preview', message }];
}

function isPending({ source, target }: Observed): boolean {
  return source.previewWith !== null || target.previewWith !== null;
}

/** Applies the target's settings to the source, under the lock, and reads back that Azure shows it. */
async function applySettings(context: SwapContext, judged: Observed): Promise<Refusal | undefined> {
  const { host, ports, request, record } = context;
  const { source, destination } = request.target;
  const lock = await holdTarget(context);
  if (!('kind' in lock)) return lock;
  try {
    const changed = changedBetween(judged, await context.observe());
    if (changed !== undefined)
      return { rule: 'content-changed', message: `Since the gate ${changed}. Nothing was changed; run again.` };
    await record('preview', 'intent', `apply the settings of '${destination}' to '${source}'`);
    const reply = await host.change({ kind: 'apply-slot-config', source, target: destination }, ports.signal);
    const shown = await untilShown(context, isPending);
    if (shown) return undefined;
    const why = reply.kind === 'accepted' ? 'Azure does not show it' : reply.message;
    await record('preview', reply.kind === 'ambiguous' ? 'unknown' : 'failed', why);
    return { rule: 'platform', message: `The settings of '${destination}' could not be applied: ${why}.` };
  } finally {
    await lock.release();
  }
}

/** @returns what is still pending, in words, or undefined */
export async function takeBack(context: SwapContext, why: string): Promise<string | undefined> {
  const { host, ports, request, record } = context;
  const { source, destination } = request.target;
  await record('reset-slot-config', 'intent', why);
  let reply = await host.change({ kind: 'reset-slot-config', slot: source }, ports.signal);
  let gone = await untilShown(context, (now) => !isPending(now));
  if (!gone) {
    // Which end suffices is not documented; az names both and asks one.
    reply = await host.change({ kind: 'reset-slot-config', slot: destination }, ports.signal);
    gone = await untilShown(context, (now) => !isPending(now));
  }
  if (gone) {
    await record('reset-slot-config', 'done', 'settings taken back, read back');
    return undefined;
  }
  const reason = reply.kind === 'accepted' ? 'Azure still shows it pending' : reply.message;
  await record('reset-slot-config', 'failed', reason);
  return `The swap with preview is still pending: ${reason}. Cancel it: ${endPreview('cancel', request.target)}`;
}

async function untilShown(context: SwapContext, wanted: (now: Observed) => boolean): Promise<boolean> {
  const { clock, signal } = context.ports;
  const deadline = clock.monotonic() + Math.min(SHOWN_WITHIN_MS, context.request.policy.settleMs);
  for (;;) {
    if (wanted(await context.observe())) return true;
    if (clock.monotonic() >= deadline) return false;
    await clock.sleep(1000, signal);
  }
}
