import { isNamedByRun, type Service } from '../catalogue/model.ts';
import type { ContainerAppSpec, SiteSpec } from '../emulator/start.ts';

/** The sites of a graph file, as an embedded Azure begins with them; `resourceGroup` where a service names none. */
export function sitesOf(services: readonly Service[], resourceGroup: string): SiteSpec[] {
  return services.flatMap((service) =>
    service.kind === 'appService' && !isNamedByRun(service.app)
      ? [{ name: service.app, resourceGroup: service.resourceGroup ?? resourceGroup, slots: [service.slot] }]
      : [],
  );
}

/** What a container app runs before anything was deployed to it, as Azure's own quickstart does. */
export const QUICKSTART = {
  reference: 'mcr.microsoft.com/k8se/quickstart:latest',
  files: {
    'package.json': '{"version":"0.0.0"}',
    'server.js':
      "require('node:http').createServer((_, response) => response.end('Nothing was deployed here yet.')).listen(process.env.PORT);",
  },
};

/**
 * The container apps of a graph file: each runs its image where that is registered, the first one that fits where the
 * image leaves the version open, and otherwise `QUICKSTART`.
 * @param images registered ones, as `name:tag`
 */
export function containerAppsOf(
  services: readonly Service[],
  resourceGroup: string,
  images: readonly string[],
): ContainerAppSpec[] {
  return services.flatMap((service) => {
    if (service.kind !== 'containerApp' || isNamedByRun(service.app)) return [];
    const { app: name, image, container } = service;
    const spec = {
      name,
      resourceGroup: service.resourceGroup ?? resourceGroup,
      image: images.find((one) => image !== undefined && isOf(one, image)) ?? QUICKSTART.reference,
    };
    return [container === undefined ? spec : { ...spec, container }];
  });
}

function isOf(reference: string, image: string): boolean {
  const parts = image.split('{version}').map((part) => part.replaceAll(/[^\w-]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\w.-]+')}$`).test(reference);
}
