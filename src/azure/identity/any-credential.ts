import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { connectionCredential } from './connection-credential.ts';
import { machineOptions, loadedLate, type AzureEndpoints, type AzureIdentity } from './credentials.ts';

/** The credential of any identity; for the command line, which cannot know before whose machine it is on. */
export function credentialFor(identity: AzureIdentity, endpoints: AzureEndpoints): TokenCredential {
  if (identity.kind !== 'ambient') return connectionCredential(identity, endpoints);
  return loadedLate(() => Promise.resolve(new DefaultAzureCredential(machineOptions(endpoints))));
}
