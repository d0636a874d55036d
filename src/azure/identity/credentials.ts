import type { TokenCredential } from '@azure/identity';
import type { NamingAgent } from '../../probe/https-agent.ts';
import { trusting } from '../../probe/trust.ts';

/** Where Azure is, when it is not the public cloud. All addresses are https. */
export interface AzureEndpoints {
  /** Resource manager, `https://management.azure.com` unless said otherwise. */
  readonly arm: string;
  /** Entra authority, `https://login.microsoftonline.com` unless said otherwise. */
  readonly authority: string;
  /** Extra certificate authorities in PEM. */
  readonly ca: readonly string[];
  /** Connections to all of them, which know the authorities and the proxies; the SDK's own when left out. */
  readonly agent?: NamingAgent;
}

export const PUBLIC_AZURE: AzureEndpoints = {
  arm: 'https://management.azure.com',
  authority: 'https://login.microsoftonline.com',
  ca: [],
};

/** Who a service connection is towards Azure. */
export type ConnectionIdentity =
  | { readonly kind: 'secret'; readonly tenantId: string; readonly clientId: string; readonly clientSecret: string }
  /** PEM: the certificate and its private key. */
  | { readonly kind: 'certificate'; readonly tenantId: string; readonly clientId: string; readonly pem: string }
  /** Workload identity federation: `assertion` gets a token of somebody whom the application trusts, a new one each time. */
  | {
      readonly kind: 'federated';
      readonly tenantId: string;
      readonly clientId: string;
      readonly assertion: () => Promise<string>;
    }
  /** The identity of the machine; `clientId` where it has several. */
  | { readonly kind: 'managed'; readonly clientId: string | undefined };

/** Who we are towards Azure. `ambient` is whatever the machine offers: environment, managed identity, az, azd. */
export type AzureIdentity = ConnectionIdentity | { readonly kind: 'ambient' };

/**
 * How the SDK's clients connect. Without an agent of ours: TLS options, which it hands to node's as they are, so that one
 * context serves all their connections; its own type knows `ca` only, which replaces the public authorities and is read
 * anew for each connection.
 */
export function connectionOf({ agent, ca }: AzureEndpoints): {
  readonly agent?: NamingAgent;
  readonly proxyOptions?: { readonly host: string; readonly port: number };
  readonly tlsOptions?: { readonly ca?: string };
} {
  // The SDK reads the proxy's variables when it is made, by stricter rules, and throws; given a proxy, it does not read
  // them. It then leaves the way to the agent (read in its source), so that no request goes to this one.
  if (agent !== undefined) return { agent, proxyOptions: { host: 'http://127.0.0.1', port: 9 } };
  return ca.length === 0 ? {} : { tlsOptions: { secureContext: trusting(ca) } as { readonly ca?: string } };
}

/** Options of every credential: it asks once more at most, and only an authority of Microsoft's own is looked up. */
export function credentialOptions(endpoints: AzureEndpoints) {
  return {
    authorityHost: endpoints.authority,
    disableInstanceDiscovery: endpoints.authority !== PUBLIC_AZURE.authority,
    // A wrong secret is not worth four tries.
    retryOptions: { maxRetries: 1 },
    ...connectionOf(endpoints),
  };
}

/**
 * Options of a credential that asks the machine itself: plain http on a local address, which is no way for an agent of
 * ours and none through a proxy.
 */
export function machineOptions({ arm, authority, ca }: AzureEndpoints) {
  return credentialOptions({ arm, authority, ca });
}

/**
 * The sign-in library says of a host whose certificate is not trusted, and of one to which a proxy lets nobody, that it could
 * not be resolved, and keeps the cause to itself (measured). The connection knows better.
 */
export function namingSignInHost(credential: TokenCredential, { authority, agent }: AzureEndpoints): TokenCredential {
  return {
    getToken: async (scopes, options) => {
      agent?.takeRefusal(authority);
      try {
        return await credential.getToken(scopes, options);
      } catch (error) {
        throw agent?.takeRefusal(authority) ?? error;
      }
    },
  };
}

/**
 * A token source whose library is loaded when the first token is asked for: it is the largest part of what a task loads,
 * and what does not need it yet, the first entry of the journal, is on its way meanwhile.
 */
export function loadedLate(load: () => Promise<TokenCredential>): TokenCredential {
  let loaded: Promise<TokenCredential> | undefined;
  return {
    getToken: async (scopes, options) => {
      loaded ??= load();
      return await (await loaded).getToken(scopes, options);
    },
  };
}
