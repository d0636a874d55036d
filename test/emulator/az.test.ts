import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { ask } from './client.ts';
import { tinyApp } from './tiny-app.ts';

/**
 * The real `az` as a client, where it is installed (or named by AZ_COMMAND). Its traffic-routing commands are left out:
 * they take a host name apart at a dot, and ours has none.
 */
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
      sites: [{ name: 'payments', resourceGroup: 'rg', scmBasicAuth: true }],
    });
    try {
      await promisify(execFile)(command, ['version'], {
        env: { PATH: process.env['PATH'], HOME: folder, AZURE_CONFIG_DIR: folder },
      });
    } catch {
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
});
