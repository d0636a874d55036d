import type { ContainerTarget } from '../../../journal/traffic.ts';

/** Commands that a person can paste at night: complete, with the names of the app at hand. */

type App = Pick<ContainerTarget, 'app' | 'resourceGroup'>;

export function setMultiple(app: App): string {
  return `az containerapp revision set-mode ${nameOf(app)} --mode multiple`;
}

export function showTraffic(app: App): string {
  return `az containerapp ingress traffic show ${nameOf(app)}`;
}

export function setTraffic(app: App, weights: ReadonlyMap<string, number>): string {
  const pairs = [...weights].map(([name, weight]) => `${name}=${weight}`).join(' ');
  return `az containerapp ingress traffic set ${nameOf(app)} --revision-weight ${pairs}`;
}

export function activate(app: App, revision: string): string {
  return `az containerapp revision activate ${nameOf(app)} --revision ${revision}`;
}

export function deactivate(app: App, revision: string): string {
  return `az containerapp revision deactivate ${nameOf(app)} --revision ${revision}`;
}

export function showLog(app: App, revision: string): string {
  return `az containerapp logs show ${nameOf(app)} --revision ${revision} --tail 50`;
}

/** What Azure says of an app beside what its containers write: an image that cannot be pulled, a probe that fails. */
export function showEvents(app: App): string {
  return `az containerapp logs show ${nameOf(app)} --type system --tail 50`;
}

export function enableIngress(app: App): string {
  return `az containerapp ingress enable ${nameOf(app)} --type external --target-port PORT`;
}

function nameOf({ app, resourceGroup }: App): string {
  return `--name ${app} --resource-group ${resourceGroup}`;
}
