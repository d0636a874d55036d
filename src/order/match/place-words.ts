import type { Place } from '../../pipeline/targets.ts';

/** What the graph file would say of a service on each platform. */
export const SUCH: Readonly<Record<Place['platform'], string>> = {
  appService: 'this app',
  containerApp: 'this app',
  staticWebApp: 'this app',
  database: 'this database',
  kubernetes: 'this name, or deployedBy for this job',
};

export function nameOf({ platform, app }: Place): string {
  switch (platform) {
    case 'appService':
      return `app '${app}'`;
    case 'containerApp':
      return `container app '${app}'`;
    case 'staticWebApp':
      return `static web app '${app}'`;
    case 'database':
      return `database '${app}'`;
    case 'kubernetes':
      return `'${app}' of a cluster`;
  }
}
