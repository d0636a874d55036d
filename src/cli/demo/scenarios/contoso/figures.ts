import type { World } from '../../world.ts';

/** `payments 2.4.1, store 2.4.0`: what production's own version endpoints answer now. */
export async function productionVersions(world: World, services: readonly string[]): Promise<string> {
  const { http } = world.ports('look');
  const versions = await Promise.all(
    services.map(async (service) => {
      const url = `${world.emulator.siteUrl(`app-contoso-${service}`)}/api/version`;
      const headers = { cookie: 'x-ms-routing-name=self' };
      const answer = await http.get({ url, headers, timeoutMs: 5000 });
      if (answer.kind !== 'answer') return `${service} silent`;
      const { version } = JSON.parse(answer.body) as { version?: string };
      return `${service} ${version ?? `status ${answer.status}`}`;
    }),
  );
  return versions.join(', ');
}

/** Swap requests that Azure has received for an app, and swaps that took effect, since it was started. */
export function countSwaps(world: World, app: string): { requests: number; effective: number } {
  const path = new RegExp(`/sites/${app}/slots/staging/slotsswap$`);
  return {
    requests: world.emulator.requests({ method: 'POST', path }).length,
    effective: world.emulator.siteState(app).swaps.length,
  };
}
