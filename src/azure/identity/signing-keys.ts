import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { SigningKeys } from '../../gate/entra-token.ts';
import type { HttpGet } from '../../probe/http.ts';
import type { Clock } from '../../time/clock.ts';

/** Entra asks to look once a day at least: keys roll over, at times at once (documented). */
const FRESH_MS = 24 * 3_600_000;
/** A tenant that cannot be asked for so long may have taken a key back. */
const LONGEST_MS = 2 * FRESH_MS;
/** A key that is not known may be new. Who asks with made-up ones has the keys fetched no more often than this. */
const AGAIN_MS = 5 * 60_000;
const WITHIN_MS = 2000;
/** Entra signs with 2048 bits. */
const FEWEST_BITS = 2048;

/**
 * The keys that a tenant signs with (documented: the `jwks_uri` of its OpenID configuration). Fetched when they are needed, by
 * one request however many ask, and kept; where they cannot be fetched anew those that are known go on to be taken for a day.
 */
export function signingKeys(authority: string, tenant: string, http: HttpGet, clock: Clock): SigningKeys {
  const url = `${authority.replace(/\/+$/, '')}/${tenant}/discovery/v2.0/keys`;
  let known: ReadonlyMap<string, KeyObject> | undefined;
  let knownAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const fetchKeys = async (): Promise<void> => {
    askedAt = clock.monotonic();
    const answer = await http.get({ url, headers: { accept: 'application/json' }, timeoutMs: WITHIN_MS });
    if (answer.kind !== 'answer') throw new Error(`the keys of the tenant cannot be read: ${answer.reason}`);
    const keys = answer.status === 200 ? keysOf(answer.body) : new Map<string, KeyObject>();
    if (keys.size === 0) throw new Error(`the keys of the tenant cannot be read: status ${answer.status} from ${url}`);
    [known, knownAt] = [keys, clock.monotonic()];
  };

  return {
    find: async (id) => {
      const now = clock.monotonic();
      if (now - knownAt >= LONGEST_MS) known = undefined;
      const found = known?.get(id);
      if (found !== undefined && now - knownAt < FRESH_MS) return found;
      if (asking === undefined && (known === undefined || now - askedAt >= AGAIN_MS))
        asking = fetchKeys().finally(() => (asking = undefined));
      try {
        await asking;
      } catch (error) {
        if (known === undefined) throw error;
      }
      return known?.get(id);
    },
  };
}

/** What is no key to verify RS256 with is left out. */
function keysOf(text: string): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const one of listed(text)) {
    const { kid, kty, use } = one;
    if (typeof kid !== 'string' || kty !== 'RSA' || (use !== undefined && use !== 'sig')) continue;
    try {
      const key = createPublicKey({ key: one as JsonWebKey, format: 'jwk' });
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) >= FEWEST_BITS) keys.set(kid, key);
    } catch {
      // no key: whoever signs with it is not known
    }
  }
  return keys;
}

function listed(text: string): readonly Record<string, unknown>[] {
  try {
    const keys = (JSON.parse(text) as { readonly keys?: unknown } | null)?.keys;
    return Array.isArray(keys)
      ? keys.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null)
      : [];
  } catch {
    return [];
  }
}
