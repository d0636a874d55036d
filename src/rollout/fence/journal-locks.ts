import type { Entry, JournalReading, Target } from '../../journal/entry.ts';
import { gatherer } from '../../journal/gather.ts';
import type { Recorder } from '../../journal/recorder.ts';
import type { Clock } from '../../time/clock.ts';
import { RolloutError } from '../errors.ts';
import type { LockTaken, TargetLock, TargetLocks } from '../locks.ts';
import { recordOrThrow } from '../way/context.ts';

/** Who came later gives its claim back as soon as it has listed; who came first looks again after these waits. */
const LOOK_AGAIN_AFTER_MS = [250, 500, 1000, 2000];

/**
 * Locks in a journal that can only append and list: who wants an app appends a claim, then lists, and holds the app when
 * no other claim on it is alive. Both halves are needed. The store orders a claim by when its append began and shows it
 * when it has returned, so two that asked at once may see each other in one list and not in the other: to be the first
 * is not enough to hold. Of two whose appends have returned the later one sees the other, and so one of them at least
 * goes no further. Of two that see each other the first waits, and the other gives back: there is no livelock.
 * Best effort: a store whose lists lag behind its appends lets both in. Then the prints that are re-read right before
 * the request are what is left, and `rival` tells it afterwards.
 */
export function journalLocks(journal: Recorder, clock: Clock): TargetLocks {
  let claims = 0;
  const claimsOn = claimIndex();
  return {
    strength: 'best-effort',
    acquire: async (target, holder, forMs, signal): Promise<TargetLock | LockTaken> => {
      const id = `claim-${holder}-${journal.writer}-${(claims += 1)}`;
      const claimedAt = clock.monotonic();
      const ask: Ask = { clock, target, signal, claims: async () => claimsOn(await readClaims(journal), target) };
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
      const lock: TargetLock = {
        kind: 'held',
        stillHeld: () => clock.monotonic() - claimedAt < forMs / 2,
        rival: () => lastingRival(ask, id),
        release,
      };
      try {
        // What is left of the claim's time is for the request.
        const taken = await waitForTurn(ask, id, claimedAt + forMs / 6);
        if (taken === undefined) return lock;
        await release();
        return taken;
      } catch (error) {
        await release();
        throw error;
      }
    },
  };
}

interface Ask {
  readonly clock: Clock;
  readonly target: Target;
  readonly signal: AbortSignal | undefined;
  /** A list of the store that begins now, as far as it is about claims on the target. */
  readonly claims: () => Promise<JournalReading>;
}

/** @returns undefined when the claim holds the app */
async function waitForTurn(ask: Ask, own: string, until: number): Promise<LockTaken | undefined> {
  const { claims, clock, target, signal } = ask;
  for (const waits = [...LOOK_AGAIN_AFTER_MS]; ;) {
    const reading = await claims();
    const standing = standingOf(reading, target, own);
    if (standing.kind === 'alone') return undefined;
    const waitMs = waits.shift();
    const over = waitMs === undefined || clock.monotonic() + waitMs >= until;
    if (standing.kind === 'unshown' && over) throw laggingStore(target);
    if (standing.kind === 'behind' || (standing.kind === 'first' && over))
      return { kind: 'taken', by: standing.claim.reason, until: endOf(standing.claim, reading) };
    await clock.sleep(waitMs ?? 0, signal);
  }
}

/** A claim that was seen beside ours and stays. One that is given back at once belongs to somebody who waits. */
async function lastingRival({ claims, clock, target, signal }: Ask, own: string): Promise<string | undefined> {
  let rivals = otherClaims(await claims(), target, own);
  for (const waitMs of LOOK_AGAIN_AFTER_MS) {
    if (rivals.length === 0) return undefined;
    await clock.sleep(waitMs, signal);
    const now = otherClaims(await claims(), target, own);
    rivals = rivals.filter(({ promotion }) => now.some((one) => one.promotion === promotion));
  }
  return rivals[0]?.reason;
}

/**
 * `behind`: an earlier claim is alive. `first`: only later ones are, which may have been let in all the same. `unshown`:
 * the list lacks our own claim, so it may lack others too.
 */
export type ClaimStanding =
  | { readonly kind: 'alone' | 'unshown' }
  | { readonly kind: 'behind' | 'first'; readonly claim: Entry };

/** Pure: how a claim stands among the others, by one list. */
export function standingOf(reading: JournalReading, target: Target, own: string): ClaimStanding {
  const place = (wanted: string | null): number =>
    reading.entries.findIndex(
      ({ action, phase, promotion }) => action === 'claim' && phase === 'intent' && promotion === wanted,
    );
  if (place(own) < 0) return { kind: 'unshown' };
  const [claim] = otherClaims(reading, target, own);
  if (claim === undefined) return { kind: 'alone' };
  return { kind: place(claim.promotion) < place(own) ? 'behind' : 'first', claim };
}

/**
 * Pure: claims of others on an app that are not released and were not over when our own was taken, in the store's order.
 * What is over is judged by the store's times alone; a claim whose time the store does not tell is taken to be alive.
 */
export function otherClaims(reading: JournalReading, target: Target, own: string): readonly Entry[] {
  const claims = reading.entries.filter((entry) => entry.action === 'claim' && sameApp(entry.target, target));
  const released = new Set(claims.filter(({ phase }) => phase === 'done').map(({ promotion }) => promotion));
  const intents = claims.filter(({ phase }) => phase === 'intent');
  const now = storedAt(
    intents.find(({ promotion }) => promotion === own),
    reading,
  );
  return intents.filter((claim) => {
    if (claim.promotion === own || released.has(claim.promotion)) return false;
    const since = storedAt(claim, reading);
    return now === undefined || since === undefined || claim.forMs === null || now - since < claim.forMs;
  });
}

/**
 * A run has as many claims as it has promotions, and asks for those of one app each time. Each reading without the
 * entries that say nothing of claims on the app: what is found of these is the same.
 */
function claimIndex(): (reading: JournalReading, target: Target) => JournalReading {
  const byApp = gatherer(
    () => new Map<string, Entry[]>(),
    (apps, entry) => {
      if (entry.action !== 'claim' || entry.target === null) return;
      const key = appKey(entry.target);
      const own = apps.get(key);
      if (own === undefined) apps.set(key, [entry]);
      else own.push(entry);
    },
  );
  return (reading, target) => {
    const { growth: _, ...rest } = reading;
    return { ...rest, entries: [...(byApp(reading).get(appKey(target)) ?? [])] };
  };
}

async function readClaims(journal: Recorder): Promise<JournalReading> {
  return await journal.read().catch((error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error);
    throw new RolloutError(
      { code: 'journal-failed', stage: 'later', what: 'read for a claim', detail },
      { cause: error },
    );
  });
}

function laggingStore({ app }: Target): RolloutError {
  const detail = `the claim on app '${app}' was written and is not shown, so nobody can know who else has claimed it`;
  return new RolloutError({ code: 'journal-failed', stage: 'later', what: 'read for a claim', detail });
}

function storedAt(entry: Entry | undefined, { storedAt: times }: JournalReading): number | undefined {
  return entry === undefined ? undefined : times?.get(entry.id);
}

function endOf(claim: Entry, reading: JournalReading): string | undefined {
  const since = storedAt(claim, reading);
  return since === undefined || claim.forMs === null ? undefined : new Date(since + claim.forMs).toISOString();
}

function sameApp(a: Target | null, b: Target): boolean {
  return a !== null && appKey(a) === appKey(b);
}

function appKey({ subscription, resourceGroup, app }: Target): string {
  return `${subscription}/${resourceGroup}/${app}`.toLowerCase();
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
