import type { Service } from '../catalogue/model.ts';
import type { SiteSpec } from '../emulator/start.ts';

/** The sites of a graph file, as an embedded Azure begins with them; `resourceGroup` where a service names none. */
export function sitesOf(services: readonly Service[], resourceGroup: string): SiteSpec[] {
  return services.flatMap((service) =>
    service.kind === 'appService'
      ? [{ name: service.app, resourceGroup: service.resourceGroup ?? resourceGroup, slots: [service.slot] }]
      : [],
  );
}
