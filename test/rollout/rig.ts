import type { SwapRequest } from '../../src/rollout/kinds/app-service/desk.ts';
import { journalLocks } from '../../src/rollout/fence/journal-locks.ts';
import { fold, type PromotionState } from '../../src/journal/fold.ts';
import { recorder } from '../../src/journal/recorder.ts';
import type { TargetLocks } from '../../src/rollout/locks.ts';
import type { RolloutEvent, RolloutPorts } from '../../src/rollout/ports.ts';
import { DEFAULT_SWAP_POLICY, type HealthCheck, type SwapPolicy } from '../../src/rollout/way/policy.ts';
import { swapSlot } from '../../src/rollout/kinds/app-service/swap-slot.ts';
import { FakeApp } from '../fakes/fake-app.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryJournal } from '../fakes/memory-journal.ts';
import { TARGET } from '../journal/entries.ts';

export const HEALTH: HealthCheck = {
  path: '/health',
  headers: {},
  timeoutMs: 2000,
  statuses: [200],
  json: {},
  contains: undefined,
  version: { path: '/version', json: undefined },
  intervalMs: 5000,
  healthyThreshold: 3,
  unhealthyThreshold: 2,
  unhealthyShare: 0.1,
  instanceHeader: undefined,
  startupMs: 60_000,
};

/** One app with 1.0.0 in production and 2.0.0 in staging, a journal and a clock: everything one swap needs. */
export function rig(locks?: TargetLocks) {
  const clock = new FakeClock();
  const app = new FakeApp(clock, TARGET.app, { production: '1.0.0', staging: '2.0.0' });
  const journal = new MemoryJournal();
  const events: RolloutEvent[] = [];
  const stop = new AbortController();
  const pen = recorder(journal, clock, 'run', 'w');
  const ports: RolloutPorts = {
    host: () => app,
    http: app,
    clock,
    journal: pen,
    locks: locks ?? journalLocks(pen, clock),
    tell: (event) => void events.push(event),
    signal: stop.signal,
  };
  return {
    clock,
    app,
    journal,
    events,
    stop,
    ports,
    request: (policy: Partial<SwapPolicy> = {}): SwapRequest => ({
      promotion: 'p1',
      service: 'payments',
      target: TARGET,
      release: { version: '2.0.0', digest: 'd2' },
      health: HEALTH,
      expectedVersion: '2.0.0',
      policy: { ...DEFAULT_SWAP_POLICY, ...policy },
    }),
    swap(policy: Partial<SwapPolicy> = {}) {
      return swapSlot(this.request(policy), ports);
    },
    /** Ports of another process that shares the journal and nothing else. */
    laterPorts: (writer: string): RolloutPorts => {
      const { signal: _, ...rest } = ports;
      return { ...rest, journal: recorder(journal, clock, 'run', writer) };
    },
    state: async (): Promise<PromotionState | undefined> => fold(await journal.read('run')).promotions.at(-1)?.state,
    intents: (): number => journal.lines.filter((line) => line === 'promote intent' || line === 'undo intent').length,
    minutes: (): number => clock.monotonic() / 60_000,
  };
}

export type Rig = ReturnType<typeof rig>;
