import type { Scenario } from '../../scenario.ts';
import type { World } from '../../world.ts';
import { crash } from './crash-step.ts';
import { inOrder, meddled, noImage, turnsBad, unhealthy } from './deploy-steps.ts';
import { appOf, RESOURCE_GROUP } from './figures.ts';

export const containerApps: Scenario = {
  name: 'container-apps',
  title:
    'two container apps and a web app: a gate at weight 0, rollback in order, an agent that dies, a foreign change',
  start: {
    what: "an embedded Azure with Fabrikam's two container apps and its store",
    example: 'fabrikam',
    // A dozen operations, and nobody waits a second for each.
    azure: { retryAfterSeconds: null },
    prepare,
  },
  steps: [inOrder, unhealthy, turnsBad, crash, meddled, noImage],
};

const RELEASES: readonly (readonly [service: string, version: string])[] = [
  ['orders', '1.0.0'],
  ['orders', '1.1.0'],
  ['orders', '1.2.0-broken'],
  ['orders', '1.3.0'],
  ['orders', '1.4.0'],
  ['shipping', '1.0.0'],
  ['shipping', '1.1.0'],
  ['shipping', '1.3.0'],
];

/** The registry with every release, and 1.0.0 before users. */
async function prepare(world: World): Promise<void> {
  const image = (service: string, version: string): string => `fabrikam.azurecr.io/${service}:${version}`;
  for (const [service, version] of RELEASES) await world.pushImage(image(service, version), service, version);
  for (const service of ['orders', 'shipping'])
    await world.emulator.addContainerApp({
      name: appOf(service),
      resourceGroup: RESOURCE_GROUP,
      image: image(service, '1.0.0'),
      suffix: 'first',
    });
}
