import { fold } from '../../../../src/journal/fold.ts';
import { recorder } from '../../../../src/journal/recorder.ts';
import { deploy, type DeployResult } from '../../../../src/rollout/deploy/deploy.ts';
import { journalLocks } from '../../../../src/rollout/fence/journal-locks.ts';
import type { PlannedContainer } from '../../../../src/rollout/kinds/container-app/planned.ts';
import type { DeploymentPlan } from '../../../../src/rollout/plan/plan.ts';
import type { DeployPorts, RolloutEvent } from '../../../../src/rollout/ports.ts';
import { rollBack } from '../../../../src/rollout/recover/roll-back.ts';
import type { RollbackRequest, RollbackResult } from '../../../../src/rollout/recover/rollback-result.ts';
import { DEFAULT_SWAP_POLICY, type SwapPolicy } from '../../../../src/rollout/way/policy.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeContainer } from '../../../fakes/fake-container.ts';
import { MemoryJournal } from '../../../fakes/memory-journal.ts';
import { HEALTH } from '../../rig.ts';

/** One container app with 1.0.0 before users and an image of 2.0.0 to deploy, a journal and a clock. */
export function containers() {
  const clock = new FakeClock();
  const app = new FakeContainer(clock, 'orders');
  app.images['orders:2'] = { version: '2.0.0', status: () => 200 };
  const journal = new MemoryJournal();
  const events: RolloutEvent[] = [];
  let processes = 0;
  /** Ports of a process of its own: all it shares with others is the journal. */
  const ports = (signal?: AbortSignal): DeployPorts => {
    const pen = recorder(journal, clock, 'run', `process-${(processes += 1)}`);
    return {
      host: () => app,
      http: app,
      clock,
      journal: pen,
      locks: journalLocks(pen, clock),
      tell: (event) => void events.push(event),
      commands: { run: () => Promise.reject(new Error('there is no command')) },
      ...(signal === undefined ? {} : { signal }),
    };
  };
  const planned = (change: Partial<PlannedContainer> = {}): PlannedContainer => ({
    kind: 'containerApp',
    name: 'orders',
    dependsOn: [],
    release: { version: '2.0.0', digest: null },
    pointOfNoReturn: false,
    target: { kind: 'containerApp', subscription: 'sub', resourceGroup: 'rg', app: 'orders' },
    health: HEALTH,
    image: 'orders:2',
    container: null,
    template: null,
    deactivateOld: false,
    ...change,
  });
  const plan = (policy: Partial<SwapPolicy> = {}, change: Partial<PlannedContainer> = {}): DeploymentPlan => ({
    schema: 2,
    services: [planned(change)],
    parallel: 1,
    rollbackScope: 'dependents',
    policy: { ...DEFAULT_SWAP_POLICY, ...policy },
    preconditions: [],
  });
  return {
    clock,
    app,
    journal,
    events,
    ports,
    planned,
    plan,
    deploy: (
      policy: Partial<SwapPolicy> = {},
      change: Partial<PlannedContainer> = {},
      signal?: AbortSignal,
    ): Promise<DeployResult> => deploy(plan(policy, change), ports(signal)),
    rollBack: (request: Partial<RollbackRequest> = {}): Promise<RollbackResult> =>
      rollBack({ scope: 'dependents', services: [], reason: 'on failure', ...request }, ports()),
    state: async () => fold(await journal.read('run')).promotions.at(-1)?.state,
    told: (): string => events.map(({ level, message }) => `${level}: ${message}`).join('\n'),
  };
}

export type Containers = ReturnType<typeof containers>;
