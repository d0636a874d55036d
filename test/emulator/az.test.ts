import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { staleRules } from '../../src/rollout/preflight.ts';
import { hostsOf } from '../azure/hosts.ts';
import { ask } from './client.ts';
import { tinyApp } from './tiny-app.ts';

/** The real `az` as a client, where it is installed (or named by AZ_COMMAND). */
describe('emulator: az', () => {
  const command = process.env['AZ_COMMAND'] ?? 'az';
  let folder: string;
  let emulator: Emulator;

  const az = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(command, args, {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        AZURE_CONFIG_DIR: folder,
        REQUESTS_CA_BUNDLE: emulator.caFile,
        AZURE_CORE_COLLECT_TELEMETRY: 'false',
      },
    });
    return stdout.trim();
  };

  before(async function () {
    this.timeout(30_000);
    folder = mkdtempSync(join(tmpdir(), 'az-'));
    emulator = await startEmulator({
      swapMs: 50,
      sites: ['payments', 'routed', 'previewed'].map((name) => ({ name, resourceGroup: 'rg', scmBasicAuth: true })),
    });
    try {
      await promisify(execFile)(command, ['version'], {
        env: { PATH: process.env['PATH'], HOME: folder, AZURE_CONFIG_DIR: folder },
      });
    } catch (error) {
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
      process.stdout.write(`    skipped, since '${command}' does not run here: ${why}\n`);
      return this.skip();
    }
    const here = emulator.armUrl;
    const endpoints = ['resource-manager', 'active-directory', 'active-directory-resource-id'];
    // The ADFS form of the authority keeps every version of az from asking Microsoft about it.
    const addresses = [`${here}/`, `${here}/adfs`, `${here}/`];
    await az(
      'cloud',
      'update',
      '-n',
      'AzureCloud',
      ...endpoints.flatMap((name, index) => [`--endpoint-${name}`, addresses[index]!]),
    );
    await az(
      'login',
      '--service-principal',
      '-u',
      emulator.clientId,
      '-p',
      emulator.clientSecret,
      '--tenant',
      emulator.tenantId,
    );
  });
  after(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows, configures, deploys and swaps', async function () {
    this.timeout(60_000);
    const app = ['-g', 'rg', '-n', 'payments'];
    const staging = [...app, '--slot', 'staging'];
    assert.equal(await az('webapp', 'show', ...app, '--query', 'state', '-o', 'tsv'), 'Running');
    await az('webapp', 'config', 'appsettings', 'set', ...staging, '--settings', 'A=1', '--slot-settings', 'B=2');
    assert.deepEqual(emulator.siteState('payments').slots['staging']!.appSettings, { A: '1', B: '2' });
    assert.deepEqual(emulator.siteState('payments').stickySettings, ['B']);
    const file = join(folder, 'app.zip');
    writeFileSync(file, await tinyApp('2.0.0'));
    assert.equal(
      await az('webapp', 'deploy', ...staging, '--src-path', file, '--type', 'zip', '--query', 'status', '-o', 'tsv'),
      '4',
    );
    await az('webapp', 'deployment', 'slot', 'swap', ...staging, '--target-slot', 'production');
    assert.equal((await ask(emulator, emulator.siteUrl('payments'))).json.release, '2.0.0');
    assert.equal(emulator.requests({ method: 'POST', path: /slotsswap$/ }).length, 1);
    assert.deepEqual(
      emulator.requests().filter((one) => one.status === 501),
      [],
    );
  });

  it('routes traffic: set, show, clear', async function () {
    this.timeout(60_000);
    const app = ['-g', 'rg', '-n', 'routed'];
    const routing = (...args: string[]): Promise<string> => az('webapp', 'traffic-routing', ...args);
    await routing('set', ...app, '--distribution', 'staging=15');
    const [rule, ...others] = emulator.siteState('routed').rampUpRules;
    assert.deepEqual([rule?.name, rule?.reroutePercentage, others.length], ['staging', 15, 0]);
    const shown = JSON.parse(await routing('show', ...app)) as { name: string; reroutePercentage: number }[];
    assert.deepEqual(
      shown.map(({ name, reroutePercentage }) => [name, reroutePercentage]),
      [['staging', 15]],
    );
    // What az has written is stale routing to us, although the host in it is one that az has made up.
    const host = hostsOf(emulator)('routed');
    const { routing: rules } = await host.readConfig('production');
    assert.equal(staleRules({ autoSwapSlot: null, routing: rules }, await host.observe('staging')).length, 1);
    await routing('clear', ...app);
    assert.deepEqual(emulator.siteState('routed').rampUpRules, []);
    assert.deepEqual(JSON.parse((await routing('show', ...app)) || '[]'), []);
  });

  it('previews a swap, takes it back, and previews and completes one', async function () {
    this.timeout(60_000);
    const app = ['-g', 'rg', '-n', 'previewed'];
    const swap = (...args: string[]): Promise<string> =>
      az('webapp', 'deployment', 'slot', 'swap', ...app, '--slot', 'staging', ...args);
    const pending = (): (string | null)[] =>
      ['staging', 'production'].map((slot) => emulator.siteState('previewed').slots[slot]!.targetSwapSlot);
    await swap('--target-slot', 'production', '--action', 'preview');
    assert.deepEqual(pending(), ['Production', 'staging']);
    assert.equal((await hostsOf(emulator)('previewed').observe('staging')).previewWith, 'Production');
    await assert.rejects(swap('--target-slot', 'production', '--action', 'preview'), /already been prepared for swap/);
    await swap('--target-slot', 'production', '--action', 'reset');
    assert.deepEqual(pending(), [null, null]);
    assert.deepEqual(emulator.siteState('previewed').swaps, []);
    await swap('--target-slot', 'production', '--action', 'preview');
    await swap('--target-slot', 'production');
    assert.deepEqual(pending(), [null, null]);
    assert.equal(emulator.siteState('previewed').swaps.length, 1);
    assert.deepEqual(
      emulator.requests().filter((one) => one.status === 501),
      [],
    );
  });
});
