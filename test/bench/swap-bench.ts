import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contosoWorld, type ContosoWorld } from '../../src/cli/demo/world.ts';
import type { Entry } from '../../src/journal/entry.ts';
import { agentEnvironment, runAsAgent } from '../tasks/build-agent.ts';
import { taskFolder } from '../tasks/built-tasks.ts';

const ROOT = join(import.meta.dirname, '../..');
const SWAP_MS = 2000;

/** Medians of whole processes. Times in milliseconds, memory in MB, size in bytes. */
export interface SwapFigures {
  readonly runs: number;
  readonly baselineNodeMs: number;
  readonly overheadMs: number;
  readonly firstRequestMs: number;
  readonly requests: number;
  readonly tokenRequests: number;
  readonly connections: number;
  readonly rssMb: number;
  readonly noticedMs: number;
  readonly folderBytes: number;
}

type Run = Pick<
  SwapFigures,
  'overheadMs' | 'firstRequestMs' | 'requests' | 'tokenRequests' | 'connections' | 'rssMb' | 'noticedMs'
>;

/** Runs the built task against the embedded Azure as the agent would, with a bare interpreter before each run. */
export async function benchSwap(runs: number): Promise<SwapFigures> {
  const world = await contosoWorld(join(ROOT, 'examples/contoso'), { swapMs: SWAP_MS, retryAfterSeconds: null });
  try {
    await world.pack({ store: '2.4.0' });
    const service = (await world.plan(['store'])).services[0];
    if (service?.kind !== 'appService' || service.file === null) throw new Error('the example has no store');
    await world.ports('bench').host(service.target).upload('staging', service.file);
    await world.ports('bench').host(service.target).upload('production', service.file);
    const measured: Run[] = [];
    const bare: number[] = [];
    const task = await taskFolder('SafeRolloutSwap');
    await swapOnce(world, task); // once uncounted: the file cache
    for (let run = 0; run < runs; run += 1) {
      bare.push(await bareNode());
      measured.push(await swapOnce(world, task));
    }
    const of = (name: keyof Run): number => median(measured.map((one) => one[name]));
    return {
      runs,
      baselineNodeMs: median(bare),
      overheadMs: of('overheadMs'),
      firstRequestMs: of('firstRequestMs'),
      requests: of('requests'),
      tokenRequests: of('tokenRequests'),
      connections: of('connections'),
      rssMb: of('rssMb'),
      noticedMs: of('noticedMs'),
      folderBytes: sizeOf(task),
    };
  } finally {
    await world.close();
  }
}

async function swapOnce(world: ContosoWorld, task: string): Promise<Run> {
  const { emulator } = world;
  const folder = mkdtempSync(join(tmpdir(), 'safe-rollout-bench-'));
  const rssFile = join(folder, 'rss');
  // The process writes its own peak at the end; nothing is sampled from outside.
  writeFileSync(
    join(folder, 'peak.cjs'),
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(rssFile)}, String(process.resourceUsage().maxRSS)));`,
  );
  const seen = emulator.requests().length;
  const connections = emulator.connections();
  const environment = agentEnvironment(emulator);
  const startedAt = Date.now();
  const end = await runAsAgent({
    folder: task,
    inputs: {
      azureSubscription: 'contoso',
      appName: 'app-contoso-store',
      resourceGroupName: 'rg-contoso-prod',
      healthPath: '/health',
      healthyThreshold: '1',
      healthInterval: '50ms',
      bake: '0s',
    },
    env: { ...environment, NODE_OPTIONS: `--require ${join(folder, 'peak.cjs')}` },
  });
  const wallMs = Date.now() - startedAt;
  if (end.exitCode !== 0 || end.result !== 'Succeeded')
    throw new Error(`the swap did not succeed:\n${end.log}\n${end.stderr}`);
  const requests = emulator.requests().slice(seen);
  const toArm = requests.filter(({ path }) => path.startsWith('/subscriptions/'));
  const posted = toArm.findIndex(({ path }) => path.endsWith('/slotsswap'));
  const entries = emulator
    .attachments()
    .filter(({ planId }) => planId === environment['SYSTEM_PLANID'])
    .map(({ content }) => JSON.parse(content.toString()) as Entry);
  const done = entries.find(({ action, phase }) => action === 'swap' && phase === 'done');
  const swap = emulator.siteState('app-contoso-store').swaps.at(-1);
  if (posted === -1 || done === undefined || swap === undefined) throw new Error('the run left no swap behind');
  const noticedAt = Date.parse(done.at);
  // The gates: from the last request before the app was asked to the first after it, before the swap and after.
  const times = requests.map(({ at }) => Date.parse(at));
  const asked = emulator.served({ site: 'app-contoso-store' }).map(({ at }) => Date.parse(at));
  const firstAsked = asked.find((at) => at >= startedAt) ?? startedAt;
  const lastBefore = Math.max(...times.filter((at) => at <= firstAsked));
  const gateMs = Math.min(...times.filter((at) => at > lastBefore)) - lastBefore;
  const verifyMs = times.at(-1)! - times.at(-2)!;
  const rssMb = Number(readFileSync(rssFile, 'utf8')) / 1024;
  rmSync(folder, { recursive: true });
  // Polls are what is read after the request until its end is known.
  const polls = toArm.slice(posted + 1).filter(({ at }) => Date.parse(at) <= noticedAt).length;
  return {
    overheadMs: wallMs - (noticedAt - Date.parse(toArm[posted]!.at)) - gateMs - verifyMs,
    firstRequestMs: Date.parse(requests[0]!.at) - startedAt,
    requests: toArm.length - polls,
    tokenRequests: requests.filter(({ path }) => /\/token$|openid-configuration$/.test(path)).length,
    connections: emulator.connections() - connections,
    rssMb: Number(rssMb.toFixed(1)),
    noticedMs: noticedAt - Date.parse(swap.at),
  };
}

async function bareNode(): Promise<number> {
  const begun = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return Math.round(performance.now() - begun);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
