import { TaskApi } from 'azure-devops-node-api/TaskApi.js';
import { clientParts, USER_AGENT, type Server } from './server.ts';

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
  return new TaskApi(server.collectionUrl, ...clientParts(server), USER_AGENT);
}
