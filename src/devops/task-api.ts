import type { IRequestOptions } from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js';
import { TaskApi } from 'azure-devops-node-api/TaskApi.js';
import type { Clock } from '../time/clock.ts';
import { jobToken } from './job-token.ts';

/** Where this job stands in Azure DevOps, from the agent's variables. */
export interface JobPlace {
  readonly collectionUrl: string;
  readonly projectId: string;
  /** `build` in a pipeline, `release` in a classic release. */
  readonly hub: string;
  readonly planId: string;
  readonly timelineId: string;
  /** The record of this job in the timeline. */
  readonly jobId: string;
  /** The job's own token; nothing else is needed. */
  readonly token: string;
  readonly http?: IRequestOptions;
}

/** The client of what a job may ask about itself. */
export function taskApi({ collectionUrl, token, http }: JobPlace): TaskApi {
  const options = { socketTimeout: 30_000, keepAlive: true, ...http };
  return new TaskApi(collectionUrl, [jobToken(token, collectionUrl)], options, 'safe-rollout');
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
