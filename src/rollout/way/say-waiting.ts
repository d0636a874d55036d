import { formatDuration } from '../../time/duration.ts';
import type { Desk } from './context.ts';
import type { Standing } from './standing.ts';
import type { Facts } from './way.ts';

/** A wait that is over sooner is not worth a line; and a longer one is told again so often. */
const SAID_AFTER_MS = 10_000;
const SAID_EVERY_MS = 60_000;

export interface Waiting {
  /** The step of the events. */
  readonly step: string;
  /** The longest that it can last, in milliseconds. */
  readonly limitMs: number;
  /** It will last: said at once, and not only when it has lasted for a while. */
  readonly isLong?: boolean;
  /** What a person may do meanwhile. */
  readonly meanwhile?: string;
}

/**
 * A voice for one wait: what it waits for, since when, until when at the latest, what is in place now, and what a person
 * may do meanwhile. No wait is silent: the first line comes after ten seconds, or at once, and then one a minute.
 * @returns to be called at every turn of the wait, with what is known by then
 */
export function sayWaiting(
  { ports, tell }: Pick<Desk, 'ports' | 'tell'>,
  { step, limitMs, isLong = false, meanwhile = MEANWHILE }: Waiting,
): (reason: string, inPlace?: string, limitMs?: number) => Promise<void> {
  const begun = ports.clock.monotonic();
  let saidAt: number | undefined;
  return async (reason, inPlace, thisLimitMs = limitMs) => {
    const lastedMs = ports.clock.monotonic() - begun;
    const dueAt = saidAt === undefined ? (isLong ? 0 : SAID_AFTER_MS) : saidAt + SAID_EVERY_MS;
    if (lastedMs < dueAt) return;
    const first = saidAt === undefined;
    saidAt = lastedMs;
    const until = new Date(ports.clock.now() + Math.max(0, thisLimitMs - lastedMs)).toISOString().slice(11, 19);
    const since = lastedMs < 1000 ? '' : `, ${formatDuration(Math.round(lastedMs / 1000) * 1000)}`;
    const now = inPlace === undefined ? '' : `; ${inPlace}`;
    const advice = first ? `. ${meanwhile}` : '';
    await tell(step, 'info', `waiting${since}: ${reason}${now} (until ${until} UTC at the latest)${advice}`);
  };
}

const MEANWHILE = 'Nothing has to be done meanwhile; stopped and run again, it goes on from here';

/** Pure: what users get, by what has become of a promotion since `before`. */
export function inPlaceBy<Seen>(
  { facing, words }: Pick<Facts<Seen>, 'facing' | 'words'>,
  { movement, what }: Standing,
  now: Seen,
): string {
  const { name } = facing(now);
  switch (movement) {
    case 'unmoved':
      return `${name} holds the release from before`;
    case 'moved':
      return `${name} holds the release that was ${words.broughtIn}`;
    case 'half':
    case 'foreign':
    case 'unreadable':
      return what;
  }
}
