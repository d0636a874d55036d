import assert from 'node:assert/strict';
import { containerHosts } from '../../../src/azure/container-apps/container-apps.ts';
import { containerReply } from '../../../src/azure/container-apps/container-reply.ts';
import { templateBody } from '../../../src/azure/container-apps/read-app.ts';
import { credentialFor } from '../../../src/azure/identity/any-credential.ts';
import { startEmulator, type Emulator, type FaultEffect } from '../../../src/emulator/start.ts';
import { RolloutError } from '../../../src/rollout/errors.ts';
import type { AppObservation, ContainerHost } from '../../../src/rollout/kinds/container-app/ports.ts';
import type { MutationReply } from '../../../src/rollout/ports.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { lightApp, lightPackage } from '../../emulator/light-app.ts';
import { endpointsOf } from '../hosts.ts';

/** Our adapter towards an embedded Azure: what it reads, what it sends, and what it makes of every answer. */
describe('the adapter of container apps', function () {
  this.timeout(30_000);
  let emulator: Emulator;
  let hostOf: (app: string) => ContainerHost;
  let host: ContainerHost;

  before(async () => {
    emulator = await startEmulator({
      containerAppMs: 50,
      retryAfterSeconds: null,
      launch: lightApp,
      images: { 'contoso/orders:1.0': await lightPackage('1.0.0'), 'contoso/orders:2.0': await lightPackage('2.0.0') },
    });
    const endpoints = endpointsOf(emulator);
    const { tenantId, clientId, clientSecret, subscriptionId: subscription } = emulator;
    const hosts = containerHosts({
      credential: credentialFor({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints),
      endpoints,
      clock: systemClock,
      times: { exchangeMs: 5000, readDeadlineMs: 1500 },
    });
    hostOf = (app) => hosts({ kind: 'containerApp', subscription, resourceGroup: 'rg', app });
    const app = { name: 'orders', resourceGroup: 'rg', image: 'contoso/orders:1.0', suffix: 'v1' };
    await emulator.addContainerApp({ ...app, environment: { MODE: 'live', EMPTY: '' } });
    host = hostOf('orders');
  });
  after(() => emulator.close());
  afterEach(() => emulator.clearFaults());

  const strike = (effect: FaultEffect, method = 'PATCH'): string =>
    emulator.addFault({ match: { method, path: '/containerApps/orders' }, effect });
  const untilIdle = async (): Promise<AppObservation> => {
    for (;;) {
      const now = await host.observe();
      if (now.operation === null) return now;
      await systemClock.sleep(20);
    }
  };
  /** Follows the operation of an answer to its end. */
  const ended = async (reply: MutationReply): Promise<string> => {
    assert.equal(reply.kind, 'accepted', JSON.stringify(reply));
    let operation = reply.kind === 'accepted' ? reply.operation : undefined;
    assert.ok(operation !== undefined);
    assert.match(operation, /containerappOperationStatuses/, 'the address that tells in words');
    for (;;) {
      const reading = await host.readOperation(operation);
      if (reading.kind === 'failed') return reading.message;
      if (reading.kind !== 'running') return reading.kind;
      operation = reading.operation;
      await systemClock.sleep(20);
    }
  };
  const names = ['orders--v1', 'orders--v2'] as const;
  const share = (revision: string, weight: number, label: string | null = null) => ({ revision, weight, label });

  it('reads an app as it is, and what its traffic follows', async () => {
    const app = await host.observe();
    assert.equal(app.url, emulator.containerAppUrl('orders'));
    const { mode, running, operation, traffic, latestRevision, latestReadyRevision } = app;
    assert.deepEqual(
      { mode, running, operation, traffic, latestRevision, latestReadyRevision },
      {
        mode: 'Multiple',
        running: 'Running',
        operation: null,
        traffic: [{ revision: null, weight: 100, label: null }],
        latestRevision: 'orders--v1',
        latestReadyRevision: 'orders--v1',
      },
    );
    assert.match(app.lastChange ?? '', new RegExp(`^by ${emulator.clientId} at 20\\d\\d-.*Z by Azure's clock$`));
    const [revision] = app.revisions;
    assert.deepEqual(
      { ...revision, created: typeof revision?.created },
      {
        name: 'orders--v1',
        created: 'string',
        url: emulator.containerAppUrl('orders', { revision: 'orders--v1' }),
        active: true,
        weight: 100,
        health: 'Healthy',
        provisioning: 'Provisioned',
        running: 'Running',
        problem: null,
        images: { orders: 'contoso/orders:1.0' },
      },
    );
  });

  it('makes a revision of the template that it has read, without traffic, and keeps the variables', async () => {
    const { template, revisions } = await host.observe();
    assert.equal(revisions.length, 1);
    const containers = (template['containers'] as object[]).map((one) => ({ ...one, image: 'contoso/orders:2.0' }));
    const made = { ...template, containers, revisionSuffix: 'v2' };
    const reply = await host.change({ kind: 'revision', template: made, traffic: [share(names[0], 100)] });
    assert.equal((await host.observe()).operation, 'InProgress');
    assert.equal(await ended(reply), 'succeeded');
    const now = await untilIdle();
    assert.deepEqual(now.traffic, [share(names[0], 100)]);
    assert.deepEqual(
      now.revisions.map(({ name, weight, images }) => [name, weight, images['orders']]),
      [
        [names[0], 100, 'contoso/orders:1.0'],
        [names[1], 0, 'contoso/orders:2.0'],
      ],
    );
    const [container] = now.template['containers'] as { env: object[] }[];
    assert.deepEqual(container?.env, [
      { name: 'MODE', value: 'live' },
      { name: 'EMPTY', value: '' },
    ]);
  });

  it('gives variables that came back without their value an empty one, but for secrets', () => {
    const env = [{ name: 'EMPTY' }, { name: 'KEY', secretRef: 'key' }, { name: 'MODE', value: 'live' }];
    assert.deepEqual(templateBody({ containers: [{ name: 'a', env }, { name: 'b' }], scale: null }), {
      containers: [{ name: 'a', env: [{ name: 'EMPTY', value: '' }, ...env.slice(1)] }, { name: 'b' }],
      scale: null,
    });
  });

  it('writes the whole traffic, labels with it', async () => {
    const traffic = [share(names[0], 0, 'stable'), share(names[1], 100)];
    assert.equal(await ended(await host.change({ kind: 'traffic', traffic })), 'succeeded');
    const now = await untilIdle();
    assert.deepEqual(now.traffic, traffic);
    assert.deepEqual(emulator.containerAppState('orders').labels['stable']?.revision, names[0]);
  });

  it('ends a revision and brings it back; both are answered with a word', async () => {
    for (const kind of ['deactivate', 'activate'] as const) {
      const reply = await host.change({ kind, revision: names[0] });
      assert.deepEqual(reply, { kind: 'accepted', operation: undefined, retryAfterMs: undefined });
      const isActive = async () => (await host.observe()).revisions.find(({ name }) => name === names[0])?.active;
      while ((await isActive()) !== (kind === 'activate')) await systemClock.sleep(20);
    }
  });

  const answers: [string, FaultEffect, Record<string, unknown>, RegExp][] = [
    [
      'another change is under way: refused, and it passes',
      { kind: 'app-conflict' },
      { kind: 'refused', passing: true },
      /ContainerAppOperationInProgress/,
    ],
    [
      'a right is missing: refused, with its name and the role that holds it',
      { kind: 'forbidden' },
      { kind: 'refused', status: 403 },
      /lacks the right Microsoft\.App\/containerApps\/write: .*Container Apps Contributor/,
    ],
    ['too many requests: nobody knows', { kind: 'throttle', retryAfter: 2 }, { kind: 'ambiguous' }, /429/],
    ['a broken connection: nobody knows', { kind: 'applied-then-reset' }, { kind: 'ambiguous' }, /ECONNRESET|hang up/],
    ['a page of a proxy: nobody knows', { kind: 'html' }, { kind: 'ambiguous' }, /502/],
  ];
  for (const [name, effect, expected, words] of answers)
    it(`answers of a change: ${name}`, async () => {
      const { traffic } = await untilIdle();
      strike(effect);
      const reply = await host.change({ kind: 'traffic', traffic });
      assert.deepEqual({ ...reply, ...expected }, reply);
      assert.match('message' in reply ? reply.message : '', words);
      await untilIdle();
    });

  it('tells why an operation has failed, in the words of Azure', async () => {
    const { traffic } = await untilIdle();
    strike({ kind: 'app-update-fails', message: 'Operation expired.' });
    assert.match(await ended(await host.change({ kind: 'traffic', traffic })), /ended as Failed.*Operation expired/);
  });

  it('refuses traffic that is not whole for good', async () => {
    await untilIdle();
    const reply = await host.change({ kind: 'traffic', traffic: [share(names[0], 90)] });
    assert.deepEqual([reply.kind, reply.kind === 'refused' && reply.status], ['refused', 400]);
  });

  it('follows no operation to another host, since our token goes with it', () => {
    const headers = { 'azure-asyncoperation': 'https://evil.test/1', location: 'https://evil.test/2' };
    const answer = { kind: 'answered', status: 202, headers, body: undefined } as const;
    const arm = { isOwnAddress: (address: string) => !address.includes('evil') };
    assert.deepEqual(containerReply(answer, { method: 'PATCH', path: '/app' }, arm), {
      kind: 'accepted',
      operation: undefined,
      retryAfterMs: undefined,
    });
  });

  it('throws for what cannot be read: an app that is not there, or a right that is missing', async () => {
    await assert.rejects(hostOf('nobody').observe(), (error: unknown) => {
      assert.ok(error instanceof RolloutError);
      assert.equal(error.facts.code, 'app-not-found');
      assert.match(error.message, /nobody.*rg/);
      return true;
    });
    emulator.addFault({ match: { path: '/revisions$', times: 'always' }, effect: { kind: 'forbidden' } });
    await assert.rejects(
      host.observe(),
      /lacks the right Microsoft\.App\/containerApps\/revisions\/read on .*\(Container Apps Contributor holds/,
    );
  });
});
