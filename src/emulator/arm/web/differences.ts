import { slotRoutes, targetOf } from './scope.ts';
import { json } from '../../server/reply.ts';
import type { Route } from '../../server/router.ts';
import { resourceId, resourceType } from './site-resource.ts';
import type { Slot } from '../../state/site.ts';
import type { World } from '../../world/world.ts';

/**
 * What a swap would carry from one slot to the other: settings that differ and do not stay with their slot. Those that
 * stay are not in the list, since the portal computes them itself (read in its source). Names of rule and level are as
 * documented, the value `SettingsWillBeSwapped` is inferred.
 */
export function differenceRoutes(world: World): Route[] {
  return slotRoutes(world, 'POST /slotsdiffs', async (slot, exchange) => {
    const target = await targetOf(slot, exchange);
    const value = differences(slot, target).map((properties) => ({
      id: `${resourceId(world, slot)}/slotsdiffs/${properties.settingName}`,
      name: properties.settingName,
      type: `${resourceType(slot)}/slotsdiffs`,
      location: 'West Europe',
      properties,
    }));
    return json(200, { value, nextLink: null });
  });
}

interface Difference {
  readonly level: 'Information' | 'Warning' | 'Error';
  readonly settingType: 'General' | 'AppSetting' | 'ConnectionString';
  readonly diffRule: string;
  readonly settingName: string;
  readonly valueInCurrentSlot: string | null;
  readonly valueInTargetSlot: string | null;
  readonly description: string;
}

function differences(slot: Slot, target: Slot): Difference[] {
  const { stickySettings, stickyConnectionStrings } = slot.site;
  const strings = (one: Slot): Record<string, string> =>
    Object.fromEntries(Object.entries(one.connectionStrings).map(([name, { value }]) => [name, value]));
  return [
    ...between('AppSetting', slot.appSettings, target.appSettings, stickySettings),
    ...between('ConnectionString', strings(slot), strings(target), stickyConnectionStrings ?? []),
  ];
}

const WORDS = { AppSetting: 'app setting', ConnectionString: 'connection string' };

function between(
  settingType: keyof typeof WORDS,
  here: Readonly<Record<string, string>>,
  there: Readonly<Record<string, string>>,
  sticky: readonly string[],
): Difference[] {
  const names = [...new Set([...Object.keys(here), ...Object.keys(there)])];
  return names
    .filter((name) => !sticky.includes(name) && here[name] !== there[name])
    .toSorted()
    .map((settingName) => ({
      level: 'Warning',
      settingType,
      diffRule: 'SettingsWillBeSwapped',
      settingName,
      valueInCurrentSlot: here[settingName] ?? null,
      valueInTargetSlot: there[settingName] ?? null,
      description: `The ${WORDS[settingType]} '${settingName}' differs between the slots and will be swapped.`,
    }));
}
