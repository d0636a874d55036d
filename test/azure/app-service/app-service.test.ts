import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../../src/emulator/server/certificate.ts';
import { startEmulator, type Emulator, type FaultEffect } from '../../../src/emulator/start.ts';
import type { RolloutError, RolloutFacts } from '../../../src/rollout/errors.ts';
import type { MutationReply, OperationReading } from '../../../src/rollout/ports.ts';
import { tinyApp } from '../../emulator/tiny-app.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { hostsOf } from '../hosts.ts';

const SWAP = { method: 'POST', path: /\/slotsswap$/ };
const POLL = { method: 'GET', path: /\/operationresults\// };
/** Long enough for a busy machine to answer, short enough to wait for what never answers. */
const SHORT = { exchangeMs: 1500, readDeadlineMs: 90_000 };

describe('app service, on the wire', () => {
  let emulator: Emulator;
  let sites = 0;
  let app: string;

  before(async () => void (emulator = await startEmulator({ swapMs: 30 })));
  after(() => emulator.close());
  beforeEach(async () => {
    app = `app-${(sites += 1)}`;
    await emulator.addSite({ name: app, resourceGroup: 'rg' });
  });
  afterEach(() => emulator.clearFaults());

  const fault = (path: string, effect: FaultEffect, times: number | 'always' = 1): void =>
    void emulator.addFault({ match: { path: `/${app}/.*${path}`, times }, effect });
  const seen = ({ method, path }: { method: string; path: RegExp }): number =>
    emulator.requests({ method, path }).filter((one) => one.path.includes(`/${app}/`)).length;
  const host = () => hostsOf(emulator, { times: SHORT })(app);
  /** Reads wait on a clock of their own: a minute and a half of retries takes no time. */
  const patient = (clock = new FakeClock()) => hostsOf(emulator, { clock })(app);
  const swapped = async (): Promise<boolean> => {
    for (
      let tries = 0;
      tries < 50 && emulator.siteState(app).slots['staging']!.inProgressOperationId !== null;
      tries += 1
    )
      await new Promise((resolve) => setTimeout(resolve, 10));
    return emulator.siteState(app).swaps.length === 1;
  };

  describe('the reply to a swap request', () => {
    const cases: [string, FaultEffect, MutationReply['kind'], RegExp, boolean][] = [
      [
        '429 with Retry-After',
        { kind: 'throttle', retryAfter: 7 },
        'ambiguous',
        /^429 SubscriptionRequestsThrottled: Number of/,
        false,
      ],
      ['429 without a body', { kind: 'status', status: 429 }, 'ambiguous', /^status 429\. The limit/, false],
      ['408', { kind: 'status', status: 408 }, 'ambiguous', /408/, false],
      [
        '409',
        { kind: 'status', status: 409, body: { Code: 'Conflict', Message: 'Cannot modify' } },
        'ambiguous',
        /^409 Conflict: Cannot modify$/,
        false,
      ],
      ['500', { kind: 'status', status: 500 }, 'ambiguous', /500/, false],
      ['503', { kind: 'status', status: 503 }, 'ambiguous', /503/, false],
      ['504, and applied', { kind: 'applied-then-status', status: 504 }, 'ambiguous', /504/, true],
      ['reset', { kind: 'reset' }, 'ambiguous', /ECONNRESET|socket hang up/, false],
      ['reset, and applied', { kind: 'applied-then-reset' }, 'ambiguous', /ECONNRESET|socket hang up/, true],
      ['a page of a gateway', { kind: 'html' }, 'ambiguous', /502.*html/i, false],
      ['a page of a proxy with 200', { kind: 'html', status: 200 }, 'ambiguous', /html/i, false],
      ['half an answer', { kind: 'truncated' }, 'ambiguous', /./, true],
      ['no answer', { kind: 'hang' }, 'ambiguous', /no answer within 1\.5s/, false],
      ['no answer, and applied', { kind: 'applied-then-hang' }, 'ambiguous', /no answer/, true],
      ['a redirect', { kind: 'status', status: 307, headers: { location: '/elsewhere' } }, 'ambiguous', /307/, false],
      [
        '400',
        { kind: 'status', status: 400, body: { error: { code: 'Bad', message: 'no' } } },
        'refused',
        /^400 Bad: no$/,
        false,
      ],
      [
        '403',
        { kind: 'status', status: 403 },
        'refused',
        /lacks the right Microsoft\.Web\/sites\/slots\/slotsswap\/action/,
        false,
      ],
      ['404', { kind: 'status', status: 404 }, 'refused', /404/, false],
    ];
    for (const [name, effect, kind, message, applied] of cases)
      it(`${name} is ${kind}, and sent once`, async () => {
        fault('slotsswap', effect);
        const reply = await host().requestSwap('staging', 'production');
        assert.equal(reply.kind, kind, JSON.stringify(reply));
        assert.match('message' in reply ? reply.message : '', message);
        assert.deepEqual([seen(SWAP), await swapped()], [1, applied]);
      });

    it('carries how long to wait', async () => {
      fault('slotsswap', { kind: 'throttle', retryAfter: 7 });
      const reply = await host().requestSwap('staging', 'production');
      assert.equal(reply.kind === 'ambiguous' && reply.retryAfterMs, 7000);
    });

    it('is given up as soon as it is asked to be, for what Azure may still do', async () => {
      fault('slotsswap', { kind: 'hang' });
      const patient = hostsOf(emulator)(app);
      const reply = await patient.requestSwap('staging', 'production', undefined, 150);
      assert.equal('message' in reply && reply.message, 'no answer within 150ms');
      assert.equal(reply.kind, 'ambiguous');
    });

    it('is a refusal, with nothing sent, when there is no token', async () => {
      const reply = await hostsOf(emulator, { clientSecret: 'expired' })(app).requestSwap('staging', 'production');
      assert.deepEqual([reply.kind, seen(SWAP)], ['refused', 0]);
    });
  });

  it('never speaks to an Azure that it cannot verify', async () => {
    const before = emulator.requests().length;
    const ca = makeCertificate(new Date()).caPem;
    const strange = hostsOf(emulator, { ca, clock: new FakeClock() })(app);
    await assert.rejects(strange.observe('staging'));
    assert.equal((await strange.requestSwap('staging', 'production')).kind, 'refused');
    assert.equal(emulator.requests().length, before);
  });

  describe('the address of the operation', () => {
    const foreign = 'https://management.azure.com.example/operationresults/1';

    it('is not followed to another host: our token would go with it', async () => {
      fault('slotsswap', { kind: 'applied-then-status', status: 202, headers: { location: foreign } });
      const reply = await host().requestSwap('staging', 'production');
      assert.deepEqual([reply.kind, reply.kind === 'accepted' && reply.operation], ['accepted', undefined]);
    });

    it('stays what it was when a poll names another host', async () => {
      const reply = await host().requestSwap('staging', 'production');
      const operation = reply.kind === 'accepted' ? reply.operation! : '';
      fault('operationresults', { kind: 'status', status: 202, headers: { location: foreign } });
      const reading = await host().readOperation(operation);
      assert.equal(reading.kind === 'running' && reading.operation, operation);
    });

    it('is the newest that a poll has named', async () => {
      const slow = { kind: 'swap-slow', ms: 200 } as const;
      fault('slotsswap', slow);
      const reply = await host().requestSwap('staging', 'production');
      const operation = reply.kind === 'accepted' ? reply.operation! : '';
      const reading = await host().readOperation(operation);
      assert.ok(reading.kind === 'running' && reading.operation !== operation);
      assert.equal(reading.retryAfterMs, 1000);
      assert.ok(['running', 'succeeded'].includes((await host().readOperation(reading.operation)).kind));
    });
  });

  describe('a poll', () => {
    const cases: [string, FaultEffect, OperationReading['kind'], RegExp?][] = [
      ['429', { kind: 'throttle', retryAfter: 3 }, 'unreadable', /429/],
      ['401', { kind: 'status', status: 401 }, 'unreadable', /401/],
      ['403', { kind: 'status', status: 403 }, 'unreadable', /403/],
      ['409', { kind: 'status', status: 409 }, 'unreadable', /409/],
      ['503', { kind: 'status', status: 503 }, 'unreadable', /503/],
      ['reset', { kind: 'reset' }, 'unreadable', /./],
      ['no answer', { kind: 'hang' }, 'unreadable', /no answer/],
      ['404', { kind: 'status', status: 404 }, 'gone'],
      ['410', { kind: 'status', status: 410 }, 'gone'],
      [
        '417',
        { kind: 'status', status: 417, body: { Code: 'ExpectationFailed', Message: 'no ping' } },
        'failed',
        /^417 ExpectationFailed: no ping$/,
      ],
      ['400', { kind: 'status', status: 400 }, 'failed', /400/],
      [
        '200 with a failure inside',
        { kind: 'status', status: 200, body: { status: 'Failed', error: { code: 'X', message: 'why' } } },
        'failed',
        /ended as Failed: 200 X: why/,
      ],
      [
        '200 with a cancellation inside',
        { kind: 'status', status: 200, body: { properties: { status: 'Canceled' } } },
        'failed',
        /Canceled/,
      ],
      ['200 with a site', { kind: 'status', status: 200, body: { properties: { state: 'Running' } } }, 'succeeded'],
      ['200 with nothing', { kind: 'status', status: 200 }, 'succeeded'],
      ['200 with a page of a proxy', { kind: 'html', status: 200 }, 'unreadable', /html/i],
    ];
    for (const [name, effect, kind, message] of cases)
      it(`${name} is ${kind}`, async () => {
        const reply = await host().requestSwap('staging', 'production');
        fault('operationresults', effect);
        const reading = await host().readOperation(reply.kind === 'accepted' ? reply.operation! : '');
        assert.equal(reading.kind, kind, JSON.stringify(reading));
        if (message !== undefined) assert.match('message' in reading ? reading.message : '', message);
        assert.equal(seen(POLL), 1);
      });
  });

  describe('a read', () => {
    const facts = async (reading: Promise<unknown>): Promise<RolloutFacts & { message: string }> => {
      let found: RolloutError | undefined;
      await assert.rejects(reading, (error: RolloutError) => ((found = error), true));
      return { ...found!.facts, message: found!.message };
    };

    for (const [name, effect] of [
      ['429 with Retry-After', { kind: 'throttle', retryAfter: 10 }],
      ['503', { kind: 'status', status: 503 }],
      ['reset', { kind: 'reset' }],
      ['a page of a gateway', { kind: 'html' }],
      ['a page of a proxy with 200', { kind: 'html', status: 200 }],
      ['half an answer', { kind: 'truncated' }],
    ] as [string, FaultEffect][])
      it(`is repeated after ${name}`, async () => {
        fault('staging$', effect, 2);
        const clock = new FakeClock();
        assert.equal((await patient(clock).observe('staging')).state, 'running');
        assert.equal(seen({ method: 'GET', path: /staging$/ }), 3);
        if (effect.kind === 'throttle') assert.ok(clock.monotonic() >= 20_000, `${clock.monotonic()}`);
      });

    for (const [name, effect] of [
      ['503', { kind: 'status', status: 503 }],
      ['503 that says to come back at once', { kind: 'status', status: 503, retryAfter: 0 }],
    ] as [string, FaultEffect][])
      it(`gives up on ${name}, in the end, and does not hammer meanwhile`, async () => {
        fault('staging$', effect, 'always');
        const clock = new FakeClock();
        assert.equal((await facts(patient(clock).observe('staging'))).code, 'unreadable');
        const count = seen({ method: 'GET', path: /staging$/ });
        assert.ok(clock.monotonic() > 60_000 && clock.monotonic() <= 90_000, `${clock.monotonic()}`);
        assert.ok(count > 3 && count < 60, `${count} requests`);
      });

    it('gives up at once when it is told to wait for longer than it may', async () => {
      fault('staging$', { kind: 'throttle', retryAfter: 3600 }, 'always');
      assert.match(
        (await facts(patient().observe('staging'))).message,
        /slot 'staging' of app 'app-\d+' could not be read: 429/,
      );
      assert.equal(seen({ method: 'GET', path: /staging$/ }), 1);
    });

    it('says that the credentials are wrong, and asks no second time', async () => {
      fault('staging$', { kind: 'status', status: 401 }, 'always');
      const { code, message } = await facts(patient().observe('staging'));
      assert.equal(code, 'unauthenticated');
      assert.match(message, /AZURE_CLIENT_SECRET/);
      assert.ok(seen({ method: 'GET', path: /staging$/ }) <= 2);
      const wrong = hostsOf(emulator, { clientSecret: 'wrong', clock: new FakeClock() })(app);
      assert.match((await facts(wrong.observe('staging'))).message, /AZURE_CLIENT_SECRET.*(AADSTS|invalid)/i);
    });

    it('says which right is missing, and where', async () => {
      fault('staging$', {
        kind: 'status',
        status: 403,
        body: { error: { code: 'AuthorizationFailed', message: 'no' } },
      });
      const { code, message } = await facts(patient().observe('staging'));
      assert.equal(code, 'forbidden');
      assert.match(
        message,
        /reading slot 'staging' of app .* the right Microsoft\.Web\/sites\/slots\/read on \/subscriptions\/.*\/slots\/staging\. .*AuthorizationFailed: no/,
      );
    });

    it('tells a missing slot from a missing app', async () => {
      const slot = await facts(patient().observe('nowhere'));
      assert.deepEqual([slot.code, slot.code === 'app-not-found' && slot.slot], ['app-not-found', 'nowhere']);
      const site = await facts(hostsOf(emulator)('no-such-app').observe('staging'));
      assert.deepEqual([site.code, site.code === 'app-not-found' && site.slot], ['app-not-found', undefined]);
      const group = await facts(hostsOf(emulator, { resourceGroup: 'other' })(app).observe('production'));
      assert.match(group.message, /resource group 'other'/);
    });

    it('goes without the deployments where there is no right to them, and says so', async () => {
      fault('deployments$', { kind: 'status', status: 403 }, 'always');
      const { print, unread } = await patient().observe('staging');
      assert.equal(print.activeDeployment, null);
      assert.notEqual(print.deploymentId, null);
      assert.match(unread.join(), /deployments of slot 'staging'/);
    });

    it('stops at the signal while it waits', async () => {
      fault('staging$', { kind: 'status', status: 503 }, 'always');
      const stop = new AbortController();
      const reading = hostsOf(emulator)(app).observe('staging', stop.signal);
      setTimeout(() => stop.abort(new Error('stop')), 60);
      await assert.rejects(reading, /^Error: stop$/);
    });
  });

  it('reads the names of the instances, and nothing where the right is missing', async () => {
    assert.equal((await patient().instances('staging'))?.length, 1);
    emulator.addFault({ match: { path: '/instances$' }, effect: { kind: 'forbidden' } });
    assert.equal(await patient().instances('production'), undefined);
  });

  describe('an upload', () => {
    let folder: string;
    let file: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'safe-rollout-azure-'));
      file = join(folder, 'tiny.zip');
      await writeFile(file, await tinyApp('1.0.0'));
    });
    after(() => rm(folder, { recursive: true, force: true }));
    const scm = (effect: FaultEffect, path = 'api/publish'): void =>
      void emulator.addFault({ match: { path: `/scm/${app}-staging/${path}` }, effect });

    for (const [name, effect] of [
      [
        'a deployment that is in progress',
        { kind: 'status', status: 409, body: 'There is a deployment currently in progress.' },
      ],
      ['503', { kind: 'status', status: 503 }],
      ['a reset', { kind: 'reset' }],
    ] as [string, FaultEffect][])
      it(`is repeated after ${name}: it leaves the same slot`, async () => {
        scm(effect);
        assert.equal((await patient().upload('staging', file)).kind, 'uploaded');
        assert.equal(emulator.siteState(app).slots['staging']!.release, '1.0.0');
      });

    it('says while the slot is busy what it waits for, and for how long at the most', async () => {
      scm({ kind: 'status', status: 409, body: 'There is a deployment currently in progress.' });
      const said: [string, number, number][] = [];
      const result = await patient().upload('staging', file, undefined, (...words) => void said.push(words));
      assert.equal(result.kind, 'uploaded');
      assert.match(said[0]![0], /409: There is a deployment currently in progress/);
      assert.deepEqual([said.length, said[0]![2]], [1, 600_000]);
    });

    for (const page of ['<html><h1>Error 403 - Forbidden</h1> has blocked your access.</html>', 'Ip Forbidden'])
      it(`knows a blocked deployment site from a missing right: ${page}`, async () => {
        scm({ kind: 'status', status: 403, body: page });
        const result = await patient().upload('staging', file);
        const message = result.kind === 'failed' ? result.message : '';
        assert.match(message, /access restriction, or since the app has a private endpoint; it is not a missing right/);
        assert.match(message, /az webapp config access-restriction add --name .* --slot staging --scm-site true/);
        assert.doesNotMatch(message, /Grant|role/);
      });

    it('names the right where one is missing', async () => {
      scm({ kind: 'status', status: 403, body: { Code: 'Forbidden', Message: 'no' } });
      const result = await patient().upload('staging', file);
      assert.match(result.kind === 'failed' ? result.message : '', /403 Forbidden: no.*publish/i);
    });

    it('goes on polling while the deployment host restarts', async () => {
      scm({ kind: 'status', status: 503 }, 'api/deployments/');
      assert.equal((await patient().upload('staging', file)).kind, 'uploaded');
    });

    it('fails with the words of the platform', async () => {
      scm({ kind: 'status', status: 400, body: "type='zip' not recognized" });
      const result = await patient().upload('staging', file);
      assert.match(result.kind === 'failed' ? result.message : '', /400.*not recognized/);
    });

    it('fails with the log of the deployment', async () => {
      const broken = join(folder, 'broken.zip');
      await writeFile(broken, 'no zip at all');
      const result = await patient().upload('staging', broken);
      assert.match(result.kind === 'failed' ? result.message : '', /deployment [\w-]+ failed: ./);
    });

    it('of a file that has gone is a bad package, and nothing is sent', async () => {
      await assert.rejects(
        patient().upload('staging', join(folder, 'gone.zip')),
        ({ facts }: RolloutError) => facts.code === 'bad-package',
      );
      assert.equal(emulator.requests({ method: 'POST', path: new RegExp(`/scm/${app}-staging/`) }).length, 0);
    });
  });
});
