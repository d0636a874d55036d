import type { Exchange } from '../wire/exchange.ts';
import { hasStatus, type BlobRequest } from './blob-client.ts';

/** The requests of one holder-to-be on the blob of one lock. Each does the same when it arrives twice. */
export interface LeaseRequests {
  /** The id is ours from the beginning, so a lease whose reply was lost is simply asked for again. */
  readonly acquire: BlobRequest;
  readonly create: BlobRequest;
  /** Writes the record; the service takes it under our lease only, and stamps it with its own time. */
  sign(holder: string, lastsMs: number): BlobRequest;
  /** Ends whoever's lease at once, unless the record was written anew since it had this etag. */
  breakUnless(etag: string): BlobRequest;
  readonly release: BlobRequest;
  readonly read: BlobRequest;
}

export function leaseRequests(blob: string, leaseId: string): LeaseRequests {
  const lease = (action: string, headers: Readonly<Record<string, string>>): BlobRequest => ({
    method: 'PUT',
    blob,
    query: { comp: 'lease' },
    headers: { 'x-ms-lease-action': action, ...headers },
  });
  return {
    acquire: lease('acquire', { 'x-ms-lease-duration': '-1', 'x-ms-proposed-lease-id': leaseId }),
    create: { method: 'PUT', blob, headers: { 'x-ms-blob-type': 'BlockBlob', 'if-none-match': '*' } },
    sign: (holder, lastsMs) => ({
      method: 'PUT',
      blob,
      query: { comp: 'metadata' },
      headers: {
        'x-ms-lease-id': leaseId,
        'x-ms-meta-holder': encodeURIComponent(holder),
        'x-ms-meta-lasts': String(Math.ceil(lastsMs)),
      },
    }),
    breakUnless: (etag) => lease('break', { 'x-ms-lease-break-period': '0', 'if-match': etag }),
    release: lease('release', { 'x-ms-lease-id': leaseId }),
    read: { method: 'HEAD', blob },
  };
}

/** What a lock's blob says. Times are the service's own, in milliseconds since the epoch. */
export interface LockRecord {
  readonly isLeased: boolean;
  /** Undefined before the first signature. */
  readonly holder: string | undefined;
  readonly endsAt: number;
  readonly now: number;
  readonly etag: string;
}

/** The service tells times in whole seconds and cuts the rest off. */
const RESOLUTION_MS = 1000;
/** For a lease that was never signed, or in a way that we cannot read. */
const UNSIGNED_MS = 60_000;

/** Pure: the record in the answer to `read`, or undefined when the answer is none. */
export function readRecord(exchange: Exchange): LockRecord | undefined {
  if (exchange.kind !== 'answered' || !hasStatus(exchange, 200)) return undefined;
  const { headers } = exchange;
  const [now, signedAt] = [Date.parse(headers['date'] ?? ''), Date.parse(headers['last-modified'] ?? '')];
  if (Number.isNaN(now) || Number.isNaN(signedAt)) return undefined;
  const lasts = Number(headers['x-ms-meta-lasts']);
  return {
    isLeased: headers['x-ms-lease-status'] !== 'unlocked',
    holder: decoded(headers['x-ms-meta-holder']),
    endsAt: signedAt + (lasts > 0 ? lasts : UNSIGNED_MS) + RESOLUTION_MS,
    now,
    etag: headers['etag'] ?? '',
  };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
