import { badRequest, refuseWhileBusy, refuseWhilePrepared, slotRoutes } from './scope.ts';
import { readJson, type Exchange } from '../../server/exchange.ts';
import { isObject, objectAt, stringAt, type JsonObject } from '../../json/json.ts';
import { json, type Reply } from '../../server/reply.ts';
import type { Route } from '../../server/router.ts';
import { restart } from './environment.ts';
import { resourceId, resourceType } from './site-resource.ts';
import type { ConnectionString, Slot } from '../../state/site.ts';
import type { World } from '../../world/world.ts';

/** Connection strings and mounted storage of a slot; mounts are kept and swapped, and no app sees a file of them. */
export function connectionRoutes(world: World): Route[] {
  const replace = async (slot: Slot, exchange: Exchange, apply: (properties: JsonObject) => void): Promise<void> => {
    const properties = objectAt(await readJson(exchange), 'properties');
    refuseWhileBusy(slot, exchange);
    refuseWhilePrepared(slot);
    apply(properties);
    slot.modifiedAt = world.now();
    void restart(world, slot);
  };
  const strings = (slot: Slot): Reply => listed(world, slot, 'connectionstrings', slot.connectionStrings);
  const mounts = (slot: Slot): Reply => listed(world, slot, 'azurestorageaccounts', slot.mounts);
  return [
    ...slotRoutes(world, 'POST /config/connectionstrings/list', strings),
    ...slotRoutes(world, 'PUT /config/connectionstrings', async (slot, exchange) => {
      await replace(slot, exchange, (properties) => (slot.connectionStrings = each(properties, connectionString)));
      return strings(slot);
    }),
    ...slotRoutes(world, 'POST /config/azurestorageaccounts/list', mounts),
    ...slotRoutes(world, 'PUT /config/azurestorageaccounts', async (slot, exchange) => {
      await replace(slot, exchange, (properties) => (slot.mounts = each(properties, (one) => one)));
      return mounts(slot);
    }),
  ];
}

function listed(world: World, slot: Slot, name: string, properties: unknown): Reply {
  const id = `${resourceId(world, slot)}/config/${name}`;
  return json(200, { id, name, type: `${resourceType(slot)}/config`, location: 'West Europe', properties });
}

function each<T>(properties: JsonObject, read: (value: JsonObject, name: string) => T): Record<string, T> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      if (!isObject(value)) throw badRequest(`The value of '${name}' is not an object.`);
      return [name, read(value, name)];
    }),
  );
}

function connectionString(from: JsonObject, name: string): ConnectionString {
  const [value, type] = [stringAt(from, 'value'), stringAt(from, 'type')];
  if (value === undefined || type === undefined)
    throw badRequest(`The connection string '${name}' lacks a value or a type.`);
  return { value, type };
}
