import { ClientSecretCredential, type TokenCredential } from '@azure/identity';
import { credentialOptions, type AzureEndpoints, type AzureIdentity } from './credentials.ts';

/** In a file of its own, so that a task carries the one scheme that it uses and not all that there are. */
export function clientSecret(
  { tenantId, clientId, clientSecret: secret }: Extract<AzureIdentity, { kind: 'secret' }>,
  endpoints: AzureEndpoints,
): TokenCredential {
  return new ClientSecretCredential(tenantId, clientId, secret, credentialOptions(endpoints));
}
