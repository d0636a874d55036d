import { ClientCertificateCredential, type TokenCredential } from '@azure/identity';
import { credentialOptions, type AzureEndpoints, type ConnectionIdentity } from './credentials.ts';

/** A service principal with a certificate. */
export function clientCertificate(
  { tenantId, clientId, pem }: Extract<ConnectionIdentity, { kind: 'certificate' }>,
  endpoints: AzureEndpoints,
): TokenCredential {
  return new ClientCertificateCredential(tenantId, clientId, { certificate: pem }, credentialOptions(endpoints));
}
