import type { SlotTarget } from '../../../journal/slots.ts';
import { isProduction } from '../../../journal/users-side.ts';

/** Commands that a person can paste at night: complete, with the names of the app at hand. */

type App = Pick<SlotTarget, 'app' | 'resourceGroup'>;

export function startSlot(target: App, slot: string): string {
  return `az webapp start ${nameOf(target)}${slotOf(slot)}`;
}

export function disableAutoSwap(target: App, slot: string): string {
  return `az webapp deployment slot auto-swap --disable ${nameOf(target)}${slotOf(slot)}`;
}

export function clearRoutingRules(target: App): string {
  return `az webapp traffic-routing clear ${nameOf(target)}`;
}

export function createSlot(target: App, slot: string): string {
  return `az webapp deployment slot create ${nameOf(target)} --slot ${slot}`;
}

export function tailLog(target: App, slot: string): string {
  return `az webapp log tail ${nameOf(target)}${slotOf(slot)}`;
}

/** It is the slot named as the target that `az` resets, and production where none is (read in its source). */
export function resetSlot(target: App, slot: string): string {
  return `az webapp deployment slot swap --action reset ${nameOf(target)} --slot ${slot} --target-slot ${slot}`;
}

/** Lets an agent's address in to the deployment site (SCM), whose access rules are apart from the app's own. */
export function openScm(target: App, slot: string): string {
  return `az webapp config access-restriction add ${nameOf(target)}${slotOf(slot)} --scm-site true --rule-name deploy --action Allow --priority 100 --ip-address ADDRESS/32`;
}

/** One of the two ends of a swap with preview that is pending. */
export function endPreview(action: 'complete' | 'cancel', target: SlotTarget): string {
  return `safe-rollout swap --action ${action} ${slotsOf(target)}`;
}

/** To swap by hand what a run does not dare to: behind the same gate, and recorded as a run of its own. */
export function swapOf(target: SlotTarget): string {
  return `safe-rollout swap ${slotsOf(target)}`;
}

function slotsOf({ app, resourceGroup, source, destination }: SlotTarget): string {
  return `--app-name ${app} --resource-group-name ${resourceGroup} --source-slot ${source} --target-slot ${destination}`;
}

function nameOf({ app, resourceGroup }: App): string {
  return `--name ${app} --resource-group ${resourceGroup}`;
}

/** The command line of Azure knows production by leaving the slot out. */
function slotOf(slot: string): string {
  return isProduction(slot) ? '' : ` --slot ${slot}`;
}
