import type { Promotion, RunState } from '../../journal/fold.ts';
import type { Verdict } from '../../probe/assess.ts';
import { watchUntilDecided } from '../../probe/watch.ts';
import { watching, type PromotionContext } from '../way/context.ts';
import { lastLook } from './last-look.ts';
import { finishPromotion } from './finish.ts';
import { resultOf, unchanged, type ServiceResult } from '../way/service-result.ts';
import { VERIFIED_AS } from './verify.ts';

/**
 * An earlier attempt of this run got somewhere: what is verified and still there is not deployed again, and what was
 * brought before users but not judged is judged now. To put it there anew could overwrite the only copy of the release
 * from before.
 * @param context of the promotion that the earlier attempt began, with its id
 * @returns undefined when the service is to be deployed as if there had been no earlier attempt
 */
export async function resume<Seen>(
  context: PromotionContext<Seen>,
  earlier: Promotion,
  state: RunState,
): Promise<ServiceResult | undefined> {
  const { ports, request, tell, way } = context;
  const { release, health, policy } = request;
  const sameRelease = earlier.release?.digest === release.digest && earlier.release?.version === release.version;
  if (earlier.state === 'verified') {
    if (!sameRelease || earlier.after === null) return undefined;
    const now = await context.observe();
    if (way.holds(earlier.after, now) !== 'same') return undefined;
    const verdict = await watchUntilDecided(
      way.question(health, way.facing(now), request.expectedVersion),
      { ...health, startupMs: 0 },
      watching(context, way.facing(now)),
      policy.gateLimitMs,
      ports.signal,
    );
    if (verdict.kind !== 'healthy') return await turnedBad(context, verdict);
    const { foreign } = await lastLook(context, earlier.after, now);
    if (foreign !== undefined)
      return {
        ...unchanged('superseded', `verified by an earlier attempt of this run, and then ${foreign}`),
        changed: true,
      };
    await tell('resumed', 'info', `verified by an earlier attempt of this run and still healthy: not deployed again`);
    return { ...unchanged('done', 'verified by an earlier attempt of this run', release.version), changed: true };
  }
  if (earlier.state === 'not-promoted' || earlier.state === 'undone') return undefined;
  if (!sameRelease)
    return unchanged(
      'unknown',
      `an earlier attempt of this run left promotion ${earlier.id} of another release unfinished. Roll it back first (SafeRolloutRollback, or safe-rollout rollback --run ${ports.journal.run}).`,
    );
  await tell(
    'resumed',
    'warning',
    `an earlier attempt left this promotion ${earlier.state}: looking at what ${way.words.seen} hold`,
  );
  const finished = await finishPromotion(context, earlier, state);
  return finished === undefined ? undefined : resultOf(finished);
}

/** Verified by an earlier attempt, and not healthy now: the release from before is still there to go back to. */
async function turnedBad<Seen>({ record }: PromotionContext<Seen>, { kind, reason }: Verdict): Promise<ServiceResult> {
  const why = `verified by an earlier attempt of this run, and now ${kind}: ${reason}`;
  await record('verify', VERIFIED_AS[kind], why);
  return { ...unchanged(kind === 'unhealthy' ? 'unhealthy' : 'unknown', why), changed: true };
}
