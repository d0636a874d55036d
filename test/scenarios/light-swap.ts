import type { SwapRequest } from '../../src/rollout/kinds/app-service/desk.ts';
import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import type { Emulator } from '../../src/emulator/start.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { httpGet } from '../../src/probe/http.ts';
import { RolloutError } from '../../src/rollout/errors.ts';
import { journalLocks } from '../../src/rollout/fence/journal-locks.ts';
import type { RolloutEvent, RolloutPorts } from '../../src/rollout/ports.ts';
import type { SwapPolicy } from '../../src/rollout/way/policy.ts';
import type { PromotionResult } from '../../src/rollout/way/result.ts';
import { systemClock } from '../../src/time/clock.ts';
import { armClient } from '../emulator/client.ts';
import { lightPackage } from '../emulator/light-app.ts';
import { MemoryJournal } from '../fakes/memory-journal.ts';

export const OLD = '1.0.0';
export const NEW = '2.0.0';

/**
 * Times of a swap that is over in a second. What ends a wait is long enough for a machine that has more to do: half of
 * the settle time is all that a swap has from its lock to its request.
 */
export const QUICK: SwapPolicy = {
  swapDeadlineMs: 16_000,
  settleMs: 4800,
  unseenMs: 7200,
  bakeMs: 50,
  swapGraceMs: 0,
  gateLimitMs: 20_000,
  attempts: 2,
  staleRouting: 'clear',
  onUnhealthy: 'swap-back',
  rollbackTarget: 'running',
  backgroundWork: 'warn',
};

/** Fills sites: the old release in production and the new one in staging, which may fall ill in production. */
export async function siteFiller(emulator: Emulator) {
  const arm = await armClient(emulator);
  const [old, sound, ill] = await Promise.all([lightPackage(OLD), lightPackage(NEW), lightPackage(NEW, 'Production')]);
  return {
    arm,
    fill: async (name: string, release: 'sound' | 'ill' = 'sound'): Promise<void> => {
      await arm.deploy(name, old);
      await arm.deploy(`${name}-staging`, release === 'sound' ? sound : ill);
    },
  };
}

/** The swap of one site; `timeoutMs` is that of its probes. */
export function quickSwap(emulator: Emulator, name: string, timeoutMs = 10_000): SwapRequest {
  const target = { kind: 'appService' as const, subscription: emulator.subscriptionId, resourceGroup: 'rg', app: name };
  return {
    promotion: name,
    service: name,
    target: { ...target, source: 'staging', destination: 'production' },
    release: { version: NEW, digest: null },
    health: {
      path: '/health',
      headers: {},
      timeoutMs,
      statuses: [200],
      json: {},
      contains: undefined,
      version: { path: '/health', json: '$.version' },
      intervalMs: 20,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      // By what comes in a row alone: ten answers can take long where hundreds of swaps ask.
      unhealthyShare: 1,
      instanceHeader: undefined,
      startupMs: 100,
    },
    expectedVersion: NEW,
    policy: QUICK,
  };
}

/**
 * Ports over a host and a journal in memory.
 * @param told of every entry when it is durable, before its writer goes on
 */
export function lightPorts(
  emulator: Emulator,
  host: AppHost,
  told: (entry: Entry) => void | Promise<void> = () => undefined,
): { ports: RolloutPorts; journal: MemoryJournal; events: RolloutEvent[]; close: () => void } {
  const journal = new MemoryJournal();
  const store = {
    read: (run: string) => journal.read(run),
    append: async (entry: Entry): Promise<void> => {
      await journal.append(entry);
      await told(entry);
    },
  };
  const pen = recorder(store, systemClock, 'run', 'w');
  const locks = journalLocks(pen, systemClock);
  const http = httpGet({ ca: [emulator.caPem] });
  const events: RolloutEvent[] = [];
  const ports: RolloutPorts = {
    host: () => host,
    http,
    clock: systemClock,
    journal: pen,
    // Locks last as long as the settle time, which is too short here for a loaded machine.
    locks: { ...locks, acquire: (target, holder, _, signal) => locks.acquire(target, holder, 60_000, signal) },
    tell: (event) => void events.push(event),
  };
  return { ports, journal, events, close: () => http.close() };
}

/** What came of a swap, an error that was expected among it. */
export async function outcomeOf(swap: Promise<PromotionResult>): Promise<PromotionResult | RolloutError> {
  return await swap.catch((error: unknown) => {
    if (error instanceof RolloutError) return error;
    throw error;
  });
}

/** Swap requests of a site that reached Azure. */
export function swapsSent(emulator: Emulator, name: string): number {
  return emulator.requests({ method: 'POST', path: new RegExp(`/sites/${name}(/slots/[a-z]+)?/slotsswap$`) }).length;
}

/** Intents that were followed by a request: on a slow machine a lock may end before it, and the journal says so. */
export function sentIntents(entries: readonly Entry[], wanted: Entry['action']): number {
  const own = entries.filter(({ action }) => action === wanted);
  const unsent = own.filter(({ phase, reason }) => phase === 'failed' && reason.includes('was held too long'));
  return own.filter(({ phase }) => phase === 'intent').length - unsent.length;
}
