import assert from 'node:assert/strict';
import { startEmulator, type Emulator, type FaultRule } from '../../../src/emulator/start.ts';
import { Faults } from '../../../src/emulator/faults/faults.ts';
import { armClient, ask, until } from '../client.ts';

describe('emulator: fault rules', () => {
  const taken = (rule: FaultRule, paths: readonly string[], method = 'GET'): boolean[] => {
    const faults = new Faults();
    faults.add(rule);
    return paths.map((path) => faults.take({ method, path }) !== undefined);
  };
  const effect = { kind: 'reset' } as const;
  const four = ['/a', '/b', '/a', '/a'];

  const cases: [reason: string, rule: FaultRule, expected: boolean[]][] = [
    ['without a match: the next request, once', { effect }, [true, false, false, false]],
    ['times', { match: { times: 2 }, effect }, [true, true, false, false]],
    ['always', { match: { times: 'always' }, effect }, [true, true, true, true]],
    ['nth counts what matches', { match: { path: '^/a$', nth: 2 }, effect }, [false, false, true, false]],
    ['nth and times', { match: { path: '/A', nth: 2, times: 2 }, effect }, [false, false, true, true]],
    ['method', { match: { method: 'post' }, effect }, [false, false, false, false]],
    ['asleep until its event', { match: { after: 'swap-accepted' }, effect }, [false, false, false, false]],
    ['swap effects touch swaps only', { effect: { kind: 'swap-fails' } }, [false, false, false, false]],
    ['another host', { match: { site: 'payments' }, effect }, [false, false, false, false]],
  ];
  for (const [reason, rule, expected] of cases) it(reason, () => assert.deepEqual(taken(rule, four), expected));

  it('wake up at their event', () => {
    const faults = new Faults();
    faults.add({ match: { after: 'swap-accepted' }, effect });
    assert.equal(faults.take({ method: 'GET', path: '/' }), undefined);
    faults.tell('swap-settled');
    assert.equal(faults.take({ method: 'GET', path: '/' }), undefined);
    faults.tell('swap-accepted');
    assert.equal(faults.take({ method: 'GET', path: '/' })?.id, 'fault-1');
  });
});

describe('emulator: faults on the wire', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;
  beforeEach(async () => {
    emulator = await startEmulator({ swapMs: 20, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    arm = await armClient(emulator);
  });
  afterEach(() => emulator.close());

  const swaps = () => emulator.siteState('payments').swaps.length;
  const swapRequests = () => emulator.requests({ method: 'POST', path: /slotsswap$/ });

  it('status: answered as told, and nothing done', async () => {
    emulator.addFault({
      id: 'busy',
      match: { path: 'slotsswap$' },
      effect: { kind: 'status', status: 503, body: { a: 1 }, headers: { 'x-a': 'b' }, retryAfter: 7 },
    });
    const answer = await arm.swap('payments');
    assert.deepEqual(
      [answer.status, answer.json, answer.headers['x-a'], answer.headers['retry-after']],
      [503, { a: 1 }, 'b', '7'],
    );
    assert.equal(emulator.siteState('payments').slots['staging']!.inProgressOperationId, null);
    assert.deepEqual(
      swapRequests().map(({ status, fault }) => [status, fault]),
      [[503, 'busy']],
    );
    assert.equal((await arm.swap('payments')).status, 202);
  });

  it('throttle: 429 of ARM, with Retry-After only when told', async () => {
    emulator.addFault({ effect: { kind: 'throttle', retryAfter: 3 } });
    emulator.addFault({ effect: { kind: 'throttle' }, match: { nth: 2 } });
    const answers = [await arm.site('GET', 'payments'), await arm.site('GET', 'payments')];
    assert.deepEqual(
      answers.map((one) => [one.status, one.headers['retry-after'], one.json.error.code]),
      [
        [429, '3', 'SubscriptionRequestsThrottled'],
        [429, undefined, 'SubscriptionRequestsThrottled'],
      ],
    );
  });

  it('forbidden: 403 with the right that is missing', async () => {
    emulator.addFault({ match: { path: 'slotsswap$' }, effect: { kind: 'forbidden' } });
    const answer = await arm.swap('payments');
    assert.deepEqual([answer.status, answer.json.error.code], [403, 'AuthorizationFailed']);
    assert.match(
      answer.json.error.message,
      /perform action 'Microsoft\.Web\/sites\/slots\/slotsswap\/action' over scope '\/subscriptions\/[^']*\/sites\/payments\/slots\/staging' or the scope is invalid/,
    );
    emulator.addFault({ match: { path: 'config/web$' }, effect: { kind: 'forbidden' } });
    assert.match(
      (await arm.site('PATCH', 'payments/config/web', {})).json.error.message,
      /'Microsoft\.Web\/sites\/config\/write'/,
    );
  });

  it('reset: the connection drops and nothing is done', async () => {
    emulator.addFault({ match: { path: 'slotsswap$' }, effect: { kind: 'reset' } });
    await assert.rejects(arm.swap('payments'), { code: 'ECONNRESET' });
    assert.equal(emulator.siteState('payments').slots['staging']!.inProgressOperationId, null);
    assert.deepEqual(
      swapRequests().map((one) => one.status),
      ['reset'],
    );
  });

  it('applied-then-reset: the reply is lost, the swap is not', async () => {
    emulator.addFault({ match: { path: 'slotsswap$' }, effect: { kind: 'applied-then-reset' } });
    await assert.rejects(arm.swap('payments'), { code: 'ECONNRESET' });
    await until(() => swaps() === 1);
    assert.deepEqual(
      swapRequests().map((one) => one.status),
      ['reset'],
    );
  });

  it('applied-then-status: 504, and the swap goes on', async () => {
    emulator.addFault({ match: { path: 'slotsswap$' }, effect: { kind: 'applied-then-status', status: 504 } });
    assert.equal((await arm.swap('payments')).status, 504);
    await until(() => swaps() === 1);
  });

  it('truncated: half a body, then the end', async () => {
    emulator.addFault({ effect: { kind: 'truncated' } });
    await assert.rejects(arm.site('GET', 'payments'), { message: 'aborted' });
  });

  it('html: a page where JSON is expected', async () => {
    emulator.addFault({ effect: { kind: 'html' } });
    const answer = await arm.site('GET', 'payments');
    assert.deepEqual([answer.status, answer.headers['content-type']], [502, 'text/html']);
    assert.match(answer.text, /^<!DOCTYPE html>/);
  });

  it('delay: late, but done', async () => {
    emulator.addFault({ effect: { kind: 'delay', ms: 60 } });
    const from = performance.now();
    assert.equal((await arm.site('GET', 'payments')).status, 200);
    assert.ok(performance.now() - from >= 59);
  });

  it('hang: no answer as long as it runs, and closing does not wait for it', async () => {
    emulator.addFault({ effect: { kind: 'hang' } });
    emulator.addFault({ match: { nth: 2, path: 'slotsswap$' }, effect: { kind: 'applied-then-hang' } });
    const hanging = assert.rejects(arm.site('GET', 'payments'));
    await until(() => emulator.requests({ path: /payments$/ }).some((one) => one.status === 'open'));
    // A close that waited for the answer would never end.
    await emulator.close();
    await hanging;
  });

  it('on polls: after the swap was accepted, the second one is lost', async () => {
    // However slow the polls are, the swap still runs when they come.
    emulator.addFault({ effect: { kind: 'swap-never-ends' } });
    emulator.addFault({
      match: { path: 'operationresults', after: 'swap-accepted', nth: 2 },
      effect: { kind: 'status', status: 404 },
    });
    const accepted = await arm.swap('payments');
    const second = await arm.call(String(accepted.headers.location));
    assert.equal(second.status, 202);
    assert.equal((await arm.call(String(second.headers.location))).status, 404);
    assert.equal((await arm.call(String(second.headers.location))).status, 202);
  });

  it('swap-never-ends: 202 for ever, moved or not', async () => {
    emulator.addFault({ effect: { kind: 'swap-never-ends' } });
    const accepted = await arm.swap('payments');
    await emulator.addSite({ name: 'store', resourceGroup: 'rg' });
    // A swap that began later has ended.
    assert.equal((await arm.settle(await arm.swap('store'))).status, 200);
    assert.equal((await arm.call(String(accepted.headers.location))).status, 202);
    assert.equal(swaps(), 0);
    emulator.addFault({ effect: { kind: 'swap-never-ends', switched: true } });
    await arm.swap('store');
    const before = emulator.siteState('store').slots['production']!.slotSwapStatus;
    await until(() => emulator.siteState('store').swaps.length === 2);
    const { inProgressOperationId, slotSwapStatus } = emulator.siteState('store').slots['production']!;
    assert.ok(inProgressOperationId !== null);
    assert.deepEqual(slotSwapStatus, before);
  });

  it('swap-fails: an error at the end, nothing moved, and the source prepared when told', async () => {
    emulator.addFault({
      effect: {
        kind: 'swap-fails',
        status: 400,
        message: 'the worker process could not be started.',
        leavesPrepared: true,
      },
    });
    const done = await arm.settle(await arm.swap('payments'));
    assert.deepEqual(
      [done.status, done.json.Code, done.json.Message],
      [400, 'BadRequest', 'the worker process could not be started.'],
    );
    assert.equal(swaps(), 0);
    assert.equal((await arm.site('PUT', 'payments/slots/staging/config/appsettings', { properties: {} })).status, 409);
    await arm.site('POST', 'payments/slots/staging/resetSlotConfig');
    assert.equal((await arm.site('PUT', 'payments/slots/staging/config/appsettings', { properties: {} })).status, 200);
  });

  it('swap-half-done: an error at the end although routing has moved', async () => {
    const before = emulator.siteState('payments').slots['staging']!.deploymentId;
    emulator.addFault({ effect: { kind: 'swap-half-done' } });
    const done = await arm.settle(await arm.swap('payments'));
    assert.equal(done.status, 500);
    assert.equal(swaps(), 1);
    const { deploymentId, slotSwapStatus, inProgressOperationId } = emulator.siteState('payments').slots['production']!;
    assert.deepEqual([deploymentId, slotSwapStatus, inProgressOperationId], [before, null, null]);
  });

  describe('over HTTP', () => {
    const control = (method: string, path: string, body?: unknown) =>
      ask(emulator, `${emulator.armUrl}/_emulator/${path}`, body === undefined ? { method } : { method, body });

    it('are set, listed, taken away', async () => {
      const { status, json } = await control('POST', 'faults', {
        match: { path: 'sites/payments$' },
        effect: { kind: 'status', status: 418 },
      });
      assert.equal(status, 201);
      assert.equal((await arm.site('GET', 'payments')).status, 418);
      assert.deepEqual(
        (await control('GET', 'faults')).json.faults.map((one: Record<string, unknown>) => [
          one['id'],
          one['seen'],
          one['used'],
        ]),
        [[json.id, 1, 1]],
      );
      assert.equal((await control('DELETE', `faults/${json.id}`)).status, 204);
      assert.equal((await control('DELETE', `faults/${json.id}`)).status, 404);
      await control('POST', 'faults', { match: { times: 'always' }, effect: { kind: 'reset' } });
      assert.equal((await control('DELETE', 'faults')).status, 204);
      assert.equal((await arm.site('GET', 'payments')).status, 200);
    });

    const unreadable: [unknown, RegExp][] = [
      [[], /A rule is/],
      [{ match: {} }, /A rule is/],
      [{ effect: { kind: 'explode' } }, /"effect.kind" must be one of status, /],
      [{ effect: { kind: 'status', status: 'x' } }, /"effect.status"/],
      [{ effect: { kind: 'delay' } }, /"effect.ms"/],
      [{ match: { after: 'christmas' }, effect: { kind: 'reset' } }, /"match.after" must be one of swap-accepted, /],
      [{ match: { nth: 0 }, effect: { kind: 'reset' } }, /"match.nth"/],
      [{ match: { path: '(' }, effect: { kind: 'reset' } }, /regular expression/i],
    ];
    for (const [rule, words] of unreadable) {
      it(`are refused: ${JSON.stringify(rule)}`, async () => {
        const answer = await control('POST', 'faults', rule);
        assert.equal(answer.status, 400);
        assert.match(answer.json.error.message, words);
        assert.deepEqual((await control('GET', 'faults')).json.faults, []);
      });
    }

    it('stand beside state, requests and new sites', async () => {
      assert.equal(
        (await control('POST', 'sites', { name: 'store', resourceGroup: 'rg', slots: ['blue'] })).status,
        201,
      );
      assert.equal((await control('POST', 'sites', { name: 'store', resourceGroup: 'rg' })).status, 400);
      assert.equal((await control('POST', 'sites', { name: 'x' })).status, 400);
      const { sites } = (await control('GET', 'state')).json;
      assert.deepEqual(
        sites.map((one: { name: string; slots: object }) => [one.name, Object.keys(one.slots)]),
        [
          ['payments', ['production', 'staging']],
          ['store', ['production', 'blue']],
        ],
      );
      const { requests, connections } = (await control('GET', 'requests')).json;
      assert.ok(connections >= 1);
      // The token, and nothing of /_emulator.
      assert.deepEqual(
        requests.map((one: { path: string }) => one.path.split('/').at(-1)),
        ['token'],
      );
      assert.equal((await control('GET', 'nothing')).status, 501);
    });
  });
});
