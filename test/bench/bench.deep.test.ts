import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { printRows, rowsOf } from './budgets.ts';
import { benchDeploy } from './deploy-bench.ts';
import { benchScale, growthOf, type ScaleRun } from './scale-bench.ts';
import { benchSwap, type SwapFigures } from './swap-bench.ts';
import { costOf, type SeenRun } from './swap-figures.ts';

const SITE = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/store';
type Line = [at: number, method: string, path: string, connection: number];

/** A run that takes a second: 100 ms to the first request, a gate from 250 to 400, the swap from 450 to 830. */
function seen(lines: readonly Line[], change: Partial<SeenRun> = {}): SeenRun {
  return {
    startedAt: 0,
    endedAt: 1000,
    requests: lines.map(([at, method, path, connection]) => ({
      at: new Date(at).toISOString(),
      method,
      path,
      query: '',
      status: 200,
      connection,
    })),
    askedAt: [300, 350, 600],
    switchedAt: 800,
    settledAt: 820,
    rssMb: 60,
    ...change,
  };
}

const RUN: readonly Line[] = [
  [100, 'POST', '/t/oauth2/v2.0/token', 1],
  [200, 'GET', SITE, 2],
  [250, 'GET', `${SITE}/slots/staging`, 2],
  [400, 'PUT', '/devops/journal', 3],
  [450, 'POST', `${SITE}/slots/staging/slotsswap`, 2],
  [500, 'GET', `${SITE}/slots/staging/operationresults/1`, 2],
  [830, 'GET', `${SITE}/slots/staging/operationresults/1`, 4],
  [840, 'PUT', '/devops/journal', 3],
  [900, 'GET', `${SITE}/config/web`, 2],
];

describe('the bench', function () {
  this.timeout(60_000);

  it('tells the swap and the gates from what the process takes itself', () => {
    assert.deepEqual(costOf(seen(RUN)), {
      // 1000 less the gate of 150 and the swap of 380; the app that was asked at 600 was asked by the platform.
      overheadMs: 470,
      firstRequestMs: 100,
      requests: 4,
      polls: 2,
      tokenRequests: 1,
      connections: 2,
      allConnections: 4,
      rssMb: 60,
      noticedMs: 30,
    });
  });

  it('takes a program that did not look after the end to have noticed it with its own', () => {
    const { noticedMs, overheadMs } = costOf(seen(RUN, { settledAt: 835 }));
    assert.deepEqual([noticedMs, overheadMs], [200, 1000 - 550 - 150]);
  });

  it('refuses to measure what has not swapped', () => {
    assert.throws(() => costOf(seen(RUN.filter(([, , path]) => !path.endsWith('slotsswap')))), /sent no swap/);
  });

  const FIGURES: SwapFigures = { ...costOf(seen(RUN)), runs: 1, baselineNodeMs: 50, folderBytes: 1_500_000 };
  const over = (change: Partial<SwapFigures>): string[] =>
    rowsOf({ swap: { ...FIGURES, overheadMs: 200, connections: 1, ...change } })
      .filter((row) => row.over)
      .map(({ what }) => what);
  const LIMITS: [Partial<SwapFigures>, string[]][] = [
    [{}, []],
    [{ overheadMs: 201 }, ['process outside the swap and the gates']],
    [{ firstRequestMs: 151 }, ['start to first request']],
    [{ requests: 16 }, ['requests to ARM besides polls']],
    [{ tokenRequests: 3 }, ['requests for a token']],
    [{ connections: 2 }, ['connections to ARM']],
    [{ noticedMs: 1001 }, ['end of the swap noticed after']],
    [{ rssMb: 72.1 }, ['peak resident memory']],
    [{ folderBytes: 1_500_001 }, ['folder of the task']],
  ];
  for (const [change, expected] of LIMITS)
    it(`marks ${JSON.stringify(change)} as over: ${expected.join() || 'nothing'}`, () =>
      assert.deepEqual(over(change), expected));

  it('judges a deployment by its longest chain, and a check by the yaml it reads', () => {
    const deploy = { services: 100, parallel: 10, wallMs: 1051, criticalPathMs: 1000, ratio: 1.051, rssMb: 90 };
    const one = { parseMs: 100, readMs: 100, checkMs: 200, ratio: 2 };
    const validate = { stages1000: one, stages4000: one, looped1000: one, levels100: one, files100: one, cases64: one };
    const rows = rowsOf({ deploy, validate: { ...validate, stages4000: { ...one, checkMs: 901 } } });
    assert.deepEqual(
      rows.filter((row) => row.over).map(({ of, limit }) => [of, limit]),
      [
        ['validate', '4.5x'],
        ['deploy', '1.05x'],
      ],
    );
    assert.match(printRows(rows), /1051 ms 1\.05x +1\.05x {2}OVER\n/);
  });

  it('drives our task and the script of another one through the same Azure', async () => {
    const script = join(import.meta.dirname, 'plain-fetch-swap.cjs');
    const { swap, other } = await benchSwap({ runs: 1, swapMs: 300, other: { script, inputs: { Note: 'fine' } } });
    assert.ok(other !== undefined);
    assert.deepEqual([swap.requests, swap.tokenRequests], [15, 2], JSON.stringify(swap));
    assert.deepEqual([other.requests, other.tokenRequests], [1, 1], JSON.stringify(other));
    // How soon is for the bench to say: here another test may have the processor.
    assert.ok(swap.noticedMs >= 0 && other.noticedMs >= 0 && other.polls > 0);
    for (const { firstRequestMs, overheadMs, rssMb, baselineNodeMs, folderBytes } of [swap, other])
      assert.ok(baselineNodeMs > 0 && firstRequestMs > 0 && overheadMs > 0 && rssMb > 30 && folderBytes > 1000);
  });

  it('does not measure a task that fails, and shows what it said', async () => {
    const script = join(import.meta.dirname, 'plain-fetch-swap.cjs');
    const other = { script, inputs: { SourceSlot: 'missing', Note: 'no such slot' } };
    await assert.rejects(
      benchSwap({ runs: 1, swapMs: 50, other }),
      /made 0 swaps instead of one \(exit code 0, Failed\)[\s\S]*no such slot/,
    );
  });

  it('deploys a graph as wide as it may, and compares it to the chain', async () => {
    // More than ten side by side: all of them listen to the one signal of the job, and no warning may come of it.
    const figures = await benchDeploy({ swapMs: 100, chain: 2, width: 12 });
    assert.deepEqual([figures.services, figures.parallel], [24, 12]);
    assert.ok(figures.criticalPathMs > 1000 && figures.wallMs > 1000 && figures.rssMb > 40);
    assert.equal(figures.ratio, Math.round((figures.wallMs / figures.criticalPathMs) * 1000) / 1000);
  });

  it('judges many services by what each of them takes', () => {
    const figures = { requests: 4000, reads: 400, appends: 700, readBytes: 1e6, heapBytes: 2e6, rssMb: 110 };
    const few: ScaleRun = { services: 100, ...figures, journalBytes: 6e5, wallMs: 900 };
    const tenfold = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value * 10]));
    const many: ScaleRun = { ...few, ...(tenfold as typeof figures), services: 1000 };
    const over = (change: Partial<ScaleRun>): string[] => {
      const growth = growthOf(few, { ...many, ...change });
      const rows = rowsOf({ scale: { parallel: 10, few, many: { ...many, ...change }, growth } });
      return rows.filter((row) => row.over).map(({ what }) => what.split(',')[0]!);
    };
    assert.deepEqual(over({}), []);
    assert.deepEqual(over({ reads: 4800, readBytes: 1.21e7 }), ['bytes read from the journal']);
    assert.deepEqual(over({ rssMb: 1400, heapBytes: 1e8 }), ['memory still held at the end', 'peak resident memory']);
  });

  it('deploys few and many on fakes, each in a process of its own', async () => {
    const { few, many, growth } = await benchScale({ few: 4, many: 8, width: 2 });
    assert.deepEqual([few.services, many.services, many.appends], [4, 8, 2 * few.appends - 2]);
    assert.ok(few.readBytes >= few.journalBytes && many.heapBytes > 0 && many.rssMb > 30 && growth.requests > 0);
  });

  const BAD: [string[], RegExp][] = [
    [['--runs', 'many'], /--runs is 'many'/],
    [['--only', 'swap,speed'], /'speed' is none of swap, validate, deploy, scale/],
    [['--format', 'xml'], /--format is 'xml'/],
    [['--other', 'x.js', '--input', 'Note'], /--input is 'Note', not NAME=VALUE/],
    [['--faster'], /Unknown option '--faster'/],
  ];
  for (const [args, message] of BAD)
    it(`ends with 2 for ${args.join(' ')}`, async () => {
      const bench = join(import.meta.dirname, 'bench.ts');
      const [code, stdout, stderr] = await new Promise<[unknown, string, string]>((resolve) =>
        execFile(process.execPath, ['--import', 'tsx', bench, ...args], (error, out, err) =>
          resolve([error?.code, out, err]),
        ),
      );
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, message);
    });
});
