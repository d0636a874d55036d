import type { JournalStore } from '../../src/journal/entry.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { deploy, type DeployResult } from '../../src/rollout/deploy/deploy.ts';
import { journalLocks } from '../../src/rollout/fence/journal-locks.ts';
import type { PlannedApp } from '../../src/rollout/kinds/app-service/app-service.ts';
import type { DeployPorts } from '../../src/rollout/ports.ts';
import { DEFAULT_SWAP_POLICY } from '../../src/rollout/way/policy.ts';
import { FakeApp } from '../fakes/fake-app.ts';
import type { FakeClock } from '../fakes/fake-clock.ts';
import { TARGET } from '../journal/entries.ts';
import { HEALTH } from './rig.ts';

export interface WideSystem {
  readonly clock: FakeClock;
  readonly store: JournalStore;
  readonly services: number;
  /** How many are deployed at a time; each needs three of as many before it. */
  readonly width: number;
}

/** What a deployment has asked of the world. */
export interface Asked {
  /** Of Azure and the apps. */
  requests: number;
  /** Of the store. */
  reads: number;
  appends: number;
}

/** Deploys a graph of many services on fakes, whose journal is in the store. */
export async function deployWide(system: WideSystem): Promise<{ result: DeployResult; asked: Asked }> {
  const { clock, services, width } = system;
  const asked: Asked = { requests: 0, reads: 0, appends: 0 };
  const names = Array.from({ length: services }, (_, at) => `s${at}`);
  const apps = new Map(
    names.map((name) => {
      const app = new FakeApp(clock, name, { production: '1.0.0', staging: '0.9.0' });
      app.packages['package.zip'] = { version: '2.0.0', status: () => 200 };
      app.swapMs = 2000;
      app.onCall = () => void (asked.requests += 1);
      return [name, app];
    }),
  );
  const store: JournalStore = {
    append: (entry) => {
      asked.appends += 1;
      return system.store.append(entry);
    },
    read: (run) => {
      asked.reads += 1;
      return system.store.read(run);
    },
  };
  const pen = recorder(store, clock, 'run', 'w');
  const ports: DeployPorts = {
    host: (target) => apps.get(target.app)!,
    http: { get: (request, stop) => apps.get(new URL(request.url).hostname.split('-')[0]!)!.get(request, stop) },
    clock,
    journal: pen,
    locks: journalLocks(pen, clock),
    tell: () => undefined,
    commands: { run: () => Promise.reject(new Error('there is no command')) },
  };
  const policy = { ...DEFAULT_SWAP_POLICY, bakeMs: 0, swapGraceMs: 0, settleMs: 20 * 60_000 };
  const planned = names.map((name, at) => plannedApp(name, dependenciesOf(at, width)));
  const plan = { schema: 2, services: planned, parallel: width, policy, preconditions: [] } as const;
  const result = await deploy({ ...plan, rollbackScope: 'dependents' }, ports);
  return { result, asked };
}

function dependenciesOf(at: number, width: number): string[] {
  const level = Math.floor(at / width);
  return level === 0 ? [] : [0, 1, 2].map((step) => `s${(level - 1) * width + ((at + step) % width)}`);
}

function plannedApp(name: string, dependsOn: readonly string[]): PlannedApp {
  return {
    kind: 'appService',
    name,
    dependsOn,
    release: { version: '2.0.0', digest: `digest of ${name}` },
    pointOfNoReturn: false,
    target: { ...TARGET, app: name },
    file: 'package.zip',
    health: { ...HEALTH, intervalMs: 1000, healthyThreshold: 2 },
  };
}
