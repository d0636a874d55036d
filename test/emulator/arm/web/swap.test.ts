import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../../../src/emulator/start.ts';
import { armClient, ask, PATIENT } from '../../client.ts';
import { tinyApp, zipOf } from '../../tiny-app.ts';

describe('emulator: swap', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;

  beforeEach(async () => {
    emulator = await startEmulator({
      swapMs: 40,
      ...PATIENT,
      sites: [
        {
          name: 'payments',
          resourceGroup: 'rg',
          appSettings: { production: { DATABASE: 'live', FLAG: 'old' }, staging: { DATABASE: 'trial', FLAG: 'new' } },
          stickySettings: ['DATABASE'],
        },
        { name: 'linux', resourceGroup: 'rg', linux: true },
      ],
    });
    arm = await armClient(emulator);
  });
  afterEach(() => emulator.close());

  const get = async (slot?: string, path = '/') =>
    (await ask(emulator, `${emulator.siteUrl('payments', slot)}${path}`)).json;
  const state = () => emulator.siteState('payments');
  const properties = async (path: string) => (await arm.site('GET', path)).json.properties;

  it('moves what the slots hold, and with it every sign of it', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    const before = state();
    const accepted = await arm.swap('payments');
    assert.equal(accepted.status, 202);
    assert.equal(accepted.text, '');
    assert.equal(accepted.headers['retry-after'], '1');
    const done = await arm.settle(accepted);
    assert.equal(done.status, 200);
    assert.equal(done.json.name, 'payments/staging');
    const after = state();
    assert.equal(after.slots['production']!.deploymentId, before.slots['staging']!.deploymentId);
    assert.equal(after.slots['production']!.activeDeployment, before.slots['staging']!.activeDeployment);
    assert.equal(after.slots['staging']!.deploymentId, 'payments');
    assert.equal((await get()).release, '2.0.0');
    assert.equal((await get('staging')).release, '1.0.0');
    assert.deepEqual(
      after.swaps.map(({ source, target }) => [source, target]),
      [['staging', 'production']],
    );
    const [production, staging] = [await properties('payments'), await properties('payments/slots/staging')];
    assert.deepEqual(production.slotSwapStatus, staging.slotSwapStatus);
    assert.equal(production.slotSwapStatus.sourceSlotName, 'staging');
    assert.equal(production.slotSwapStatus.destinationSlotName, 'Production');
    assert.equal(production.inProgressOperationId, null);
  });

  it('is its own inverse', async () => {
    const before = state().slots['production']!.deploymentId;
    await arm.settle(await arm.swap('payments'));
    const first = (await properties('payments')).slotSwapStatus.timestampUtc;
    await arm.settle(await arm.swap('payments'));
    assert.equal(state().slots['production']!.deploymentId, before);
    assert.ok((await properties('payments')).slotSwapStatus.timestampUtc > first);
    assert.equal(state().swaps.length, 2);
  });

  it('can have production as its source', async () => {
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    const accepted = await arm.site('POST', 'payments/slotsswap', { targetSlot: 'staging', preserveVnet: true });
    assert.match(String(accepted.headers.location), /sites\/payments\/operationresults\//);
    const done = await arm.settle(accepted);
    assert.equal(done.json.type, 'Microsoft.Web/sites');
    assert.equal((await get()).release, '2.0.0');
    assert.deepEqual(
      state().swaps.map(({ source, target }) => [source, target]),
      [['production', 'staging']],
    );
  });

  it('leaves slot-bound settings where they are and takes the others along', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    await arm.settle(await arm.swap('payments'));
    assert.deepEqual(state().slots['production']!.appSettings, { FLAG: 'new', DATABASE: 'live' });
    assert.deepEqual(state().slots['staging']!.appSettings, { FLAG: 'old', DATABASE: 'trial' });
    const [live, old] = [await get(undefined, '/?setting=DATABASE'), await get('staging', '/?setting=DATABASE')];
    assert.deepEqual(
      [live.setting, live.slot, live.host],
      ['live', 'Production', emulator.siteUrl('payments').slice(8)],
    );
    assert.deepEqual(
      [old.setting, old.slot, old.host],
      ['trial', 'staging', emulator.siteUrl('payments', 'staging').slice(8)],
    );
  });

  it('does the same with connection strings and mounted storage', async () => {
    const bound = { appSettingNames: ['DATABASE'], connectionStringNames: ['DB'], azureStorageConfigNames: ['files'] };
    await arm.site('PUT', 'payments/config/slotConfigNames', { properties: bound });
    const texts = (slot: string) => ({
      DB: { value: slot, type: 'SQLAzure' },
      QUEUE: { value: slot, type: 'Custom' },
    });
    const mount = (slot: string) => ({ type: 'AzureFiles', accountName: slot, shareName: 's', mountPath: '/m' });
    const mounts = (slot: string) => ({ files: mount(slot), pictures: mount(slot) });
    const slots = { production: 'payments/config', staging: 'payments/slots/staging/config' };
    for (const [slot, path] of Object.entries(slots)) {
      await arm.site('PUT', `${path}/connectionstrings`, { properties: texts(slot) });
      await arm.site('PUT', `${path}/azurestorageaccounts`, { properties: mounts(slot) });
    }
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    const body = { targetSlot: 'production', preserveVnet: true };
    const { value } = (await arm.site('POST', 'payments/slots/staging/slotsdiffs', body)).json;
    assert.deepEqual(
      value.map((one: { properties: Record<string, string> }) => [
        one.properties['settingType'],
        one.properties['settingName'],
      ]),
      [
        ['AppSetting', 'FLAG'],
        ['ConnectionString', 'QUEUE'],
      ],
    );
    await arm.settle(await arm.swap('payments'));
    for (const [slot, path] of Object.entries(slots)) {
      const other = slot === 'staging' ? 'production' : 'staging';
      const listed = async (kind: string) => (await arm.site('POST', `${path}/${kind}/list`)).json.properties;
      const read = { ...(await listed('connectionstrings')), ...(await listed('azurestorageaccounts')) };
      assert.deepEqual(
        [read.DB.value, read.QUEUE.value, read.files.accountName, read.pictures.accountName],
        [slot, other, slot, other],
      );
    }
    assert.equal((await get(undefined, '/?setting=SQLAZURECONNSTR_DB')).setting, 'production');
    assert.equal((await get(undefined, '/?setting=CUSTOMCONNSTR_QUEUE')).setting, 'staging');
  });

  it('restarts the source before the switch and the old production after it, not the new one', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    const old = { production: (await get()).pid, staging: (await get('staging')).pid };
    await arm.settle(await arm.swap('payments'));
    const now = { production: (await get()).pid, staging: (await get('staging')).pid };
    assert.equal(new Set([...Object.values(old), ...Object.values(now)]).size, 4);
  });

  it('serves production throughout, and never a mixture', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    const accepted = await arm.swap('payments');
    let running = true;
    const load = Array.from({ length: 3 }, async () => {
      const seen: string[] = [];
      for (let last = false; !last;) {
        // One more after the end, so that each has seen the new release.
        last = !running;
        const answer = await ask(emulator, `${emulator.siteUrl('payments')}/slow`);
        assert.equal(answer.status, 200);
        seen.push(answer.json.release);
      }
      return seen;
    });
    await arm.settle(accepted);
    running = false;
    for (const seen of await Promise.all(load)) assert.deepEqual(seen, seen.toSorted(), seen.join());
    const releases = emulator.served({ site: 'payments', host: 'production' }).map((one) => one.release);
    assert.deepEqual([...new Set(releases)], ['1.0.0', '2.0.0']);
    assert.ok(emulator.served({ host: 'production' }).every((one) => one.status === 200 && one.deployment !== null));
  });

  it('answers every poll with a new address of the same operation, and only to its own', async () => {
    emulator.addFault({ effect: { kind: 'swap-never-ends' } });
    const accepted = await arm.swap('payments');
    const poll = await arm.call(String(accepted.headers.location));
    assert.equal(poll.status, 202);
    const [first, second] = [accepted, poll].map((one) => new URL(String(one.headers.location)));
    assert.notEqual(first!.search, second!.search);
    assert.equal(first!.pathname, second!.pathname);
    assert.match(first!.pathname, /\/sites\/payments\/slots\/staging\/operationresults\/[0-9a-f-]{36}$/);
    assert.ok(first!.href.length > 2500, `only ${first!.href.length} characters`);
    first!.searchParams.set('t', '1');
    assert.equal((await arm.call(first!.href)).status, 404);
    assert.equal((await arm.call(second!.href.replace('/slots/staging', ''))).status, 404);
  });

  it('shows the operation on both ends and refuses every other change meanwhile', async () => {
    emulator.addFault({ effect: { kind: 'swap-never-ends' } });
    await arm.swap('payments');
    const id = (await properties('payments')).inProgressOperationId;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.equal((await properties('payments/slots/staging')).inProgressOperationId, id);
    const second = await arm.swap('payments');
    assert.equal(second.status, 409);
    assert.equal(second.json.error, undefined);
    assert.equal(second.json.Code, 'Conflict');
    assert.match(
      second.json.Message,
      /^Cannot modify this site because another operation is in progress\. Details: Id: [0-9a-f-]{36}, OperationName: SwapSiteSlots, CreatedTime: \d+\/\d+\/\d{4} \d+:\d\d:\d\d [AP]M, RequestId: [0-9a-f-]{36}, EntityType: 3$/,
    );
    assert.equal(second.json.Details[2].ErrorEntity.ExtendedCode, '59203');
    assert.equal((await arm.site('PUT', 'payments/config/appsettings', { properties: {} })).status, 409);
    assert.equal((await arm.site('PATCH', 'payments/config/web', { properties: {} })).status, 409);
    assert.equal((await arm.site('POST', 'payments/slots/staging/stop')).status, 409);
    assert.equal((await arm.site('DELETE', 'payments/slots/staging')).status, 409);
    const deployed = await arm.deploy('payments-staging', await tinyApp('3.0.0'));
    assert.equal(deployed.status, 409);
    assert.equal(deployed.text, 'There is a deployment currently in progress. Please try again when it completes.');
  });

  const refused: [string, string, unknown, number, RegExp][] = [
    ['no target', 'payments/slots/staging/slotsswap', { preserveVnet: true }, 400, /targetSlot/],
    ['no word on the network', 'payments/slots/staging/slotsswap', { targetSlot: 'production' }, 400, /preserveVnet/],
    [
      'a slot with itself',
      'payments/slots/staging/slotsswap',
      { targetSlot: 'Staging', preserveVnet: true },
      400,
      /same slot/,
    ],
    [
      'a missing target',
      'payments/slots/staging/slotsswap',
      { targetSlot: 'blue', preserveVnet: true },
      404,
      /ResourceNotFound/,
    ],
    [
      'a missing source',
      'payments/slots/blue/slotsswap',
      { targetSlot: 'production', preserveVnet: true },
      404,
      /ResourceNotFound/,
    ],
  ];
  for (const [what, path, body, status, words] of refused) {
    it(`refuses ${what}`, async () => {
      const answer = await arm.site('POST', path, body);
      assert.equal(answer.status, status);
      assert.match(answer.text, words);
      assert.deepEqual(state().swaps, []);
    });
  }

  it('refuses a stopped slot', async () => {
    await arm.site('POST', 'payments/slots/staging/stop');
    assert.match((await arm.swap('payments')).json.Message, /one of the slots is in stopped state/);
  });

  it('ends in 417 when the source does not answer its warm-up, and nothing has moved', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await zipOf({ 'server.js': 'process.exit(1)' }));
    const before = state();
    const done = await arm.settle(await arm.swap('payments'));
    assert.equal(done.status, 417);
    assert.equal(done.json.Code, 'ExpectationFailed');
    assert.equal(
      done.json.Message,
      "Cannot swap site slots for site 'payments' because the 'staging' slot did not respond to http ping.",
    );
    const after = state();
    assert.equal(after.slots['production']!.deploymentId, before.slots['production']!.deploymentId);
    assert.deepEqual([after.swaps, after.slots['production']!.slotSwapStatus], [[], null]);
    assert.equal(after.slots['staging']!.inProgressOperationId, null);
    assert.equal((await get()).release, '1.0.0');
  });

  it('takes any status in the warm-up, unless the settings list those that count', async () => {
    await arm.deploy('payments-staging', await tinyApp('2.0.0', 503));
    const ping = { WEBSITE_SWAP_WARMUP_PING_PATH: '/health' };
    await arm.site('PUT', 'payments/slots/staging/config/appsettings', {
      properties: { ...ping, WEBSITE_SWAP_WARMUP_PING_STATUSES: '200, 202' },
    });
    assert.equal((await arm.settle(await arm.swap('payments'))).status, 417);
    await arm.site('PUT', 'payments/slots/staging/config/appsettings', { properties: ping });
    assert.equal((await arm.settle(await arm.swap('payments'))).status, 200);
  });

  it('survives a slot whose app has died, and empty slots', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await ask(emulator, `${emulator.siteUrl('payments')}/exit`);
    assert.equal((await arm.settle(await arm.swap('payments'))).status, 200);
    assert.match((await ask(emulator, emulator.siteUrl('payments'))).text, /waiting for your content/);
    // The restart that is part of the swap has brought the dead app back.
    assert.equal((await get('staging')).release, '1.0.0');
  });

  it('does not move the routing rules', async () => {
    const rule = {
      actionHostName: emulator.siteUrl('payments', 'staging').slice(8),
      reroutePercentage: 15,
      name: 'staging',
    };
    await arm.site('PATCH', 'payments/config/web', { properties: { experiments: { rampUpRules: [rule] } } });
    await arm.settle(await arm.swap('payments'));
    assert.deepEqual(state().rampUpRules, [rule]);
  });

  describe('with preview', () => {
    const body = { targetSlot: 'production', preserveVnet: true };

    it('applies the settings of the target, says so, and blocks changes until it ends', async () => {
      await arm.deploy('payments-staging', await tinyApp('2.0.0'));
      assert.equal((await get('staging', '/?setting=DATABASE')).setting, 'trial');
      const applied = await arm.site('POST', 'payments/slots/staging/applySlotConfig', body);
      assert.deepEqual([applied.status, applied.text], [200, '']);
      assert.equal((await get('staging', '/?setting=DATABASE')).setting, 'live');
      assert.equal((await properties('payments')).targetSwapSlot, 'staging');
      assert.equal((await properties('payments/slots/staging')).targetSwapSlot, 'Production');
      const write = await arm.site('PUT', 'payments/slots/staging/config/appsettings', { properties: {} });
      assert.equal(write.status, 409);
      assert.equal(
        write.json.Message,
        'The slot cannot be changed because its configuration settings have been prepared for swap.',
      );
      assert.match(
        (await arm.site('POST', 'payments/slots/staging/applySlotConfig', body)).json.Message,
        /already been prepared for swap/,
      );
    });

    it('is completed by a swap', async () => {
      await arm.site('POST', 'payments/slots/staging/applySlotConfig', body);
      assert.equal((await arm.settle(await arm.swap('payments'))).status, 200);
      assert.equal((await properties('payments')).targetSwapSlot, null);
      assert.equal(state().swaps.length, 1);
    });

    it('is cancelled from either end', async () => {
      for (const end of ['payments', 'payments/slots/staging']) {
        await arm.site('POST', 'payments/slots/staging/applySlotConfig', body);
        const reset = await arm.site('POST', `${end}/resetSlotConfig`);
        assert.deepEqual([reset.status, reset.text], [200, '']);
        assert.deepEqual(
          [(await properties('payments')).targetSwapSlot, (await properties('payments/slots/staging')).targetSwapSlot],
          [null, null],
        );
      }
      assert.deepEqual(state().swaps, []);
    });

    it('does not exist on Linux', async () => {
      assert.equal((await arm.site('POST', 'linux/slots/staging/applySlotConfig', body)).status, 400);
    });
  });
});
