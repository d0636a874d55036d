import { startEmulator, type Emulator, type SiteSpec } from '../emulator/start.ts';
import { readText } from '../host/text-file.ts';
import type { Service } from '../catalogue/model.ts';
import { RolloutError } from '../rollout/errors.ts';
import { loadCatalogue } from '../rollout/planning/load-catalogue.ts';
import { duration, int, list, pairs, path, text } from '../settings/kinds.ts';
import { declare, optional, withDefault, type Settings } from '../settings/setting.ts';
import { systemClock } from '../time/clock.ts';
import { command } from './command.ts';
import { containerAppsOf, QUICKSTART, QUICKSTART_FILES, sitesOf } from './graph-apps.ts';

const emulatorSettings = declare({
  graphFile: optional(
    path({
      label: 'Service graph',
      help: 'Begin with the apps and slots of this service graph, and with its container apps.',
    }),
  ),
  sites: optional(
    list({
      label: 'Sites',
      help: 'Begin with apps of these names, each with a slot `staging`.',
      item: { matches: /^[a-z\d](?:[a-z\d-]{0,58}[a-z\d])?$/i, rule: 'must be an app name' },
    }),
  ),
  image: optional(
    pairs({
      label: 'Images',
      help: 'What container apps can pull: `name:tag=PATH` of a folder or zip file with a Node app, by comma or one a flag. An app of the graph begins with the first of those that its image names, and with a quickstart page where there is none.',
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
  description: `Starts an embedded Azure on this machine: Resource Manager for apps, slots and swaps and for container apps, sign-in,
package deployment, the apps themselves as real processes, and the journal store of Azure DevOps. Speaks https with a certificate made at start.
State is in memory; Ctrl-C ends it and all that it started. Prints the variables that point a shell at it, and those of
Azure DevOps for tasks and its client libraries.

While it runs, https://127.0.0.1:PORT/_emulator lists what can be asked of it (its state, its requests) and every fault;
POST a rule to /_emulator/faults to make something go wrong. docs/emulator.md tells it all, also for az.`,
  examples: [
    ['safe-rollout emulator --graph-file service-graph.yml', 'with the apps of a service graph'],
    [
      'safe-rollout emulator --graph-file service-graph.yml --image fabrikam.azurecr.io/orders:1.0.0=packages/orders.zip',
      'and with an image that its container apps can pull',
    ],
    ['safe-rollout emulator --sites payments,store --port 8443', 'with two apps, on a port of your choice'],
  ],
  declaration: emulatorSettings,
  run: async (settings, session) => {
    const services = await firstServices(settings);
    const emulator = await startEmulator({
      port: settings.port,
      swapMs: settings.swapTime,
      sites: firstSites(settings, services),
      hostEnvironment: session.env,
      log: (line) => session.say(line),
    });
    try {
      await addContainerApps(emulator, settings, services);
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

type EmulatorSettings = Settings<typeof emulatorSettings>;

async function firstServices({ graphFile }: EmulatorSettings): Promise<readonly Service[]> {
  return graphFile === undefined ? [] : (await loadCatalogue(graphFile, { readText })).services;
}

function firstSites({ sites = [], resourceGroupName }: EmulatorSettings, services: readonly Service[]): SiteSpec[] {
  const named = sites.map((name) => ({ name, resourceGroup: resourceGroupName }));
  return [...sitesOf(services, resourceGroupName), ...named];
}

/** @throws RolloutError `bad-input` for what is no image, with all that are none */
async function addContainerApps(
  emulator: Emulator,
  { image = {}, resourceGroupName }: EmulatorSettings,
  services: readonly Service[],
): Promise<void> {
  const problems: string[] = [];
  for (const [reference, path] of Object.entries(image)) {
    try {
      await emulator.addImage(reference, path);
    } catch (error) {
      problems.push(`--image: '${reference}=${path}' cannot be used: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) throw new RolloutError({ code: 'bad-input', problems });
  const apps = containerAppsOf(services, resourceGroupName, Object.keys(image));
  if (apps.some((app) => app.image === QUICKSTART)) await emulator.addImage(QUICKSTART, QUICKSTART_FILES);
  for (const app of apps) await emulator.addContainerApp(app);
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
