import { maskSecret } from './secrets.ts';
import tl from './task-library.ts';

/** A service connection as the agent hands it to a task. */
export interface Endpoint {
  readonly url: string | undefined;
  readonly scheme: string | undefined;
  /** A field of its authorization or, failing that, of its data. Letter case does not matter. */
  field(name: string): string | undefined;
}

const SECRET_FIELDS = ['serviceprincipalkey', 'serviceprincipalcertificate', 'accesstoken', 'apitoken', 'password'];

/**
 * Reads a connection and has its secrets masked first. Takes the authorization as a whole: the getters of single
 * parameters print what they read to the debug log, where it would stand before it is masked.
 */
export function readEndpoint(id: string): Endpoint {
  const authorization = tl.getEndpointAuthorization(id, true);
  const parameters = new Map(
    Object.entries(authorization?.parameters ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  for (const name of SECRET_FIELDS) maskSecret(parameters.get(name));
  return {
    url: tl.getEndpointUrl(id, true) || undefined,
    scheme: authorization?.scheme,
    field: (name) => parameters.get(name.toLowerCase()) || tl.getEndpointDataParameter(id, name, true) || undefined,
  };
}
