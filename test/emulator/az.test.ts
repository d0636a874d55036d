import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { staleRules } from '../../src/rollout/kinds/app-service/preflight.ts';
import { hostsOf } from '../azure/hosts.ts';
import { azureCli, type AzureCli } from './azure-cli.ts';
import { armClient, ask, PATIENT } from './client.ts';
import { tinyApp } from './tiny-app.ts';

/** The real `az` as a client, where it is installed (or named by AZ_COMMAND). */
describe('emulator: az', () => {
  let emulator: Emulator;
  let cli: AzureCli | undefined;
  const az = (...args: string[]): Promise<string> => cli!.run(args);

  before(async function () {
    this.timeout(30_000);
    emulator = await startEmulator({
      ...PATIENT,
      swapMs: 50,
      sites: ['payments', 'routed', 'previewed', 'guarded'].map((name) => ({
        name,
        resourceGroup: 'rg',
        scmBasicAuth: true,
      })),
    });
    cli = await azureCli(emulator);
    if (cli === undefined) this.skip();
  });
  after(async () => {
    await emulator.close();
    cli?.close();
  });

  it('shows, configures, deploys and swaps', async function () {
    this.timeout(60_000);
    const app = ['-g', 'rg', '-n', 'payments'];
    const staging = [...app, '--slot', 'staging'];
    assert.equal(await az('webapp', 'show', ...app, '--query', 'state', '-o', 'tsv'), 'Running');
    await az('webapp', 'config', 'appsettings', 'set', ...staging, '--settings', 'A=1', '--slot-settings', 'B=2');
    assert.deepEqual(emulator.siteState('payments').slots['staging']!.appSettings, { A: '1', B: '2' });
    assert.deepEqual(emulator.siteState('payments').stickySettings, ['B']);
    const file = join(cli!.folder, 'app.zip');
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
    // az makes up a host that nobody has; a client that asks for the slot by its name gets there all the same.
    assert.match(rule!.actionHostName, /^127-staging\.0\.0\.1:\d+$/);
    await ask(emulator, `${emulator.siteUrl('routed')}/?x-ms-routing-name=staging`);
    assert.deepEqual(
      emulator.served({ site: 'routed' }).map((one) => [one.host, one.slot]),
      [['production', 'staging']],
    );
    // What az has written is stale routing to us, although the host in it is one that az has made up.
    const host = hostsOf(emulator)('routed');
    const { routing: rules } = await host.readConfig('production');
    assert.equal(staleRules({ autoSwapSlot: null, routing: rules }, await host.observe('staging')).length, 1);
    await routing('clear', ...app);
    assert.deepEqual(emulator.siteState('routed').rampUpRules, []);
    assert.deepEqual(JSON.parse((await routing('show', ...app)) || '[]'), []);
  });

  it('lists, adds and takes away rules of access, and names connection strings that stay', async function () {
    this.timeout(60_000);
    const app = ['-g', 'rg', '-n', 'guarded'];
    const rules = async (): Promise<unknown> => {
      const shown = await az('webapp', 'config', 'access-restriction', 'show', ...app);
      const { ipSecurityRestrictions, scmIpSecurityRestrictions } = JSON.parse(shown) as Record<
        string,
        { name: string; priority: number; ip_address: string }[]
      >;
      return [ipSecurityRestrictions, scmIpSecurityRestrictions].map((list) => list!.map(({ name }) => name));
    };
    assert.deepEqual(await rules(), [['Allow all'], ['Allow all']]);
    const office = ['--rule-name', 'office', '--ip-address', '203.0.113.0/24', '--priority', '100'];
    await az('webapp', 'config', 'access-restriction', 'add', ...app, ...office);
    assert.deepEqual(await rules(), [['office', 'Deny all'], ['Allow all']]);
    await az('webapp', 'config', 'access-restriction', 'remove', ...app, '--rule-name', 'office');
    assert.deepEqual(await rules(), [['Allow all'], ['Allow all']]);
    const strings = ['--connection-string-type', 'SQLAzure', '--settings', 'A=1', '--slot-settings', 'B=2'];
    await az('webapp', 'config', 'connection-string', 'set', ...app, ...strings);
    const arm = await armClient(emulator);
    const names = (await arm.site('GET', 'guarded/config/slotConfigNames')).json.properties.connectionStringNames;
    const kept = (await arm.site('POST', 'guarded/config/connectionstrings/list')).json.properties;
    assert.deepEqual([names, Object.keys(kept)], [['B'], ['A', 'B']]);
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
