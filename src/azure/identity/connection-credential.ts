import type { TokenCredential } from '@azure/identity';
import { loadedLate, namingSignInHost, type AzureEndpoints, type ConnectionIdentity } from './credentials.ts';

/**
 * The credential of a service connection. Each way to sign in is a file of its own, so that a task loads the one that it
 * uses and not all that there are.
 */
export function connectionCredential(identity: ConnectionIdentity, endpoints: AzureEndpoints): TokenCredential {
  const late = loadedLate(async () => {
    switch (identity.kind) {
      case 'secret':
        return (await import('./client-secret.ts')).clientSecret(identity, endpoints);
      case 'certificate':
        return (await import('./client-certificate.ts')).clientCertificate(identity, endpoints);
      case 'federated':
        return (await import('./client-assertion.ts')).clientAssertion(identity, endpoints);
      case 'managed':
        return (await import('./managed-identity.ts')).managedIdentity(identity, endpoints);
    }
  });
  return namingSignInHost(late, endpoints);
}
