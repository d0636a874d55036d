import type { DraftService } from '../../catalogue/draft.ts';
import { appNameOf } from '../../catalogue/import-fields.ts';
import type { Place, Platform, TargetStep } from '../../pipeline/targets.ts';

/** Everything that a pipeline does to one place. */
export interface Seen {
  readonly place: Place;
  readonly at: TargetStep[];
  /** Slots that releases are uploaded to. */
  readonly slots: Set<string>;
}

export function placesOf(targets: readonly TargetStep[]): Map<string, Seen> {
  const places = new Map<string, Seen>();
  for (const at of targets) {
    const { target } = at;
    if (target.kind !== 'exposes' && target.kind !== 'uploads') continue;
    // Databases of one name lie on several servers.
    const server =
      target.server === undefined ? '' : `@${target.server.replace(/^tcp:/i, '').split(/[.,]/)[0]!.toLowerCase()}`;
    const key = `${target.platform}/${target.app.toLowerCase()}${server}`;
    const seen = places.get(key) ?? { place: target, at: [], slots: new Set<string>() };
    places.set(key, {
      ...seen,
      place: {
        ...seen.place,
        resourceGroup: seen.place.resourceGroup ?? target.resourceGroup,
        connection: seen.place.connection ?? target.connection,
      },
    });
    if (target.kind === 'exposes') seen.at.push(at);
    else seen.slots.add(target.slot);
  }
  return places;
}

/** What all places share goes to `defaults`. */
export function commonFields(places: readonly Place[]): Record<string, string> {
  const inAzure = places.filter(({ platform }) => KINDS[platform] !== 'command' && platform !== 'database');
  const shared = (key: 'resourceGroup' | 'connection'): [string, string][] => {
    const values = new Set(inAzure.map((place) => place[key]));
    const [only] = values;
    return values.size === 1 && only !== undefined ? [[key, only]] : [];
  };
  return Object.fromEntries([...shared('resourceGroup'), ...shared('connection')]);
}

export const KINDS: Readonly<Record<Platform, string>> = {
  appService: 'appService',
  containerApp: 'containerApp',
  staticWebApp: 'staticWebApp',
  database: 'database',
  kubernetes: 'command',
};

type Fields = DraftService['fields'];

/** What the graph file says of a place, for each platform. */
export const FIELDS: Readonly<Record<Platform, (seen: Seen, common: Record<string, string>) => Fields>> = {
  appService: ({ place, slots }, common) => {
    const [slot] = slots;
    const slotField = slot === undefined || slot === 'staging' ? [] : [['slot', slot] as const];
    return [...appFields(place, common), ...slotField];
  },
  containerApp: ({ place }, common) => appFields(place, common),
  staticWebApp: ({ place }, common) => appFields(place, common),
  database: ({ place: { app, server } }) => [
    ...(server === undefined ? [] : [['server', server.replace(/^tcp:/i, '')] as const]),
    ['database', app],
  ],
  // What this runs only waits for what the pipeline has brought.
  kubernetes: ({ place: { app } }) => [['run', ['kubectl', 'rollout', 'status', `deployment/${app}`]]],
};

function appFields(place: Place, common: Record<string, string>): Fields {
  const own = (['resourceGroup', 'connection'] as const).flatMap((key) => {
    const value = place[key];
    return value === undefined || common[key] === value ? [] : [[key, value] as const];
  });
  return [['app', appNameOf(place.app) ?? place.app], ...own];
}

/** What is production's by default must not reach into another environment. */
export function overlayOf(place: Place): DraftService['fields'] {
  const own = (['resourceGroup', 'connection'] as const).flatMap((field) => {
    const value = place.platform === 'database' ? undefined : place[field];
    return value === undefined ? [] : [[field, value] as const];
  });
  const app =
    place.platform === 'database'
      ? (['database', place.app] as const)
      : (['app', appNameOf(place.app) ?? place.app] as const);
  const server = place.server === undefined ? [] : [['server', place.server.replace(/^tcp:/i, '')] as const];
  return [...server, app, ...own];
}
