import type { Service } from '../catalogue/model.ts';
import type { ContainerAppSpec, SiteSpec } from '../emulator/start.ts';

/** The sites of a graph file, as an embedded Azure begins with them; `resourceGroup` where a service names none. */
export function sitesOf(services: readonly Service[], resourceGroup: string): SiteSpec[] {
  return services.flatMap((service) =>
    service.kind === 'appService'
      ? [{ name: service.app, resourceGroup: service.resourceGroup ?? resourceGroup, slots: [service.slot] }]
      : [],
  );
}

/** What Azure itself puts into an app that has no image of its own yet: a page that answers every question. */
export const QUICKSTART = 'mcr.microsoft.com/k8se/quickstart:latest';

export const QUICKSTART_FILES: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'quickstart', version: '0.0.0' }),
  'server.js':
    "require('node:http').createServer((_, response) => response.end('Your app is running')).listen(process.env.PORT);",
};

/**
 * The container apps of a graph file, as an embedded Azure begins with them: each runs the first of the images that its
 * service names, whatever the tag, and the quickstart where there is none.
 */
export function containerAppsOf(
  services: readonly Service[],
  resourceGroup: string,
  images: readonly string[],
): ContainerAppSpec[] {
  return services.flatMap((service) => {
    if (service.kind !== 'containerApp') return [];
    const { app: name, image } = service;
    const own = images.find((one) => image !== undefined && nameOf(one) === nameOf(image));
    return [{ name, resourceGroup: service.resourceGroup ?? resourceGroup, image: own ?? QUICKSTART }];
  });
}

/** `registry:5000/orders` of `registry:5000/orders:1.0`. */
function nameOf(reference: string): string {
  return reference.replace(/(?:@[^/]*|:[^/]*)$/, '');
}
