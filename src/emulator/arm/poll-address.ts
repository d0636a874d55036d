import { createHmac, randomBytes } from 'node:crypto';
import type { Exchange } from '../server/exchange.ts';
import type { World } from '../world/world.ts';

/** In the place of a certificate; it makes poll addresses as long as the service's, about 3 KB. */
const FILLER = randomBytes(1950).toString('base64url');

/** The query of a poll address. It is another one each time, for the same operation. */
export function signedQuery(world: World, id: string, exchange: Exchange, extra: Record<string, string> = {}): string {
  const time = String(world.now().getTime() * 10_000 + 621_355_968_000_000_000);
  const nonce = randomBytes(16).toString('hex');
  return new URLSearchParams({
    'api-version': exchange.query.get('api-version') ?? '2024-11-01',
    ...extra,
    t: time,
    c: FILLER,
    s: signature(world, id, time, nonce),
    h: nonce,
  }).toString();
}

export function isSigned(world: World, id: string, query: URLSearchParams): boolean {
  return (
    query.get('c') === FILLER && query.get('s') === signature(world, id, query.get('t') ?? '', query.get('h') ?? '')
  );
}

/** `Retry-After` as the settings want it, in seconds. */
export function retryAfter({ settings: { retryAfterSeconds } }: World): Record<string, string> {
  return retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
}

function signature(world: World, id: string, time: string, nonce: string): string {
  return createHmac('sha256', world.signingKey).update(`${id}.${time}.${nonce}`).digest('base64url');
}
