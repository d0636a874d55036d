import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../../../src/emulator/start.ts';
import { armClient, type Answer } from '../../client.ts';
import { LIGHT } from '../../light-app.ts';

const MINUTE = 60_000;
const ago = (minutes: number): Date => new Date(Date.now() - minutes * MINUTE);
const text = (date: Date): string => date.toISOString();

describe('emulator: alerts, and what a resource group holds', () => {
  let emulator: Emulator;
  let get: (path: string, query: string) => Promise<Answer>;
  let app: string;
  before(async () => {
    emulator = await startEmulator({ ...LIGHT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    const { call } = await armClient(emulator);
    const scope = `${emulator.armUrl}/subscriptions/${emulator.subscriptionId}`;
    get = (path, query) => call(`${scope}/${path}?api-version=2019-05-05-preview${query}`);
    app = `/subscriptions/${emulator.subscriptionId}/resourceGroups/rg/providers/Microsoft.Web/sites/payments`;
    emulator.addAlert({ targetResource: app, firedAt: ago(20), resolvedAt: ago(10) });
    emulator.addAlert({ targetResource: `${app}/slots/staging`, rule: 'errors', severity: 'Sev1', firedAt: ago(30) });
    emulator.addAlert({ targetResource: app, rule: 'old', firedAt: ago(3 * 24 * 60) });
  });
  after(() => emulator.close());

  const alerts = (query: string): Promise<Answer> => get('providers/Microsoft.AlertsManagement/alerts', query);
  const rows: readonly (readonly [query: () => string, names: readonly string[], reason: string])[] = [
    [() => '', ['too-slow', 'errors'], 'of the last day where nothing is said'],
    [() => '&timeRange=7d', ['too-slow', 'errors', 'old'], 'of the last week'],
    [() => `&targetResource=${app}`, ['too-slow'], 'of one resource, and not of its slot'],
    [() => `&targetResource=${app.toUpperCase()}/SLOTS/STAGING`, ['errors'], 'in any letter case'],
    [() => '&targetResourceGroup=RG', ['too-slow', 'errors'], 'of a resource group'],
    [() => '&monitorCondition=Fired', ['errors'], 'that are not resolved'],
    [() => '&severity=Sev0,Sev1', ['errors'], 'of two severities'],
    [() => `&customTimeRange=${text(ago(25))}/${text(ago(0))}`, ['too-slow'], 'since a time'],
    [() => `&customTimeRange=${text(ago(60))}/${text(ago(25))}`, ['errors'], 'until a time'],
  ];
  for (const [query, names, reason] of rows)
    it(`lists those ${reason}`, async () => {
      const { status, json } = await alerts(query());
      assert.equal(status, 200);
      assert.deepEqual(
        (json as { value: { name: string }[] }).value.map(({ name }) => name),
        names,
      );
    });

  it('keeps an alert new when its condition has resolved, and ids in lower case', async () => {
    const { json } = await alerts(`&targetResource=${app}`);
    const { essentials } = (json as { value: { properties: { essentials: Record<string, unknown> } }[] }).value[0]!
      .properties;
    assert.deepEqual(
      [
        essentials['alertState'],
        essentials['monitorCondition'],
        essentials['targetResource'],
        essentials['targetResourceName'],
      ],
      ['New', 'Resolved', app.toLowerCase(), 'payments'],
    );
  });

  it('refuses times that are none, and filters that it does not know', async () => {
    const bad = [
      '&timeRange=2h',
      '&customTimeRange=yesterday/today',
      `&customTimeRange=${text(ago(5))}/${text(ago(10))}`,
      `&customTimeRange=${text(ago(31 * 24 * 60))}/${text(ago(0))}`,
      `&timeRange=1h&customTimeRange=${text(ago(5))}/${text(ago(0))}`,
    ];
    for (const query of bad) assert.equal((await alerts(query)).status, 400, query);
    assert.equal((await alerts('&smartGroupId=1')).status, 501);
    assert.throws(() => emulator.addAlert({ targetResource: 'payments', firedAt: ago(1) }), /not the id of a resource/);
  });

  it('lists what a group holds by the names that Azure gives it', async () => {
    const { json } = await get('resourceGroups/RG/resources', '');
    const value = (json as { value: { id: string; name: string; type: string }[] }).value;
    assert.deepEqual(
      value.map(({ name, type }) => [name, type]),
      [
        ['payments', 'Microsoft.Web/sites'],
        ['payments/staging', 'Microsoft.Web/sites/slots'],
      ],
    );
    assert.equal(value[1]!.id, `${app}/slots/staging`);
    assert.equal((await get('resourceGroups/other/resources', '')).status, 404);
  });
});
