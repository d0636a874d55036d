import type { Promotion } from '../../journal/fold.ts';
import type { Verdict } from '../../probe/assess.ts';
import { watchUntilDecided } from '../../probe/watch.ts';
import { RolloutError } from '../errors.ts';
import { watching, type PromotionContext } from '../way/context.ts';
import { lastLook } from './last-look.ts';

/** `superseded`: users get something else by now, and what somebody put there is theirs to judge. */
export type JudgedAgain = Verdict | { readonly kind: 'superseded'; readonly reason: string };

/** Judges a promotion that was verified before once more: is it still there, and is it still well? */
export async function judgeAgain<Seen>(
  context: PromotionContext<Seen>,
  { after }: Pick<Promotion, 'after'>,
): Promise<JudgedAgain> {
  const { way, ports, request, tell } = context;
  const { health, policy, release } = request;
  try {
    // Without prints of its own there is nothing to compare with: then health alone decides.
    const begun = after === null ? undefined : await lastLook(context, after);
    if (begun?.foreign !== undefined) return { kind: 'superseded', reason: begun.foreign };
    const seen = begun?.now ?? (await context.observe());
    // The way back of what users get is no part of what they get: said when it is gone, and no reason to stop.
    const gone = after === null ? undefined : way.noWayBack(after, seen);
    if (gone !== undefined) await tell('final-check', 'warning', gone);
    const expected = health.version === undefined ? undefined : (release.version ?? undefined);
    const place = way.facing(seen);
    const verdict = await watchUntilDecided(
      way.question(health, place, expected),
      { ...health, startupMs: 0 },
      watching(context, place),
      policy.gateLimitMs,
      ports.signal,
    );
    // Whatever was found of another release says nothing of ours.
    if (after === null) return verdict;
    const { foreign } = await lastLook(context, after, seen);
    return foreign === undefined ? verdict : { kind: 'superseded', reason: foreign };
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return { kind: 'inconclusive', reason: error.message, version: undefined, tooFew: false };
  }
}
