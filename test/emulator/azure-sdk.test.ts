import assert from 'node:assert/strict';
import { WebSiteManagementClient } from '@azure/arm-appservice';
import { ClientSecretCredential } from '@azure/identity';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient, ask, PATIENT } from './client.ts';
import { tinyApp } from './tiny-app.ts';

/** Microsoft's own clients against the emulator: what nobody here wrote must find nothing odd. */
describe('emulator: the Azure SDK', () => {
  let emulator: Emulator;
  let client: WebSiteManagementClient;

  const credential = (secret: string): ClientSecretCredential =>
    new ClientSecretCredential(emulator.tenantId, emulator.clientId, secret, {
      authorityHost: emulator.authorityUrl,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: emulator.caPem },
      retryOptions: { maxRetries: 0 },
    });
  const clientWith = (secret: string): WebSiteManagementClient =>
    new WebSiteManagementClient(credential(secret), emulator.subscriptionId, {
      endpoint: emulator.armUrl,
      credentials: { scopes: [`${emulator.armUrl}/.default`] },
      tlsOptions: { ca: emulator.caPem },
      retryOptions: { maxRetries: 0 },
    });

  beforeEach(async () => {
    emulator = await startEmulator({
      ...PATIENT,
      swapMs: 30,
      // The SDK would wait out a Retry-After of one second.
      retryAfterSeconds: null,
      sites: [{ name: 'payments', resourceGroup: 'rg', slots: ['staging', 'next'] }],
    });
    client = clientWith(emulator.clientSecret);
  });
  afterEach(() => emulator.close());

  it('reads sites and slots', async () => {
    const site = await client.webApps.get('rg', 'payments');
    assert.equal(site.name, 'payments');
    assert.equal(site.defaultHostName, emulator.siteUrl('payments').slice('https://'.length));
    assert.equal(site.state, 'Running');
    const slots = [];
    for await (const slot of client.webApps.listSlots('rg', 'payments')) slots.push(slot.name);
    assert.deepEqual(slots, ['payments/staging', 'payments/next']);
  });

  it('lists functions and WebJobs of a slot', async () => {
    const functions = { staging: [{ name: 'ship', trigger: 'queueTrigger' }] };
    await emulator.addSite({ name: 'orders', resourceGroup: 'rg', functions });
    await emulator.addSite({
      name: 'store',
      resourceGroup: 'rg',
      webJobs: { staging: [{ name: 'cleaner', status: 'Running' }] },
    });
    const found = [];
    for await (const one of client.webApps.listInstanceFunctionsSlot('rg', 'orders', 'staging'))
      found.push([one.name, one.isDisabled]);
    for await (const one of client.webApps.listContinuousWebJobsSlot('rg', 'store', 'staging'))
      found.push([one.name, one.status]);
    assert.deepEqual(found, [
      ['orders/staging/ship', false],
      ['store/staging/cleaner', 'Running'],
    ]);
  });

  it('swaps, polling to the end, with one request for the swap', async () => {
    const arm = await armClient(emulator);
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    await client.webApps.swapSlot(
      'rg',
      'payments',
      'staging',
      { targetSlot: 'production', preserveVnet: true },
      { updateIntervalInMs: 5 },
    );
    assert.equal((await ask(emulator, emulator.siteUrl('payments'))).json.release, '2.0.0');
    const site = await client.webApps.get('rg', 'payments');
    assert.equal(site.slotSwapStatus?.destinationSlotName, 'Production');
    assert.ok(site.slotSwapStatus?.timestampUtc instanceof Date);
    assert.equal(emulator.requests({ method: 'POST', path: /slotsswap$/ }).length, 1);
  });

  it('reads and writes configuration', async () => {
    const rule = {
      name: 'staging',
      actionHostName: emulator.siteUrl('payments', 'staging').slice(8),
      reroutePercentage: 10,
    };
    const updated = await client.webApps.updateConfiguration('rg', 'payments', {
      experiments: { rampUpRules: [rule] },
    });
    assert.equal(updated.experiments?.rampUpRules?.[0]?.reroutePercentage, 10);
    assert.deepEqual(emulator.siteState('payments').rampUpRules, [rule]);
    await client.webApps.updateApplicationSettingsSlot('rg', 'payments', 'staging', { properties: { FLAG: 'on' } });
    assert.deepEqual((await client.webApps.listApplicationSettingsSlot('rg', 'payments', 'staging')).properties, {
      FLAG: 'on',
    });
    await client.webApps.updateSlotConfigurationNames('rg', 'payments', { appSettingNames: ['FLAG'] });
    assert.deepEqual((await client.webApps.listSlotConfigurationNames('rg', 'payments')).appSettingNames, ['FLAG']);
  });

  it('lists what a swap would carry along, in either direction', async () => {
    await client.webApps.updateApplicationSettings('rg', 'payments', {
      properties: { A: 'old', SAME: '1', B: 'live' },
    });
    const staging = { properties: { A: 'new', SAME: '1', B: 'trial', ADDED: 'x' } };
    await client.webApps.updateApplicationSettingsSlot('rg', 'payments', 'staging', staging);
    await client.webApps.updateSlotConfigurationNames('rg', 'payments', { appSettingNames: ['B'] });
    const toProduction = { targetSlot: 'production', preserveVnet: true };
    const found: unknown[] = [];
    for await (const one of client.webApps.listSlotDifferencesSlot('rg', 'payments', 'staging', toProduction))
      found.push([one.settingType, one.diffRule, one.settingName, one.valueInCurrentSlot, one.valueInTargetSlot]);
    // B stays with its slot, SAME is the same.
    assert.deepEqual(found, [
      ['AppSetting', 'SettingsWillBeSwapped', 'A', 'new', 'old'],
      ['AppSetting', 'SettingsWillBeSwapped', 'ADDED', 'x', null],
    ]);
    const back: unknown[] = [];
    const toStaging = { targetSlot: 'staging', preserveVnet: true };
    for await (const one of client.webApps.listSlotDifferencesFromProduction('rg', 'payments', toStaging))
      back.push([one.settingName, one.valueInCurrentSlot ?? null, one.valueInTargetSlot]);
    assert.deepEqual(back, [
      ['A', 'old', 'new'],
      ['ADDED', null, 'x'],
    ]);
    const nowhere = client.webApps.listSlotDifferencesSlot('rg', 'payments', 'staging', {
      targetSlot: 'nowhere',
      preserveVnet: true,
    });
    await assert.rejects(nowhere.next(), { statusCode: 404, code: 'ResourceNotFound' });
  });

  it('creates and deletes slots, stops and starts them, lists instances and deployments', async () => {
    await client.webApps.createOrUpdateSlot('rg', 'payments', 'blue', { location: 'West Europe', siteConfig: {} });
    assert.equal((await client.webApps.getSlot('rg', 'payments', 'blue')).name, 'payments/blue');
    await client.webApps.stopSlot('rg', 'payments', 'blue');
    assert.equal((await client.webApps.getSlot('rg', 'payments', 'blue')).state, 'Stopped');
    await client.webApps.startSlot('rg', 'payments', 'blue');
    const instances = [];
    for await (const one of client.webApps.listInstanceIdentifiersSlot('rg', 'payments', 'blue'))
      instances.push(one.name);
    assert.equal(instances.length, 1);
    const deployments = [];
    for await (const one of client.webApps.listDeploymentsSlot('rg', 'payments', 'blue')) deployments.push(one.name);
    assert.deepEqual(deployments, []);
    await client.webApps.deleteSlot('rg', 'payments', 'blue');
    await assert.rejects(client.webApps.getSlot('rg', 'payments', 'blue'), {
      statusCode: 404,
      code: 'ResourceNotFound',
    });
  });

  it('understands what is refused', async () => {
    await assert.rejects(client.webApps.get('rg', 'nothing'), { statusCode: 404, code: 'ResourceNotFound' });
    await assert.rejects(client.webApps.getDiagnosticLogsConfiguration('rg', 'payments'), {
      statusCode: 501,
      code: 'NotImplemented',
    });
    await assert.rejects(
      clientWith('wrong').webApps.get('rg', 'payments'),
      /AADSTS7000215: Invalid client secret provided/,
    );
  });

  it('sees a failed swap as failed', async () => {
    emulator.addFault({ effect: { kind: 'swap-fails' } });
    await assert.rejects(
      client.webApps.swapSlot(
        'rg',
        'payments',
        'staging',
        { targetSlot: 'production', preserveVnet: true },
        { updateIntervalInMs: 5 },
      ),
      { statusCode: 417 },
    );
    assert.deepEqual(emulator.siteState('payments').swaps, []);
  });
});
