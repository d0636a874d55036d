import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { machineOptions, type AzureEndpoints, type ConnectionIdentity } from './credentials.ts';

/** The identity of the machine that runs this. */
export function managedIdentity(
  { clientId }: Extract<ConnectionIdentity, { kind: 'managed' }>,
  endpoints: AzureEndpoints,
): TokenCredential {
  const options = machineOptions(endpoints);
  return clientId === undefined
    ? new ManagedIdentityCredential(options)
    : new ManagedIdentityCredential({ ...options, clientId });
}
