import { hostEnvironment } from '../../world/host-environment.ts';
import type { World } from '../../world/world.ts';
import { hostOf, isProduction, type Slot, type SlotSettings } from '../../state/site.ts';

/**
 * The environment of an app in this slot. The settings come as a parameter since a swap starts the source's app under
 * the target's name and settings before anything has moved.
 */
export function environmentIn(
  world: World,
  slot: Slot,
  { appSettings, connectionStrings }: Pick<SlotSettings, 'appSettings' | 'connectionStrings'>,
): Record<string, string> {
  return {
    ...hostEnvironment(world),
    ...appSettings,
    ...Object.fromEntries(
      Object.entries(connectionStrings).map(([name, { type, value }]) => [`${prefixOf(type)}${name}`, value]),
    ),
    WEBSITE_SITE_NAME: slot.site.name,
    WEBSITE_SLOT_NAME: isProduction(slot) ? 'Production' : slot.name,
    WEBSITE_HOSTNAME: hostOf(slot),
    WEBSITE_INSTANCE_ID: slot.site.instanceId,
    WEBSITE_RESOURCE_GROUP: slot.site.resourceGroup,
  };
}

/** The app of a slot under the slot's own settings, started anew; nothing when the slot is stopped or empty. */
export async function restart(world: World, slot: Slot): Promise<void> {
  if (slot.running) await slot.content.restart(environmentIn(world, slot, slot));
}

/** Apps find connection strings under a name that tells their type (documented). */
function prefixOf(type: string): string {
  return `${type === 'SQLServer' ? 'SQL' : type.toUpperCase()}CONNSTR_`;
}
