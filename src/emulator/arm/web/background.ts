import { slotRoutes } from './scope.ts';
import { armError } from '../../server/errors.ts';
import { json, Refusal } from '../../server/reply.ts';
import type { Route } from '../../server/router.ts';
import { resourceId, resourceName, resourceType } from './site-resource.ts';
import type { World } from '../../world/world.ts';

/** What works in a slot without being called. The shapes are as documented; nothing of it runs here. */
export function backgroundRoutes(world: World): Route[] {
  return [
    ...slotRoutes(world, 'GET /functions', (slot) => {
      if (slot.site.functions === undefined)
        throw new Refusal(armError(404, 'NotFound', `Site ${slot.site.name} is no function app.`));
      const value = (slot.site.functions[slot.name] ?? []).map(({ name, trigger, disabled = false }) => ({
        id: `${resourceId(world, slot)}/functions/${name}`,
        name: `${resourceName(slot)}/${name}`,
        type: `${resourceType(slot)}/functions`,
        properties: {
          name,
          config: { name, bindings: [{ type: trigger, direction: 'in', name: 'input' }] },
          isDisabled: disabled,
          language: 'node',
        },
      }));
      return json(200, { value, nextLink: null });
    }),
    ...slotRoutes(world, 'GET /continuouswebjobs', (slot) => {
      const value = (slot.site.webJobs[slot.name] ?? []).map(({ name, status }) => ({
        id: `${resourceId(world, slot)}/continuouswebjobs/${name}`,
        name: `${resourceName(slot)}/${name}`,
        type: `${resourceType(slot)}/continuouswebjobs`,
        properties: { name, status, web_job_type: 'Continuous' },
      }));
      return json(200, { value, nextLink: null });
    }),
  ];
}
