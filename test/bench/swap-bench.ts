import { isPlannedApp } from '../../src/rollout/kinds/app-service/app-service.ts';
import type { AppHost } from '../../src/rollout/kinds/app-service/ports.ts';
import { hostOf } from '../../src/rollout/ports.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { contoso } from '../../src/cli/demo/scenarios/contoso/contoso.ts';
import { openWorld, type World } from '../../src/cli/demo/world.ts';
import { agentEnvironment, inputVariables, readLog, type TaskJson } from '../tasks/build-agent.ts';
import { taskFolder } from '../tasks/built-tasks.ts';
import { median } from './median.ts';
import { otherEnvironment } from './other-task.ts';
import { costOf, type SwapCost } from './swap-figures.ts';

const ROOT = join(import.meta.dirname, '../..');
const APP = 'app-contoso-store';

/** Medians of whole processes; `folderBytes` is all that lies in the folder of the script. */
export interface SwapFigures extends SwapCost {
  readonly runs: number;
  readonly baselineNodeMs: number;
  readonly folderBytes: number;
}

/** Somebody else's task: its main script, and inputs beyond those that every task gets. */
export interface OtherTask {
  readonly script: string;
  readonly inputs: Readonly<Record<string, string>>;
}

export interface SwapBench {
  readonly runs: number;
  readonly swapMs?: number;
  readonly other?: OtherTask | undefined;
}

interface Program {
  readonly script: string;
  readonly env: () => Record<string, string>;
}

/**
 * Runs the built task against the embedded Azure as the agent would, and after it the other task, with a bare
 * interpreter before each run: whatever else the machine does, it does it to all of them.
 */
export async function benchSwap(bench: SwapBench): Promise<{ swap: SwapFigures; other: SwapFigures | undefined }> {
  const world = await openWorld(join(ROOT, 'examples'), contoso.start, {
    swapMs: bench.swapMs ?? 2000,
    retryAfterSeconds: null,
  });
  try {
    await world.pack({ store: '2.4.0' });
    const service = (await world.plan(['store'])).services[0];
    if (service === undefined || !isPlannedApp(service) || service.file === null)
      throw new Error('the example has no store');
    const host = hostOf<AppHost>(world.ports('bench'), service.target);
    for (const slot of ['staging', 'production']) await host.upload(slot, service.file);
    const programs = [await ownTask(world), ...(bench.other === undefined ? [] : [otherTask(world, bench.other)])];
    for (const program of programs) await swapOnce(world, program); // once uncounted: the file cache
    const costs: SwapCost[][] = programs.map(() => []);
    const bare: number[] = [];
    for (let run = 0; run < bench.runs; run += 1)
      for (const [index, program] of programs.entries()) {
        bare.push(await bareNode());
        costs[index]!.push(await swapOnce(world, program));
      }
    const [swap, other] = programs.map((program, index): SwapFigures => ({
      ...mediansOf(costs[index]!),
      runs: bench.runs,
      baselineNodeMs: median(bare),
      folderBytes: sizeOf(dirname(program.script)),
    }));
    return { swap: swap!, other };
  } finally {
    await world.close();
  }
}

async function ownTask({ emulator }: World): Promise<Program> {
  const folder = await taskFolder('SafeRolloutSwap');
  const task = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8')) as TaskJson;
  const inputs = {
    azureSubscription: 'contoso',
    appName: APP,
    resourceGroupName: 'rg-contoso-prod',
    healthPath: '/health',
    healthyThreshold: '1',
    healthInterval: '50ms',
    bake: '0s',
  };
  return {
    script: join(folder, 'task.js'),
    env: () => ({ ...agentEnvironment(emulator), ...inputVariables(task, inputs) }),
  };
}

function otherTask({ emulator }: World, other: OtherTask): Program {
  const script = resolve(other.script);
  return { script, env: () => otherEnvironment(script, emulator, other.inputs) };
}

async function swapOnce({ emulator }: World, { script, env }: Program): Promise<SwapCost> {
  const folder = mkdtempSync(join(tmpdir(), 'safe-rollout-bench-'));
  const [hook, rssFile] = [join(folder, 'peak.cjs'), join(folder, 'rss')];
  // The process writes its own peak at the end; nothing is sampled from outside.
  const peak = `require('node:fs').writeFileSync(${JSON.stringify(rssFile)}, String(process.resourceUsage().maxRSS))`;
  writeFileSync(hook, `process.on('exit', () => ${peak});`);
  const place = { AGENT_TEMPDIRECTORY: folder, SYSTEM_DEFAULTWORKINGDIRECTORY: folder, AGENT_VERSION: '4.265.1' };
  const [seen, served] = [emulator.requests().length, emulator.served({ site: APP }).length];
  const swaps = emulator.siteState(APP).swaps.length;
  const startedAt = Date.now();
  const child = spawn(process.execPath, [script], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...place, ...env(), NODE_OPTIONS: `--require ${hook}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (log += text));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  const endedAt = Date.now();
  const state = emulator.siteState(APP);
  const result = readLog(log).result ?? 'Succeeded';
  if (exitCode !== 0 || !/^Succeeded/.test(result) || state.swaps.length !== swaps + 1)
    throw new Error(
      `${script} made ${state.swaps.length - swaps} swaps instead of one (exit code ${exitCode}, ${result}):\n${log}`,
    );
  const rssMb = Number((Number(readFileSync(rssFile, 'utf8')) / 1024).toFixed(1));
  rmSync(folder, { recursive: true });
  return costOf({
    startedAt,
    endedAt,
    requests: emulator.requests().slice(seen),
    askedAt: emulator
      .served({ site: APP })
      .slice(served)
      .map(({ at }) => Date.parse(at)),
    switchedAt: Date.parse(state.swaps.at(-1)!.at),
    settledAt: Date.parse(state.slots['production']!.slotSwapStatus?.timestampUtc ?? ''),
    rssMb,
  });
}

function mediansOf(costs: readonly SwapCost[]): SwapCost {
  const names = Object.keys(costs[0] ?? {}) as (keyof SwapCost)[];
  return Object.fromEntries(names.map((name) => [name, median(costs.map((one) => one[name]))])) as unknown as SwapCost;
}

async function bareNode(): Promise<number> {
  const begun = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return Math.round(performance.now() - begun);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
