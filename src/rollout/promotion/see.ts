import { isBlind, takeSample } from '../../probe/sample.ts';
import { RolloutError } from '../errors.ts';
import type { PromotionContext } from '../way/context.ts';
import type { Refusal } from '../way/refusal.ts';
import type { Place } from '../way/way.ts';

/** How often a host is asked before it counts as out of reach: one lost connection says nothing of the network. */
const MOST_LOOKS = 3;

/**
 * The host where a release waits is tried before anything changes: what cannot be reached could never be judged.
 * @throws RolloutError when it cannot be reached
 */
export async function reachHost<Seen>({ request, ports, way }: PromotionContext<Seen>, place: Place): Promise<void> {
  const { url, name } = place;
  const { timeoutMs, headers } = way.question(request.health, place, undefined);
  const question = { url, headers, timeoutMs: Math.max(timeoutMs, 10_000) };
  for (let look = 1; ; look += 1) {
    const answer = await ports.http.get(question, ports.signal);
    if (answer.kind !== 'unreachable') return;
    if (look === MOST_LOOKS) {
      const detail = `${answer.reason}. Run on an agent that reaches it (a private endpoint needs an agent in its network). Nothing was changed.`;
      throw new RolloutError({ code: 'unreadable', what: `The host of ${name}, ${url},`, detail });
    }
    await ports.clock.sleep(1000, ports.signal);
  }
}

/**
 * Does users' side answer for itself, well or badly? A sign-in, an access restriction, a redirect or a cut connection
 * says nothing of the release that stands there, and would say no more of the next one: every good release would be
 * brought in and out again. A release that answers badly is no obstacle: that is what a hotfix is for.
 * @returns why users' side cannot be judged from here, or undefined
 */
export async function seeFacing<Seen>(
  { request, ports, way }: PromotionContext<Seen>,
  place: Place,
): Promise<Refusal | undefined> {
  const target = way.question(request.health, place, undefined);
  for (let look = 1; ; look += 1) {
    const sample = await takeSample(target, ports.http, ports.signal);
    if (!isBlind(sample)) return undefined;
    if (look === MOST_LOOKS) {
      const message = `${place.name} cannot be judged from here: ${target.url} answers ${sample.reason}. A new release would look the same there and be ${way.words.acted} back for nothing, so this app was left as it was. Use an agent inside the network, or let this one in (access restriction, private endpoint); or probe what answers by itself: another path, probe headers that pass, or that status among the healthy statuses.`;
      return { rule: 'target-unseen', message };
    }
    await ports.clock.sleep(1000, ports.signal);
  }
}
