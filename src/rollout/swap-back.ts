import type { Entry, SlotPair } from '../journal/entry.ts';
import { watchThroughBake, watchUntilDecided } from '../probe/watch.ts';
import { comparePrints, movement, swappedSince } from './content-print.ts';
import { isInterruption, RolloutError } from './errors.ts';
import type { RolloutEvent, RolloutPorts } from './ports.ts';
import { pairOf, staleRules, type Observed } from './preflight.ts';
import { attemptSwap } from './swap-attempt.ts';
import { probeTarget, type SwapRequest } from './swap-policy.ts';

/** A promotion to be undone: what it found, and what it left where that is known. */
export interface Undo extends SwapRequest {
  readonly before: SlotPair;
  readonly after: SlotPair | null;
  /** Version that production reported before the promotion, where it did. */
  readonly versionBefore: string | undefined;
  readonly reason: string;
  /** A request of this promotion may still be on its way: watch the slots stand still for the settle time first. */
  readonly settleFirst: boolean;
}

/**
 * `undone`: production holds the old release again, verified. `refused`: it was not safe, nothing was sent.
 * `not-undone`: Azure did not swap. `unknown`: what the slots hold could not be established.
 */
export type UndoResult =
  | { readonly outcome: 'undone'; readonly reason: string; readonly version: string | undefined }
  | { readonly outcome: 'refused' | 'not-undone' | 'unknown'; readonly reason: string };

/** Pure: may this promotion be undone, seeing what the slots hold now? */
export type UndoDecision =
  | { readonly kind: 'undo' }
  | { readonly kind: 'nothing-to-undo'; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string };

/**
 * Undo only what this promotion did: the target must hold exactly what was promoted and the source exactly what was
 * replaced. Anything else was done by somebody else, and is theirs.
 */
export function decideUndo(promotion: Pick<Undo, 'before' | 'after'>, observed: Observed): UndoDecision {
  const { before, after } = promotion;
  const now = pairOf(observed);
  const busy = observed.source.operation ?? observed.target.operation;
  if (busy !== null) return { kind: 'wait', reason: `operation ${busy} is changing the slots` };
  switch (movement(before, now)) {
    case 'unmoved':
      return {
        kind: 'nothing-to-undo',
        reason: swappedSince(before.swapStamp, now.swapStamp)
          ? `it was swapped back already at ${now.swapStamp ?? ''}`
          : 'the swap never happened',
      };
    case 'moved':
      break;
    case 'half':
      return { kind: 'wait', reason: 'one slot shows the new content and the other does not' };
    case 'foreign':
      return {
        kind: 'refuse',
        reason: 'a slot holds something that was in neither slot before the promotion: somebody deployed since',
      };
    case 'unreadable':
      return { kind: 'refuse', reason: 'the slots do not tell what they hold' };
  }
  if (after === null) {
    const held = comparePrints(activeOnly(before.source), activeOnly(now.target));
    const replaced = comparePrints(activeOnly(before.target), activeOnly(now.source));
    if (held === 'different' || replaced === 'different')
      return { kind: 'refuse', reason: 'somebody deployed into a slot since the promotion' };
    return { kind: 'undo' };
  }
  if (comparePrints(after.target, now.target) === 'different')
    return { kind: 'refuse', reason: 'the target does not hold any more what was promoted: somebody deployed into it' };
  if (comparePrints(after.source, now.source) === 'different')
    return {
      kind: 'refuse',
      reason: 'the release that was replaced is not there any more: somebody deployed into the source slot',
    };
  if (after.swapStamp !== now.swapStamp)
    return {
      kind: 'refuse',
      reason: `the slots were swapped again since, at ${now.swapStamp ?? 'an unknown time'}: somebody put the release there on purpose`,
    };
  return { kind: 'undo' };
}

/** Across slots only the deployment tells: it travels with the content, as far as it could be read on both sides. */
function activeOnly(print: SlotPair['source']): SlotPair['source'] {
  return { ...print, image: null };
}

/**
 * Swaps one promotion back, once: observes, decides, probes the old release, journals, sends one request, observes
 * until known, verifies production on the old release.
 */
export async function undoPromotion(undo: Undo, ports: RolloutPorts): Promise<UndoResult> {
  const { target, policy, health } = undo;
  const host = ports.host(target);
  const { clock, signal } = ports;
  const record = (
    phase: Entry['phase'],
    reason: string,
    prints: Partial<Pick<Entry, 'before' | 'after'>> = {},
  ): Promise<unknown> =>
    ports.journal.record({
      action: 'swap-back',
      phase,
      reason,
      promotion: undo.promotion,
      service: undo.service,
      target,
      release: undo.release,
      ...prints,
    });
  const tell = async (level: RolloutEvent['level'], message: string): Promise<void> => {
    await ports.tell({ step: 'swap-back', level, service: undo.service, message, at: clock.now() });
  };
  const observe = async (): Promise<Observed> => ({
    source: await host.observe(target.source, signal),
    target: await host.observe(target.destination, signal),
  });

  let observed = await observe();
  let decision = decideUndo(undo, observed);
  const begun = clock.monotonic();
  let quietSince = begun;
  const unsettled = (): boolean => undo.settleFirst && clock.monotonic() - quietSince < policy.settleMs;
  while ((decision.kind === 'wait' || unsettled()) && clock.monotonic() - begun < policy.swapDeadlineMs) {
    await clock.sleep(1000, signal);
    const next = await observe();
    if (decision.kind === 'wait' || next.target.swapStamp !== observed.target.swapStamp) quietSince = clock.monotonic();
    observed = next;
    decision = decideUndo(undo, observed);
  }
  if (decision.kind === 'wait') return { outcome: 'unknown', reason: decision.reason };
  if (decision.kind === 'refuse') {
    await tell('error', decision.reason);
    return { outcome: 'refused', reason: decision.reason };
  }
  if (decision.kind === 'nothing-to-undo') {
    await record('done', decision.reason, { after: pairOf(observed) });
    return { outcome: 'undone', reason: decision.reason, version: undefined };
  }

  // The old release has stood in the source slot since the swap; it is restarted there, so it gets its startup grace.
  const old = probeTarget(health, observed.source.url, undo.versionBefore);
  const standing = await watchUntilDecided(old, { ...health, healthyThreshold: 1 }, ports, policy.gateLimitMs, signal);
  const acceptable =
    standing.kind === 'healthy' || (standing.kind !== 'unhealthy' && policy.rollbackTarget === 'running');
  if (!acceptable) {
    const reason = `the old release in slot '${target.source}' is ${standing.kind}: ${standing.reason}`;
    await tell('error', reason);
    return { outcome: 'refused', reason };
  }
  const rules = staleRules(await host.readConfig(target.destination, signal), observed.source);
  if (rules.length > 0)
    await tell(
      'warning',
      `routing rules send users to slot '${target.source}', which will hold the bad release: ${rules.map(({ name, percent }) => `${name} ${percent}%`).join(', ')}`,
    );

  const now = await observe();
  const again = decideUndo(undo, now);
  if (again.kind !== 'undo')
    return {
      outcome: 'refused',
      reason: `the slots changed while the old release was probed: ${'reason' in again ? again.reason : ''}`,
    };
  const before = pairOf(now);
  await tell('warning', `swapping back: ${undo.reason}`);
  try {
    await record('intent', undo.reason, { before });
  } catch (error) {
    throw new RolloutError(
      { code: 'journal-failed', what: 'written (swap-back intent)', detail: String(error) },
      { cause: error },
    );
  }
  let end;
  try {
    end = await attemptSwap(
      { source: target.source, target: target.destination },
      before,
      policy,
      { host, clock },
      signal,
    );
  } catch (error) {
    if (isInterruption(error, signal))
      await record('unknown', 'stopped while the swap back was being observed', { before });
    throw error;
  }
  const after = end.observed === undefined ? null : pairOf(end.observed);
  switch (end.verdict.kind) {
    case 'unknown':
      await record('unknown', end.verdict.reason, { before, after });
      return { outcome: 'unknown', reason: end.verdict.reason };
    case 'not-swapped':
      await record('failed', end.verdict.reason, { before, after });
      return { outcome: 'not-undone', reason: end.verdict.reason };
    case 'swapped': {
      await record('done', end.verdict.reason, { before, after });
      const verified = await watchThroughBake(
        probeTarget(health, (end.observed ?? now).target.url, undo.versionBefore),
        { ...health, startupMs: 0 },
        ports,
        policy.bakeMs,
        signal,
      );
      const version = verified.version === undefined ? '' : ` (${verified.version})`;
      const reason = `'${target.destination}' holds the release from before again${version}, ${verified.kind}: ${verified.reason}`;
      await tell(verified.kind === 'healthy' ? 'info' : 'error', reason);
      if (verified.kind === 'healthy') return { outcome: 'undone', reason, version: verified.version };
      return { outcome: 'unknown', reason };
    }
  }
}
