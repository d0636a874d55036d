import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startEmulator } from '../../../src/emulator/start.ts';
import { armClient, ask, PATIENT, until } from '../client.ts';
import { tinyApp, zipOf } from '../tiny-app.ts';

describe('emulator: its apps', function () {
  this.timeout(60_000);

  it('leave when it is killed with SIGKILL, also the one that hangs', async () => {
    const script = join(import.meta.dirname, 'orphaned-emulator.ts');
    // A killed emulator cannot remove its folder; here it lies in one that we remove.
    const folder = mkdtempSync(join(tmpdir(), 'orphaned-'));
    after(() => rmSync(folder, { recursive: true, force: true }));
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder },
    });
    const pids = await new Promise<number[]>((resolve) => {
      child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as number[]));
    });
    assert.equal(pids.length, 2);
    assert.deepEqual(pids.map(isAlive), [true, true]);
    child.kill('SIGKILL');
    await until(() => pids.every((pid) => !isAlive(pid)));
  });

  it('leave when it is closed', async () => {
    const emulator = await startEmulator({ ...PATIENT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    const arm = await armClient(emulator);
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await ask(emulator, emulator.siteUrl('payments'));
    const pid = emulator.siteState('payments').slots['production']!.pid!;
    assert.equal(isAlive(pid), true);
    await emulator.close();
    assert.equal(isAlive(pid), false);
  });

  it('are not started, and nothing is left on disk, when it is closed in the middle of a deployment', async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`folder-${index}/file.txt`, 'x']));
    const zip = await zipOf({ ...many, 'index.js': 'setInterval(() => {}, 1000)' });
    const closedAfter = async (ms: number): Promise<void> => {
      const emulator = await startEmulator({ ...PATIENT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
      const arm = await armClient(emulator);
      assert.equal((await arm.deploy('payments', zip, 'type=zip&async=true')).status, 202);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await emulator.close();
      await new Promise((resolve) => setTimeout(resolve, 30));
      assert.equal(existsSync(dirname(emulator.caFile)), false);
      assert.equal(emulator.siteState('payments').slots['production']!.pid, null);
    };
    await Promise.all([0, 1, 2, 4, 6, 8, 12, 16].map(closedAfter));
  });
});

/** A process that has ended counts as gone even if nobody has collected it yet: its new parent is not ours to hurry. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
