import assert from 'node:assert/strict';
import { join } from 'node:path';
import { rightFor } from '../../../src/azure/arm/rights.ts';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import { RolloutError } from '../../../src/rollout/errors.ts';
import type { AppHost } from '../../../src/rollout/kinds/app-service/ports.ts';
import { hostsOf } from '../hosts.ts';

const SITE = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/app';
const APP = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/containerApps/app';

describe('the right that a request needs', () => {
  const cases: [string, string, string | undefined][] = [
    ['GET', SITE, 'Microsoft.Web/sites/read'],
    ['GET', `${SITE}/slots/staging`, 'Microsoft.Web/sites/slots/read'],
    ['GET', `${SITE}/slots/staging?api-version=2025-05-01`, 'Microsoft.Web/sites/slots/read'],
    ['GET', `${SITE}/config/web`, 'Microsoft.Web/sites/config/read'],
    ['GET', `${SITE}/slots/staging/config/web`, 'Microsoft.Web/sites/slots/config/read'],
    ['PATCH', `${SITE}/config/web`, 'Microsoft.Web/sites/config/write'],
    ['GET', `${SITE}/slots/staging/deployments`, 'Microsoft.Web/sites/slots/deployments/read'],
    ['POST', `${SITE}/slots/staging/slotsswap`, 'Microsoft.Web/sites/slots/slotsswap/action'],
    ['POST', `${SITE}/slotsswap`, 'Microsoft.Web/sites/slotsswap/action'],
    ['POST', `${SITE}/slots/staging/applySlotConfig`, 'Microsoft.Web/sites/slots/applySlotConfig/action'],
    ['POST', `${SITE}/slots/staging/resetSlotConfig`, 'Microsoft.Web/sites/slots/resetSlotConfig/action'],
    ['GET', APP, 'Microsoft.App/containerApps/read'],
    ['PATCH', APP, 'Microsoft.App/containerApps/write'],
    ['GET', `${APP}/revisions`, 'Microsoft.App/containerApps/revisions/read'],
    ['POST', `${APP}/revisions/app--v1/activate`, 'Microsoft.App/containerApps/revisions/activate/action'],
    ['POST', 'https://app.scm.azurewebsites.net/api/publish', undefined],
  ];
  for (const [method, path, right] of cases)
    it(`${method} ${path}: ${right ?? 'none of the resource manager'}`, () =>
      assert.equal(rightFor(method, path), right));
});

describe('an identity that lacks one right', () => {
  let emulator: Emulator;
  let host: AppHost;
  before(async () => {
    emulator = await startEmulator({ swapMs: 20, sites: [{ name: 'app', resourceGroup: 'rg' }] });
    host = hostsOf(emulator)('app');
  });
  after(() => emulator.close());
  afterEach(() => emulator.clearFaults());

  /** What is in it is not looked at: the upload is refused before. */
  const FILE = join(import.meta.dirname, '../../../package.json');
  const refused = async (reply: Promise<unknown>): Promise<string> => JSON.stringify(await reply);
  const thrown = async (reading: Promise<unknown>): Promise<string> =>
    await reading.then(
      () => 'nothing was thrown',
      (error: unknown) => (error instanceof RolloutError ? `${error.facts.code}: ${error.message}` : String(error)),
    );

  const operations: [string, string, () => Promise<string>, string][] = [
    ['reads production', '/sites/app$', () => thrown(host.observe('production')), 'Microsoft.Web/sites/read'],
    ['reads a slot', '/slots/staging$', () => thrown(host.observe('staging')), 'Microsoft.Web/sites/slots/read'],
    ['reads settings', '/config/web$', () => thrown(host.readConfig('production')), 'Microsoft.Web/sites/config/read'],
    [
      'reads the settings of a slot',
      '/config/web$',
      () => thrown(host.readConfig('staging')),
      'Microsoft.Web/sites/slots/config/read',
    ],
    [
      'swaps',
      '/slotsswap$',
      () => refused(host.requestSwap('staging', 'production')),
      'Microsoft.Web/sites/slots/slotsswap/action',
    ],
    [
      'swaps the other way',
      '/slotsswap$',
      () => refused(host.requestSwap('production', 'staging')),
      'Microsoft.Web/sites/slotsswap/action',
    ],
    [
      'writes routing',
      '/config/web$',
      () => refused(host.change({ kind: 'routing', rules: [] })),
      'Microsoft.Web/sites/config/write',
    ],
    [
      'takes settings back',
      '/resetSlotConfig$',
      () => refused(host.change({ kind: 'reset-slot-config', slot: 'staging' })),
      'Microsoft.Web/sites/slots/resetSlotConfig/action',
    ],
    [
      'begins a preview',
      '/applySlotConfig$',
      () => refused(host.change({ kind: 'apply-slot-config', source: 'staging', target: 'production' })),
      'Microsoft.Web/sites/slots/applySlotConfig/action',
    ],
    ['uploads', '/api/publish$', () => refused(host.upload('staging', FILE)), 'Microsoft.Web/sites/publish/action'],
  ];
  for (const [name, path, call, right] of operations)
    it(`${name}: is told that it lacks ${right}`, async () => {
      emulator.addFault({ match: { path, times: 'always' }, effect: { kind: 'forbidden' } });
      const told = await call();
      assert.match(told, /forbidden|"refused"|"failed"/);
      assert.ok(told.includes(`lacks the right ${right}`), told);
      assert.match(told, /Website Contributor/);
      assert.deepEqual(emulator.siteState('app').swaps, []);
    });

  it('names the deployments among what could not be read', async () => {
    emulator.addFault({ match: { path: '/deployments$', times: 'always' }, effect: { kind: 'forbidden' } });
    assert.deepEqual((await host.observe('staging')).unread, ["the deployments of slot 'staging' of app 'app'"]);
  });
});
