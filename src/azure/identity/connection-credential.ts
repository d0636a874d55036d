import type { TokenCredential } from '@azure/identity';
import { isProxyRefusal } from '../../probe/proxy-refusal.ts';
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
        return namingProxy((await import('./client-assertion.ts')).clientAssertion, identity, endpoints);
      case 'managed':
        return (await import('./managed-identity.ts')).managedIdentity(identity, endpoints);
    }
  });
  return namingSignInHost(late, endpoints);
}

type Federated = Extract<ConnectionIdentity, { kind: 'federated' }>;

/**
 * The sign-in library tells of an assertion that it could not have in words alone, as of a refusal by Entra. That it was a proxy
 * who let nobody ask for it is told as what it is.
 */
function namingProxy(
  make: (identity: Federated, endpoints: AzureEndpoints) => TokenCredential,
  identity: Federated,
  endpoints: AzureEndpoints,
): TokenCredential {
  let refusal: unknown;
  const assertion = async (): Promise<string> => {
    try {
      return await identity.assertion();
    } catch (error) {
      if (isProxyRefusal(error)) refusal = error;
      throw error;
    }
  };
  const credential = make({ ...identity, assertion }, endpoints);
  return {
    getToken: async (scopes, options) => {
      refusal = undefined;
      try {
        return await credential.getToken(scopes, options);
      } catch (error) {
        throw refusal ?? error;
      }
    },
  };
}
