import { systemClock } from '../../../../time/clock.ts';
import type { World } from '../../world.ts';

export const RESOURCE_GROUP = 'rg-fabrikam-prod';

export function appOf(service: string): string {
  return `ca-fabrikam-${service}`;
}

/** `orders 1.1.0, store 1.0.0`: what the addresses that users have answer now. */
export async function versions(world: World, services: readonly string[]): Promise<string> {
  const { http } = world.ports('look');
  const told = await Promise.all(
    services.map(async (service) => {
      const { emulator } = world;
      const host =
        service === 'store' ? emulator.siteUrl('app-fabrikam-store') : emulator.containerAppUrl(appOf(service));
      const answer = await http.get({ url: `${host}/api/version`, headers: {}, timeoutMs: 5000 });
      if (answer.kind !== 'answer') return `${service} silent`;
      const { version } = JSON.parse(answer.body) as { version?: string };
      return `${service} ${version ?? `status ${answer.status}`}`;
    }),
  );
  return told.join(', ');
}

/** How many requests at the address of the app a release has answered: all of them are of users, or stand for them. */
export function servedUsers(world: World, service: string, version: string): number {
  return world.emulator.served({ site: appOf(service), host: 'app' }).filter(({ release }) => release === version)
    .length;
}

/** The newest revision that runs a release. */
export function revisionOf(world: World, service: string, version: string): string {
  const { revisions } = world.emulator.containerAppState(appOf(service));
  const found = Object.entries(revisions).findLast(([, { image }]) => image?.endsWith(`/${service}:${version}`));
  return found?.[0] ?? `no revision of ${service} ${version}`;
}

/** `100% 1.1.0`: what the revisions of an app have in fact, by the releases that they run. */
export function traffic(world: World, service: string): string {
  const { revisions } = world.emulator.containerAppState(appOf(service));
  return Object.values(revisions)
    .filter(({ weight }) => weight > 0)
    .map(({ weight, release }) => `${weight}% ${release ?? 'nothing'}`)
    .join(', ');
}

/** Requests to change the app that Azure has received, and weights that have really come to hold, since it was started. */
export function countShifts(world: World, service: string): { requests: number; effective: number } {
  const path = new RegExp(`/containerApps/${appOf(service)}$`);
  return {
    requests: world.emulator.requests({ method: 'PATCH', path }).length,
    effective: world.emulator.containerAppState(appOf(service)).shifts.length,
  };
}

/**
 * What a release went through on its way to users, in the order of the times at which it happened: by what Azure's front
 * end has answered and by the weights that have really held.
 * @param gatedAt when the gate let it through, as we say, in milliseconds since the epoch
 */
export function wayToUsers(world: World, service: string, version: string, gatedAt: number | undefined): string {
  const name = revisionOf(world, service, version);
  const app = appOf(service);
  const answered = world.emulator.served({ site: app }).filter(({ slot }) => slot === name);
  const alone = answered.find(({ host }) => host === name)?.at;
  const first = answered.find(({ host }) => host === 'app')?.at;
  const shifted = world.emulator.containerAppState(app).shifts.find(({ weights }) => (weights[name] ?? 0) > 0)?.at;
  const moments: readonly (readonly [what: string, at: number])[] = [
    ['asked on its own host', timeOf(alone)],
    ['gate', gatedAt ?? Number.NaN],
    ['traffic', timeOf(shifted)],
    ['first user', timeOf(first)],
  ];
  const missing = moments.filter(([, at]) => Number.isNaN(at)).map(([what]) => `no ${what}`);
  const seen = moments.filter(([, at]) => !Number.isNaN(at)).toSorted(([, a], [, b]) => a - b);
  return [...seen.map(([what]) => what), ...missing].join(', ');
}

function timeOf(iso: string | undefined): number {
  return iso === undefined ? Number.NaN : Date.parse(iso);
}

/** Customers who ask an app for its version all the time. The result sends them home. */
export function customers(world: World, service: string): () => Promise<void> {
  const stop = new AbortController();
  const { http } = world.ports('customers', () => {}, stop.signal);
  const url = `${world.emulator.containerAppUrl(appOf(service))}/api/version`;
  const shop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await http.get({ url, headers: {}, timeoutMs: 5000 });
      await systemClock.sleep(100);
    }
  };
  const home = shop();
  return async () => {
    stop.abort();
    await home;
  };
}
