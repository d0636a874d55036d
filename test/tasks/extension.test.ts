import assert from 'node:assert/strict';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import { pack, packByTfx, stage } from '../../src/build/package.ts';
import { taskFolders } from '../../src/build/tasks.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient } from '../emulator/client.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { agentEnvironment, runAsAgent, type TaskEnd } from './build-agent.ts';

const ROOT = process.cwd();
const LARGEST_EXTENSION_BYTES = 8 * 1024 ** 2;
const LARGEST_TASK_BYTES = 1.5 * 1024 ** 2;

const GRAPH = `
version: 1
defaults:
  resourceGroup: rg
  probe: { path: /health, interval: 50ms, healthyThreshold: 2, startup: 5s }
services:
  payments: { kind: appService, app: payments, slot: staging, package: payments.zip, version: { path: /, json: $.release } }
  store: { kind: appService, app: store, slot: staging, package: store.zip, dependsOn: [payments], version: { path: /, json: $.release } }
`;
const PIPELINE = `
stages:
  - stage: Payments
    jobs:
      - job: Deploy
        steps:
          - task: SafeRolloutDeploy@1
            inputs: { azureSubscription: contoso, services: payments }
  - stage: Store
    jobs:
      - job: Deploy
        steps:
          - task: SafeRolloutDeploy@1
            inputs: { azureSubscription: contoso, services: store }
`;

/** The extension as it is published: packed, unpacked, and each of its tasks run as the agent runs it. */
describe('the packed extension', function () {
  this.timeout(60_000);
  let folder: string;
  let staged: string;
  let unpacked: string;
  let emulator: Emulator;
  let files: Map<string, number>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'safe-rollout-extension-'));
    staged = await stage(ROOT, join(folder, 'out'));
    const vsix = join(folder, 'safe-rollout.vsix');
    await pack(ROOT, staged, vsix);
    assert.ok(statSync(vsix).size <= LARGEST_EXTENSION_BYTES);
    unpacked = join(folder, 'unpacked');
    files = await unzip(vsix, unpacked);
    const sites = ['payments', 'store'].map((name) => ({ name, resourceGroup: 'rg' }));
    emulator = await startEmulator({ swapMs: 40, sites });
  });
  after(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds every task, and nothing that does not belong there', () => {
    const own = taskFolders(ROOT).flatMap(({ path, hasCode }) =>
      ['icon.png', ...(hasCode ? ['task.js'] : []), 'task.json'].map((file) => `${path}/${file}`),
    );
    const around = ['images/icon.png', 'overview.md', 'LICENSE.txt', 'ThirdPartyNotices.txt'];
    const packed = [...files.keys()].filter((name) => !/^(\[Content_Types\]\.xml|extension\.\w+)$/.test(name));
    assert.deepEqual(packed.sort(), [...own, ...around].sort());
    for (const { path, hasCode } of taskFolders(ROOT))
      if (hasCode) assert.ok(files.get(`${path}/task.js`)! <= LARGEST_TASK_BYTES, path);
  });

  it('contributes each task folder once, and asks for nothing but builds', () => {
    const manifest = JSON.parse(readFileSync(join(staged, 'vss-extension.json'), 'utf8')) as {
      version: string;
      scopes: string[];
      contributions: { id: string; type: string; properties: { name: string } }[];
    };
    const names = manifest.contributions.map(({ properties }) => properties.name);
    assert.deepEqual(names.toSorted(), [...new Set(taskFolders(ROOT).map(({ name }) => `tasks/${name}`))].sort());
    for (const { type } of manifest.contributions) assert.equal(type, 'ms.vss-distributed-task.task');
    for (const name of names) assert.ok(existsSync(join(unpacked, name)), name);
    assert.deepEqual(manifest.scopes, ['vso.build']);
  });

  it('ships an icon of the size that the Marketplace asks for, and an overview without what it refuses', () => {
    assert.deepEqual(pngSize(join(unpacked, 'images/icon.png')), [128, 128]);
    for (const { path } of taskFolders(ROOT)) assert.deepEqual(pngSize(join(unpacked, path, 'icon.png')), [32, 32]);
    assert.doesNotMatch(readFileSync(join(unpacked, 'overview.md'), 'utf8'), /\.svg|http:\/\//);
  });

  it('is refused when a manifest does not hold, and when tfx has but a warning', async () => {
    const file = join(staged, 'tasks/SafeRolloutSwap/SafeRolloutSwapV1/task.json');
    const text = readFileSync(file, 'utf8');
    const bad = join(folder, 'bad.vsix');
    writeFileSync(file, text.replace(/"friendlyName": "[^"]*"/, `"friendlyName": "${'x'.repeat(60)}"`));
    await assert.rejects(pack(ROOT, staged, bad), /do not hold[\s\S]*SafeRolloutSwapV1\/task.json: friendlyName/);
    await assert.rejects(packByTfx(ROOT, staged, bad), /every warning counts[\s\S]*friendlyName/);
    assert.ok(!existsSync(bad));
    writeFileSync(file, text);
  });

  it('deploys, swaps and rolls back with no node_modules in reach', async () => {
    const work = join(folder, 'work');
    mkdirSync(work);
    writeFileSync(join(work, 'service-graph.yml'), GRAPH);
    writeFileSync(join(work, 'azure-pipelines.yml'), PIPELINE);
    for (const name of ['payments', 'store']) writeFileSync(join(work, `${name}.zip`), await tinyApp('1.0.0'));
    const env = agentEnvironment(emulator);
    const run = (name: string, inputs: Record<string, string>): Promise<TaskEnd> =>
      runAsAgent({
        folder: join(unpacked, 'tasks', name, `${name}V1`),
        inputs: { azureSubscription: 'contoso', bake: '100ms', settle: '1s', ...inputs },
        env,
        cwd: work,
        flags: [],
      });
    const production = () => ['payments', 'store'].map((name) => emulator.siteState(name).slots['production']!.release);

    const validated = await run('SafeRolloutValidate', {});
    assert.equal(validated.result, 'Succeeded', validated.log);

    const deployed = await run('SafeRolloutDeploy', {});
    assert.equal(deployed.result, 'Succeeded', deployed.log);
    assert.deepEqual(deployed.outputs, { outcome: 'deployed', deployed: 'payments, store', restored: '' });
    assert.deepEqual(production(), ['1.0.0', '1.0.0']);

    const arm = await armClient(emulator);
    await arm.deploy('payments-staging', await tinyApp('1.1.0'));
    const swapped = await run('SafeRolloutSwap', {
      appName: 'payments',
      resourceGroupName: 'rg',
      healthPath: '/health',
      healthInterval: '50ms',
    });
    assert.equal(swapped.result, 'Succeeded', swapped.log);
    assert.deepEqual(production(), ['1.1.0', '1.0.0']);

    const undone = await run('SafeRolloutRollback', { services: 'payments', scope: 'service' });
    assert.equal(undone.result, 'Succeeded', undone.log);
    assert.equal(undone.outputs['outcome'], 'rolled-back');
    assert.deepEqual(production(), ['1.0.0', '1.0.0']);

    const again = await run('SafeRolloutRollback', {});
    assert.equal(again.outputs['outcome'], 'nothing');
    assert.deepEqual(production(), ['1.0.0', '1.0.0']);
  });
});

async function unzip(file: string, into: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const target = join(into, entry.fileName);
    mkdirSync(dirname(target), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target));
    sizes.set(entry.fileName, entry.uncompressedSize);
  }
  return sizes;
}

function pngSize(file: string): [number, number] {
  const bytes = readFileSync(file);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}
