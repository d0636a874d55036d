import { slotRoutes } from './scope.ts';
import type { Deployment } from '../../state/deployment.ts';
import { armError } from '../../server/errors.ts';
import { json, Refusal } from '../../server/reply.ts';
import type { Route } from '../../server/router.ts';
import { kuduDeployment, kuduLog } from '../../state/deployment.ts';
import { resourceId, resourceName, resourceType, scmHostOf } from './site-resource.ts';
import type { Slot } from '../../state/site.ts';
import type { World } from '../../world/world.ts';

/** The deployment history as Resource Manager shows it. */
export function deploymentRoutes(world: World): Route[] {
  return [
    ...slotRoutes(world, 'GET /deployments', (slot) =>
      json(200, { value: slot.content.deployments.map((one) => envelope(world, slot, one)), nextLink: null }),
    ),
    ...slotRoutes(world, 'GET /deployments/:deployment', (slot, _, { deployment = '' }) =>
      json(200, envelope(world, slot, deploymentOf(slot, deployment))),
    ),
    ...slotRoutes(world, 'GET /deployments/:deployment/log', (slot, _, { deployment = '' }) =>
      json(200, { value: kuduLog(deploymentOf(slot, deployment)) }),
    ),
  ];
}

function deploymentOf(slot: Slot, id: string): Deployment {
  const found = slot.content.deployments.find((one) => one.id === id);
  if (found === undefined) throw new Refusal(armError(404, 'NotFound', `Deployment '${id}' was not found.`));
  return found;
}

function envelope(world: World, slot: Slot, deployment: Deployment): Record<string, unknown> {
  return {
    id: `${resourceId(world, slot)}/deployments/${deployment.id}`,
    name: `${resourceName(slot)}/${deployment.id}`,
    type: `${resourceType(slot)}/deployments`,
    location: 'West Europe',
    properties: kuduDeployment(deployment, slot.site.name, `https://${scmHostOf(world, slot)}`),
  };
}
