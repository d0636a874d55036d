import type { Target } from '../journal/entry.ts';
import { appServiceHosts, type AzureOptions } from './app-service/app-service.ts';
import { containerHosts } from './container-apps/container-apps.ts';
import { sharedToken } from './identity/shared-token.ts';

/** Azure as each kind of target needs it: a line for each. A kind gets targets of its own alone. */
const ADAPTERS: Readonly<Record<string, (options: AzureOptions) => (target: never) => object>> = {
  appService: appServiceHosts,
  containerApp: containerHosts,
};

/** Hosts for all targets that one identity reaches. One token serves them all. */
export function azureHosts(options: AzureOptions): (target: Target) => object {
  const shared = { ...options, credential: sharedToken(options.credential, options.clock) };
  const hosts = new Map(Object.entries(ADAPTERS).map(([kind, adapter]) => [kind, adapter(shared)]));
  return (target) => {
    const host = hosts.get(target.kind);
    if (host === undefined) throw new Error(`there is no adapter for targets of kind ${target.kind}`);
    return host(target as never);
  };
}
