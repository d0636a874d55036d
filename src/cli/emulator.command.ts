import { startEmulator, type Emulator, type SiteSpec } from '../emulator/start.ts';
import { readText } from '../host/text-file.ts';
import { loadCatalogue } from '../rollout/planning/load-catalogue.ts';
import { duration, int, list, path, text } from '../settings/kinds.ts';
import { declare, optional, withDefault, type Settings } from '../settings/setting.ts';
import { systemClock } from '../time/clock.ts';
import { command } from './command.ts';
import { sitesOf } from './graph-apps.ts';

const emulatorSettings = declare({
  graphFile: optional(path({ label: 'Service graph', help: 'Begin with the apps and slots of this service graph.' })),
  sites: optional(
    list({
      label: 'Sites',
      help: 'Begin with apps of these names, each with a slot `staging`.',
      item: { matches: /^[a-z\d](?:[a-z\d-]{0,58}[a-z\d])?$/i, rule: 'must be an app name' },
    }),
  ),
  resourceGroupName: withDefault(
    text({ label: 'Resource group', help: 'Resource group of the apps for which nothing else names one.' }),
    'rg-emulator',
  ),
  port: withDefault(
    int({ label: 'Port', help: 'Port of the main endpoint; 0 takes any free one.', min: 0, max: 65_535 }),
    '0',
  ),
  swapTime: withDefault(
    duration({ label: 'Swap time', help: 'How long a swap takes at least.', maxMs: 600_000 }),
    '300ms',
  ),
});

/** Nobody waits for its end but a signal. */
const UNTIL_STOPPED_MS = Number.POSITIVE_INFINITY;

export default command({
  name: 'emulator',
  description: `Starts an embedded Azure on this machine: Resource Manager for apps, slots and swaps, sign-in, package deployment, the apps
themselves as real processes, and the journal store of Azure DevOps. Speaks https with a certificate made at start.
State is in memory; Ctrl-C ends it and all that it started. Prints the variables that point a shell at it, and those of
Azure DevOps for tasks and its client libraries.

While it runs, https://127.0.0.1:PORT/_emulator lists what can be asked of it (its state, its requests) and every fault;
POST a rule to /_emulator/faults to make something go wrong. docs/emulator.md tells it all, also for az.`,
  examples: [
    ['safe-rollout emulator --graph-file service-graph.yml', 'with the apps of a service graph'],
    ['safe-rollout emulator --sites payments,store --port 8443', 'with two apps, on a port of your choice'],
  ],
  declaration: emulatorSettings,
  run: async (settings, session) => {
    const emulator = await startEmulator({
      port: settings.port,
      swapMs: settings.swapTime,
      sites: await firstSites(settings),
      hostEnvironment: session.env,
      log: (line) => session.say(line),
    });
    try {
      const environment = emulator.environment();
      const { armUrl, devOpsUrl, devOpsToken } = emulator;
      const devOps = devOpsEnvironment(emulator);
      const text = [...environmentLines(environment), '# Azure DevOps', ...environmentLines(devOps)].join('\n');
      session.print(text, {
        ok: true,
        arm: armUrl,
        control: `${armUrl}/_emulator`,
        devOps: { url: devOpsUrl, token: devOpsToken, environment: devOps },
        environment,
      });
      session.say(
        `Azure is at ${armUrl}, Azure DevOps at ${devOpsUrl}, their controls at ${armUrl}/_emulator. Ctrl-C ends it.`,
      );
      await systemClock.sleep(UNTIL_STOPPED_MS, session.signal).catch(() => undefined);
    } finally {
      await emulator.close();
    }
    return {
      exitCode: 0,
      succeeded: true,
      sentence: 'The emulator has ended.',
      text: '',
      document: undefined,
      outputs: {},
      markdown: '',
      findings: [],
    };
  },
});

async function firstSites(settings: Settings<typeof emulatorSettings>): Promise<SiteSpec[]> {
  const { graphFile, sites = [], resourceGroupName } = settings;
  const named = sites.map((name) => ({ name, resourceGroup: resourceGroupName }));
  if (graphFile === undefined) return named;
  const { services } = await loadCatalogue(graphFile, { readText });
  return [...sitesOf(services, resourceGroupName), ...named];
}

/** Ready to paste into the shell that this platform has. */
function environmentLines(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) =>
    process.platform === 'win32' ? `$env:${name} = '${value}'` : `export ${name}='${value}'`,
  );
}

/** What the agent gives to every job: the collection, the job's token, and both once more as the task library reads them. */
function devOpsEnvironment({ devOpsUrl, devOpsToken }: Emulator): Record<string, string> {
  return {
    SYSTEM_COLLECTIONURI: devOpsUrl,
    SYSTEM_ACCESSTOKEN: devOpsToken,
    ENDPOINT_URL_SYSTEMVSSCONNECTION: devOpsUrl,
    ENDPOINT_AUTH_SYSTEMVSSCONNECTION: JSON.stringify({ scheme: 'OAuth', parameters: { AccessToken: devOpsToken } }),
  };
}
