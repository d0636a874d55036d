import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackages } from '../../../examples/contoso/build-packages.ts';
import { azureHosts } from '../../azure/hosts.ts';
import { credentialFor } from '../../azure/identity/any-credential.ts';
import { readCatalogue } from '../../catalogue/read-catalogue.ts';
import type { Catalogue } from '../../catalogue/model.ts';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../emulator/start.ts';
import { commandHost } from '../../host/command.ts';
import { readPackage } from '../../host/package-file.ts';
import { fileJournal } from '../../journal/file-journal.ts';
import type { Release } from '../../journal/entry.ts';
import { recorder } from '../../journal/recorder.ts';
import { httpGet } from '../../probe/http.ts';
import type { DeployPorts } from '../../rollout/ports.ts';
import { journalLocks } from '../../rollout/fence/journal-locks.ts';
import { kindOf } from '../../rollout/kinds/table.ts';
import type { DeploymentPlan } from '../../rollout/plan/plan.ts';
import { planDeployment } from '../../rollout/planning/plan-deployment.ts';
import type { RolloutEvent } from '../../rollout/ports.ts';
import { DEFAULT_SWAP_POLICY, type SwapPolicy } from '../../rollout/way/policy.ts';
import { systemClock } from '../../time/clock.ts';
import { sitesOf } from '../graph-apps.ts';

/** The times of a swap on an Azure that is on this machine: the protocol is the same, only nobody waits for a cloud. */
export const LOCAL_POLICY: SwapPolicy = {
  ...DEFAULT_SWAP_POLICY,
  swapDeadlineMs: 30_000,
  settleMs: 3000,
  unseenMs: 6000,
  bakeMs: 300,
  swapGraceMs: 0,
  gateLimitMs: 10_000,
};

/** What a scenario starts from: an example of the repository, and what of it Azure has already. */
export interface Start {
  /** In words, after "starting". */
  readonly what: string;
  /** The folder in `examples`; its `service-graph.yml` names the sites that Azure begins with. */
  readonly example: string;
  /** What of the embedded Azure is to be other than usual. */
  readonly azure?: Pick<EmulatorOptions, 'retryAfterSeconds' | 'pipelineMinuteMs'>;
  /** Folders and files of the example that lie beside the graph file, such as what its commands run. */
  readonly copies?: readonly string[];
  /** Puts in place what the graph file does not tell, such as images and the container apps that run them. */
  readonly prepare?: (world: World) => Promise<void>;
}

/** An example on an Azure of its own: a copy of its graph file, its packages, and a journal. */
export interface World {
  readonly emulator: Emulator;
  /** Holds the graph file, with probes every 100 ms, each of at most 10 s. */
  readonly folder: string;
  readonly graphFile: string;
  readonly journalFile: string;
  /** Builds releases, by service, into the folder that the graph file names. */
  pack(releases: Readonly<Record<string, string>>): Promise<void>;
  /** Builds the release of a service as an image that container apps can pull, under its `name:tag`. */
  pushImage(reference: string, service: string, version: string): Promise<void>;
  catalogue(): Promise<Catalogue>;
  /** @param releases versions by service, where no package tells them */
  plan(
    services: readonly string[],
    change?: Partial<SwapPolicy>,
    releases?: Readonly<Record<string, string>>,
  ): Promise<DeploymentPlan>;
  ports(run: string, tell?: (event: RolloutEvent) => void | Promise<void>, signal?: AbortSignal): DeployPorts;
  close(): Promise<void>;
}

const GRAPH_FILE = 'service-graph.yml';

/** @param examples the folder `examples` of the repository */
export async function openWorld(examples: string, start: Start, options: EmulatorOptions = {}): Promise<World> {
  const source = join(examples, start.example);
  const folder = await mkdtemp(join(tmpdir(), `safe-rollout-${start.example}-`));
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    for (const name of start.copies ?? []) await cp(join(source, name), join(folder, name), { recursive: true });
    const graph = hurried(await readFile(join(source, GRAPH_FILE), 'utf8'));
    await writeFile(join(folder, GRAPH_FILE), graph);
    const sites = sitesOf(parsed(graph).services, `rg-${start.example}`);
    const world = worldOn(
      await startEmulator({ swapMs: 150, containerAppMs: 150, ...start.azure, ...options, sites }),
      source,
      folder,
      remove,
    );
    try {
      await start.prepare?.(world);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Asked often, since nobody waits for a cloud here, and patiently: a machine that is busy is not a release that is ill. */
function hurried(graph: string): string {
  return graph.replaceAll('interval: 5s', 'interval: 100ms').replaceAll('timeout: 2s', 'timeout: 10s');
}

function parsed(graph: string): Catalogue {
  const { catalogue, findings } = readCatalogue(graph, GRAPH_FILE);
  if (catalogue === undefined) throw new Error(findings.map(({ message }) => message).join('\n'));
  return catalogue;
}

function worldOn(emulator: Emulator, source: string, folder: string, remove: () => Promise<void>): World {
  const graphFile = join(folder, GRAPH_FILE);
  const journalFile = join(folder, 'journal.jsonl');
  const http = httpGet({ ca: [emulator.caPem] });
  const hosts = azureHosts({
    credential: credentialFor(
      { kind: 'secret', tenantId: emulator.tenantId, clientId: emulator.clientId, clientSecret: emulator.clientSecret },
      { arm: emulator.armUrl, authority: emulator.authorityUrl, ca: [emulator.caPem] },
    ),
    endpoints: { arm: emulator.armUrl, authority: emulator.authorityUrl, ca: [emulator.caPem] },
    clock: systemClock,
  });
  let writers = 0;

  const world: World = {
    emulator,
    folder,
    graphFile,
    journalFile,
    pack: async (releases) => {
      const wanted = Object.entries(releases).map(([service, version]) => ({ service, version }));
      await buildPackages({ source, out: join(folder, 'packages'), releases: wanted });
    },
    pushImage: async (reference, service, version) => {
      const out = join(folder, 'images', `${service}-${version}`);
      const [built] = await buildPackages({ source, out, releases: [{ service, version }] });
      await emulator.addImage(reference, built!.file);
    },
    catalogue: async () => parsed(await readFile(graphFile, 'utf8')),
    plan: async (services, change = {}, releases = {}) => {
      const catalogue = await world.catalogue();
      const packages = new Map<string, Release>();
      const chosen = catalogue.services.filter(({ name }) => services.length === 0 || services.includes(name));
      for (const service of chosen) {
        const file = kindOf(service.kind)?.packageOf(service);
        if (file !== undefined) packages.set(service.name, await readPackage(join(folder, file)));
      }
      const { plan, problems } = planDeployment(catalogue, {
        services,
        releases: new Map(Object.entries(releases)),
        packages,
        documents: new Map(),
        subscription: emulator.subscriptionId,
        resourceGroup: undefined,
        parallel: 4,
        rollbackScope: 'dependents',
        policy: { ...LOCAL_POLICY, ...change },
        resolve: (path) => join(folder, path),
      });
      if (plan === undefined) throw new Error(problems.join('\n'));
      return plan;
    },
    ports: (run, tell = () => {}, signal) => {
      const writer = `demo-${process.pid}-${(writers += 1)}`;
      const journal = recorder(fileJournal(journalFile), systemClock, run, writer);
      return {
        host: hosts,
        http,
        clock: systemClock,
        journal,
        locks: journalLocks(journal, systemClock),
        tell,
        commands: commandHost(folder, { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'] }),
        ...(signal === undefined ? {} : { signal }),
      };
    },
    close: async () => {
      http.close();
      await emulator.close();
      await remove();
    },
  };
  return world;
}
