import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../../../src/emulator/start.ts';
import { armClient, ask, PATIENT } from '../../client.ts';
import { tinyApp } from '../../tiny-app.ts';

describe('emulator: sites, slots and their configuration', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;

  beforeEach(async () => {
    emulator = await startEmulator({
      ...PATIENT,
      sites: [
        {
          name: 'payments',
          resourceGroup: 'rg',
          appSettings: { staging: { MODE: 'trial' } },
          stickySettings: ['MODE'],
        },
      ],
    });
    arm = await armClient(emulator);
  });
  afterEach(() => emulator.close());

  it('shows a site as Azure shows it', async () => {
    const { status, json, headers } = await arm.site('GET', 'payments');
    assert.equal(status, 200);
    assert.equal(json.type, 'Microsoft.Web/sites');
    const { properties } = json;
    assert.equal(properties.deploymentId, 'payments');
    assert.deepEqual(
      [properties.slotSwapStatus, properties.targetSwapSlot, properties.inProgressOperationId],
      [null, null, null],
    );
    assert.equal(properties.defaultHostName, emulator.siteUrl('payments').slice(8));
    const scm = properties.hostNameSslStates.find((one: { hostType: string }) => one.hostType === 'Repository').name;
    assert.equal(scm, `${emulator.armUrl.slice(8)}/scm/payments`);
    assert.ok(headers['x-ms-request-id']);
    assert.equal(headers['x-ms-ratelimit-remaining-subscription-global-reads'], '16499');
  });

  it('names slots as Azure names them, and takes paths in any case', async () => {
    const { json } = await arm.site('GET', 'PAYMENTS/SLOTS/Staging');
    assert.equal(json.name, 'payments/staging');
    assert.equal(json.type, 'Microsoft.Web/sites/slots');
    assert.equal(json.properties.name, 'payments(staging)');
    assert.match(json.properties.deploymentId, /^payments__[0-9a-f]{4}$/);
    assert.match(json.id, /\/resourceGroups\/rg\/providers\/Microsoft\.Web\/sites\/payments\/slots\/staging$/);
  });

  it('takes slots/production for the site', async () => {
    assert.equal((await arm.site('GET', 'payments/slots/production')).json.name, 'payments');
  });

  it('does not find what is not there', async () => {
    const missing = await arm.site('GET', 'store');
    assert.equal(missing.status, 404);
    assert.deepEqual(missing.json, {
      error: {
        code: 'ResourceNotFound',
        message:
          "The Resource 'Microsoft.Web/sites/store' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
      },
    });
    assert.match(
      (await arm.site('GET', 'payments/slots/blue')).json.error.message,
      /^The Resource 'Microsoft.Web\/sites\/payments\/slots\/blue' under/,
    );
    assert.equal(
      (await (await armClient(emulator, 'other')).site('GET', 'payments')).json.error.code,
      'ResourceNotFound',
    );
    const elsewhere = `${emulator.armUrl}/subscriptions/none/resourceGroups/rg/providers/Microsoft.Web/sites/payments`;
    assert.equal((await arm.call(elsewhere)).json.error.code, 'SubscriptionNotFound');
  });

  it('answers 501 with its name to what it does not implement', async () => {
    const told: string[] = [];
    const other = await startEmulator({
      log: (line) => told.push(line),
      sites: [{ name: 'payments', resourceGroup: 'rg' }],
    });
    const answer = await (await armClient(other)).site('POST', 'payments/slots/staging/backups', {});
    await other.close();
    assert.equal(answer.status, 501);
    assert.equal(
      answer.json.error.message,
      "The emulator does not implement 'POST Microsoft.Web/sites/slots/backups'.",
    );
    assert.deepEqual(told, ['501 not implemented: POST Microsoft.Web/sites/slots/backups']);
  });

  it('merges a minimal PATCH of config/web, and shows experiments even when there are none', async () => {
    assert.deepEqual((await arm.site('GET', 'payments/config/web')).json.properties.experiments, { rampUpRules: [] });
    await arm.site('PATCH', 'payments/config/web', { properties: { healthCheckPath: '/health' } });
    const rule = {
      actionHostName: emulator.siteUrl('payments', 'staging').slice(8),
      reroutePercentage: 10,
      name: 'staging',
    };
    await arm.site('PATCH', 'payments/config/web', { properties: { experiments: { rampUpRules: [rule] } } });
    const { properties } = (await arm.site('GET', 'payments/config/web')).json;
    assert.equal(properties.healthCheckPath, '/health');
    assert.deepEqual(properties.experiments.rampUpRules, [rule]);
    await arm.site('PATCH', 'payments/config/web', { properties: { experiments: { rampUpRules: [] } } });
    assert.deepEqual(emulator.siteState('payments').rampUpRules, []);
    assert.equal((await arm.site('GET', 'payments/config/web')).json.properties.healthCheckPath, '/health');
  });

  it('keeps routing rules to production', async () => {
    const rules = {
      properties: { experiments: { rampUpRules: [{ name: 'production', actionHostName: 'x', reroutePercentage: 5 }] } },
    };
    const answer = await arm.site('PATCH', 'payments/slots/staging/config/web', rules);
    assert.deepEqual(answer.json.properties.experiments.rampUpRules, []);
  });

  it('replaces app settings as a whole and restarts the app with them', async () => {
    await arm.deploy('payments-staging', await tinyApp('1.0.0'));
    const url = `${emulator.siteUrl('payments', 'staging')}/?setting=MODE`;
    const before = (await ask(emulator, url)).json;
    assert.equal(before.setting, 'trial');
    assert.equal(before.slot, 'staging');
    await arm.site('PUT', 'payments/slots/staging/config/appsettings', { properties: { OTHER: 'x' } });
    const after = (await ask(emulator, url)).json;
    assert.notEqual(after.pid, before.pid);
    assert.equal(after.setting, null);
    assert.deepEqual((await arm.site('POST', 'payments/slots/staging/config/appsettings/list')).json.properties, {
      OTHER: 'x',
    });
  });

  it('has sticky names on the site alone', async () => {
    const { json } = await arm.site('GET', 'payments/config/slotConfigNames');
    assert.equal(json.id, null);
    assert.equal(json.type, 'Microsoft.Web/sites');
    assert.deepEqual(json.properties.appSettingNames, ['MODE']);
    await arm.site('PUT', 'payments/config/slotConfigNames', { properties: { appSettingNames: ['A', 'B'] } });
    assert.deepEqual(emulator.siteState('payments').stickySettings, ['A', 'B']);
    assert.equal((await arm.site('GET', 'payments/slots/staging/config/slotConfigNames')).status, 501);
  });

  it('keeps all three lists of sticky names', async () => {
    const names = { appSettingNames: ['A'], connectionStringNames: ['DB'], azureStorageConfigNames: ['files'] };
    const put = await arm.site('PUT', 'payments/config/slotConfigNames', { properties: names });
    assert.deepEqual([put.status, put.json.properties], [200, names]);
    assert.deepEqual((await arm.site('GET', 'payments/config/slotConfigNames')).json.properties, names);
  });

  it('keeps connection strings and mounts, gives strings to the app by their type, and refuses what is neither', async () => {
    const config = 'payments/slots/staging/config';
    const strings = { DB: { value: 'Server=a', type: 'SQLAzure' }, Q: { value: 'Endpoint=b', type: 'Custom' } };
    const mounts = { files: { type: 'AzureFiles', accountName: 'acc', shareName: 's', mountPath: '/m' } };
    await arm.deploy('payments-staging', await tinyApp('1.0.0'));
    assert.deepEqual(
      (await arm.site('PUT', `${config}/connectionstrings`, { properties: strings })).json.properties,
      strings,
    );
    assert.equal((await arm.site('PUT', `${config}/azurestorageaccounts`, { properties: mounts })).status, 200);
    assert.deepEqual((await arm.site('POST', `${config}/connectionstrings/list`)).json.properties, strings);
    assert.deepEqual((await arm.site('POST', `${config}/azurestorageaccounts/list`)).json.properties, mounts);
    for (const [name, value] of [
      ['SQLAZURECONNSTR_DB', 'Server=a'],
      ['CUSTOMCONNSTR_Q', 'Endpoint=b'],
    ] as const) {
      const { json } = await ask(emulator, `${emulator.siteUrl('payments', 'staging')}/?setting=${name}`);
      assert.equal(json.setting, value);
    }
    assert.equal((await arm.site('PUT', `${config}/connectionstrings`, { properties: { DB: 'x' } })).status, 400);
  });

  it('lets everybody in until there is a rule, and then nobody else, as Azure lists it', async () => {
    const all = {
      ipAddress: 'Any',
      action: 'Allow',
      priority: 2147483647,
      name: 'Allow all',
      description: 'Allow all access',
    };
    const office = { ipAddress: '203.0.113.0/24', action: 'Allow', priority: 100, name: 'office' };
    const rules = async () => {
      const { properties } = (await arm.site('GET', 'payments/config/web')).json;
      return [properties.ipSecurityRestrictions, properties.scmIpSecurityRestrictions];
    };
    assert.deepEqual(await rules(), [[all], [all]]);
    // As clients write it: what they have read, and one rule more.
    await arm.site('PATCH', 'payments/config/web', { properties: { ipSecurityRestrictions: [all, office] } });
    const others = { ...all, action: 'Deny', name: 'Deny all', description: 'Deny all access' };
    assert.deepEqual(await rules(), [[office, others], [all]]);
    await arm.site('PATCH', 'payments/config/web', { properties: { ipSecurityRestrictions: [others] } });
    assert.deepEqual(await rules(), [[all], [all]]);
  });

  it('stops, starts and restarts', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    const first = (await ask(emulator, emulator.siteUrl('payments'))).json.pid;
    await arm.site('POST', 'payments/restart');
    const second = (await ask(emulator, emulator.siteUrl('payments'))).json.pid;
    assert.notEqual(second, first);
    await arm.site('POST', 'payments/stop');
    const stopped = await ask(emulator, emulator.siteUrl('payments'));
    assert.equal(stopped.status, 403);
    assert.match(stopped.text, /This web app is stopped/);
    assert.equal((await arm.site('GET', 'payments')).json.properties.state, 'Stopped');
    await arm.site('POST', 'payments/start');
    assert.equal((await ask(emulator, emulator.siteUrl('payments'))).status, 200);
  });

  it('creates a slot with a host of its own and deletes it again', async () => {
    const created = await arm.site('PUT', 'payments/slots/blue', {
      location: 'West Europe',
      properties: { siteConfig: {} },
    });
    assert.equal(created.json.name, 'payments/blue');
    assert.equal((await ask(emulator, emulator.siteUrl('payments', 'blue'))).status, 200);
    assert.equal((await arm.site('GET', 'payments/slots')).json.value.length, 2);
    assert.equal((await arm.site('DELETE', 'payments/slots/blue')).status, 200);
    assert.equal((await arm.site('DELETE', 'payments/slots/blue')).status, 204);
    assert.equal((await arm.site('DELETE', 'payments/slots/production')).status, 400);
    assert.equal((await arm.site('PUT', 'payments/slots/no_slot', {})).status, 400);
  });

  it('refuses a body that is not JSON, and one that is too large', async () => {
    assert.equal(
      (await arm.site('PATCH', 'payments/config/web', '{"properties":')).json.error.code,
      'InvalidRequestContent',
    );
    assert.equal((await arm.site('PATCH', 'payments/config/web', 'x'.repeat(1024 * 1024 + 1))).status, 413);
  });
});
