import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../../../src/emulator/start.ts';
import { armClient, ask, PATIENT } from '../../client.ts';
import { tinyApp } from '../../tiny-app.ts';

/** The forms of the wire, as recorded. */
describe('emulator: container apps on the wire', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;

  before(async () => {
    emulator = await startEmulator({
      ...PATIENT,
      containerAppMs: 150,
      images: { 'contoso/orders:1.0': await tinyApp('1.0.0'), 'contoso/orders:2.0': await tinyApp('2.0.0') },
    });
    arm = await armClient(emulator);
  });
  after(() => emulator.close());

  const body = (image: string, revisionSuffix = '', properties: Record<string, unknown> = {}) => ({
    location: 'West Europe',
    properties: {
      configuration: { activeRevisionsMode: 'Multiple', ingress: { external: true, targetPort: 80 } },
      template: { revisionSuffix, containers: [{ name: 'main', image }] },
      ...properties,
    },
  });
  const create = async (name: string, suffix = 'v1', image = 'contoso/orders:1.0') => {
    const answer = await arm.containerApp('PUT', name, body(image, suffix));
    assert.equal((await arm.ended(answer)).status, 'Succeeded');
    return answer;
  };
  /** What a running operation looks like must not depend on how fast this machine is. */
  const stuck = () => emulator.addFault({ effect: { kind: 'app-update-never-ends' } });
  const properties = async (path: string) => (await arm.containerApp('GET', path)).json.properties;

  it('creates with 201: nothing is there yet, and an address tells how it goes', async () => {
    stuck();
    const answer = await arm.containerApp('PUT', 'made', body('contoso/orders:1.0'));
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['retry-after'], '1');
    assert.equal(answer.headers['x-ms-async-operation-timeout'], 'PT15M');
    assert.match(String(answer.headers['api-supported-versions']), /2023-05-01, 2024-03-01/);
    const { provisioningState, latestRevisionName, latestReadyRevisionName } = answer.json.properties;
    assert.deepEqual([provisioningState, latestRevisionName, latestReadyRevisionName], ['InProgress', '', '']);
    const { pathname, searchParams } = new URL(String(answer.headers['azure-asyncoperation']));
    const id = pathname.split('/').at(-1);
    assert.equal(
      pathname,
      `/subscriptions/${emulator.subscriptionId}/providers/Microsoft.App/locations/westeurope/containerappOperationStatuses/${id}`,
    );
    assert.deepEqual([...searchParams.keys()], ['api-version', 'azureAsyncOperation', 't', 'c', 's', 'h']);
    const first = (await arm.call(String(answer.headers['azure-asyncoperation']))).json;
    assert.deepEqual(Object.keys(first), ['id', 'name', 'status', 'startTime']);
    assert.deepEqual([first.id, first.name, first.status], [pathname, id, 'InProgress']);
    assert.match(first.startTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    const last = await arm.ended(await arm.containerApp('PUT', 'ready', body('contoso/orders:1.0')));
    assert.deepEqual([last.status, last.error], ['Succeeded', undefined]);
  });

  it('shows an app with small letters in its id and capitals in its type', async () => {
    await create('shown');
    const { json, headers } = await arm.containerApp('GET', 'SHOWN');
    assert.ok(headers['api-supported-versions']);
    assert.match(json.id, /\/resourceGroups\/rg\/providers\/Microsoft\.App\/containerapps\/shown$/);
    assert.deepEqual([json.name, json.type], ['shown', 'Microsoft.App/containerApps']);
    const { configuration, template, ...rest } = json.properties;
    assert.deepEqual(
      [rest.provisioningState, rest.runningStatus, rest.latestRevisionName, rest.latestReadyRevisionName],
      ['Succeeded', 'Running', 'shown--v1', 'shown--v1'],
    );
    assert.deepEqual(configuration.ingress.traffic, [{ weight: 100, latestRevision: true }]);
    assert.equal(`https://${configuration.ingress.fqdn}`, emulator.containerAppUrl('shown'));
    assert.equal(`https://${rest.latestRevisionFqdn}`, emulator.containerAppUrl('shown', { revision: 'shown--v1' }));
    assert.equal(template.revisionSuffix, 'v1');
    assert.equal(template.containers[0].image, 'contoso/orders:1.0');
    const list = (await arm.containerApp('GET', '')).json.value.map((one: { name: string }) => one.name);
    assert.ok(list.includes('shown'));
    const there = await arm.containerApp('GET', 'shown/revisions/shown--v1/replicas');
    assert.deepEqual([there.json.value.length, there.json.value[0].properties.containers[0].ready], [1, true]);
  });

  it('changes with 202 and two addresses of one operation, of which the one rotates', async () => {
    await create('changed');
    const end = await arm.settle(await arm.containerApp('PATCH', 'changed', { tags: { team: 'orders' } }));
    assert.deepEqual([end.status, end.json.tags], [200, { team: 'orders' }]);
    stuck();
    const answer = await arm.containerApp('PATCH', 'changed', {});
    assert.deepEqual([answer.status, answer.text, answer.headers['content-length']], [202, '', '0']);
    const [statuses, results] = [answer.headers['azure-asyncoperation'], answer.headers.location].map(
      (one) => new URL(String(one)),
    );
    assert.match(results!.pathname, /containerappOperationResults/);
    assert.equal(statuses!.pathname.split('/').at(-1), results!.pathname.split('/').at(-1));
    assert.notEqual(statuses!.searchParams.get('s'), results!.searchParams.get('s'));
    const poll = await arm.call(results!.href);
    assert.deepEqual([poll.status, poll.text], [202, '']);
    assert.notEqual(poll.headers.location, results!.href);
    assert.equal((await arm.call(String(poll.headers.location))).status, 202);
    results!.searchParams.set('s', 'forged');
    assert.equal((await arm.call(results!.href)).status, 404);
  });

  it('makes a revision for a template or a suffix that is new, and for nothing else', async () => {
    await create('many');
    const names = async () =>
      (await arm.containerApp('GET', 'many/revisions')).json.value.map((one: { name: string }) => one.name);
    const change = async (what: unknown) => arm.ended(await arm.containerApp('PATCH', 'many', { properties: what }));
    await change({ configuration: { maxInactiveRevisions: 5 } });
    // What was read and is sent back has changed nothing.
    await change({ template: (await properties('many')).template });
    assert.deepEqual(await names(), ['many--v1']);
    await change({ template: { revisionSuffix: 'v2' } });
    await change({ template: { revisionSuffix: '', scale: { maxReplicas: 3 } } });
    const [, , third, ...more] = await names();
    assert.deepEqual([await names(), more], [['many--v1', 'many--v2', third], []]);
    assert.match(third, /^many--[a-z0-9]{7}$/);
    assert.equal((await properties('many')).latestRevisionName, third);
    assert.equal((await properties('many')).template.scale.maxReplicas, 3);
  });

  it('takes the suffix of a revision that is there without a word, and refuses it for another template', async () => {
    await create('again');
    await arm.ended(await arm.containerApp('PATCH', 'again', { properties: { template: { revisionSuffix: 'v2' } } }));
    await arm.containerApp('POST', 'again/revisions/again--v1/deactivate');
    while ((await properties('again/revisions/again--v1')).active) await new Promise((r) => setTimeout(r, 5));
    const same = await arm.containerApp('PATCH', 'again', { properties: { template: { revisionSuffix: 'v1' } } });
    assert.equal((await arm.ended(same)).status, 'Succeeded');
    const { latestRevisionName } = await properties('again');
    assert.deepEqual(
      [latestRevisionName, (await properties('again/revisions/again--v1')).active],
      ['again--v2', false],
    );
    const other = await arm.containerApp('PATCH', 'again', {
      properties: { template: { revisionSuffix: 'v1', scale: { maxReplicas: 2 } } },
    });
    assert.equal(other.status, 400);
    assert.match(other.json.error.message, /'template\.revisionsuffix' is invalid .* revision with suffix v1 already/);
  });

  for (const [suffix, reason] of [
    ['0b699ef', 'a digit first'],
    ['v-', 'a hyphen last'],
    ['a--b', 'two hyphens'],
    ['Beta', 'a capital'],
    ['a'.repeat(54 - 'refused--'.length + 1), 'one letter too many for a name of 54'],
  ] as const) {
    it(`refuses a suffix with ${reason}`, async () => {
      const { status, json } = await arm.containerApp('PUT', 'refused', body('contoso/orders:1.0', suffix));
      assert.deepEqual([status, json.error.code], [400, 'ContainerAppInvalidRevisionName']);
    });
  }

  it('takes a suffix that makes a name of 54', async () => {
    await create('filled', 'a'.repeat(54 - 'filled--'.length));
  });

  it('lets one change run at a time', async () => {
    await create('busy');
    assert.equal((await arm.ended(await arm.containerApp('PATCH', 'busy', {}))).status, 'Succeeded');
    stuck();
    assert.equal((await arm.containerApp('PATCH', 'busy', {})).status, 202);
    for (const [method, what] of [['PATCH', {}], ['PUT', body('contoso/orders:1.0', 'v1')], ['DELETE']] as const) {
      const { status, json } = await arm.containerApp(method, 'busy', what);
      assert.deepEqual([status, json.error.code], [409, 'ContainerAppOperationInProgress'], method);
    }
  });

  it('answers activations as text in JSON, and shows their effect later', async () => {
    await create('switched');
    const path = 'switched/revisions/switched--v1';
    const off = await arm.containerApp('POST', `${path}/deactivate`);
    assert.deepEqual([off.status, off.text], [200, '"Deactivate succeeded"']);
    assert.equal((await properties(path)).active, true);
    while ((await properties(path)).active) await new Promise((resolve) => setTimeout(resolve, 5));
    const { replicas, runningState, trafficWeight } = await properties(path);
    assert.deepEqual([replicas, runningState, trafficWeight], [0, 'Stopped', 100]);
    assert.equal((await ask(emulator, emulator.containerAppUrl('switched'))).status, 404);
    assert.equal((await arm.containerApp('POST', `${path}/activate`)).text, '"Activate succeeded"');
    while ((await properties(path)).runningState !== 'Running') await new Promise((resolve) => setTimeout(resolve, 5));
    const before = (await ask(emulator, emulator.containerAppUrl('switched'))).json.pid;
    assert.equal((await arm.containerApp('POST', `${path}/restart`)).text, '"Restart succeeded"');
    while (emulator.containerAppState('switched').revisions['switched--v1']!.pid === before)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.notEqual((await ask(emulator, emulator.containerAppUrl('switched'))).json.pid, before);
  });

  it('ends as failed when there is no such image, and the one before goes on', async () => {
    await create('unpulled');
    const containers = [{ name: 'main', image: 'contoso/orders:9.9' }];
    const answer = await arm.containerApp('PATCH', 'unpulled', {
      properties: { template: { revisionSuffix: 'v2', containers } },
    });
    const { status, error } = await arm.ended(answer);
    assert.deepEqual([status, error.code], ['Failed', 'ContainerAppOperationError']);
    assert.match(error.message, /container app 'unpulled'.*'template\.containers\.main\.image'.*MANIFEST_UNKNOWN/);
    const app = await properties('unpulled');
    assert.deepEqual(
      [app.provisioningState, app.latestRevisionName, app.latestReadyRevisionName],
      ['Failed', 'unpulled--v2', 'unpulled--v1'],
    );
    const { active, healthState, provisioningState, runningState } = await properties(
      'unpulled/revisions/unpulled--v2',
    );
    assert.deepEqual([active, healthState, provisioningState, runningState], [true, 'Unhealthy', 'Failed', 'Failed']);
    assert.equal((await ask(emulator, emulator.containerAppUrl('unpulled'))).json.release, '1.0.0');
  });

  it('deletes, and nobody answers any more', async () => {
    await create('deleted');
    const url = emulator.containerAppUrl('deleted');
    const answer = await arm.containerApp('DELETE', 'deleted');
    assert.equal(answer.status, 202);
    assert.equal((await arm.ended(answer)).status, 'Succeeded');
    const gone = await arm.containerApp('GET', 'deleted');
    assert.deepEqual([gone.status, gone.json.error.code], [404, 'ResourceNotFound']);
    assert.equal((await arm.containerApp('DELETE', 'deleted')).status, 204);
    await assert.rejects(ask(emulator, url), { code: 'ECONNREFUSED' });
  });

  it('gives variables of the template, and secrets, to the process, and shows no secret', async () => {
    const env = [
      { name: 'PLAIN', value: 'seen' },
      { name: 'KEPT', secretRef: 'key' },
    ];
    const template = { containers: [{ name: 'main', image: 'contoso/orders:1.0', env }] };
    const configuration = { secrets: [{ name: 'key', value: 'hidden' }], ingress: { external: true } };
    const answer = await arm.containerApp('PUT', 'told', { properties: { configuration, template } });
    assert.equal((await arm.ended(answer)).status, 'Succeeded');
    const url = emulator.containerAppUrl('told');
    const setting = async (name: string) => (await ask(emulator, `${url}/?setting=${name}`)).json.setting;
    const { latestRevisionName } = await properties('told');
    assert.deepEqual(
      [await setting('PLAIN'), await setting('KEPT'), await setting('CONTAINER_APP_REVISION')],
      ['seen', 'hidden', latestRevisionName],
    );
    assert.doesNotMatch((await arm.containerApp('GET', 'told')).text, /hidden/);
    const missing = {
      containers: [{ name: 'main', image: 'contoso/orders:1.0', env: [{ name: 'A', secretRef: 'no' }] }],
    };
    const refused = await arm.containerApp('PATCH', 'told', { properties: { template: missing } });
    assert.deepEqual([refused.status, refused.json.error.code], [400, 'ContainerAppSecretRefNotFound']);
  });

  it('names what it does not implement', async () => {
    await create('gaps');
    const answer = await arm.containerApp('POST', 'gaps/listSecrets');
    assert.deepEqual([answer.status, answer.json.error.code], [501, 'NotImplemented']);
    assert.match(answer.json.error.message, /POST Microsoft\.App\/containerApps\/listSecrets/);
  });
});
