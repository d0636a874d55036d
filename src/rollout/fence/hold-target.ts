import type { Refusal } from '../way/refusal.ts';
import type { TargetLock } from '../locks.ts';
import type { Desk } from '../way/context.ts';
import { sayWaiting } from '../way/say-waiting.ts';

const LONGEST_PAUSE_MS = 5000;

/**
 * Takes the lock of the request's app, waiting while another agent has it. The lock lasts as long as a lost request
 * may take to show itself (`settle`): whoever comes after a dead holder watches the slots that long anyway.
 * @returns the lock, or a refusal that names the holder when the deadline is over
 * @throws RolloutError when the store of the locks cannot be used
 */
export async function holdTarget(desk: Desk): Promise<TargetLock | Refusal> {
  const { request, ports } = desk;
  const { policy, promotion, target } = request;
  const deadline = ports.clock.monotonic() + policy.swapDeadlineMs;
  const say = sayWaiting(desk, { step: 'observe', limitMs: policy.swapDeadlineMs, isLong: true });
  for (;;) {
    const lock = await ports.locks.acquire(target, promotion, policy.settleMs, ports.signal);
    if (lock.kind === 'held') return lock;
    const until = lock.until === undefined ? '' : `, until ${lock.until} at the latest`;
    if (ports.clock.monotonic() >= deadline) {
      const message = `App '${target.app}' is being changed by ${lock.by}${until}. Nothing was changed; run again when it is done.`;
      return { rule: 'locked', message };
    }
    const ends = lock.until === undefined ? '' : ` (its lock ends at ${lock.until} at the latest)`;
    await say(`${lock.by} is changing '${target.app}'${ends}`);
    await ports.clock.sleep(Math.min(LONGEST_PAUSE_MS, policy.settleMs / 3), ports.signal);
  }
}

/**
 * Pure: may who has been under the lock for so long still send? Also for a lock that is renewed: a hook that looks on
 * without it takes a promotion that has not moved for the settle time as one that never will.
 */
export function inTime(heldMs: number, { settleMs }: { readonly settleMs: number }): boolean {
  return heldMs < settleMs / 2;
}

/** Between the claim and the request lies little; when it took half of the lock's time, another may have begun. */
export function lockLost(app: string, acted: string): Refusal {
  const message = `The lock on app '${app}' was held too long before the request could be sent. Nothing was ${acted}; run again.`;
  return { rule: 'locked', message };
}
