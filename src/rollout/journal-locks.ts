import type { Entry, JournalReading, Target } from '../journal/entry.ts';
import type { Recorder } from '../journal/recorder.ts';
import type { Clock } from '../time/clock.ts';
import { RolloutError } from './errors.ts';
import type { LockTaken, TargetLock, TargetLocks } from './locks.ts';
import { recordOrThrow } from './swap-context.ts';

/**
 * Locks in a journal that can only append and list: who wants an app appends a claim, lists, and holds it when no
 * earlier claim is alive, in the order and by the time of the store. Best effort: a store that shows two writers
 * different orders lets both in, and then the prints that are re-read right before the request are what is left.
 */
export function journalLocks(journal: Recorder, clock: Clock): TargetLocks {
  let claims = 0;
  return {
    strength: 'best-effort',
    acquire: async (target, holder, forMs): Promise<TargetLock | LockTaken> => {
      const id = `claim-${holder}-${journal.writer}-${(claims += 1)}`;
      const claimedAt = clock.monotonic();
      await recordOrThrow(
        { journal },
        { action: 'claim', phase: 'intent', reason: holder, promotion: id, target, forMs },
      );
      const release = releaseOnce(() =>
        recordOrThrow(
          { journal },
          { action: 'claim', phase: 'done', reason: `${holder} is done`, promotion: id, target },
        ),
      );
      const reading = await journal.read().catch((error: unknown) => {
        const detail = error instanceof Error ? error.message : String(error);
        const what = 'read for a claim';
        throw new RolloutError({ code: 'journal-failed', stage: 'later', what, detail }, { cause: error });
      });
      const first = liveClaims(reading, target, id)[0];
      if (first !== undefined && first.promotion !== id) {
        await release();
        return { kind: 'taken', by: first.reason, until: endOf(first, reading) };
      }
      return { kind: 'held', stillHeld: () => clock.monotonic() - claimedAt < forMs / 2, release };
    },
  };
}

/**
 * Pure: claims on an app that are not released and not over, in the store's order, up to and with our own. What is
 * over is judged by the store's times alone; a claim whose time the store does not tell is taken to be alive.
 */
export function liveClaims(reading: JournalReading, target: Target, own: string): readonly Entry[] {
  const claims = reading.entries.filter((entry) => entry.action === 'claim' && sameApp(entry.target, target));
  const released = new Set(claims.filter(({ phase }) => phase === 'done').map(({ promotion }) => promotion));
  const intents = claims.filter(({ phase }) => phase === 'intent');
  const mine = intents.findIndex(({ promotion }) => promotion === own);
  const now = storedAt(intents[mine], reading);
  return intents.slice(0, mine + 1).filter((claim) => {
    if (claim.promotion === own) return true;
    if (released.has(claim.promotion)) return false;
    const since = storedAt(claim, reading);
    return now === undefined || since === undefined || claim.forMs === null || now - since < claim.forMs;
  });
}

function storedAt(entry: Entry | undefined, { storedAt: times }: JournalReading): number | undefined {
  return entry === undefined ? undefined : times?.get(entry.id);
}

function endOf(claim: Entry, reading: JournalReading): string | undefined {
  const since = storedAt(claim, reading);
  return since === undefined || claim.forMs === null ? undefined : new Date(since + claim.forMs).toISOString();
}

function sameApp(a: Target | null, b: Target): boolean {
  const key = ({ subscription, resourceGroup, app }: Target): string =>
    `${subscription}/${resourceGroup}/${app}`.toLowerCase();
  return a !== null && key(a) === key(b);
}

function releaseOnce(release: () => Promise<void>): () => Promise<void> {
  let released = false;
  return async () => {
    if (released) return;
    released = true;
    // What cannot be released ends by itself; the swap that it protected is known by now.
    await release().catch((error: unknown) => {
      if (!(error instanceof RolloutError)) throw error;
    });
  };
}
