import assert from 'node:assert/strict';
import { validateTaskSettings } from '../../src/order/validate.settings.ts';
import { deploySettings } from '../../src/rollout/deploy/deploy.settings.ts';
import { changedPolicy, rollBackSettings } from '../../src/rollout/recover/roll-back.settings.ts';
import { swapRequest } from '../../src/rollout/swap/swap-request.ts';
import { DEFAULT_SWAP_POLICY } from '../../src/rollout/way/policy.ts';
import { swapSettings } from '../../src/rollout/swap/swap.settings.ts';
import { describeProblem, readSettings } from '../../src/settings/read.ts';
import type { Presented } from '../../src/settings/setting.ts';

const REQUIRED = { azureSubscription: 'contoso', appName: 'payments', resourceGroupName: 'rg' };

function swap(given: Record<string, string>) {
  return readSettings(swapSettings, (name) => ({ ...REQUIRED, ...given })[name]);
}

function request(given: Record<string, string>) {
  const reading = swap(given);
  assert.ok(reading.ok, JSON.stringify(reading));
  return swapRequest(reading.settings, 'sub', 'id');
}

describe('the settings of a swap', () => {
  it('stand for the policy that the swap has by default', () =>
    assert.deepEqual(request({}).policy, DEFAULT_SWAP_POLICY));

  it('take headers of the probe a line each, as the graph does, and refuse what is none without repeating it', () => {
    const { health } = request({ healthHeaders: 'x-functions-key: abc, d=\n\n  Accept : text/html;q=0.8 ' });
    assert.deepEqual({ ...health.headers }, { 'x-functions-key': 'abc, d=', Accept: 'text/html;q=0.8' });
    for (const [given, rule] of [
      ['no header', /must be written `Name: value`/],
      ['bad name: secret', /must be written/],
      ['x: \u00e4', /no value of one line of plain text for 'x'/],
      ['x: 1\nX: 2', /names 'X' twice/],
    ] as const) {
      const reading = swap({ healthHeaders: given });
      assert.ok(!reading.ok, given);
      assert.match(reading.problems.map(describeProblem).join(), rule);
    }
    const secret = swap({ healthHeaders: 'no header but a s3cret' });
    assert.equal(JSON.stringify(secret).includes('must be written'), true);
  });

  it('take a share in percent', () => {
    for (const [given, share] of [
      ['25%', 0.25],
      ['5', 0.05],
      ['12.5 %', 0.125],
    ] as const)
      assert.equal(request({ unhealthyShare: given }).health.unhealthyShare, share);
    for (const given of ['0%', '101%', 'a tenth', '-1%']) assert.equal(swap({ unhealthyShare: given }).ok, false);
  });

  it('know every input of AzureAppServiceManage that a swap had', () => {
    const names = new Set(
      Object.entries(swapSettings.settings)
        .flatMap(([name, { aliases = [] }]) => [name, ...aliases])
        .map((name) => name.toLowerCase()),
    );
    for (const name of [
      'ConnectedServiceName',
      'Action',
      'WebAppName',
      'ResourceGroupName',
      'SourceSlot',
      'SwapWithProduction',
      'TargetSlot',
      'PreserveVnet',
    ])
      assert.ok(names.has(name.toLowerCase()), name);
  });

  const contradictions: [Record<string, string>, string | undefined][] = [
    [{ swapWithProduction: 'true' }, undefined],
    [{ swapWithProduction: 'true', targetSlot: 'Production' }, undefined],
    [{ swapWithProduction: 'false', targetSlot: 'blue' }, undefined],
    [{ swapWithProduction: 'true', targetSlot: 'blue' }, 'swapWithProduction'],
    [{ swapWithProduction: 'false' }, 'swapWithProduction'],
    [{ sourceSlot: 'PRODUCTION' }, 'targetSlot'],
    [{ action: 'swap slots' }, undefined],
    [{ action: 'Start Swap With Preview' }, undefined],
    [{ action: 'Complete Swap' }, undefined],
    [{ action: 'cancel swap' }, undefined],
    [{ action: 'Restart Azure App Service' }, 'action'],
    [{ preserveVnet: 'false' }, undefined],
    [{ preserveVnet: 'perhaps' }, 'preserveVnet'],
    [{ appName: '../other' }, 'appName'],
    [{ resourceGroupName: 'rg/providers' }, 'resourceGroupName'],
    [{ resourceGroupName: 'Übung_1.(a)' }, undefined],
    [{ healthPath: '//evil.example' }, 'healthPath'],
    [{ healthPath: 'https://evil.example' }, 'healthPath'],
    [{ healthyStatuses: '200,204' }, undefined],
    [{ healthyStatuses: '200,2xx' }, 'healthyStatuses'],
    [{ healthyStatuses: '299-200' }, 'healthyStatuses'],
    [{ versionJson: '$.a[0].b' }, undefined],
    [{ versionJson: 'version' }, 'versionJson'],
    [{ reason: 'a\nb' }, 'reason'],
    [{ journal: 'C:\\journals\\run.jsonl' }, undefined],
    [{ journal: 'https://contoso.blob.core.windows.net/releases/payments' }, undefined],
    [{ journal: 'http://contoso.blob.core.windows.net/releases' }, 'journal'],
    [{ journal: 'https://contoso.example/releases' }, 'journal'],
    [{ journal: 'ftp://contoso.example/journal.jsonl' }, 'journal'],
  ];
  for (const [given, wrong] of contradictions)
    it(`${wrong === undefined ? 'take' : 'refuse'} ${JSON.stringify(given)}`, () => {
      const reading = swap(given);
      assert.deepEqual(reading.ok ? [] : reading.problems.map(({ name }) => name), wrong === undefined ? [] : [wrong]);
    });

  it('take ranges of statuses', () => {
    assert.deepEqual(request({ healthyStatuses: '200-202, 204,201' }).health.statuses, [200, 201, 202, 204]);
    assert.equal(request({}).health.statuses.length, 100);
  });

  it('ask for the version where it is expected', () => {
    assert.equal(request({}).health.version, undefined);
    assert.deepEqual(request({ expectedVersion: '1', healthPath: '/h' }).health.version, {
      path: '/h',
      json: undefined,
    });
    assert.deepEqual(request({ versionPath: '/v', versionJson: '$.v' }).health.version, { path: '/v', json: '$.v' });
  });
});

describe('the settings of a rollback', () => {
  it('replace of the plan only what is said', () => {
    const reading = readSettings(
      rollBackSettings,
      (name) => ({ azureSubscription: 'contoso', settle: '10s', rollbackTarget: 'verified' })[name],
    );
    assert.ok(reading.ok);
    assert.deepEqual(changedPolicy(reading.settings), { settleMs: 10_000, rollbackTarget: 'verified' });
  });
});

describe('every feature', () => {
  const declarations: [string, Presented][] = [
    ['validate', validateTaskSettings],
    ['deploy', deploySettings],
    ['swap', swapSettings],
    ['rollback', rollBackSettings],
  ];
  for (const [feature, { settings }] of declarations)
    it(`${feature} speaks in whole sentences`, () => {
      for (const [name, { help, label }] of Object.entries(settings)) {
        assert.match(help, /^[A-Z`].*\.$/, `${name}: ${help}`);
        assert.match(label, /^[A-Z]/, name);
      }
    });

  it('says what is missing when nothing is given', () => {
    const reading = readSettings(swapSettings, () => undefined);
    assert.deepEqual(reading.ok ? [] : reading.problems.map(describeProblem).map((line) => line.split(':')[0]), [
      'azureSubscription is required',
      'appName is required',
      'resourceGroupName is required',
    ]);
  });
});
