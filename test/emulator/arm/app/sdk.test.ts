import assert from 'node:assert/strict';
import { ContainerAppsAPIClient, type ContainerApp, type TrafficWeight } from '@azure/arm-appcontainers';
import { ClientSecretCredential } from '@azure/identity';
import { startEmulator, type Emulator } from '../../../../src/emulator/start.ts';
import { ask, PATIENT } from '../../client.ts';
import { tinyApp } from '../../tiny-app.ts';

/** Microsoft's own client against the emulator: what nobody here wrote must find nothing odd. */
describe('emulator: the Azure SDK of container apps', () => {
  let emulator: Emulator;
  let client: ContainerAppsAPIClient;
  /** The draw of the next request. */
  let draw = 0;
  const soon = { updateIntervalInMs: 5 };

  beforeEach(async () => {
    emulator = await startEmulator({
      ...PATIENT,
      containerAppMs: 40,
      // The SDK would wait out a Retry-After of one second.
      retryAfterSeconds: null,
      random: () => draw,
      images: { 'contoso/orders:1.0': await tinyApp('1.0.0'), 'contoso/orders:2.0': await tinyApp('2.0.0') },
    });
    const { tenantId, clientId, clientSecret, authorityUrl, caPem, armUrl, subscriptionId } = emulator;
    const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
      authorityHost: authorityUrl,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: caPem },
      retryOptions: { maxRetries: 0 },
    });
    client = new ContainerAppsAPIClient(credential, subscriptionId, {
      endpoint: armUrl,
      credentialScopes: [`${armUrl}/.default`],
      tlsOptions: { ca: caPem },
      retryOptions: { maxRetries: 0 },
    });
    await client.containerApps.beginCreateOrUpdateAndWait('rg', 'orders', release('1.0', 'v1'), soon);
  });
  afterEach(() => emulator.close());

  const release = (tag: string, revisionSuffix: string, traffic?: TrafficWeight[]): ContainerApp => ({
    location: 'West Europe',
    configuration: {
      activeRevisionsMode: 'Multiple',
      ingress: { external: true, targetPort: 80, ...(traffic === undefined ? {} : { traffic }) },
    },
    template: { revisionSuffix, containers: [{ name: 'main', image: `contoso/orders:${tag}` }] },
  });
  const update = (change: ContainerApp) => client.containerApps.beginUpdateAndWait('rg', 'orders', change, soon);
  const shift = (traffic: TrafficWeight[]) =>
    update({ location: 'West Europe', configuration: { ingress: { traffic } } });
  const releaseAt = async (where: number, url = emulator.containerAppUrl('orders')) => {
    draw = where;
    return (await ask(emulator, url)).json.release;
  };

  it('creates an app, reads it and lists it', async () => {
    const app = await client.containerApps.get('rg', 'orders');
    assert.deepEqual([app.provisioningState, app.latestReadyRevisionName], ['Succeeded', 'orders--v1']);
    assert.equal(`https://${app.configuration?.ingress?.fqdn}`, emulator.containerAppUrl('orders'));
    assert.equal(await releaseAt(0), '1.0.0');
    const names = [];
    for await (const one of client.containerApps.listByResourceGroup('rg')) names.push(one.name);
    assert.deepEqual(names, ['orders']);
  });

  it('brings a new revision without traffic, shifts to it step by step, and takes the old one away', async () => {
    const old = { revisionName: 'orders--v1', weight: 100 };
    const updated = await update(release('2.0', 'v2', [old]));
    assert.equal(updated.latestReadyRevisionName, 'orders--v2');
    const revisions = [];
    for await (const one of client.containerAppsRevisions.listRevisions('rg', 'orders')) revisions.push(one);
    assert.deepEqual(
      revisions.map((one) => [one.name, one.active, one.trafficWeight, one.healthState, one.runningState]),
      [
        ['orders--v1', true, 100, 'Healthy', 'Running'],
        ['orders--v2', true, 0, 'Healthy', 'Running'],
      ],
    );
    assert.ok(revisions[1]!.createdTime instanceof Date);
    assert.equal(await releaseAt(0.999), '1.0.0');
    assert.equal(await releaseAt(0, `https://${revisions[1]!.fqdn}`), '2.0.0');

    const next = { revisionName: 'orders--v2', weight: 10, label: 'next' };
    const shifted = await shift([{ ...old, weight: 90 }, next]);
    // The SDK makes `latestRevision: false` of what the service leaves out.
    assert.deepEqual(shifted.configuration?.ingress?.traffic, [
      { ...old, weight: 90, latestRevision: false },
      { ...next, latestRevision: false },
    ]);
    assert.deepEqual([await releaseAt(0.899), await releaseAt(0.901)], ['1.0.0', '2.0.0']);
    assert.equal(await releaseAt(0, emulator.containerAppUrl('orders', { label: 'next' })), '2.0.0');

    await shift([{ ...next, weight: 100 }]);
    assert.equal(await releaseAt(0), '2.0.0');
    await client.containerAppsRevisions.deactivateRevision('rg', 'orders', 'orders--v1');
    while ((await client.containerAppsRevisions.getRevision('rg', 'orders', 'orders--v1')).active !== false);
    assert.deepEqual(
      emulator.containerAppState('orders').shifts.map(({ weights }) => weights),
      [{ 'orders--v1': 100 }, { 'orders--v1': 90, 'orders--v2': 10 }, { 'orders--v2': 100 }],
    );
    assert.deepEqual(
      emulator.served({ site: 'orders', host: 'app' }).map((one) => [one.slot, one.release]),
      [
        ['orders--v1', '1.0.0'],
        ['orders--v1', '1.0.0'],
        ['orders--v2', '2.0.0'],
        ['orders--v2', '2.0.0'],
      ],
    );
  });

  it('fails with what the operation says when an image cannot be pulled', async () => {
    await assert.rejects(update(release('9.9', 'v3')), /ContainerAppOperationError|MANIFEST_UNKNOWN/);
    const { replicas, provisioningState, provisioningError } = await client.containerAppsRevisions.getRevision(
      'rg',
      'orders',
      'orders--v3',
    );
    assert.deepEqual([provisioningState, provisioningError, replicas], ['Failed', 'Failed:ImagePullFailure', 1]);
    assert.equal((await client.containerApps.get('rg', 'orders')).provisioningState, 'Failed');
    assert.equal(await releaseAt(0), '1.0.0');
  });

  it('is refused while another change runs, with the code of it', async () => {
    emulator.addFault({ effect: { kind: 'app-update-slow', ms: 500 } });
    const poller = await client.containerApps.beginUpdate('rg', 'orders', release('2.0', 'v2'), soon);
    await assert.rejects(update(release('2.0', 'v4')), { statusCode: 409, code: 'ContainerAppOperationInProgress' });
    assert.equal((await poller.pollUntilDone()).latestReadyRevisionName, 'orders--v2');
  });

  it('sees a bad weight, a bad suffix and a revision that is not there', async () => {
    await assert.rejects(shift([{ revisionName: 'orders--v1', weight: 99 }]), {
      statusCode: 400,
      code: 'InvalidTraffic',
    });
    await assert.rejects(update(release('2.0', '2nd')), { code: 'ContainerAppInvalidRevisionName' });
    await assert.rejects(client.containerAppsRevisions.getRevision('rg', 'orders', 'orders--v7'), { statusCode: 404 });
  });

  it('restarts a revision, reads its replica and deletes the app', async () => {
    await client.containerAppsRevisions.restartRevision('rg', 'orders', 'orders--v1');
    const { value } = await client.containerAppsRevisionReplicas.listReplicas('rg', 'orders', 'orders--v1');
    assert.equal(value.length, 1);
    await client.containerApps.beginDeleteAndWait('rg', 'orders', soon);
    await assert.rejects(client.containerApps.get('rg', 'orders'), { statusCode: 404, code: 'ResourceNotFound' });
  });
});
