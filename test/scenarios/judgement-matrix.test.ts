import type { SwapRequest } from '../../src/rollout/kinds/app-service/desk.ts';
import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator, type FaultEffect } from '../../src/emulator/start.ts';
import { parseEntry, type Entry } from '../../src/journal/entry.ts';
import { deploy } from '../../src/rollout/deploy/deploy.ts';
import type { DeployPorts } from '../../src/rollout/ports.ts';
import type { DeploymentPlan } from '../../src/rollout/plan/plan.ts';
import type { RolloutEvent } from '../../src/rollout/ports.ts';
import { rollBack } from '../../src/rollout/recover/roll-back.ts';
import { swapRecorded } from '../../src/rollout/swap/swap-recorded.ts';
import type { SwapPolicy } from '../../src/rollout/way/policy.ts';
import { hostsOf } from '../azure/hosts.ts';
import { DEEP } from '../depth.ts';
import { lightApp, lightPackage } from '../emulator/light-app.ts';
import { asSchema1 } from '../journal/entries.ts';
import { JUDGEMENTS, type Column, type Expected, type Row } from './judgement-matrix.table.ts';
import { lightPorts, NEW, OLD, QUICK, quickSwap, siteFiller, swapsSent } from './light-swap.ts';

const AT_ONCE = 12;
const POLICY: SwapPolicy = { ...QUICK, settleMs: 6000, unseenMs: 9000, bakeMs: 400, swapGraceMs: 0 };
const HICCUPS = 4;

interface Cell {
  readonly row: Row;
  readonly column: Column;
  readonly expected: Expected;
  readonly name: string;
}

interface Played {
  readonly outcome: string;
  readonly story: string;
  readonly holds: string | null | undefined;
  readonly entries: readonly Entry[];
  readonly sent: number;
}

type Azure = Awaited<ReturnType<typeof siteFiller>>;

const all = (Object.keys(JUDGEMENTS) as Row[]).flatMap((row) =>
  (Object.entries(JUDGEMENTS[row]) as [Column, Expected | string][]).flatMap(([column, expected]): Cell[] =>
    typeof expected === 'string'
      ? []
      : [{ row, column, expected, name: `${row}-${column}`.replaceAll(/\W+/g, '-').toLowerCase().slice(0, 55) }],
  ),
);

/** In `npm test` every second cell of a row, and the others of the next. */
const cells = all.filter(
  ({ row, column }) =>
    DEEP || (Object.keys(JUDGEMENTS).indexOf(row) + Object.keys(JUDGEMENTS[row]).indexOf(column)) % 2 === 0,
);

describe('the judgement matrix: which release, how sick, still there, and to be seen', function () {
  this.timeout(120_000);
  const played = new Map<Cell, Played>();
  let emulator: Emulator;
  let folder: string;

  before(async () => {
    emulator = await startEmulator({ swapMs: 40, retryAfterSeconds: null, launch: lightApp });
    folder = await mkdtemp(join(tmpdir(), 'safe-rollout-judgement-'));
    await writeFile(join(folder, 'sound.zip'), await lightPackage(NEW));
    await writeFile(join(folder, 'ill.zip'), await lightPackage(NEW, 'Production'));
    const azure = await siteFiller(emulator);
    const hosts = hostsOf(emulator, { times: { exchangeMs: 20_000, readDeadlineMs: 5000 } });
    const waiting = [...cells];
    const worker = async (): Promise<void> => {
      for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift())
        played.set(cell, await play(emulator, azure, folder, cell, hosts(cell.name)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  });
  after(async () => {
    await emulator.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  it('has a cell, or the reason for none, in every column of every row', () => {
    assert.deepEqual([Object.keys(JUDGEMENTS).length, all.length], [7, 33]);
    for (const [row, columns] of Object.entries(JUDGEMENTS)) assert.equal(Object.keys(columns).length, 5, row);
  });

  for (const cell of cells) {
    const { row, column, expected } = cell;
    it(`${row}, ${column}: ${expected.outcome}, production holds the ${expected.holds} release`, () => {
      const run = played.get(cell);
      assert.ok(run !== undefined);
      assert.equal(run.outcome, expected.outcome, run.story);
      assert.equal(run.holds, expected.holds === 'new' ? NEW : OLD, run.story);
      assert.match(run.story, expected.says);
      const intents = run.entries.filter(
        ({ action, phase }) => /^(promote|undo)$/.test(action) && phase === 'intent',
      ).length;
      // The swap of somebody else has no intent of ours.
      const theirs = row === 'foreign swap during the bake' ? 1 : 0;
      assert.equal(run.sent, intents + theirs, run.story);
    });
  }
});

async function play(
  emulator: Emulator,
  { arm, fill }: Azure,
  folder: string,
  cell: Cell,
  host: AppHost,
): Promise<Played> {
  const { row, column, name } = cell;
  const [verb, direction] = column.split(' ') as ['swap' | 'deploy' | 'rollback', 'forward' | 'back'];
  await emulator.addSite({ name, resourceGroup: 'rg', slots: ['staging', 'beta'] });
  const ill = direction === 'back' && verb !== 'rollback';
  await fill(name, ill ? 'ill' : 'sound');
  if (row === 'foreign preview') await arm.deploy(`${name}-beta`, await lightPackage('3.0.0'));

  const faults: string[] = [];
  /** What the row is about, done when its moment has come. */
  const happen = async (): Promise<void> => {
    const strike = (effect: FaultEffect, nth: number, times: number | 'always'): void =>
      void faults.push(emulator.addFault({ match: { site: name, nth, times }, effect }));
    switch (row) {
      case 'production named as source':
        return;
      case 'foreign swap during the bake':
        await arm.settle(await arm.swap(name));
        return;
      case 'share of bad answers':
        for (let nth = 3; nth < 200; nth += 6) strike({ kind: 'status', status: 500 }, nth, 1);
        return;
      case 'target not reachable':
        strike({ kind: 'status', status: 403, body: 'Error 403 - Forbidden' }, 1, 'always');
        return;
      case 'hiccup after the swap':
        strike({ kind: 'status', status: 503 }, 1, HICCUPS);
        return;
      case 'foreign preview':
        await arm.site('POST', `${name}/slots/beta/applySlotConfig`, { targetSlot: 'production', preserveVnet: true });
        return;
      case 'stopped source':
        await arm.site('POST', `${name}/slots/staging/stop`);
        return;
    }
  };
  const moment = momentOf(row, verb, direction);
  let due = true;
  const told = async ({ action, phase }: Entry): Promise<void> => {
    // What a new release suffers from goes with it.
    if (direction === 'forward' && `${action} ${phase}` === 'undo done')
      for (const fault of faults.splice(0)) emulator.removeFault(fault);
    if (!due || `${action} ${phase}` !== moment) return;
    due = false;
    await happen();
  };
  const { ports, journal, events, close } = lightPorts(emulator, host, told);
  const swapGraceMs = row === 'hiccup after the swap' ? 2000 : 0;
  const reversed = row === 'production named as source';
  const quick = quickSwap(emulator, name);
  const health = { ...quick.health, unhealthyShare: 0.1 };
  const request: SwapRequest = { ...quick, health, policy: { ...POLICY, swapGraceMs } };
  const asked = { source: 'production', destination: 'staging' };
  const target = reversed ? { ...request.target, ...asked } : request.target;
  if (moment === 'begin' && verb !== 'rollback') await happen();
  try {
    if (verb === 'deploy') {
      const file = join(folder, ill ? 'ill.zip' : 'sound.zip');
      const commands: DeployPorts['commands'] = { run: () => Promise.reject(new Error('there is no command')) };
      const result = await deploy(planOf(request, file), { ...ports, commands });
      const rows = result.services.map(({ outcome, reason }) => `${outcome}: ${reason}`);
      return ended(result.outcome, [result.reason, ...rows]);
    }
    const order = { action: 'swap', why: undefined, place: undefined } as const;
    const swapped = await swapRecorded({ ...request, target }, ports, order);
    if (verb === 'swap') return ended(swapped.outcome, [JSON.stringify(swapped)]);
    assert.equal(swapped.outcome, 'promoted', JSON.stringify(swapped));
    if (reversed) writeAsBefore(journal.entries);
    if (moment === 'begin') await happen();
    const undone = await rollBack({ scope: 'service', services: [name], reason: 'asked' }, ports);
    const rows = undone.services.map(({ outcome, reason }) => `${outcome}: ${reason}`);
    return ended(undone.outcome, [undone.reason, ...rows]);
  } finally {
    close();
  }

  function ended(outcome: string, reasons: readonly string[]): Played {
    const lines = events.map(({ level, message }: RolloutEvent) => `${level}: ${message}`);
    return {
      outcome,
      story: [...reasons, ...lines].join('\n'),
      holds: emulator.siteState(name).slots['production']?.release,
      entries: journal.entries,
      sent: swapsSent(emulator, name),
    };
  }
}

/** The entry of the journal behind which it happens, or `begin`. */
function momentOf(row: Row, verb: 'swap' | 'deploy' | 'rollback', direction: 'forward' | 'back'): string {
  switch (row) {
    case 'foreign swap during the bake':
    case 'share of bad answers':
    case 'hiccup after the swap':
      return direction === 'forward' ? 'promote done' : 'undo done';
    case 'foreign preview':
    case 'stopped source':
    case 'target not reachable':
      return direction === 'forward' || verb === 'rollback' ? 'begin' : 'promote done';
    case 'production named as source':
      return 'never';
  }
}

function planOf({ target, health, policy, release }: SwapRequest, file: string): DeploymentPlan {
  const { app: name } = target;
  const service = {
    kind: 'appService',
    name,
    dependsOn: [],
    release,
    pointOfNoReturn: false,
    target,
    file,
    health,
  } as const;
  return { schema: 2, services: [service], parallel: 1, rollbackScope: 'service', policy, preconditions: [] };
}

/** The journal as a version wrote it that took the names of the slots as they came. */
function writeAsBefore(entries: Entry[]): void {
  for (const [index, entry] of entries.entries()) {
    entries[index] = entry;
    const read = parseEntry(asSchema1(entry, { source: 'production', destination: 'staging' }));
    assert.ok(typeof read !== 'string');
    entries[index] = read;
  }
}
