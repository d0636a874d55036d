import { armError, subscriptionNotFound } from '../../server/errors.ts';
import { json, Refusal } from '../../server/reply.ts';
import { route, type Route } from '../../server/router.ts';
import type { World } from '../../world/world.ts';
import { appResource } from '../app/resource.ts';
import { resourceId, resourceName, resourceType } from '../web/site-resource.ts';

/** What is in a resource group, in one page (documented): sites, their slots, container apps. Only the parts that name a resource. */
export function resourceRoutes(world: World): Route[] {
  return [
    route(
      'GET /subscriptions/:subscription/resourceGroups/:group/resources',
      (_, { subscription = '', group = '' }) => {
        if (subscription.toLowerCase() !== world.settings.subscriptionId.toLowerCase())
          throw new Refusal(subscriptionNotFound(subscription));
        const isHere = (one: { readonly resourceGroup: string }): boolean =>
          one.resourceGroup.toLowerCase() === group.toLowerCase();
        const slots = [...world.sites.values()].filter(isHere).flatMap((site) => [...site.slots.values()]);
        const apps = [...world.containerApps.values()].filter(isHere).map((app) => appResource(world, app));
        const value = [
          ...slots.map((slot) => ({ id: resourceId(world, slot), name: resourceName(slot), type: resourceType(slot) })),
          ...apps.map(({ id, name, type }) => ({ id, name, type })),
        ];
        if (value.length === 0)
          throw new Refusal(armError(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`));
        return json(200, { value });
      },
    ),
  ];
}
