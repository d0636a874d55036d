import assert from 'node:assert/strict';
import { startEmulator, type Emulator, type FaultEffect } from '../../../../src/emulator/start.ts';
import { armClient, ask, PATIENT, until } from '../../client.ts';
import { tinyApp } from '../../tiny-app.ts';

describe('emulator: faults of container apps', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;

  beforeEach(async () => {
    emulator = await startEmulator({
      ...PATIENT,
      containerAppMs: 40,
      images: { 'contoso/orders:1.0': await tinyApp('1.0.0'), 'contoso/orders:2.0': await tinyApp('2.0.0') },
      containerApps: [{ name: 'orders', resourceGroup: 'rg', image: 'contoso/orders:1.0', suffix: 'v1' }],
    });
    arm = await armClient(emulator);
  });
  afterEach(() => emulator.close());

  const state = () => emulator.containerAppState('orders');
  const revision = (name: string) => state().revisions[`orders--${name}`]!;
  const release = () =>
    arm.containerApp('PATCH', 'orders', {
      properties: { template: { revisionSuffix: 'v2', containers: [{ name: 'orders', image: 'contoso/orders:2.0' }] } },
    });
  const shift = (name: string) =>
    arm.containerApp('PATCH', 'orders', {
      properties: { configuration: { ingress: { traffic: [{ revisionName: `orders--${name}`, weight: 100 }] } } },
    });
  const next = (effect: FaultEffect) => emulator.addFault({ effect });
  const statusOf = async (url = emulator.containerAppUrl('orders')) => (await ask(emulator, url)).status;

  it('app-conflict: refused once, nothing done', async () => {
    next({ kind: 'app-conflict' });
    const { status, json } = await release();
    assert.deepEqual([status, json.error.code], [409, 'ContainerAppOperationInProgress']);
    assert.equal(state().operationId, null);
    assert.equal((await arm.ended(await release())).status, 'Succeeded');
  });

  it('app-update-slow: takes its time, and nothing moves before', async () => {
    next({ kind: 'app-update-slow', ms: 500 });
    const before = performance.now();
    const answer = await release();
    await until(() => revision('v2') !== undefined);
    assert.equal(revision('v2').weight, 0);
    await arm.ended(answer);
    assert.ok(performance.now() - before >= 495);
    assert.equal(revision('v2').weight, 100);
  });

  it('app-update-never-ends: done or not, it is in progress and everything else is refused', async () => {
    emulator.addFault({ effect: { kind: 'app-update-never-ends', applied: true }, match: { path: 'orders$' } });
    const answer = await release();
    await until(() => revision('v2')?.weight === 100);
    assert.equal((await arm.call(String(answer.headers['azure-asyncoperation']))).json.status, 'InProgress');
    assert.equal((await shift('v1')).status, 409);
    await emulator.addContainerApp({ name: 'store', resourceGroup: 'rg', image: 'contoso/orders:1.0', suffix: 'v1' });
    next({ kind: 'app-update-never-ends' });
    assert.equal((await arm.containerApp('PATCH', 'store', { tags: { a: '1' } })).status, 202);
    assert.equal((await arm.containerApp('PATCH', 'store', {})).status, 409);
  });

  it('app-update-fails: Failed, and all is as it was', async () => {
    next({ kind: 'app-update-fails', code: 'OperationTimeout', message: 'It took too long.' });
    const answer = await release();
    const { status, error } = await arm.ended(answer);
    assert.deepEqual([status, error], ['Failed', { code: 'OperationTimeout', message: 'It took too long.' }]);
    const { json } = await arm.containerApp('GET', 'orders');
    assert.equal(json.properties.template.containers[0].image, 'contoso/orders:1.0');
    assert.deepEqual([json.properties.provisioningState, Object.keys(state().revisions)], ['Failed', ['orders--v1']]);
    const result = await arm.call(String(answer.headers.location));
    assert.deepEqual([result.status, result.json.error.code], [400, 'OperationTimeout']);
  });

  it('app-no-revision: Succeeded, and the revision does not come', async () => {
    next({ kind: 'app-no-revision' });
    assert.equal((await arm.ended(await release())).status, 'Succeeded');
    assert.deepEqual([Object.keys(state().revisions), state().latestRevision], [['orders--v1'], 'orders--v1']);
  });

  it('app-revision-slow: Provisioning for so long, and the weights of the latest wait', async () => {
    next({ kind: 'app-revision-slow', ms: 600 });
    const answer = await release();
    await until(() => revision('v2') !== undefined);
    const { properties } = (await arm.containerApp('GET', 'orders/revisions/orders--v2')).json;
    assert.deepEqual(
      [properties.active, properties.provisioningState, properties.healthState, properties.runningState],
      [true, 'Provisioning', 'None', 'Processing'],
    );
    assert.equal(await statusOf(emulator.containerAppUrl('orders', { revision: 'orders--v2' })), 503);
    assert.equal(revision('v1').weight, 100);
    await arm.ended(answer);
    assert.equal(revision('v2').weight, 100);
  });

  it('app-revision-crashes: well before users, gone after so many of their requests', async () => {
    await arm.ended(await shift('v1'));
    await arm.ended(await release());
    next({ kind: 'app-revision-crashes', requests: 2 });
    await arm.ended(await shift('v2'));
    const own = emulator.containerAppUrl('orders', { revision: 'orders--v2' });
    for (let times = 0; times < 3; times++) assert.equal(await statusOf(own), 200);
    assert.deepEqual([await statusOf(), await statusOf()], [200, 200]);
    await until(() => revision('v2').healthState === 'Unhealthy');
    assert.deepEqual([revision('v2').active, revision('v2').weight, await statusOf()], [true, 100, 503]);
  });

  it('app-host-gone: the weights hold, the host of the app is lost, those of the revisions answer', async () => {
    next({ kind: 'app-host-gone', ms: 600 });
    await arm.ended(await release());
    assert.equal(await statusOf(), 404);
    assert.equal(await statusOf(emulator.containerAppUrl('orders', { revision: 'orders--v2' })), 200);
    while ((await statusOf()) === 404) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await statusOf(), 200);
  });

  it('a lost reply: the change has been made all the same', async () => {
    emulator.addFault({ match: { method: 'PATCH', path: 'containerapps' }, effect: { kind: 'applied-then-reset' } });
    await assert.rejects(release(), { code: 'ECONNRESET' });
    await until(() => revision('v2')?.weight === 100 && state().operationId === null);
  });

  it('a fault asleep until the weights hold, at the host of a revision', async () => {
    emulator.addFault({
      match: { site: 'orders/orders--v2', after: 'app-shifted' },
      effect: { kind: 'status', status: 500 },
    });
    await arm.ended(await release());
    const own = emulator.containerAppUrl('orders', { revision: 'orders--v2' });
    assert.deepEqual([await statusOf(), await statusOf(own), await statusOf(own)], [200, 500, 200]);
  });

  it('a right that is missing, by its name', async () => {
    next({ kind: 'forbidden' });
    const { status, json } = await arm.containerApp('POST', 'orders/revisions/orders--v1/deactivate');
    assert.equal(status, 403);
    assert.match(
      json.error.message,
      /action 'Microsoft\.App\/containerApps\/revisions\/deactivate\/action' over scope '\S+\/revisions\/orders--v1'/,
    );
  });

  it('touches neither a read nor an activation', async () => {
    next({ kind: 'app-conflict' });
    assert.equal((await arm.containerApp('GET', 'orders')).status, 200);
    assert.equal((await arm.containerApp('POST', 'orders/revisions/orders--v1/restart')).status, 200);
    assert.equal((await release()).status, 409);
  });
});
