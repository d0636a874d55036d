import {
  hasApp,
  isOnlyChecked,
  PRODUCTION,
  type Environment,
  type Service,
  type ServiceKind,
} from '../../catalogue/model.ts';
import type { Place } from '../../pipeline/targets.ts';

/** A service in one environment. */
export interface Located {
  readonly service: Service;
  readonly environment: string;
}

/** One, none, or several that nothing tells apart. */
export type Matched = Located | readonly Located[] | undefined;

const finders = new WeakMap<
  readonly Service[],
  { readonly environments: readonly Environment[]; readonly finder: ServiceFinder }
>();

/** The finder of a graph, which is the same in all cases of a pipeline. */
export function finderOf(services: readonly Service[], environments: readonly Environment[]): ServiceFinder {
  const known = finders.get(services);
  if (known?.environments === environments) return known.finder;
  const finder = new ServiceFinder(services, environments);
  finders.set(services, { environments, finder });
  return finder;
}

/** Finds the services of all environments by the place that a step names. */
class ServiceFinder {
  readonly #byName = new Map<string, Located[]>();
  readonly #found = new WeakMap<Place, { readonly matched: Matched }>();

  constructor(services: readonly Service[], environments: readonly Environment[]) {
    for (const { name: environment, services: inside } of [{ name: PRODUCTION, services }, ...environments])
      for (const service of inside) {
        const key = keyOf(service);
        if (key === undefined) continue;
        const known = this.#byName.get(key);
        if (known === undefined) this.#byName.set(key, [{ service, environment }]);
        else known.push({ service, environment });
      }
  }

  /** The names of apps that a message may suggest. */
  names(): Iterable<string> {
    return [...this.#byName.keys()].map((key) => key.slice(key.indexOf('/') + 1));
  }

  /**
   * The service that runs at a place. Where environments share a name, the resource group and the connection tell them
   * apart; where they are one and the same place, it is production's.
   */
  find(place: Place): Matched {
    let known = this.#found.get(place);
    if (known === undefined) this.#found.set(place, (known = { matched: this.#find(place) }));
    return known.matched;
  }

  #find(place: Place): Matched {
    const app = place.app.toLowerCase();
    const all = [
      ...(this.#byName.get(`${place.platform}/${app}`) ?? []),
      ...(this.#byName.get(`${ANYWHERE}/${app}`) ?? []),
    ];
    const fitting = all.filter(({ service }) => fits(service, place));
    // Names of App Service are unique in Azure: a group that differs is a mistake of one of the files, not another app.
    const left = fitting.length === 0 && place.platform === 'appService' ? all : fitting;
    const [first, ...others] = left;
    if (first === undefined || others.length === 0) return first;
    return others.every(({ service }) => samePlace(service, first.service)) ? first : left;
  }
}

/** What a service is found by: its app or database; a command stands for what it is called like in Kubernetes. */
function keyOf(service: Service): string | undefined {
  if (hasApp(service)) return `${service.kind}/${service.app.toLowerCase()}`;
  if (isOnlyChecked(service)) return service.app === undefined ? undefined : `${ANYWHERE}/${service.app.toLowerCase()}`;
  const name = 'database' in service ? service.database : service.name;
  const platform = PLATFORM_OF[service.kind];
  return platform === undefined || name === undefined ? undefined : `${platform}/${name.toLowerCase()}`;
}

/** In place of a platform: a service that is only checked says nothing of where it runs. */
const ANYWHERE = '*';

/** Where what has no app of its own is looked for in a pipeline. */
const PLATFORM_OF: Partial<Record<ServiceKind, Place['platform']>> = { database: 'database', command: 'kubernetes' };

function fits(service: Service, { resourceGroup, connection, server }: Place): boolean {
  if ('server' in service) return same(serverName(service.server), serverName(server));
  if (!('resourceGroup' in service)) return true;
  if (!same(service.resourceGroup, resourceGroup)) return false;
  return service.connection === undefined || connection === undefined || service.connection === connection;
}

/** True unless both are known and differ. */
function same(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a.toLowerCase() === b.toLowerCase();
}

/** `tcp:sql-contoso.database.windows.net,1433` is `sql-contoso`. */
function serverName(server: string | undefined): string | undefined {
  return server?.replace(/^tcp:/i, '').split(/[.,]/)[0];
}

function samePlace(a: Service, b: Service): boolean {
  const placeOf = (service: Service): string =>
    JSON.stringify([
      service.name,
      'resourceGroup' in service ? [service.resourceGroup?.toLowerCase(), service.connection] : [],
      'server' in service ? serverName(service.server) : '',
    ]);
  return placeOf(a) === placeOf(b);
}
