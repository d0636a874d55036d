import { isProduction } from '../../../journal/users-side.ts';
import { comparePrints, movement, swappedSince } from './content-print.ts';
import { sayWaiting } from '../../way/say-waiting.ts';
import { createSlot, endPreview } from './cures.ts';
import { RolloutError } from '../../errors.ts';
import { watchUntilDecided } from '../../../probe/watch.ts';
import { holdTarget } from '../../fence/hold-target.ts';
import { changedBetween, foreignPreview, pairOf, sameName, type Observed } from './preflight.ts';
import type { Refusal } from '../../way/refusal.ts';
import { refuse, promoteAndVerify } from '../../promotion/promote.ts';
import type { RolloutPorts } from '../../ports.ts';
import type { SlotObservation } from './ports.ts';
import { watching } from '../../way/context.ts';
import { slotPlace, slotQuestion } from './slot-way.ts';
import { swapContext, type SwapContext } from './context.ts';
import type { SwapRequest } from './desk.ts';

import type { PromotionResult } from '../../way/result.ts';
import { look, passGate, tellDifferences } from './swap-slot.ts';

/** How long Azure may take to show that settings were applied or taken back; both are synchronous (recorded). */
const SHOWN_WITHIN_MS = 60_000;

/**
 * First half of a swap with preview: the target's settings are applied to the source slot, and the release is judged
 * under them. Left pending when it is healthy; taken back when it is not.
 * @throws what `swapSlot` throws
 */
export async function previewSwap(request: SwapRequest, ports: RolloutPorts): Promise<PromotionResult> {
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
  const probe = slotQuestion(health, judged.source, expectedVersion);
  const watch = watching(context, slotPlace(judged.source));
  const verdict = await watchUntilDecided(probe, health, watch, policy.gateLimitMs, ports.signal);
  const under = `slot '${target.source}' under the settings of '${target.destination}'`;
  const completed = await completedByOthers(context, judged);
  if (completed !== undefined) return completed;
  if (verdict.kind === 'healthy') {
    const now = await context.observe();
    if (!isPending(now)) {
      const message = `While ${under} was judged, somebody took them back. Nothing is left to complete; run again.`;
      return await refuse(context, [{ rule: 'content-changed', message }]);
    }
    const end = (['source', 'target'] as const).find(
      (one) => comparePrints(judged[one].print, now[one].print) === 'different',
    );
    if (end !== undefined) {
      const { slot } = now[end];
      const left = await takeBack(context, `slot '${slot}' was deployed to while it was judged`);
      const message = `While ${under} was judged, somebody deployed into slot '${slot}'. ${left ?? 'The settings were taken back.'} Run again to judge what is there now.`;
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
export async function completeSwap(request: SwapRequest, ports: RolloutPorts): Promise<PromotionResult> {
  const context = swapContext(request, ports);
  const { judged, found } = await look(context);
  const refusals = [...found.filter(({ rule }) => rule !== 'preview-pending'), ...notPending(judged)];
  if (refusals.length > 0) return await refuse(context, refusals);
  const gate = await passGate(context, judged);
  if ('rule' in gate) return await refuse(context, [gate]);
  return await promoteAndVerify(context, judged, gate);
}

/**
 * Cancels the preview that is pending between exactly these slots, and what a failed swap has left; done already when
 * there is none. One that is pending with another slot is somebody else's. Where one of the slots is gone, its end of the
 * preview is gone with it, and the other end is taken back.
 */
export async function cancelSwap(request: SwapRequest, ports: RolloutPorts): Promise<PromotionResult> {
  const context = swapContext(request, ports);
  const now = await observeOrGone(context);
  if ('gone' in now) return await cancelWithout(now, context);
  if (!isPending(now)) {
    const foreign = anotherPreview(now, context);
    return foreign === undefined
      ? { outcome: 'cancelled', reason: 'no swap with preview was pending' }
      : await refuse(context, [foreign]);
  }
  const left = await takeBack(context, 'asked to cancel');
  if (left === undefined) return { outcome: 'cancelled', reason: 'the settings were taken back, read back' };
  return await refuse(context, [{ rule: 'platform', message: left }]);
}

function noPreview({ source }: Observed): Refusal[] {
  if (!source.linux) return [];
  const message = `Apps on Linux have no swap with preview. Use action: swap, whose gate judges the slot before the swap.`;
  return [{ rule: 'no-preview', message }];
}

/** Somebody may complete the preview while it is judged: then users get it, and nothing of it is to be taken back. */
async function completedByOthers(context: SwapContext, judged: Observed): Promise<PromotionResult | undefined> {
  const [before, now] = [pairOf(judged), pairOf(await context.observe())];
  if (movement(before, now) !== 'moved' && !swappedSince(before.swapStamp, now.swapStamp)) return undefined;
  const { source, destination } = context.request.target;
  const reason = `while the release in '${source}' was judged under the settings of '${destination}', somebody else completed the preview, or swapped, at ${now.swapStamp ?? 'an unknown time'} by Azure's clock. What users get now was not judged by this run, and was left alone`;
  await context.record('preview', 'failed', reason);
  await context.tell('gate', 'error', reason);
  return { outcome: 'superseded', reason };
}

/** Both slots; or, where one of them is not there, the error that says so and the other one. */
async function observeOrGone(context: SwapContext): Promise<Observed | HalfGone> {
  const { host, ports, request } = context;
  const { source, destination } = request.target;
  try {
    return await context.observe();
  } catch (error) {
    const slot = error instanceof RolloutError && error.facts.code === 'app-not-found' ? error.facts.slot : undefined;
    if (slot === undefined || isProduction(slot)) throw error;
    const other = sameName(slot, source) ? destination : source;
    return { gone: error as RolloutError, slot, other: await host.observe(other, ports.signal) };
  }
}

interface HalfGone {
  readonly gone: RolloutError;
  /** The slot that is not there. */
  readonly slot: string;
  readonly other: SlotObservation;
}

/** A preview of which one slot was deleted blocks the other until its own end is taken back. */
async function cancelWithout({ gone, slot: missing, other }: HalfGone, context: SwapContext): Promise<PromotionResult> {
  const { host, ports, request, record } = context;
  const { slot } = other;
  const isLeft = ({ previewWith }: SlotObservation): boolean => previewWith !== null && sameName(previewWith, missing);
  if (!isLeft(other)) throw gone;
  const why = `asked to cancel; slot '${missing}' is not there any more`;
  await record('reset-slot-config', 'intent', why);
  const reply = await host.change({ kind: 'reset-slot-config', slot }, ports.signal);
  if (await eventually(context, async () => !isLeft(await host.observe(slot, ports.signal)))) {
    await record('reset-slot-config', 'done', 'settings taken back, read back');
    const reason = `slot '${missing}' is not there any more, and what '${slot}' had left of the swap with preview was taken back, read back`;
    return { outcome: 'cancelled', reason };
  }
  const said = reply.kind === 'accepted' ? 'Azure still shows it pending' : reply.message;
  await record('reset-slot-config', 'failed', said);
  const message = `A swap with preview between '${missing}' and '${slot}' is still pending on '${slot}' (${said}), and slot '${missing}' is not there any more. Create a slot of that name again (${createSlot(request.target, missing)}), and cancel once more: ${endPreview('cancel', request.target)}`;
  return await refuse(context, [{ rule: 'platform', message }]);
}

/** What is pending on one of the two with a slot that was not named, with the command that cancels that one. */
function anotherPreview(now: Observed, { request }: SwapContext): Refusal | undefined {
  const pair = foreignPreview(now, request.target);
  if (pair === undefined) return undefined;
  const message = `The swap with preview that is pending on '${pair.destination}' is with slot '${pair.source}', and not between '${now.source.slot}' and '${now.target.slot}': it was left alone. To cancel that one: ${endPreview('cancel', pair)}`;
  return { rule: 'no-preview', message };
}

function notPending(now: Observed): Refusal[] {
  const { source, target } = now;
  if (isPending(now)) return [];
  const pending = source.previewWith ?? target.previewWith;
  const found = pending === null ? 'none is pending' : `the pending one is with '${pending}'`;
  const message = `There is no swap with preview between '${source.slot}' and '${target.slot}' to complete: ${found}. Begin one with action: preview.`;
  return [{ rule: 'no-preview', message }];
}

/** Between these two, as either of them shows it; what is pending with another slot is another preview. */
export function isPending({ source, target }: Observed): boolean {
  const between = (one: string | null, other: string): boolean => one !== null && sameName(one, other);
  return between(source.previewWith, target.slot) || between(target.previewWith, source.slot);
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

function untilShown(context: SwapContext, wanted: (now: Observed) => boolean): Promise<boolean> {
  return eventually(context, async () => wanted(await context.observe()));
}

async function eventually(context: SwapContext, wanted: () => Promise<boolean>): Promise<boolean> {
  const { clock, signal } = context.ports;
  const limitMs = Math.min(SHOWN_WITHIN_MS, context.request.policy.settleMs);
  const deadline = clock.monotonic() + limitMs;
  const say = sayWaiting(context, { step: 'observe', limitMs });
  for (;;) {
    if (await wanted()) return true;
    if (clock.monotonic() >= deadline) return false;
    await say('Azure is to show what was asked of the settings of the slots');
    await clock.sleep(1000, signal);
  }
}
