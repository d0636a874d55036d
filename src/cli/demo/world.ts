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

export const APPS = ['app-contoso-payments', 'app-contoso-notifications', 'app-contoso-store'] as const;

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

/** Contoso on an Azure of its own: a copy of the example, its packages, and a journal. */
export interface ContosoWorld {
  readonly emulator: Emulator;
  /** Copy of `examples/contoso` with probes every 100 ms, each of at most 10 s. */
  readonly folder: string;
  readonly graphFile: string;
  readonly journalFile: string;
  /** Builds these releases into the folder that the graph file names. */
  pack(releases: Readonly<Record<string, string>>): Promise<void>;
  catalogue(): Promise<Catalogue>;
  plan(services: readonly string[], change?: Partial<SwapPolicy>): Promise<DeploymentPlan>;
  ports(run: string, tell?: (event: RolloutEvent) => void | Promise<void>, signal?: AbortSignal): DeployPorts;
  close(): Promise<void>;
}

/** @param example the folder `examples/contoso` */
export async function contosoWorld(example: string, options: EmulatorOptions = {}): Promise<ContosoWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'safe-rollout-contoso-'));
  const graphFile = join(folder, 'service-graph.yml');
  const journalFile = join(folder, 'journal.jsonl');
  const sites = APPS.map((name) => ({ name, resourceGroup: 'rg-contoso-prod' }));
  const emulator = await startEmulator({ swapMs: 150, ...options, sites });
  const http = httpGet({ ca: [emulator.caPem] });
  const hosts = azureHosts({
    credential: credentialFor(
      { kind: 'secret', tenantId: emulator.tenantId, clientId: emulator.clientId, clientSecret: emulator.clientSecret },
      { arm: emulator.armUrl, authority: emulator.authorityUrl, ca: [emulator.caPem] },
    ),
    endpoints: { arm: emulator.armUrl, authority: emulator.authorityUrl, ca: [emulator.caPem] },
    clock: systemClock,
  });
  await cp(join(example, 'db'), join(folder, 'db'), { recursive: true });
  const text = await readFile(join(example, 'service-graph.yml'), 'utf8');
  // Asked often, since nobody waits for a cloud here, and patiently: a machine that is busy is not a release that is ill.
  await writeFile(graphFile, text.replace(/interval: 5s/, 'interval: 100ms').replace(/timeout: 2s/, 'timeout: 10s'));
  let writers = 0;

  const world: ContosoWorld = {
    emulator,
    folder,
    graphFile,
    journalFile,
    pack: async (releases) => {
      const wanted = Object.entries(releases).map(([service, version]) => ({ service, version }));
      await buildPackages({ source: example, out: join(folder, 'packages'), releases: wanted });
    },
    catalogue: async () => {
      const { catalogue, findings } = readCatalogue(await readFile(graphFile, 'utf8'), graphFile);
      if (catalogue === undefined) throw new Error(findings.map(({ message }) => message).join('\n'));
      return catalogue;
    },
    plan: async (services, change = {}) => {
      const catalogue = await world.catalogue();
      const packages = new Map<string, Release>();
      const chosen = catalogue.services.filter(({ name }) => services.length === 0 || services.includes(name));
      for (const service of chosen) {
        const file = kindOf(service.kind)?.packageOf(service);
        if (file !== undefined) packages.set(service.name, await readPackage(join(folder, file)));
      }
      const { plan, problems } = planDeployment(catalogue, {
        services,
        releases: new Map(),
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
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return world;
}
