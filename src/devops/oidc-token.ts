import type { Clock } from '../time/clock.ts';
import { persistently, refusedByProxy } from './server.ts';
import { taskApi, type JobPlace } from './task-api.ts';

/** Far above any real one; what is longer is no token. */
const LONGEST_TOKEN = 20_000;

/**
 * Asks Azure DevOps for a token that says which service connection this job uses: what Entra takes in place of a secret
 * (workload identity federation). Each call gets a new one, since one lives for minutes only.
 * @param connectionId of the service connection, as the input that names it has it
 * @param mask called with every token before it is used
 * @throws Error with the cure, when Azure DevOps gives none, or a proxy lets nobody there
 */
export function oidcTokens(
  place: JobPlace,
  connectionId: string,
  mask: (token: string) => void,
  clock: Clock,
): () => Promise<string> {
  const { projectId, hub, planId, jobId } = place;
  const api = taskApi(place);
  return async () => {
    let token;
    try {
      const ask = () => api.createOidcToken({}, projectId, hub, planId, jobId, connectionId);
      // The client hands out null for 404.
      token = ((await persistently(clock, ask)) as { oidcToken?: unknown } | null)?.oidcToken;
    } catch (error) {
      const said = `Azure DevOps gave no token for service connection ${connectionId}`;
      const refusal = refusedByProxy(error, place);
      // Still the proxy's refusal, by its code.
      if (refusal !== undefined) throw Object.assign(refusal, { message: `${said}: ${refusal.message}`, cause: error });
      const why = (error instanceof Error ? error.message : String(error)).slice(0, 300);
      throw new Error(`${said}: ${why}. ${CURE}`, { cause: error });
    }
    if (typeof token !== 'string' || token === '' || token.length > LONGEST_TOKEN)
      throw new Error(`Azure DevOps gave no token for service connection ${connectionId}. ${CURE}`);
    mask(token);
    return token;
  };
}

const CURE = 'Authorize the pipeline to use the connection, and let the step name it in azureSubscription';
