import { COLLECTION } from '../devops/devops.ts';
import { makeToken } from '../identity/token.ts';
import type { Connection, Sending } from '../server-task/evaluate-task.ts';
import type { World } from '../world/world.ts';

/** A service connection of the kind Generic. */
export interface GenericConnection {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** By name: the Azure that is here, or an address with credentials. */
export type Connections = Readonly<Record<string, 'azure' | GenericConnection>>;

/** Where a task of the service runs: what a callback must name. */
export interface TaskIds {
  /** `gates` or `checks`. */
  readonly hub: string;
  readonly project: string;
  readonly plan: string;
  readonly timeline: string;
  readonly job: string;
  readonly task: string;
}

/** Variables that the service has for every task that it runs itself (documented with Invoke REST API). */
export function systemVariables(world: World, ids: TaskIds): Record<string, string> {
  const collection = `${world.url}${COLLECTION}/`;
  return {
    'system.CollectionUri': collection,
    'system.TeamFoundationCollectionUri': collection,
    'system.TeamProjectId': ids.project,
    'system.HostType': ids.hub,
    'system.PlanId': ids.plan,
    'system.TimelineId': ids.timeline,
    'system.JobId': ids.job,
    'system.TaskInstanceId': ids.task,
    'system.AccessToken': world.settings.devOpsToken,
  };
}

/** 20 seconds (documented). */
const PATIENCE_MS = 20_000;

/** How tasks of the service send, with these connections to sign in by. */
export function sendingOf(world: World, connections: Connections): Sending {
  const entries = Object.entries(connections).map(([name, one]) => [name, connectionOf(world, one)] as const);
  return {
    statuses: 'fail',
    redirects: 'are-answers',
    patienceMs: PATIENCE_MS,
    connections: Object.fromEntries(entries),
    ca: world.certificate.caPem,
  };
}

function connectionOf(world: World, connection: 'azure' | GenericConnection): Connection {
  if (connection === 'azure')
    return {
      data: { url: `${world.url}/`, subscriptionId: world.settings.subscriptionId },
      authorization: `Bearer ${makeToken(world, world.url)}`,
    };
  const { url, username, password } = connection;
  return {
    data: { url },
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  };
}
