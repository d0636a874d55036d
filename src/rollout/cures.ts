import type { Target } from '../journal/entry.ts';

/** Commands that a person can paste at night: complete, with the names of the app at hand. */

export function startSlot(target: Target, slot: string): string {
  return `az webapp start ${nameOf(target)}${slotOf(slot)}`;
}

export function createSlot({ app, resourceGroup }: Pick<Target, 'app' | 'resourceGroup'>, slot: string): string {
  return `az webapp deployment slot create --name ${app} --resource-group ${resourceGroup} --slot ${slot}`;
}

export function disableAutoSwap(target: Target, slot: string): string {
  return `az webapp deployment slot auto-swap --disable ${nameOf(target)}${slotOf(slot)}`;
}

export function clearRoutingRules(target: Target): string {
  return `az webapp traffic-routing clear ${nameOf(target)}`;
}

/** One of the two ends of a swap with preview that is pending. */
export function endPreview(action: 'complete' | 'cancel', target: Target): string {
  return `safe-rollout swap --action ${action} ${slotsOf(target)}`;
}

/** To swap by hand what a run does not dare to: behind the same gate, and recorded as a run of its own. */
export function swapOf(target: Target): string {
  return `safe-rollout swap ${slotsOf(target)}`;
}

function slotsOf({ app, resourceGroup, source, destination }: Target): string {
  return `--app-name ${app} --resource-group-name ${resourceGroup} --source-slot ${source} --target-slot ${destination}`;
}

function nameOf({ app, resourceGroup }: Target): string {
  return `--name ${app} --resource-group ${resourceGroup}`;
}

/** The command line of Azure knows production by leaving the slot out. */
function slotOf(slot: string): string {
  return slot.toLowerCase() === 'production' ? '' : ` --slot ${slot}`;
}
