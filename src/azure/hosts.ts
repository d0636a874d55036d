import type { Target } from '../journal/entry.ts';
import { isSlotTarget } from '../journal/slots.ts';
import { isContainerTarget } from '../journal/traffic.ts';
import { appServiceHosts, type AzureOptions } from './app-service/app-service.ts';
import { containerHosts } from './container-apps/container-apps.ts';
import { sharedToken } from './identity/shared-token.ts';

/** Azure as each kind of target needs it: a line for each kind. One token serves them all. */
export function azureHosts(options: AzureOptions): (target: Target) => object {
  const shared = { ...options, credential: sharedToken(options.credential, options.clock) };
  const [slots, containers] = [appServiceHosts(shared), containerHosts(shared)];
  return (target) => {
    if (isSlotTarget(target)) return slots(target);
    if (isContainerTarget(target)) return containers(target);
    throw new Error(`there is no adapter for targets of kind ${target.kind}`);
  };
}
