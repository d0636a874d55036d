import type { Report } from './fields.ts';
import { hasApp, isNamedByRun, PRODUCTION, type AppBearing, type Environment, type Service } from './model.ts';

/** Two services on one app would replace each other, be it in one environment or in two. */
export function checkApps(
  services: readonly Service[],
  environments: readonly Environment[],
  reportFor: (...services: string[]) => Report,
): void {
  const owners = new Map<string, { service: string; environment: string }>();
  for (const { name: environment, services: inside } of [{ name: PRODUCTION, services }, ...environments])
    for (const service of inside) {
      // A name that the run gives may be another one in each job.
      if (!hasApp(service) || isNamedByRun(service.app)) continue;
      const owner = owners.get(keyOf(service));
      owners.set(keyOf(service), owner ?? { service: service.name, environment });
      if (owner === undefined || owner.service === service.name) continue;
      const where = environment === PRODUCTION ? '' : ` (in ${owner.environment} and ${environment})`;
      const message = `${service.name} and ${owner.service} are both deployed to app '${service.app}'${where}`;
      reportFor(owner.service, service.name)(service, message);
    }
}

/** Names of App Service are unique in all of Azure; those of the others in their resource group. */
function keyOf({ kind, app, resourceGroup }: AppBearing): string {
  return [kind, kind === 'appService' ? '' : (resourceGroup ?? ''), app].join('/').toLowerCase();
}
