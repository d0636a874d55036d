import assert from 'node:assert/strict';
import type { ArmTimes } from '../../src/azure/arm/arm-client.ts';
import { startEmulator, type ContainerAppSnapshot, type Emulator, type FaultRule } from '../../src/emulator/start.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { fold, type PromotionState } from '../../src/journal/fold.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { httpGet } from '../../src/probe/http.ts';
import { deploy, type DeployResult } from '../../src/rollout/deploy/deploy.ts';
import { journalLocks } from '../../src/rollout/fence/journal-locks.ts';
import type { ContainerHost } from '../../src/rollout/kinds/container-app/ports.ts';
import type { DeploymentPlan } from '../../src/rollout/plan/plan.ts';
import type { DeployPorts, RolloutEvent } from '../../src/rollout/ports.ts';
import { systemClock } from '../../src/time/clock.ts';
import { containersOf } from '../azure/hosts.ts';
import { lightApp, lightPackage } from '../emulator/light-app.ts';
import { MemoryJournal } from '../fakes/memory-journal.ts';
import { OUTCOMES, type Cell, type Outcome, type Step } from './container-fault-matrix.table.ts';
import { NEW, OLD, QUICK, quickSwap } from './light-swap.ts';

/** Deployments at a time: most of one is waiting, and two processors serve both Azure and us. */
const AT_ONCE = 40;
const TIMES: ArmTimes = { exchangeMs: 20_000, readDeadlineMs: 2500 };
const POLICY = { ...QUICK, swapDeadlineMs: 9000, gateLimitMs: 6000 };
/** Changes of the app in their order. */
const NTH: Partial<Record<Step, number>> = { pin: 1, 'new revision': 2, shift: 3, undo: 4 };

interface Played {
  readonly result: DeployResult;
  readonly entries: readonly Entry[];
  readonly events: readonly RolloutEvent[];
  readonly app: ContainerAppSnapshot;
  /** Changes that reached Azure. */
  readonly wire: number;
  readonly struck: number;
  /** Releases that users have got, in this order. */
  readonly got: readonly string[];
}

const nameOf = ({ step, times, fault }: Cell): string => `${step}, ${times}: ${fault}`;

/** Each cell is a deployment of one container app on the emulator, with its fault armed from the beginning. */
export function playContainerMatrix(cells: readonly Cell[]): void {
  const played = new Map<Cell, Played>();
  let emulator: Emulator;

  before(async () => {
    const images = { 'orders:1': await lightPackage(OLD), 'orders:2': await lightPackage(NEW) };
    const start = (): Promise<Emulator> =>
      startEmulator({ containerAppMs: 40, retryAfterSeconds: null, launch: lightApp, images });
    emulator = await start();
    const hosts = containersOf(emulator, { times: TIMES });
    const waiting = cells.map((cell, index) => ({ cell, name: `cell-${index}` }));
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { cell, name } = next;
        const spec = { name, resourceGroup: 'rg', image: 'orders:1', suffix: 'v1' };
        if (cell.step === 'operation poll') {
          // The address of an operation does not tell of which app it is.
          const own = await start();
          await own.addContainerApp(spec);
          played.set(cell, await play(own, cell, name, containersOf(own, { times: TIMES })(name)));
          await own.close();
          continue;
        }
        await emulator.addContainerApp(spec);
        played.set(cell, await play(emulator, cell, name, hosts(name)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  });
  after(() => emulator.close());

  for (const cell of cells)
    it(`${nameOf(cell)}: ${OUTCOMES[cell.expected]}`, () => {
      const run = played.get(cell);
      assert.ok(run !== undefined);
      assertOutcome(cell.expected, run);
      assertHonest(run);
    });
}

async function play(emulator: Emulator, cell: Cell, name: string, host: ContainerHost): Promise<Played> {
  const crash: FaultRule = {
    match: { method: 'PATCH', path: `/containerapps/${name}$`, nth: 3 },
    effect: { kind: 'app-revision-crashes', requests: 1 },
  };
  const rules = cell.step === 'undo' ? [emulator.addFault(crash)] : [];
  const arm = (): void => void rules.push(emulator.addFault(ruleOf(cell, name)));
  const journal = new MemoryJournal();
  const from = { 'shift look': 'promote intent', 'last look': 'promote done' }[cell.step as string];
  const store = {
    read: (run: string) => journal.read(run),
    append: async (entry: Entry): Promise<void> => {
      await journal.append(entry);
      if (from === `${entry.action} ${entry.phase}`) arm();
    },
  };
  if (from === undefined) arm();
  const pen = recorder(store, systemClock, 'run', 'w');
  const locks = journalLocks(pen, systemClock);
  const http = httpGet({ ca: [emulator.caPem] });
  const events: RolloutEvent[] = [];
  const ports: DeployPorts = {
    host: () => host,
    http,
    clock: systemClock,
    journal: pen,
    // Locks last as long as the settle time, which is too short here for a loaded machine.
    locks: { ...locks, acquire: (target, holder, _, signal) => locks.acquire(target, holder, 60_000, signal) },
    tell: (event) => void events.push(event),
    commands: { run: () => Promise.reject(new Error('there is no command')) },
  };
  const result = await deploy(planOf(emulator, name, cell), ports);
  http.close();
  const struck = emulator.faults().find(({ id }) => id === rules.at(-1))?.used ?? 0;
  for (const id of rules) emulator.removeFault(id);
  await stillness(emulator, name, cell);
  const served = emulator.served({ site: name }).filter((one) => one.host === 'app');
  return {
    result,
    entries: journal.entries,
    events,
    app: emulator.containerAppState(name),
    wire: emulator.requests({ method: 'PATCH', path: new RegExp(`/containerapps/${name}$`, 'i') }).length,
    struck,
    got: served
      .map(({ release }) => release ?? '')
      .filter((release, at, all) => release !== '' && release !== all[at - 1]),
  };
}

function ruleOf({ step, times, effect }: Cell, name: string): FaultRule {
  const often = times === 'once' ? 1 : 'always';
  const nth = NTH[step];
  if (nth !== undefined)
    return { match: { method: 'PATCH', path: `/containerapps/${name}$`, nth, times: often }, effect };
  if (step === 'operation poll')
    return { match: { method: 'GET', path: '/containerappOperationStatuses/', times: often }, effect };
  // The fourth look: the app was seen once, and what it is deployed on has begun.
  const path = step === 'revision list' ? `/containerapps/${name}/revisions$` : `/containerapps/${name}$`;
  const isLook = step === 'shift look' || step === 'last look';
  return { match: { method: 'GET', path, nth: isLook ? 1 : 4, times: often }, effect };
}

function planOf(emulator: Emulator, name: string, { effect }: Cell): DeploymentPlan {
  const { health } = quickSwap(emulator, name);
  const { subscriptionId: subscription } = emulator;
  return {
    schema: 2,
    services: [
      {
        kind: 'containerApp',
        name,
        dependsOn: [],
        release: { version: NEW, digest: null },
        pointOfNoReturn: false,
        target: { kind: 'containerApp', subscription, resourceGroup: 'rg', app: name },
        health,
        image: 'orders:2',
        container: null,
        template: null,
        deactivateOld: false,
      } as DeploymentPlan['services'][number],
    ],
    parallel: 1,
    rollbackScope: 'dependents',
    // For as long as the platform's own answers do not count, which must be longer than its host is gone.
    policy: effect.kind === 'app-host-gone' ? { ...POLICY, swapGraceMs: 3000 } : POLICY,
    preconditions: [],
  };
}

/** A request that nobody waits for any more may still be at work, unless it is for ever. */
async function stillness(emulator: Emulator, name: string, { effect }: Cell): Promise<void> {
  if (effect.kind === 'app-update-never-ends') return;
  for (let looks = 0; looks < 200 && emulator.containerAppState(name).operationId !== null; looks += 1)
    await systemClock.sleep(20);
}

const ENDS: Readonly<
  Record<
    Outcome,
    {
      readonly outcome: DeployResult['outcome'];
      readonly holds: string;
      /** Times that users' traffic has really moved. */
      readonly shifts: number;
      readonly states: readonly (PromotionState | 'none')[];
    }
  >
> = {
  P: { outcome: 'deployed', holds: NEW, shifts: 1, states: ['verified'] },
  R: { outcome: 'failed', holds: OLD, shifts: 0, states: ['none', 'not-promoted'] },
  B: { outcome: 'rolled-back', holds: OLD, shifts: 2, states: ['undone'] },
  U: { outcome: 'person', holds: OLD, shifts: 0, states: ['none', 'open'] },
  UN: { outcome: 'person', holds: NEW, shifts: 1, states: ['open'] },
  X: { outcome: 'person', holds: NEW, shifts: 1, states: ['promoted', 'undoing'] },
  UA: { outcome: 'person', holds: NEW, shifts: 1, states: ['promoted'] },
  UB: { outcome: 'person', holds: OLD, shifts: 2, states: ['undoing', 'undone'] },
};

function assertOutcome(expected: Outcome, run: Played): void {
  const { outcome, holds, shifts, states } = ENDS[expected];
  const [promotion] = fold({ entries: run.entries, problems: [] }).promotions;
  const seen = [run.result.outcome, holdsOf(run.app), run.app.shifts.length - 1];
  assert.deepEqual(seen, [outcome, holds, shifts], storyOf(run));
  assert.ok(states.includes(promotion?.state ?? 'none'), `${promotion?.state}: ${storyOf(run)}`);
}

function holdsOf({ revisions }: ContainerAppSnapshot): string {
  const serving = Object.values(revisions).filter(({ weight }) => weight > 0);
  return serving.map(({ release, weight }) => (weight === 100 ? release : `${weight}% ${release}`)).join(', ');
}

function storyOf({ result, entries }: Played): string {
  return `${result.outcome}: ${result.reason}\n${entries.map(({ action, phase, reason }) => `${action} ${phase}: ${reason}`).join('\n')}`;
}

/** What must hold in every cell, whatever its outcome. */
function assertHonest(run: Played): void {
  const { result, entries, events, app, wire, struck, got } = run;
  const story = storyOf(run);
  assert.ok(struck > 0, `the fault never struck: ${story}`);
  const { promotions, problems } = fold({ entries, problems: [] });
  assert.deepEqual(problems, []);
  assert.ok(promotions.length <= 1, story);
  const isChange = ({ action }: Entry): boolean => /^(route|upload|promote|undo)$/.test(action);
  const intents = entries.filter((entry) => isChange(entry) && entry.phase === 'intent').length;
  // On a slow machine a lock may end before its request, and the journal says so.
  const unsent = entries.filter(({ phase, reason }) => phase === 'failed' && reason.includes('was held too long'));
  assert.equal(wire, intents - unsent.length, `every change has an intent of its own: ${story}`);
  assert.ok(app.shifts.length - 1 <= 2, 'at most one shift forward and one back');
  const wanted = [OLD, NEW, OLD].slice(0, app.shifts.length);
  assert.ok(
    got.every((release) => wanted.includes(release)),
    `users got ${got.join(', ')}: ${story}`,
  );
  // No user gets a release that was not judged, and nobody is left on one that was not verified without a word.
  const gated = events.some(({ step, level }) => step === 'gate' && level === 'info');
  if (holdsOf(app) === NEW) assert.ok(gated, story);
  if (holdsOf(app) === NEW && promotions[0]?.state !== 'verified') assert.equal(result.outcome, 'person', story);
  if (result.outcome === 'person')
    assert.ok(
      events.some(({ level }) => level !== 'info'),
      story,
    );
}
