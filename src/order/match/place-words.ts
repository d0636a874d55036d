import type { Place } from '../../pipeline/targets.ts';

/** What the graph file would say of a service on each platform. */
export const SUCH: Readonly<Record<Place['platform'], string>> = {
  appService: 'this app',
  containerApp: 'this app',
  staticWebApp: 'this app',
  database: 'this database',
  kubernetes: 'this name, or deployedBy for this job',
};

const NAMES: Readonly<Record<Place['platform'], (app: string) => string>> = {
  appService: (app) => `app '${app}'`,
  containerApp: (app) => `container app '${app}'`,
  staticWebApp: (app) => `static web app '${app}'`,
  database: (app) => `database '${app}'`,
  kubernetes: (app) => `'${app}' of a cluster`,
};

export function nameOf({ platform, app }: Place): string {
  return NAMES[platform](app);
}
