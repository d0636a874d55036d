import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient } from '../emulator/client.ts';
import { lightApp, lightPackage } from '../emulator/light-app.ts';
import { agentEnvironment, runAsAgent } from '../tasks/build-agent.ts';
import { taskFolder } from '../tasks/built-tasks.ts';

/** A deployment of a whole graph by the built task, against the longest chain of its services. */
export interface DeployFigures {
  readonly services: number;
  readonly parallel: number;
  /** From the start of the process to its end, with sign-in, journal and final check. Milliseconds. */
  readonly wallMs: number;
  /** The same task over one such chain alone, on the same machine: nothing can be faster than that. Milliseconds. */
  readonly criticalPathMs: number;
  readonly ratio: number;
  readonly rssMb: number;
}

export interface DeployBench {
  readonly swapMs?: number;
  readonly chain?: number;
  /** Services side by side, and how many the task may deploy at once. */
  readonly width?: number;
}

/**
 * Each level of the graph is as wide as services may run at once, and each service needs three of the level before:
 * no slack is left anywhere in which a delay could hide. A swap takes five seconds here and a minute on Azure, so that
 * what the product adds weighs twelve times as much. A request must go out within half of `settle` after its lock: enough for
 * a busy machine, and of no effect on what ends well.
 */
export async function benchDeploy({ swapMs = 5000, chain = 10, width = 10 }: DeployBench = {}): Promise<DeployFigures> {
  const names = Array.from({ length: chain * width }, (_, at) => `app-s${at}`);
  const emulator = await startEmulator({
    swapMs,
    retryAfterSeconds: null,
    launch: lightApp,
    sites: names.map((name) => ({ name, resourceGroup: 'rg' })),
  });
  const work = mkdtempSync(join(tmpdir(), 'safe-rollout-bench-'));
  try {
    const arm = await armClient(emulator);
    const first = await lightPackage('1.0.0');
    for (const name of names) for (const label of [name, `${name}-staging`]) await arm.deploy(label, first);
    const alone = await deploy(emulator, work, { chain, width: 1 }, width, '2.0.0');
    const whole = await deploy(emulator, work, { chain, width }, width, '3.0.0');
    const behind = names.filter((name) => emulator.siteState(name).slots['production']?.release !== '3.0.0');
    if (behind.length > 0) throw new Error(`not on the new release: ${behind.join(', ')}`);
    return {
      services: names.length,
      parallel: width,
      wallMs: whole.wallMs,
      criticalPathMs: alone.wallMs,
      ratio: Math.round((whole.wallMs / alone.wallMs) * 1000) / 1000,
      rssMb: whole.rssMb,
    };
  } finally {
    await emulator.close();
    rmSync(work, { recursive: true, force: true });
  }
}

type Shape = Required<Pick<DeployBench, 'chain' | 'width'>>;

async function deploy(
  emulator: Emulator,
  work: string,
  shape: Shape,
  parallel: number,
  version: string,
): Promise<Pick<DeployFigures, 'wallMs' | 'rssMb'>> {
  writeFileSync(join(work, 'app.zip'), await lightPackage(version));
  writeFileSync(join(work, 'service-graph.yml'), graphOf(shape));
  const [hook, rssFile] = [join(work, 'peak.cjs'), join(work, 'rss')];
  const peak = `require('node:fs').writeFileSync(${JSON.stringify(rssFile)}, String(process.resourceUsage().maxRSS))`;
  writeFileSync(hook, `process.on('exit', () => ${peak});`);
  const folder = await taskFolder('SafeRolloutDeploy');
  const begun = performance.now();
  const end = await runAsAgent({
    folder,
    inputs: { azureSubscription: 'contoso', parallel: String(parallel), bake: '500ms', settle: '10s' },
    env: { ...agentEnvironment(emulator), NODE_OPTIONS: `--require ${hook}` },
    cwd: work,
    flags: [],
  });
  const wallMs = Math.round(performance.now() - begun);
  if (end.result !== 'Succeeded' || end.stderr !== '')
    throw new Error(`the deployment did not succeed: ${end.message}\n${end.stderr}`);
  return { wallMs, rssMb: Number((Number(readFileSync(rssFile, 'utf8')) / 1024).toFixed(1)) };
}

function graphOf({ chain, width }: Shape): string {
  const services = Array.from({ length: chain * width }, (_, at) => {
    const level = Math.floor(at / width);
    const needs = [0, 1, 2].slice(0, width).map((step) => (level - 1) * width + ((at + step) % width));
    const dependsOn = level === 0 ? '' : `, dependsOn: [${[...new Set(needs)].map((one) => `s${one}`).join(', ')}]`;
    return `  s${at}: { kind: appService, app: app-s${at}, slot: staging, package: app.zip${dependsOn} }\n`;
  });
  const probe = 'probe: { path: /health, interval: 200ms, healthyThreshold: 3 }';
  return `version: 1\ndefaults: { resourceGroup: rg, ${probe} }\nservices:\n${services.join('')}`;
}
