import type { ContainerTarget } from '../../journal/traffic.ts';
import { RolloutError } from '../../rollout/errors.ts';
import type { AppChange, ContainerHost, RevisionObservation } from '../../rollout/kinds/container-app/ports.ts';
import { textOf } from '../arm/arm-answer.ts';
import { ArmClient, type ArmAccess, type ArmRequest } from '../arm/arm-client.ts';
import { asyncOperationOf, containerReply } from './container-reply.ts';
import { readApp, readRevisions, templateBody, trafficBody } from './read-app.ts';

/** The version of the recorded exchanges. Contents are read by name, so another one would do as well. */
const API_VERSION = '2024-03-01';

/** An app keeps a hundred inactive revisions unless it is told otherwise. */
const MOST_PAGES = 50;

/** Hosts for all container apps that one identity reaches; a client for each subscription. */
export function containerHosts({
  credential,
  endpoints,
  clock,
  times,
  waiting,
}: ArmAccess): (target: ContainerTarget) => ContainerHost {
  const clients = new Map<string, ArmClient>();
  return (target) => {
    let client = clients.get(target.subscription);
    if (client === undefined) {
      const own = {
        apiVersion: API_VERSION,
        ...(times === undefined ? {} : { times }),
        ...(waiting === undefined ? {} : { waiting }),
      };
      client = new ArmClient(credential, target.subscription, endpoints, clock, own);
      clients.set(target.subscription, client);
    }
    return containerApp(target, client);
  };
}

function containerApp(target: ContainerTarget, arm: ArmClient): ContainerHost {
  const { subscription, resourceGroup, app } = target;
  const root = `/subscriptions/${segment(subscription)}/resourceGroups/${segment(resourceGroup)}/providers/Microsoft.App/containerApps/${segment(app)}`;
  const name = `app '${app}'`;
  return {
    // One after the other: at the same time they would open a second connection, which takes longer than it saves.
    observe: async (signal) => {
      const resource = await arm.read(root, name, signal);
      if (resource === undefined)
        throw new RolloutError({ code: 'app-not-found', app, resourceGroup, slot: undefined });
      const revisions: RevisionObservation[] = [];
      let page: string | undefined = `${root}/revisions`;
      for (let pages = 0; page !== undefined && pages < MOST_PAGES; pages += 1) {
        const list = await arm.read(page, `the revisions of ${name}`, signal);
        revisions.push(...readRevisions(list));
        const next = textOf(list, 'nextLink');
        page = next !== null && arm.isOwnAddress(next) ? next : undefined;
      }
      return readApp(resource, revisions);
    },
    change: async (change, signal, withinMs) => {
      const request = requestFor(change, root);
      return containerReply(await arm.send(request, signal, withinMs), request, arm);
    },
    readOperation: async (operation, signal) =>
      asyncOperationOf(await arm.send({ method: 'GET', path: operation }, signal), operation, arm),
  };
}

function requestFor(change: AppChange, root: string): ArmRequest {
  switch (change.kind) {
    case 'traffic':
      return { method: 'PATCH', path: root, body: { properties: { configuration: trafficBody(change.traffic) } } };
    case 'revision': {
      const { template, traffic } = change;
      const body = { properties: { configuration: trafficBody(traffic), template: templateBody(template) } };
      return { method: 'PATCH', path: root, body };
    }
    case 'activate':
    case 'deactivate':
      return { method: 'POST', path: `${root}/revisions/${segment(change.revision)}/${change.kind}` };
  }
}

function segment(text: string): string {
  return encodeURIComponent(text);
}
