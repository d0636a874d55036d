import { randomUUID } from 'node:crypto';
import type { Target } from '../../journal/entry.ts';
import { RolloutError } from '../../rollout/errors.ts';
import type { LockTaken, TargetLock, TargetLocks } from '../../rollout/locks.ts';
import { withTimeout, type Clock } from '../../time/clock.ts';
import type { Exchange } from '../wire/exchange.ts';
import { hasStatus, type BlobClient, type BlobRequest } from './blob-client.ts';
import { blobErrorCode, explainBlob } from './blob-failure.ts';
import { leaseRequests, readRecord, type LeaseRequests, type LockRecord } from './blob-lease.ts';
import { quoted } from './blob-name.ts';

/** A process that releases may be about to end, and what it does not release ends by itself. */
const RELEASE_MS = 3000;

/**
 * Locks as leases, one blob an app. Two things make a holder: an infinite lease, which the service gives to one at a
 * time, and under it a record that says who it is and how long the lock outlives its last sign of life. The holder
 * signs it again while it lives; the service stamps each signature, so its clock alone says when a lock has run out.
 *
 * Why not a lease of 60 seconds that is renewed and ends by itself: what must be waited out is not a dead holder but its
 * last request. A swap that was sent right before a death may show itself minutes later, and whoever came in after 60
 * seconds would see slots that have not moved, and swap a second time. So a lock outlives its holder by `forMs`, however
 * it dies. Who finds it run out breaks the lease on the condition that the record is the one that was judged (ETag): a
 * holder that has signed since keeps it. A holder that died between lease and signature blocks nobody.
 *
 * What no lease can do is to hold back a request that was sent while `stillHeld` and is under way for longer than half
 * of `forMs`; the prints that are read once more right before a request bound what it could do.
 */
export function blobLocks(client: BlobClient): TargetLocks {
  return {
    strength: 'guaranteed',
    acquire: async (target, holder, forMs, signal) => {
      const requests = leaseRequests(lockName(target), randomUUID());
      try {
        const got = await lease(requests, client, signal);
        if (got || ((await breakRunOut(requests, client, signal)) && (await lease(requests, client, signal)))) {
          const signature: Signature = { request: requests.sign(holder, forMs), forMs, sentAt: moment(client.clock) };
          const exchange = await client.send(signature.request, signal);
          if (hasStatus(exchange, 200)) return hold(signature, requests, client);
          // Somebody took the lease for that of a dead holder: it was not signed yet.
          if (!isLost(exchange)) throw lockFailure(exchange, 'sign the lock', client);
        }
        return takenBy(await look(requests, client, signal));
      } catch (error) {
        await release(requests, client);
        throw error;
      }
    },
  };
}

/** Asks for the lease, and makes its blob where there is none. False when another has it. */
async function lease(requests: LeaseRequests, client: BlobClient, signal: AbortSignal | undefined): Promise<boolean> {
  for (let made = false; ; made = true) {
    const exchange = await client.send(requests.acquire, signal);
    if (hasStatus(exchange, 201)) return true;
    if (hasStatus(exchange, 409)) return false;
    if (blobErrorCode(exchange) !== 'BlobNotFound' || made) throw lockFailure(exchange, 'take the lock', client);
    const creation = await client.send(requests.create, signal);
    // 409 and 412: another has made it since, and may have leased it as well.
    if (!hasStatus(creation, 201, 409, 412)) throw lockFailure(creation, 'make the lock', client);
  }
}

/** Breaks the lease of a holder that has given no sign of life for as long as its lock lasts. False while it holds. */
async function breakRunOut(
  requests: LeaseRequests,
  client: BlobClient,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const record = await look(requests, client, signal);
  if (!record.isLeased) return true;
  if (record.now < record.endsAt) return false;
  const exchange = await client.send(requests.breakUnless(record.etag), signal);
  if (hasStatus(exchange, 412)) return false; // signed since
  if (hasStatus(exchange, 202, 409)) return true; // 409: there is no lease any more
  throw lockFailure(exchange, 'take the lock over', client);
}

async function look(requests: LeaseRequests, client: BlobClient, signal: AbortSignal | undefined): Promise<LockRecord> {
  const exchange = await client.send(requests.read, signal);
  const record = readRecord(exchange);
  if (record === undefined) throw lockFailure(exchange, 'read the lock', client);
  return record;
}

function takenBy({ holder, endsAt }: LockRecord): LockTaken {
  return { kind: 'taken', by: holder ?? 'another agent', until: new Date(endsAt).toISOString() };
}

/** The record as it is written again and again, and when the last one was sent that is known to be written. */
interface Signature {
  readonly request: BlobRequest;
  readonly forMs: number;
  readonly sentAt: Moment;
}

function hold(signature: Signature, requests: LeaseRequests, client: BlobClient): TargetLock {
  const stop = new AbortController();
  let { sentAt } = signature;
  let lost = false;
  let released: Promise<void> | undefined;
  const keepSigning = async (): Promise<void> => {
    while (!lost) {
      // Four times in its life: two signatures may fail before the holder itself must take it for lost.
      await client.clock.sleep(signature.forMs / 4, stop.signal);
      const now = moment(client.clock);
      const exchange = await client.send(signature.request, stop.signal);
      if (hasStatus(exchange, 200)) sentAt = now;
      else lost = isLost(exchange);
    }
  };
  // It ends by the release. Whatever else ended it, nobody signs any more.
  void keepSigning().catch(() => (lost = true));
  return {
    kind: 'held',
    stillHeld: () => released === undefined && !lost && elapsedMs(sentAt, client.clock) < signature.forMs / 2,
    rival: () => Promise.resolve(undefined),
    release: () => {
      stop.abort(new Error('the lock was released'));
      return (released ??= release(requests, client));
    },
  };
}

async function release(requests: LeaseRequests, client: BlobClient): Promise<void> {
  await client.send(requests.release, withTimeout(RELEASE_MS)).catch(() => undefined);
}

/** The service says that the lease is another's, or nobody's. */
function isLost(exchange: Exchange): boolean {
  return hasStatus(exchange, 404, 409, 412);
}

interface Moment {
  readonly monotonic: number;
  readonly now: number;
}

function moment(clock: Clock): Moment {
  return { monotonic: clock.monotonic(), now: clock.now() };
}

/** By the clock that went further: the monotonic one stands still while a machine sleeps, the other can be set back. */
function elapsedMs(since: Moment, clock: Clock): number {
  return Math.max(clock.monotonic() - since.monotonic, clock.now() - since.now);
}

/** Names of Azure's resources do not depend on the case of their letters; names of blobs do. */
function lockName({ subscription, resourceGroup, app }: Target): string {
  return ['locks', ...[subscription, resourceGroup, app].map((part) => quoted(part.toLowerCase()))].join('/');
}

function lockFailure(exchange: Exchange, doing: string, { address }: BlobClient): RolloutError {
  const detail = explainBlob(exchange, doing, address);
  return new RolloutError({ code: 'journal-failed', stage: 'later', what: 'used to lock the app', detail });
}
