import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import assert from 'node:assert/strict';
import type { ArmTimes } from '../../src/azure/arm/arm-client.ts';
import { startEmulator, type Emulator, type FaultRule, type SiteSnapshot } from '../../src/emulator/start.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { fold, type PromotionState } from '../../src/journal/fold.ts';
import { RolloutError } from '../../src/rollout/errors.ts';
import type { RolloutPorts } from '../../src/rollout/ports.ts';
import type { PromotionResult } from '../../src/rollout/way/result.ts';
import { swapSlot } from '../../src/rollout/kinds/app-service/swap-slot.ts';
import { systemClock } from '../../src/time/clock.ts';
import { hostsOf } from '../azure/hosts.ts';
import { lightApp } from '../emulator/light-app.ts';
import {
  FAULTS,
  MATRIX,
  NEVER_MADE,
  OPERATIONS,
  OUTCOMES,
  PHASES,
  readMatrix,
  type Cell,
  type Operation,
  type Outcome,
  type Phase,
} from './fault-matrix.table.ts';
import { lightPorts, NEW, OLD, outcomeOf, quickSwap, sentIntents, siteFiller, swapsSent } from './light-swap.ts';
import { DEEP } from '../depth.ts';

/** Swaps at a time: most of a swap is waiting, and two processors serve both Azure and us, beside other tests. */
const AT_ONCE = DEEP ? 48 : 12;

const TIMES: ArmTimes = { exchangeMs: 20_000, readDeadlineMs: 2500 };
/** Where nothing answers, the time of an exchange is what ends it. */
const IMPATIENT: ArmTimes = { exchangeMs: 1500, readDeadlineMs: 5000 };
const ONCE_IMPATIENT: ArmTimes = { exchangeMs: 3000, readDeadlineMs: 15_000 };

interface Played {
  readonly result: PromotionResult | RolloutError;
  readonly entries: readonly Entry[];
  readonly site: SiteSnapshot;
  /** Requests that reached Azure, by what they are. */
  readonly wire: Readonly<Record<'swap' | 'routing' | 'reset', number>>;
  /** Which operation was asked for in which phase. */
  readonly made: ReadonlySet<string>;
  readonly struck: number;
  /** Releases that production's own host has answered `200` for, since the last swap. */
  readonly seenHealthy: readonly (string | null)[];
}

const table = readMatrix(MATRIX);
/** In `npm test` each way in which each row can end, by faults in turn. */
const cells = DEEP ? table : sampled(table);
const nameOf = ({ operation, phase, times, fault }: Cell): string => `${operation}, ${phase}, ${times}: ${fault}`;

describe('the fault matrix: one operation of a swap spoiled in one way at one time', function () {
  this.timeout(180_000);
  const played = new Map<Cell, Played>();
  let emulator: Emulator;

  before(async () => {
    emulator = await startEmulator({ swapMs: 40, retryAfterSeconds: null, launch: lightApp });
    const { arm, fill } = await siteFiller(emulator);
    // One token and few connections for all of them, as a pipeline that deploys many services has.
    const hosts = {
      patient: hostsOf(emulator, { times: TIMES }),
      once: hostsOf(emulator, { times: ONCE_IMPATIENT }),
      impatient: hostsOf(emulator, { times: IMPATIENT }),
    };
    const waiting = cells.map((cell, index) => ({ cell, name: `cell-${index}` }));
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { cell, name } = next;
        await emulator.addSite({ name, resourceGroup: 'rg' });
        await fill(name, fallsIll(cell) ? 'ill' : 'sound');
        if (cell.operation === 'routing write') await arm.site('PATCH', `${name}/config/web`, routeTo(emulator, name));
        played.set(cell, await play(emulator, cell, name, hosts[patienceFor(cell)](name)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  });
  after(() => emulator.close());

  it('has every operation, phase and fault, or says why not', () => {
    const combinations = OPERATIONS.flatMap((operation) => PHASES.map((phase) => [operation, phase] as const));
    assert.equal(combinations.length * Object.keys(FAULTS).length, 216);
    assert.equal(new Set(cells.map(({ fault }) => fault)).size, Object.keys(FAULTS).length);
    for (const [operation, phase] of combinations) {
      const excluded = NEVER_MADE.some(([a, b]) => a === operation && b === phase);
      for (const times of ['once', 'for good'] as const) {
        const own = table.filter((one) => one.operation === operation && one.phase === phase && one.times === times);
        // For a probe, `applied` is no case of its own.
        const expected = excluded ? 0 : operation === 'probe' ? 10 : 12;
        assert.equal(new Set(own.map(({ fault }) => fault)).size, expected, `${operation}, ${phase}, ${times}`);
      }
    }
  });

  for (const cell of cells)
    it(`${nameOf(cell)}: ${OUTCOMES[cell.expected]}`, () => {
      const run = played.get(cell);
      assert.ok(run !== undefined);
      assertOutcome(cell.expected, run);
      assertHonest(run);
    });

  for (const [operation, phase, reason] of NEVER_MADE)
    it(`${operation}, ${phase}: never made, since ${reason}`, () => {
      for (const [cell, { made }] of played) assert.ok(!made.has(`${operation} ${phase}`), nameOf(cell));
    });
});

function sampled(all: readonly Cell[]): readonly Cell[] {
  const ends = new Map<string, Cell[]>();
  for (const cell of all) {
    const end = [cell.operation, cell.phase, cell.times, cell.expected].join();
    ends.set(end, [...(ends.get(end) ?? []), cell]);
  }
  return [...ends.values()].map((same, at) => same[(at * 5) % same.length]!);
}

function fallsIll({ operation, phase }: Cell): boolean {
  return phase === 'after' && operation !== 'probe';
}

function patienceFor({ effect, times }: Cell): 'patient' | 'once' | 'impatient' {
  if (effect.kind !== 'hang') return 'patient';
  return times === 'once' ? 'once' : 'impatient';
}

function routeTo(emulator: Emulator, name: string): unknown {
  const actionHostName = new URL(emulator.siteUrl(name, 'staging')).host;
  const rampUpRules = [{ name: 'staging', actionHostName, reroutePercentage: 10 }];
  return { properties: { experiments: { rampUpRules } } };
}

/** One swap of one site, with the fault of the cell armed when its phase begins. */
async function play(emulator: Emulator, cell: Cell, name: string, host: AppHost): Promise<Played> {
  const made = new Set<string>();
  let phase: Phase = 'before';
  let fault: string | undefined;
  const arm = (): void => {
    if (cell.phase === phase && fault === undefined) fault = emulator.addFault(ruleOf(cell, name));
  };
  const { ports, journal, close } = lightPorts(emulator, host, (entry) => {
    if (entry.action !== 'promote') return;
    phase = entry.phase === 'intent' ? 'during' : entry.phase === 'done' ? 'after' : phase;
    arm();
  });
  const note = (operation: Operation): void => void made.add(`${operation} ${phase}`);
  const noted: RolloutPorts = {
    ...ports,
    host: () => watched(host, note),
    http: { get: (request, signal) => (note('probe'), ports.http.get(request, signal)) },
  };
  const written = wireOf(emulator, name).routing;
  arm();
  const timeoutMs = { patient: 10_000, once: 3000, impatient: 1000 }[patienceFor(cell)];
  const result = await outcomeOf(swapSlot(quickSwap(emulator, name, timeoutMs), noted));
  close();
  const struck = emulator.faults().find(({ id }) => id === fault)?.used ?? 0;
  if (fault !== undefined) emulator.removeFault(fault);
  await stillness(emulator, name);
  const site = emulator.siteState(name);
  const wire = wireOf(emulator, name);
  const since = site.swaps.at(-1)?.at ?? '';
  const answers = emulator.served({ site: name }).filter((one) => one.host === 'production' && one.at >= since);
  return {
    result,
    entries: journal.entries,
    site,
    wire: { ...wire, routing: wire.routing - written },
    made,
    struck,
    seenHealthy: answers.filter(({ status }) => status === 200).map(({ release }) => release),
  };
}

function ruleOf({ operation, phase, times, effect }: Cell, name: string): FaultRule {
  const often = times === 'once' ? 1 : 'always';
  // The gate's first request only asks whether there is a host at all, and takes any answer for a yes.
  if (operation === 'probe')
    return {
      match: {
        site: phase === 'before' ? `${name}/staging` : name,
        nth: phase === 'before' && times === 'once' ? 2 : 1,
        times: often,
      },
      effect,
    };
  const [method, path] = {
    'swap request': ['POST', '/slotsswap$'],
    'operation poll': ['GET', '/operationresults/'],
    'site read': ['GET', '(/slots/staging)?$'],
    'config read': ['GET', '/config/web$'],
    'routing write': ['PATCH', '/config/web$'],
  }[operation] as [string, string];
  return { match: { method, path: `/sites/${name}(/slots/[a-z]+)?${path}`, times: often }, effect };
}

function watched(host: AppHost, note: (operation: Operation) => void): AppHost {
  return {
    ...host,
    observe: (slot, signal) => (note('site read'), host.observe(slot, signal)),
    readConfig: (slot, signal) => (note('config read'), host.readConfig(slot, signal)),
    requestSwap: (...request) => (note('swap request'), host.requestSwap(...request)),
    readOperation: (operation, signal) => (note('operation poll'), host.readOperation(operation, signal)),
    change: (change, signal) => {
      if (change.kind === 'routing') note('routing write');
      return host.change(change, signal);
    },
  };
}

/** A request that nobody waits for any more may still be at work. */
async function stillness(emulator: Emulator, name: string): Promise<void> {
  const busy = (): boolean =>
    Object.values(emulator.siteState(name).slots).some((slot) => slot.inProgressOperationId !== null);
  for (let looks = 0; looks < 200 && busy(); looks += 1) await systemClock.sleep(20);
}

function wireOf(emulator: Emulator, name: string): Played['wire'] {
  const count = (method: string, path: string): number =>
    emulator.requests({ method, path: new RegExp(`/sites/${name}(/slots/[a-z]+)?/${path}$`) }).length;
  return {
    swap: swapsSent(emulator, name),
    routing: count('PATCH', 'config/web'),
    reset: count('POST', 'resetSlotConfig'),
  };
}

const ENDS: Readonly<
  Record<
    Outcome,
    {
      readonly outcome: PromotionResult['outcome'] | 'error';
      /** Requests forward and back. */
      readonly requests: readonly [number, number];
      /** Swaps that took effect. */
      readonly effective: number;
      readonly holds: string;
      readonly state: PromotionState | 'none';
    }
  >
> = {
  P: { outcome: 'promoted', requests: [1, 0], effective: 1, holds: NEW, state: 'verified' },
  P2: { outcome: 'promoted', requests: [2, 0], effective: 1, holds: NEW, state: 'verified' },
  R: { outcome: 'refused', requests: [0, 0], effective: 0, holds: OLD, state: 'none' },
  R2: { outcome: 'refused', requests: [2, 0], effective: 0, holds: OLD, state: 'not-promoted' },
  B: { outcome: 'restored', requests: [1, 1], effective: 2, holds: OLD, state: 'undone' },
  B2: { outcome: 'restored', requests: [1, 2], effective: 2, holds: OLD, state: 'undone' },
  X: { outcome: 'unhealthy', requests: [1, 2], effective: 1, holds: NEW, state: 'undoing' },
  U: { outcome: 'unknown', requests: [1, 0], effective: 1, holds: NEW, state: 'open' },
  UA: { outcome: 'unknown', requests: [1, 0], effective: 1, holds: NEW, state: 'promoted' },
  UB: { outcome: 'restored-not-yet-healthy', requests: [1, 1], effective: 2, holds: OLD, state: 'undone' },
  E: { outcome: 'error', requests: [0, 0], effective: 0, holds: OLD, state: 'none' },
};

function assertOutcome(expected: Outcome, { result, entries, site, seenHealthy }: Played): void {
  const said = result instanceof RolloutError ? `error: ${result.message}` : JSON.stringify(result);
  const story = `${said}\n${entries.map(({ action, phase, reason }) => `${action} ${phase}: ${reason}`).join('\n')}`;
  const { outcome, requests, effective, holds, state } = ENDS[expected];
  const count = (action: Entry['action']): number => sentIntents(entries, action);
  assert.equal(result instanceof RolloutError ? 'error' : result.outcome, outcome, story);
  assert.deepEqual([count('promote'), count('undo')], requests, story);
  assert.equal(site.swaps.length, effective, story);
  assert.equal(site.slots['production']?.release, holds, story);
  const { promotions } = fold({ entries, problems: [] });
  assert.equal(promotions[0]?.state ?? 'none', state, story);
  // What is said to be good has been seen to be good, where it stands now.
  if (expected.startsWith('P') || expected.startsWith('B'))
    assert.ok(seenHealthy.filter((release) => release === holds).length >= 2, `not judged: ${story}`);
}

/** What must hold in every cell, whatever its outcome. */
function assertHonest({ entries, site, wire, struck }: Played): void {
  const intents = (...actions: Entry['action'][]): number =>
    actions.reduce((sum, action) => sum + sentIntents(entries, action), 0);
  assert.ok(struck > 0, 'the fault never struck');
  assert.equal(wire.swap, intents('promote', 'undo'), 'every swap request has an intent of its own');
  assert.equal(wire.routing, intents('route'), 'every write of routing has an intent of its own');
  assert.equal(wire.reset, intents('reset-slot-config'), 'every reset has an intent of its own');
  assert.ok(site.swaps.length <= 2, 'at most one swap forward and one back');
  assert.ok([OLD, NEW].includes(site.slots['production']?.release ?? ''));
  const { promotions, problems } = fold({ entries, problems: [] });
  assert.deepEqual(problems, []);
  assert.ok(promotions.length <= 1);
}
