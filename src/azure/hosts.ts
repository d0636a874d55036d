import type { Target } from '../journal/entry.ts';
import { isSlotTarget } from '../journal/slots.ts';
import { appServiceHosts, type AzureOptions } from './app-service/app-service.ts';

/** Azure as each kind of target needs it: a line for each kind. */
export function azureHosts(options: AzureOptions): (target: Target) => object {
  const slots = appServiceHosts(options);
  return (target) => {
    if (isSlotTarget(target)) return slots(target);
    throw new Error(`there is no adapter for targets of kind ${target.kind}`);
  };
}
