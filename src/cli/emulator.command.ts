import type { Service } from '../catalogue/model.ts';
import { startEmulator, type Emulator } from '../emulator/start.ts';
import { readText } from '../host/text-file.ts';
import { RolloutError } from '../rollout/errors.ts';
import { loadCatalogue } from '../rollout/planning/load-catalogue.ts';
import { duration, int, list, pairs, path, text } from '../settings/kinds.ts';
import { declare, optional, withDefault, type Settings } from '../settings/setting.ts';
import { systemClock } from '../time/clock.ts';
import { atPort } from './port-problem.ts';
import { command } from './command.ts';
import { containerAppsOf, QUICKSTART, sitesOf } from './graph-apps.ts';

const emulatorSettings = declare({
  graphFile: optional(
    path({ label: 'Service graph', help: 'Begin with the apps, slots and container apps of this service graph.' }),
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
      help: 'What container apps can pull: `NAME:TAG=PATH`, the path of a folder or zip file with a Node app. A container app of the graph that finds its image here begins with it.',
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
    [
      'safe-rollout emulator --graph-file service-graph.yml --image contoso/orders:1.0=orders.zip',
      'the same, with what its container apps run',
    ],
    ['safe-rollout emulator --sites payments,store --port 8443', 'with two apps, on a port of your choice'],
  ],
  declaration: emulatorSettings,
  run: async (settings, session) => {
    const { graphFile, sites = [], resourceGroupName: resourceGroup } = settings;
    const services = graphFile === undefined ? [] : (await loadCatalogue(graphFile, { readText })).services;
    const emulator = await atPort(settings.port, () =>
      startEmulator({
        port: settings.port,
        swapMs: settings.swapTime,
        sites: [...sitesOf(services, resourceGroup), ...sites.map((name) => ({ name, resourceGroup }))],
        hostEnvironment: session.env,
        log: (line) => session.say(line),
      }),
    );
    try {
      await addContainerApps(emulator, services, settings);
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

async function addContainerApps(
  emulator: Emulator,
  services: readonly Service[],
  { image = {}, resourceGroupName }: Settings<typeof emulatorSettings>,
): Promise<void> {
  const problems: string[] = [];
  for (const [reference, file] of Object.entries(image))
    await emulator.addImage(reference, file).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(`--image: '${reference}=${file}' cannot be used: ${why}`);
    });
  if (problems.length > 0) throw new RolloutError({ code: 'bad-input', problems });
  const apps = containerAppsOf(services, resourceGroupName, Object.keys(image));
  if (apps.some(({ image }) => image === QUICKSTART.reference))
    await emulator.addImage(QUICKSTART.reference, QUICKSTART.files);
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
