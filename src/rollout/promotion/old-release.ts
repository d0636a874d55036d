import type { ProbeTarget } from '../../probe/sample.ts';
import type { Prints } from '../../journal/entry.ts';
import { watchThroughBake, watchUntilDecided } from '../../probe/watch.ts';
import { RolloutError } from '../errors.ts';
import { watching, type PromotionContext } from '../way/context.ts';
import { lastLook } from './last-look.ts';
import type { Place } from '../way/way.ts';

/** A promotion to be undone: what it found, and what it left where that is known. */
export interface Undo {
  readonly before: Prints;
  readonly after: Prints | null;
  /** Version that users got before the promotion, where it was told. */
  readonly versionBefore: string | undefined;
  /** Whether it answered healthy before the promotion; undefined where that is not known. */
  readonly healthyBefore: boolean | undefined;
  readonly reason: string;
  /** A request of this promotion may still be on its way: watch the target stand still for the settle time first. */
  readonly settleFirst: boolean;
  /** How long ago that request was announced, by the clock of the journal's store. */
  readonly requestedAgoMs: number;
}

/**
 * `undone`: users get the old release again, verified. `undone-not-yet-healthy`: they get it again, and it is not healthy
 * there, or could not be judged. `refused`: it was not safe, nothing was sent.
 * `not-undone`: Azure did not act. `unknown`: what is in place could not be established.
 */
export type UndoResult =
  | {
      readonly outcome: 'undone' | 'undone-not-yet-healthy';
      readonly reason: string;
      readonly version: string | undefined;
    }
  | { readonly outcome: 'refused' | 'not-undone' | 'unknown'; readonly reason: string };

/**
 * The old release is held to what it was: a probe that the new release brought along (a new path, say) and that the old
 * one never answered cannot be asked of it. It must then answer at its root, with anything but an error of the server.
 */
function oldReleaseProbe<Seen>(
  { healthyBefore, versionBefore }: Undo,
  { way, request: { health } }: PromotionContext<Seen>,
  place: Place,
): ProbeTarget {
  if (healthyBefore !== false) return way.question(health, place, versionBefore);
  const statuses = Array.from({ length: 300 }, (_, index) => 200 + index);
  const root = { ...health, path: '/', statuses, json: {}, contains: undefined, version: undefined };
  return way.question(root, place, undefined);
}

/** @returns why the old release must not be put back, or undefined */
export async function judgeOldRelease<Seen>(
  undo: Undo,
  context: PromotionContext<Seen>,
  observed: Seen,
): Promise<string | undefined> {
  const { ports, way, request } = context;
  const { health, policy } = request;
  // It has waited since the promotion and was restarted there, so it gets its startup grace.
  const place = way.waiting(observed);
  const verdict = await watchUntilDecided(
    oldReleaseProbe(undo, context, place),
    { ...health, healthyThreshold: 1 },
    watching(context, place),
    policy.gateLimitMs,
    ports.signal,
  );
  const tolerated = verdict.kind === 'inconclusive' && policy.rollbackTarget === 'running';
  if (verdict.kind !== 'healthy' && !tolerated)
    return `the old release in ${place.name} is ${verdict.kind}: ${verdict.reason}`;
  await way.advise(observed, 'the bad release');
  return undefined;
}

export async function verifyOldRelease<Seen>(
  undo: Undo,
  context: PromotionContext<Seen>,
  observed: Seen,
): Promise<UndoResult> {
  const { ports, tell, way, request } = context;
  const { policy, health } = request;
  const { words } = way;
  const place = way.facing(observed);
  const verdict = await watchThroughBake(
    oldReleaseProbe(undo, context, place),
    { ...health, startupMs: 0 },
    watching(context, place),
    policy,
    ports.signal,
  );
  const version = verdict.version === undefined ? '' : ` (${verdict.version})`;
  const reason = `${place.name} holds the release from before again${version}, ${verdict.kind}: ${verdict.reason}`;
  const foreign = await lastLookBack(context, observed);
  if (foreign !== undefined) {
    const message = `the release from before was ${words.acted} back, and then ${foreign}`;
    await tell(words.back, 'error', message);
    return { outcome: 'unknown', reason: message };
  }
  await tell(words.back, verdict.kind === 'healthy' ? 'info' : 'error', reason);
  return verdict.kind === 'healthy'
    ? { outcome: 'undone', reason, version: verdict.version }
    : { outcome: 'undone-not-yet-healthy', reason: `restored, not yet healthy: ${reason}`, version: verdict.version };
}

/** What cannot be read once more is no foreign change, and not known to be none. */
async function lastLookBack<Seen>(context: PromotionContext<Seen>, observed: Seen): Promise<string | undefined> {
  try {
    return (await lastLook(context, context.way.prints(observed), observed)).foreign;
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return `it could not be seen once more: ${error.message}`;
  }
}
