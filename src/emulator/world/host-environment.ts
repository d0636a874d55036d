import type { World } from './world.ts';

/** What every app's process gets: of this machine only what a process needs in order to start, and the authority here. */
export function hostEnvironment(world: World): Record<string, string> {
  const { PATH, Path, SystemRoot, TMPDIR, TEMP, LANG } = world.settings.hostEnvironment;
  const inherited = Object.entries({ PATH, Path, SystemRoot, TMPDIR, TEMP, LANG }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...(Object.fromEntries(inherited) as Record<string, string>), NODE_EXTRA_CA_CERTS: world.caFile };
}
