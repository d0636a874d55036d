import type { IRequestHandler, IRequestOptions } from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js';
import { ClientApiBase } from 'azure-devops-node-api/ClientApiBases.js';
import { TaskApi } from 'azure-devops-node-api/TaskApi.js';
import type { Clock } from '../time/clock.ts';
import { jobToken } from './job-token.ts';

/** The server, and who asks it. */
export interface Server {
  readonly collectionUrl: string;
  /** The job's own token; nothing else is needed. */
  readonly token: string;
  readonly http?: IRequestOptions;
}

/** Where this job stands in Azure DevOps, from the agent's variables. */
export interface JobPlace extends Server {
  readonly projectId: string;
  /** `build` in a pipeline, `release` in a classic release. */
  readonly hub: string;
  readonly planId: string;
  readonly timelineId: string;
  /** The record of this job in the timeline. */
  readonly jobId: string;
}

/** The client of what a job may ask about itself. */
export function taskApi(server: JobPlace): TaskApi {
  return new TaskApi(server.collectionUrl, ...clientParts(server), AGENT);
}

/** The client of any resource, for what the typed ones do not tell: the status of an answer without a body. */
export function plainApi(server: Server): ClientApiBase {
  const [handlers, options] = clientParts(server);
  return new ClientApiBase(server.collectionUrl, handlers, AGENT, options);
}

const AGENT = 'safe-rollout';

function clientParts({ collectionUrl, token, http }: Server): [IRequestHandler[], IRequestOptions] {
  return [[jobToken(token, collectionUrl)], { socketTimeout: 30_000, keepAlive: true, ...http }];
}

/** Waits between tries: what passes by itself (429, 5xx, lost connections) passes within seconds, or it does not. */
export const PAUSES_MS = [500, 2000, 5000];

/** Tries again what may pass by itself. @throws what the last try threw */
export async function persistently<T>(clock: Clock, attempt: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    await clock.sleep(pause);
  }
  return await attempt();
}

/** No status at all is a connection that was lost, or an answer that was no JSON. */
export function isPassing(error: unknown): boolean {
  const status = (error as { statusCode?: number } | null)?.statusCode;
  return status === undefined || status === 408 || status === 429 || status >= 500;
}
