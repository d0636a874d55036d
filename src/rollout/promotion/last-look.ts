import type { Prints } from '../../journal/entry.ts';
import type { PromotionContext } from '../way/context.ts';
import { sayWaiting } from '../way/say-waiting.ts';

/** The target as it is now, and what somebody else has done to it since a promotion of ours, in words, if anything. */
export interface LastLook<Seen> {
  readonly now: Seen;
  readonly foreign: string | undefined;
}

/** Where a person finds who it was, when Azure's resources do not tell. */
export const LOG = "Azure's activity log of the app names who";

/**
 * The last look before a release is called verified: do users still get what was promoted and judged? Health alone does
 * not tell, since the release from before is healthy too. Waits while an operation runs.
 * @param after both sides as the promotion left them
 * @param last what was seen then, where it is at hand: the side that waits is read anew only when users' side has changed
 * @throws RolloutError when the target cannot be read
 */
export async function lastLook<Seen>(
  context: PromotionContext<Seen>,
  after: Prints,
  last?: Seen,
): Promise<LastLook<Seen>> {
  const { way, ports, request } = context;
  const { clock, signal } = ports;
  const { swapDeadlineMs } = request.policy;
  const say = sayWaiting(context, { step: 'observe', limitMs: swapDeadlineMs, isLong: true });
  const since = last === undefined ? undefined : { prints: after, last };
  const begun = clock.monotonic();
  for (;;) {
    const now = await way.observe(signal, since);
    const busy = way.busyFacing(now);
    if (busy === null) return { now, foreign: way.foreign(after, now) };
    const { name } = way.facing(now);
    if (clock.monotonic() - begun >= swapDeadlineMs)
      return {
        now,
        foreign: `operation ${busy} of somebody else has been changing ${name} and does not end. ${LOG}`,
      };
    await say(`operation ${busy}, which is not ours, is changing ${name}`);
    await clock.sleep(1000, signal);
  }
}
