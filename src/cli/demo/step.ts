import type { ContosoWorld } from './world.ts';

/** What one part of the demo showed. `ok` only when what was found is exactly what was expected. */
export interface StepResult {
  readonly id: string;
  readonly title: string;
  readonly expected: string;
  readonly found: string;
  readonly ok: boolean;
}

/** One part of the demo: it may rely on what the parts before it left behind. */
export interface Step {
  readonly id: string;
  readonly title: string;
  run(world: ContosoWorld, stage: Stage): Promise<Omit<StepResult, 'id' | 'title' | 'ok'>>;
}

/** What a step needs of its surroundings. */
export interface Stage {
  /** A line for the audience. */
  readonly say: (line: string) => void;
  /** Program and first arguments that run this command line, for the step that needs a process of its own. */
  readonly cli: readonly [string, ...string[]];
  readonly example: string;
}

/** `payments 2.4.1, store 2.4.0`: what production's own version endpoints answer now. */
export async function productionVersions(world: ContosoWorld, services: readonly string[]): Promise<string> {
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
export function countSwaps(world: ContosoWorld, app: string): { requests: number; effective: number } {
  const path = new RegExp(`/sites/${app}/slots/staging/slotsswap$`);
  return {
    requests: world.emulator.requests({ method: 'POST', path }).length,
    effective: world.emulator.siteState(app).swaps.length,
  };
}
