import type { TokenCredential } from '@azure/identity';
import { loadedLate, type AzureEndpoints, type AzureIdentity } from './credentials.ts';

/** A service principal with a secret. */
export function secretCredential(
  identity: Extract<AzureIdentity, { kind: 'secret' }>,
  endpoints: AzureEndpoints,
): TokenCredential {
  return loadedLate(async () => (await import('./client-secret.ts')).clientSecret(identity, endpoints));
}
