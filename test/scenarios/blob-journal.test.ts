import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobLocks } from '../../src/azure/blob/blob-locks.ts';
import { blobJournal, blobRuns } from '../../src/azure/blob/blob-journal.ts';
import { entryName } from '../../src/journal/entry-name.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { clientOf, sharedAzurite, type Azurite } from '../azure/blob/azurite.ts';
import { safeRollout, type CommandEnd } from '../cli/command-line.ts';
import { armClient } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { agentEnvironment, runAsAgent, type TaskEnd } from '../tasks/build-agent.ts';
import { taskFolder } from '../tasks/built-tasks.ts';

describe('a journal in Azure Blob Storage', function () {
  this.timeout(30_000);
  let azurite: Azurite;
  let emulator: Emulator;
  let cwd: string;
  let caFile: string;
  let swapTask: string;

  before(async () => {
    swapTask = await taskFolder('SafeRolloutSwap');
    azurite = await sharedAzurite();
    emulator = await startEmulator({ ...LIGHT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    cwd = mkdtempSync(join(tmpdir(), 'safe-rollout-blob-'));
    caFile = join(cwd, 'ca.pem');
    writeFileSync(caFile, emulator.caPem + azurite.caPem);
    await azurite.createContainer('releases');
    const arm = await armClient(emulator);
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
  });
  after(async () => {
    await emulator.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  const journal = (container = 'releases'): string => `${azurite.accountUrl}/${container}/contoso`;
  const swap = (run: string, more: Record<string, string> = {}): Promise<TaskEnd> =>
    runAsAgent({
      folder: swapTask,
      inputs: {
        azureSubscription: 'contoso',
        appName: 'payments',
        resourceGroupName: 'rg',
        healthPath: '/health',
        healthInterval: '50ms',
        healthyThreshold: '2',
        bake: '100ms',
        settle: '1s',
        journal: journal(),
        ...more,
      },
      env: { ...agentEnvironment(emulator), AGENT_CAINFO: caFile, BUILD_BUILDID: run },
    });
  const laptop = (...args: string[]): Promise<CommandEnd> =>
    safeRollout([...args, '--ca-file', caFile, '--journal', journal()], { cwd, env: emulator.environment() });
  const production = (): string | null => emulator.siteState('payments').slots['production']!.release;
  const client = () => clientOf(azurite, 'releases/contoso');

  it('says how to make the container that a task cannot find, and swaps nothing', async () => {
    const end = await swap('4709', { journal: journal('missing') });
    assert.equal(end.result, 'Failed');
    assert.match(end.message, /journal could not be written.*404 ContainerNotFound.*Create the container: az storage/);
    assert.equal(emulator.siteState('payments').swaps.length, 0);
  });

  it('waits for whoever holds the lock of the app, and swaps nothing without it', async () => {
    const lock = await blobLocks(client()).acquire(
      { kind: 'appService', subscription: emulator.subscriptionId, resourceGroup: 'RG', app: 'Payments' },
      'release 7 of another pipeline',
      600_000,
    );
    assert.ok(lock.kind === 'held');
    const end = await swap('4710', { swapDeadline: '1s' });
    await lock.release();
    assert.equal(end.result, 'Failed', end.log);
    assert.match(end.message, /App 'payments' is being changed by release 7 of another pipeline, until 20/);
    assert.equal(emulator.siteState('payments').swaps.length, 0);
  });

  it('lets a laptop undo what a pipeline did, by nothing but the address of the journal', async () => {
    const end = await swap('4711');
    assert.equal(end.result, 'Succeeded', end.log);
    assert.equal(production(), '2.0.0');
    assert.deepEqual(emulator.attachments(), []);
    assert.deepEqual(await blobRuns(client()), ['4710', '4711']);
    const { entries, problems } = await blobJournal(client()).read('4711');
    assert.deepEqual(problems, []);
    assert.deepEqual(
      entries.filter(({ action }) => action !== 'upload').map(({ action, phase }) => `${action} ${phase}`),
      ['plan done', 'promote intent', 'promote done', 'verify done'],
    );

    const undone = await laptop('rollback', '--scope', 'run', '--reason', 'INC-4711', '--settle', '1s');
    assert.equal(undone.exitCode, 3, undone.stderr);
    assert.equal(production(), '1.0.0');
    assert.equal(emulator.siteState('payments').swaps.length, 2);

    // The log of the task names its last entry, and so does that of the laptop. A container has no subscription.
    const { AZURE_SUBSCRIPTION_ID: _, ...env } = emulator.environment();
    const lasts = [end.log, undone.stderr].map(
      (log) => /^Journal: .* last entry ([0-9a-f]{64})$/m.exec(log)?.[1] ?? '?',
    );
    const flags = ['--journal', journal(), '--ca-file', caFile, '--last', lasts.join(',')];
    const verified = await safeRollout(['journal', 'verify', ...flags], { cwd, env });
    assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
    assert.match(verified.stdout, /^Run 4710: whole[\s\S]*^Run 4711: whole[\s\S]*^Whole: .* ends as the log said\.$/m);
  });

  it('shows an entry that somebody has changed in the container', async () => {
    const { entries } = await blobJournal(client()).read('4711');
    const changed = entries.find(({ action, phase }) => `${action} ${phase}` === 'promote intent')!;
    const body = JSON.stringify({ ...changed, reason: 'nothing to see here' });
    const headers = { 'x-ms-blob-type': 'BlockBlob' };
    await client().send({ method: 'PUT', blob: `runs/4711/${entryName(changed)}`, headers, body });
    const verified = await laptop('journal', 'verify', '--run', '4711');
    assert.equal(verified.exitCode, 1, verified.stderr);
    assert.match(verified.stdout, /damaged: entry \d+ of writer \S+ was changed after it was written$/m);
    const undone = await laptop('rollback', '--run', '4711', '--settle', '1s');
    assert.equal(undone.exitCode, 4);
    assert.match(undone.stdout, /the journal has gaps.*was changed after it was written/);
  });

  it('says so when the journal holds no run', async () => {
    const empty = `${azurite.accountUrl}/releases/fabrikam`;
    const end = await safeRollout(['rollback', '--journal', empty, '--ca-file', caFile], {
      cwd,
      env: emulator.environment(),
    });
    assert.equal(end.exitCode, 2);
    assert.match(end.stderr, /releases\/fabrikam holds no run\. Name the journal of the deployment/);
  });
});
