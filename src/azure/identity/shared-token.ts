import type { AccessToken, TokenCredential } from '@azure/identity';
import type { Clock } from '../../time/clock.ts';

/** A token that ends sooner than this is not handed out any more: a request may take that long to arrive. */
const LEAST_LEFT_MS = 5 * 60_000;

/**
 * One token for all clients of a process, and one request for it, however many ask at the same time. The SDK keeps a
 * token for each client and asks for it only when its first request is due.
 */
export function sharedToken(credential: TokenCredential, clock: Clock): TokenCredential {
  const tokens = new Map<string, Promise<AccessToken | null>>();
  const request = (key: string, ...args: Parameters<TokenCredential['getToken']>): Promise<AccessToken | null> => {
    const asked = credential.getToken(...args);
    tokens.set(key, asked);
    // A refusal is not kept: the next request asks again, and gets its own reason.
    asked.catch(() => tokens.delete(key));
    return asked;
  };
  return {
    getToken: async (scopes, options) => {
      // Claims and other tenants are answers to a challenge: they want a new token, and not ours.
      if (options?.claims !== undefined || options?.tenantId !== undefined)
        return await credential.getToken(scopes, options);
      const key = [scopes].flat().join(' ');
      const known = await tokens.get(key);
      const good = known !== undefined && known !== null && known.expiresOnTimestamp - clock.now() > LEAST_LEFT_MS;
      // Our own signal would end the request of everybody else who waits for the same token.
      return good ? known : await request(key, scopes, {});
    },
  };
}
