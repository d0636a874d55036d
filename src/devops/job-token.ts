import type { IRequestHandler } from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js';

/**
 * Shows the job's token to the collection's own host, and to no other: the client follows redirects, and its own handler
 * would take the token along. That handler also brings NTLM and its ciphers into every task.
 */
export function jobToken(token: string, collectionUrl: string): IRequestHandler {
  const { hostname } = new URL(collectionUrl);
  return {
    prepareRequest: (options) => {
      const suppress = { 'X-TFS-FedAuthRedirect': 'Suppress' };
      const authorization = options.host === hostname ? { Authorization: `Bearer ${token}` } : {};
      options.headers = Object.assign(options.headers ?? {}, authorization, suppress);
    },
    canHandleAuthentication: () => false,
    handleAuthentication: () => Promise.reject(new Error('a job token is not negotiated')),
  };
}
