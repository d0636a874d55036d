import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../../../src/emulator/start.ts';
import { armClient, ask, PATIENT, until } from '../../client.ts';
import { tinyApp } from '../../tiny-app.ts';

describe('emulator: the traffic of container apps', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;
  let draw = 0;

  beforeEach(async () => {
    draw = 0;
    emulator = await startEmulator({
      ...PATIENT,
      containerAppMs: 40,
      random: () => draw,
      images: {
        'contoso/orders:1.0': await tinyApp('1.0.0'),
        'contoso/orders:2.0': await tinyApp('2.0.0'),
        'contoso/orders:broken': { 'server.js': 'throw new Error("no database")' },
      },
      containerApps: [{ name: 'orders', resourceGroup: 'rg', image: 'contoso/orders:1.0', suffix: 'v1' }],
    });
    arm = await armClient(emulator);
  });
  afterEach(() => emulator.close());

  const state = () => emulator.containerAppState('orders');
  const revision = (name: string) => state().revisions[`orders--${name}`]!;
  const patch = (properties: unknown) => arm.containerApp('PATCH', 'orders', { properties });
  const template = (tag: string, revisionSuffix: string) => ({
    revisionSuffix,
    containers: [{ name: 'orders', image: `contoso/orders:${tag}` }],
  });
  const shift = (traffic: unknown) => patch({ configuration: { ingress: { traffic } } });
  const answerOf = async (url = emulator.containerAppUrl('orders')) => ask(emulator, url);
  const traffic = async () =>
    (await arm.containerApp('GET', 'orders')).json.properties.configuration.ingress.traffic as unknown;

  it('follows the latest revision that is ready, as long as a row says so', async () => {
    await arm.ended(await patch({ template: template('2.0', 'v2') }));
    assert.equal((await answerOf()).json.release, '2.0.0');
    assert.deepEqual(await traffic(), [{ weight: 100, latestRevision: true }]);
    assert.deepEqual([revision('v1').weight, revision('v1').active, revision('v2').weight], [0, true, 100]);
  });

  it('takes weights as text and answers numbers, and replaces the whole list', async () => {
    await arm.ended(await patch({ template: template('2.0', 'v2') }));
    await arm.ended(
      await shift([
        { revisionName: 'orders--v1', weight: '80', label: 'blue' },
        { latestRevision: true, weight: '20' },
      ]),
    );
    assert.deepEqual(await traffic(), [
      { revisionName: 'orders--v1', weight: 80, label: 'blue' },
      { weight: 20, latestRevision: true },
    ]);
    draw = 0.79;
    assert.equal((await answerOf()).json.release, '1.0.0');
    draw = 0.81;
    assert.equal((await answerOf()).json.release, '2.0.0');
    await arm.ended(await shift([{ label: 'blue', weight: 100 }]));
    assert.deepEqual(await traffic(), [{ revisionName: 'orders--v1', weight: 100, label: 'blue' }]);
    assert.equal((await answerOf()).headers['set-cookie'], undefined);
  });

  for (const [reason, list] of [
    ['weights that do not total 100', [{ revisionName: 'orders--v1', weight: 90 }]],
    [
      'half a percent',
      [
        { revisionName: 'orders--v1', weight: 99.5 },
        { latestRevision: true, weight: 0.5 },
      ],
    ],
    ['a revision that is not there', [{ revisionName: 'orders--v9', weight: 100 }]],
    ['a label that nobody has', [{ label: 'green', weight: 100 }]],
    ['a row for nobody', [{ weight: 100 }]],
    ['a label that stands twice', [50, 50].map((weight) => ({ latestRevision: true, weight, label: 'blue' }))],
  ] as const) {
    it(`refuses ${reason}, and nothing has changed`, async () => {
      const { status, json } = await shift(list);
      assert.deepEqual([status, json.error.code], [400, 'InvalidTraffic']);
      assert.deepEqual([await traffic(), state().operationId], [[{ weight: 100, latestRevision: true }], null]);
    });
  }

  it('moves a label, and its host with it', async () => {
    await arm.ended(await patch({ template: template('2.0', 'v2') }));
    const rows = (blue: string) => [
      { revisionName: `orders--${blue}`, weight: 0, label: 'blue' },
      { latestRevision: true, weight: 100 },
    ];
    await arm.ended(await shift(rows('v1')));
    const url = emulator.containerAppUrl('orders', { label: 'blue' });
    assert.equal((await answerOf(url)).json.release, '1.0.0');
    await arm.ended(await shift(rows('v2')));
    assert.equal((await answerOf(url)).json.release, '2.0.0');
    await arm.ended(await shift([{ latestRevision: true, weight: 100 }]));
    assert.equal((await answerOf(url)).status, 404);
  });

  it('keeps one revision in single mode, and the old one until the new one is ready', async () => {
    await arm.ended(await patch({ configuration: { activeRevisionsMode: 'Single' } }));
    emulator.addFault({ effect: { kind: 'app-revision-slow', ms: 500 } });
    const answer = await patch({ template: template('2.0', 'v2') });
    await until(() => state().latestRevision === 'orders--v2');
    assert.equal((await answerOf()).json.release, '1.0.0');
    await arm.ended(answer);
    assert.equal((await answerOf()).json.release, '2.0.0');
    assert.deepEqual([revision('v1').active, revision('v1').pid, revision('v2').active], [false, null, true]);
  });

  it('keeps a client with its revision only where sessions are sticky', async () => {
    await arm.ended(await patch({ template: template('2.0', 'v2') }));
    const ingress = {
      stickySessions: { affinity: 'sticky' },
      traffic: [
        { revisionName: 'orders--v1', weight: 50 },
        { revisionName: 'orders--v2', weight: 50 },
      ],
    };
    await arm.ended(await patch({ configuration: { ingress } }));
    const first = await answerOf();
    const cookie = String(first.headers['set-cookie']).split(';')[0]!;
    draw = 0.9;
    assert.equal((await answerOf()).json.release, '2.0.0');
    const again = await ask(emulator, emulator.containerAppUrl('orders'), { headers: { cookie } });
    assert.deepEqual([first.json.release, again.json.release], ['1.0.0', '1.0.0']);
  });

  it('leaves a revision that crashes at its start without traffic when the latest has it', async () => {
    const { status, error } = await arm.ended(await patch({ template: template('broken', 'v2') }));
    assert.deepEqual([status, error.code], ['Failed', 'ContainerAppOperationError']);
    assert.match(error.message, /Failed to provision revision for container app 'orders'.*expired/);
    const { properties } = (await arm.containerApp('GET', 'orders/revisions/orders--v2')).json;
    assert.deepEqual(
      [properties.healthState, properties.provisioningError, properties.runningStateDetails],
      ['Unhealthy', 'Failed:ordersContainerCrashing', '1/1 Failed:ordersContainerCrashing'],
    );
    assert.match(revision('v2').output, /no database/);
    assert.equal((await answerOf()).json.release, '1.0.0');
  });

  it('pulls again when it is restarted, and the rows for the latest follow', async () => {
    await arm.ended(await patch({ template: template('3.0', 'v3') }));
    assert.deepEqual([revision('v3').image, revision('v3').weight], [null, 0]);
    await emulator.addImage('contoso/orders:3.0', await tinyApp('3.0.0'));
    await arm.containerApp('POST', 'orders/revisions/orders--v3/restart');
    await until(() => revision('v3').weight === 100);
    assert.deepEqual([state().latestReadyRevision, revision('v3').healthState], ['orders--v3', 'Healthy']);
    assert.equal((await answerOf()).json.release, '3.0.0');
  });

  it('shows a revision that crashes later as recorded: active, with its weight, and down until it is restarted', async () => {
    await answerOf(`${emulator.containerAppUrl('orders')}/exit`);
    await until(() => revision('v1').healthState === 'Unhealthy');
    const { active, replicas, trafficWeight, provisioningState, runningState, provisioningError } = (
      await arm.containerApp('GET', 'orders/revisions/orders--v1')
    ).json.properties;
    assert.deepEqual([active, replicas, trafficWeight], [true, 1, 100]);
    assert.deepEqual(
      [provisioningState, runningState, provisioningError],
      ['Failed', 'Failed', 'Failed:ordersContainerCrashing'],
    );
    assert.equal((await answerOf()).status, 503);
    await arm.containerApp('POST', 'orders/revisions/orders--v1/restart');
    await until(() => revision('v1').healthState === 'Healthy');
    assert.equal((await answerOf()).status, 200);
  });
});
