import { ClientAssertionCredential, type TokenCredential } from '@azure/identity';
import { credentialOptions, type AzureEndpoints, type ConnectionIdentity } from './credentials.ts';

/** Workload identity federation: what somebody trusted says of us stands in for a secret. */
export function clientAssertion(
  { tenantId, clientId, assertion }: Extract<ConnectionIdentity, { kind: 'federated' }>,
  endpoints: AzureEndpoints,
): TokenCredential {
  return new ClientAssertionCredential(tenantId, clientId, assertion, credentialOptions(endpoints));
}
