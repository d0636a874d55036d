import { ClientSecretCredential, DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { trusting } from '../probe/trust.ts';

/** Where Azure is, when it is not the public cloud. All addresses are https. */
export interface AzureEndpoints {
  /** Resource manager, `https://management.azure.com` unless said otherwise. */
  readonly arm: string;
  /** Entra authority, `https://login.microsoftonline.com` unless said otherwise. */
  readonly authority: string;
  /** Extra certificate authorities in PEM. */
  readonly ca: readonly string[];
}

export const PUBLIC_AZURE: AzureEndpoints = {
  arm: 'https://management.azure.com',
  authority: 'https://login.microsoftonline.com',
  ca: [],
};

/** Who we are towards Azure. `ambient` is whatever the machine offers: environment, managed identity, az, azd. */
export type AzureIdentity =
  | { readonly kind: 'secret'; readonly tenantId: string; readonly clientId: string; readonly clientSecret: string }
  | { readonly kind: 'ambient' };

/**
 * TLS options of the SDK's clients. It hands them to node's agent as they are, so that one context serves all their
 * connections; its own type knows `ca` only, which replaces the public authorities and is read anew for each connection.
 */
export function tlsOf({ ca }: AzureEndpoints): { readonly tlsOptions?: { readonly ca?: string } } {
  return ca.length === 0 ? {} : { tlsOptions: { secureContext: trusting(ca) } as { readonly ca?: string } };
}

/**
 * A token source that asks once a token and lets us decide about retries: a wrong secret is not worth four tries.
 * Discovery of the authority's instance is off for authorities that are not Microsoft's own.
 */
export function credentialFor(identity: AzureIdentity, endpoints: AzureEndpoints): TokenCredential {
  const options = {
    authorityHost: endpoints.authority,
    disableInstanceDiscovery: endpoints.authority !== PUBLIC_AZURE.authority,
    retryOptions: { maxRetries: 1 },
    ...tlsOf(endpoints),
  };
  switch (identity.kind) {
    case 'secret':
      return new ClientSecretCredential(identity.tenantId, identity.clientId, identity.clientSecret, options);
    case 'ambient':
      return new DefaultAzureCredential(options);
  }
}
