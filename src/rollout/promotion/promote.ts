import { watchUntilDecided } from '../../probe/watch.ts';
import type { AttemptEnd } from '../fence/attempt.ts';
import { fenced, pauseAfter, type FencedEnd, type Replaced } from '../fence/fenced.ts';
import { readState, type Desk, type PromotionContext } from '../way/context.ts';
import { finishPromotion } from './finish.ts';
import type { Refusal } from '../way/refusal.ts';
import type { PromotionResult } from '../way/result.ts';
import { judgePromoted } from './verify.ts';

/** What the gate says of a release that it lets through. */
export interface Passed {
  /** What the release said of itself: what the target must say of itself afterwards. */
  readonly version: string | undefined;
  readonly reason: string;
  readonly routed: boolean;
}

/**
 * From the gate's pass to the end: journals the intent, sends the request, follows it until it is known, and verifies.
 * @param judged what the gate judged; anything else found right before the request refuses it
 */
export async function promoteAndVerify<Seen>(
  context: PromotionContext<Seen>,
  judged: Seen,
  gate: Passed,
): Promise<PromotionResult> {
  const { request, ports, tell, way } = context;
  const { policy, health } = request;
  const { words } = way;
  const { version: versionAfter, routed } = gate;
  const replaced = await askReplaced(context, judged);
  let open = false;
  for (let attempt = 1; ; attempt += 1) {
    const end: FencedEnd<Seen> = await fenced(
      {
        action: 'promote',
        reason: `${words.intent}, attempt ${attempt}`,
        evidence: `gate: ${gate.reason}`,
        // Of the last one it must be known what became of it: nobody asks after it.
        mayStayOpen: attempt < policy.attempts,
        open,
        replaced,
        recheck: (now) => changedSince(context, judged, now),
      },
      context,
    );
    if (end.kind === 'refused') {
      // What has changed since the gate may be the request of an attempt that was without a sign.
      const late = open ? await finishLate(context) : undefined;
      return late ?? (await refuse(context, [end.refusal]));
    }
    if (end.kind === 'lost-sight')
      return end.done
        ? { outcome: 'in-place-not-yet-healthy', reason: end.reason }
        : await unknown(context, end.reason);
    const { before, now } = end;
    const ended: AttemptEnd<Seen> = end.end;
    const { verdict }: AttemptEnd<Seen> = ended;
    if (verdict.kind === 'unknown') return await unknown(context, verdict.reason);
    if (verdict.kind === 'done') {
      await tell(words.act, 'info', verdict.reason);
      const observed = ended.observed ?? now;
      return await judgePromoted(context, {
        before,
        after: way.prints(observed),
        observed,
        replaced,
        versionAfter,
        routed,
      });
    }
    open = verdict.kind === 'unseen';
    if (verdict.kind === 'not-done') await way.tidy(ended, verdict.reason);
    const retryable = verdict.kind === 'unseen' || verdict.retryable;
    if (!retryable || attempt >= policy.attempts) {
      const message = `Azure did not ${words.act}: ${verdict.reason.replace(/\.$/, '')}. ${words.kept}.`;
      await tell('outcome', 'error', message);
      return { outcome: 'refused', refusals: [{ rule: 'platform', message }] };
    }
    const next = `attempt ${attempt + 1} of ${policy.attempts} follows`;
    await tell(words.act, 'warning', `not ${words.acted} (${verdict.reason}); ${next}`);
    await ports.clock.sleep(pauseAfter(ended, health.intervalMs), ports.signal);
  }
}

async function finishLate<Seen>(context: PromotionContext<Seen>): Promise<PromotionResult | undefined> {
  const state = await readState(context.ports);
  const earlier = state.promotions.find(({ id }) => id === context.request.promotion);
  return earlier === undefined ? undefined : await finishPromotion(context, earlier, state);
}

/** Whatever was judged must still be there right before the request, or somebody else is at work. */
function changedSince<Seen>({ way }: PromotionContext<Seen>, judged: Seen, now: Seen): Refusal | undefined {
  const changed = way.changed(judged, now);
  if (changed === undefined) return undefined;
  const message = `Since the gate ${changed}. Nothing was ${way.words.acted}; run again to judge what is there now.`;
  return { rule: 'content-changed', message };
}

async function unknown<Seen>({ tell, way }: PromotionContext<Seen>, reason: string): Promise<PromotionResult> {
  await tell(way.words.act, 'error', `the state is unknown: ${reason}`);
  return { outcome: 'unknown', reason };
}

/** Tells why nothing is promoted, and journals it. */
export async function refuse({ record, tell }: Desk, refusals: readonly Refusal[]): Promise<PromotionResult> {
  for (const { message } of refusals) await tell('outcome', 'error', message);
  await record('verify', 'failed', refusals.map(({ message }) => message).join(' '));
  return { outcome: 'refused', refusals };
}

/** What users get before the promotion, by its own word: for the record, and as the standard for putting it back. */
async function askReplaced<Seen>({ request, ports, way }: PromotionContext<Seen>, judged: Seen): Promise<Replaced> {
  const { health } = request;
  const once = { ...health, startupMs: 0, healthyThreshold: 1, unhealthyThreshold: 1 };
  const probe = way.question(health, way.facing(judged), undefined);
  const verdict = await watchUntilDecided(probe, once, ports, 0, ports.signal);
  return { version: verdict.version, healthy: verdict.kind === 'healthy' };
}
