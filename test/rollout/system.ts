import type { PlannedApp } from '../../src/rollout/kinds/app-service/app-service.ts';
import type { RollbackRequest } from '../../src/rollout/recover/rollback-result.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { deploy } from '../../src/rollout/deploy/deploy.ts';
import type { DeployPorts } from '../../src/rollout/ports.ts';
import { journalLocks } from '../../src/rollout/fence/journal-locks.ts';
import type { DeploymentPlan, PlannedService } from '../../src/rollout/plan/plan.ts';
import type { CommandResult, RolloutEvent } from '../../src/rollout/ports.ts';
import { rollBack } from '../../src/rollout/recover/roll-back.ts';
import { DEFAULT_SWAP_POLICY, type SwapPolicy } from '../../src/rollout/way/policy.ts';
import { FakeApp } from '../fakes/fake-app.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryJournal } from '../fakes/memory-journal.ts';
import { TARGET } from '../journal/entries.ts';
import { HEALTH } from './rig.ts';

export type Name = 'payments' | 'notifications' | 'store';
const EDGES: Record<Name, readonly string[]> = {
  payments: ['db'],
  notifications: ['payments'],
  store: ['payments', 'notifications'],
};

/** `db` (a command), and three apps that need each other in a row; 1.0.0 in production, 0.9.0 in staging. */
export function system(names: readonly Name[] = ['payments', 'notifications', 'store']) {
  const clock = new FakeClock();
  const apps = Object.fromEntries(
    names.map((name) => [name, new FakeApp(clock, name, { production: '1.0.0', staging: '0.9.0' })]),
  ) as Record<Name, FakeApp>;
  for (const app of Object.values(apps)) release(app, '2.0.0');
  const journal = new MemoryJournal();
  const events: RolloutEvent[] = [];
  const commands: string[] = [];
  let command: () => CommandResult = () => ({ exitCode: 0, output: 'done' });
  let processes = 0;
  const appOf = (host: string): FakeApp => apps[host.split('-')[0] as Name];
  /** Ports of a process of its own: all it shares with others is the journal. */
  const ports = (signal?: AbortSignal): DeployPorts => {
    const pen = recorder(journal, clock, 'run', `process-${(processes += 1)}`);
    return {
      host: (target) => apps[target.app as Name],
      http: { get: (request, stop) => appOf(new URL(request.url).hostname).get(request, stop) },
      clock,
      journal: pen,
      locks: journalLocks(pen, clock),
      tell: (event) => void events.push(event),
      commands: {
        run: ([program]) => {
          commands.push(program);
          return Promise.resolve(command());
        },
      },
      ...(signal === undefined ? {} : { signal }),
    };
  };
  const migration = {
    kind: 'command',
    name: 'db',
    dependsOn: [],
    release: { version: null, digest: null },
    pointOfNoReturn: false,
    run: ['migrate'],
    timeoutMs: 60_000,
  };
  const planned: PlannedService[] = [migration, ...names.map((name) => appService(name, names))];
  const plan = (change: Partial<SwapPolicy> = {}, rest: Partial<DeploymentPlan> = {}): DeploymentPlan => ({
    schema: 2,
    services: planned,
    parallel: 4,
    rollbackScope: 'dependents',
    policy: { ...DEFAULT_SWAP_POLICY, ...change },
    preconditions: [],
    ...rest,
  });
  return {
    clock,
    apps,
    journal,
    events,
    commands,
    ports,
    plan,
    commandEnds: (result: CommandResult) => void (command = () => result),
    deploy: (change: Partial<SwapPolicy> = {}, rest: Partial<DeploymentPlan> = {}, signal?: AbortSignal) =>
      deploy(plan(change, rest), ports(signal)),
    rollBack: (request: Partial<RollbackRequest> = {}) =>
      rollBack({ scope: 'dependents', services: [], reason: 'on failure', ...request }, ports()),
    /** What users get, in the order of the graph. */
    versions: () => names.map((name) => apps[name].production.version).join(' '),
    swaps: () => names.map((name) => apps[name].effectiveSwaps.length).join(' '),
    requests: (): number => names.reduce((sum, name) => sum + apps[name].swapRequests.length, 0),
    intents: (): number =>
      journal.entries.filter(
        ({ action, phase, promotion }) =>
          /^(promote|undo)$/.test(action) && phase === 'intent' && promotion !== 'other',
      ).length,
    /** Services in the order in which `action phase` was journalled for them. */
    order: (line: string): (string | null)[] =>
      journal.entries.filter(({ action, phase }) => `${action} ${phase}` === line).map(({ service }) => service),
  };
}

export type System = ReturnType<typeof system>;

export function release(app: FakeApp, version: string, status: (slot: string) => number = () => 200): void {
  app.packages['package.zip'] = { version, status };
}

function appService(name: Name, all: readonly string[]): PlannedApp {
  return {
    kind: 'appService',
    name,
    dependsOn: EDGES[name].filter((one) => one === 'db' || all.includes(one)),
    release: { version: '2.0.0', digest: `digest of ${name}` },
    pointOfNoReturn: false,
    target: { ...TARGET, app: name },
    file: 'package.zip',
    health: HEALTH,
  };
}
