import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { credentialOptions, loadedLate, type AzureEndpoints, type AzureIdentity } from './credentials.ts';
import { secretCredential } from './secret-credential.ts';

/** The credential of any identity; for the command line, which cannot know before whose machine it is on. */
export function credentialFor(identity: AzureIdentity, endpoints: AzureEndpoints): TokenCredential {
  switch (identity.kind) {
    case 'secret':
      return secretCredential(identity, endpoints);
    case 'ambient':
      return loadedLate(() => Promise.resolve(new DefaultAzureCredential(credentialOptions(endpoints))));
  }
}
