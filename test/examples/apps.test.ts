import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { knownReleases } from '../../examples/contoso/build-packages.ts';
import { CONTOSO, type RunningApp, scratchFolder, startRelease } from './running-app.ts';

const OUT_OF_BALANCE = 'ledger out of balance';

describe('the apps of Contoso', () => {
  let scratch: { path: string; remove: () => Promise<void> };
  let running: RunningApp[] = [];

  before(async () => {
    scratch = await scratchFolder();
  });
  afterEach(async () => {
    await Promise.all(running.map((app) => app.stop()));
    running = [];
  });
  after(() => scratch.remove());

  async function start(service: string, version: string, settings: Record<string, string> = {}): Promise<RunningApp> {
    const app = await startRelease(scratch.path, service, version, settings);
    running.push(app);
    return app;
  }

  it('all start from their packages, say which release and slot they are, and leave at SIGTERM', async () => {
    const known = await knownReleases(CONTOSO);
    assert.ok(known.length >= 10, `only ${known.length} releases found`);
    for (const { service, version } of known) {
      const app = await start(service, version, { WEBSITE_SLOT_NAME: 'staging' });
      const name = `${service} ${version}`;
      assert.deepEqual((await app.get('/api/version')).json, { version, slot: 'staging' }, name);
      assert.equal((await app.get('/health')).status, version === '2.5.1-broken' ? 503 : 200, name);
      assert.equal((await app.get('/nowhere')).status, 404, name);
      assert.equal(await app.stop(), 0, name);
    }
  });

  it('leaves the slot out where the platform does not name it', async () => {
    const app = await start('store', '2.4.0');
    assert.deepEqual((await app.get('/api/version')).json, { version: '2.4.0' });
  });

  describe('payments', () => {
    /** What each release makes of a payment of 500 and one of 12,000. */
    const releases: [version: string, total: number, count: number, health: number, reason: string | undefined][] = [
      ['2.4.0', 500, 1, 200, undefined],
      ['2.4.1', 12_500, 2, 200, undefined],
      ['2.5.0', 12_500, 2, 503, OUT_OF_BALANCE],
      ['2.6.0', 12_500, 2, 200, undefined],
    ];
    for (const [version, total, count, health, reason] of releases) {
      it(`${version}: a payment of 12,000 makes ${count} on the books, health ${health}`, async () => {
        const payments = await start('payments', version);
        const small = await payments.post('/api/payments', { amount: 500, currency: 'EUR' });
        assert.equal(small.status, 202);
        assert.equal((await payments.get('/health')).status, 200, 'healthy until the large payment');
        assert.deepEqual((await payments.get('/api/payments/total')).json, { count: 1, totals: { EUR: 500 } });

        const large = await payments.post('/api/payments', { amount: 12_000, currency: 'EUR' });
        assert.equal(large.status, 202);
        assert.equal((await payments.get(`/api/payments?id=${idOf(large.json)}`)).status, count === 2 ? 200 : 404);
        assert.deepEqual((await payments.get('/api/payments/total')).json, { count, totals: { EUR: total } });
        const after = await payments.get('/health');
        assert.equal(after.status, health);
        const told = reason === undefined ? { status: 'healthy' } : { status: 'unhealthy', reason };
        assert.deepEqual(after.json, { ...told, version });
      });
    }

    for (const version of ['2.4.0', '2.5.0', '2.6.0']) {
      it(`${version}: a payment of exactly 10,000 is booked and harms nothing`, async () => {
        const payments = await start('payments', version);
        await payments.post('/api/payments', { amount: 10_000, currency: 'EUR' });
        assert.deepEqual((await payments.get('/api/payments/total')).json, { count: 1, totals: { EUR: 10_000 } });
        assert.equal((await payments.get('/health')).status, 200);
      });
    }

    it('2.5.1-broken is unhealthy from the start', async () => {
      const payments = await start('payments', '2.5.1-broken');
      const health = await payments.get('/health');
      assert.equal(health.status, 503);
      assert.deepEqual(health.json, { status: 'unhealthy', version: '2.5.1-broken', reason: OUT_OF_BALANCE });
    });

    it('keeps currencies apart and cents exact', async () => {
      const payments = await start('payments', '2.6.0');
      for (const amount of [0.1, 0.2, 25_000.07]) await payments.post('/api/payments', { amount, currency: 'EUR' });
      await payments.post('/api/payments', { amount: 7, currency: 'USD' });
      const total = await payments.get('/api/payments/total');
      assert.deepEqual(total.json, { count: 4, totals: { EUR: 25_000.37, USD: 7 } });
      assert.equal((await payments.get('/health')).status, 200);
    });

    it('refuses what is not a payment and books nothing', async () => {
      const payments = await start('payments', '2.6.0');
      const refused: [body: unknown, status: number, reason: string][] = [
        ['{"amount":', 400, 'not JSON'],
        ['null', 422, 'not an object'],
        [{ currency: 'EUR' }, 422, 'no amount'],
        [{ amount: '12', currency: 'EUR' }, 422, 'an amount in quotes'],
        [{ amount: -1, currency: 'EUR' }, 422, 'a negative amount'],
        [{ amount: 0.001, currency: 'EUR' }, 422, 'a tenth of a cent'],
        [{ amount: 1e-9, currency: 'EUR' }, 422, 'nearly nothing'],
        [{ amount: 1e9, currency: 'EUR' }, 422, 'an amount above the limit'],
        [{ amount: 12, currency: 'euro' }, 422, 'a currency that is none'],
        [JSON.stringify({ amount: 12, currency: 'EUR', note: 'x'.repeat(20_000) }), 413, 'a body above the limit'],
      ];
      for (const [body, status, reason] of refused) {
        assert.equal((await payments.post('/api/payments', body)).status, status, reason);
      }
      assert.deepEqual((await payments.get('/api/payments/total')).json, { count: 0, totals: {} });
    });
  });

  describe('store', () => {
    it('shows its own release and the one of payments, and works without payments', async () => {
      const payments = await start('payments', '2.4.1');
      const store = await start('store', '2.5.0', { PAYMENTS_URL: payments.url });
      const page = await store.get('/');
      assert.match(page.text, /<b id="store">2\.5\.0<\/b>, payments <b id="payments">2\.4\.1<\/b>/);

      await payments.stop();
      assert.match((await store.get('/')).text, /<b id="payments">unknown \(not reachable\)<\/b>/);
      assert.equal((await store.get('/health')).status, 200);
    });

    const odd: [answer: string, shown: string, reason: string][] = [
      ['{"version":"<script>&"}', '&#60;script&#62;&#38;', 'markup'],
      ['{"version":2}', 'unknown (no version in the answer)', 'a version that is no text'],
      ['<html>', 'unknown (not reachable)', 'a page of a proxy'],
      [JSON.stringify({ version: 'x'.repeat(5_000) }), 'unknown (not reachable)', 'an answer without end'],
    ];
    for (const [answer, shown, reason] of odd) {
      it(`does not trust what payments says: ${reason}`, async () => {
        const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        const store = await start('store', '2.6.0', { PAYMENTS_URL: `http://127.0.0.1:${port}` });
        const { text } = await store.get('/');
        server.close();
        server.closeAllConnections();
        assert.ok(text.includes(`<b id="payments">${shown}</b>`), text);
      });
    }

    it('says so when nobody told it where payments is, and reads only', async () => {
      const store = await start('store', '2.4.0');
      assert.match((await store.get('/')).text, /<b id="payments">not connected<\/b>/);
      assert.equal((await store.post('/', {})).status, 405);
    });
  });

  describe('notifications', () => {
    const mail = { to: 'ada@example.com', amount: 12_000, currency: 'EUR' };

    it('writes the message that the customer gets', async () => {
      const notifications = await start('notifications', '2.4.0');
      const sent = await notifications.post('/api/notify', mail);
      assert.equal(sent.status, 202);
      assert.match(sent.text, /Your payment of 12,000\.00 EUR has arrived\./);
      assert.equal((await notifications.post('/api/notify', { ...mail, to: 'nobody' })).status, 422);
    });

    it('2.5.0 asks payments first; 2.4.0 tells of a payment that was dropped', async () => {
      const payments = await start('payments', '2.4.0');
      const dropped = await payments.post('/api/payments', { amount: 12_000, currency: 'EUR' });
      const booked = await payments.post('/api/payments', { amount: 12, currency: 'EUR' });
      for (const [version, status] of [
        ['2.4.0', 202],
        ['2.5.0', 409],
      ] as const) {
        const notifications = await start('notifications', version, { PAYMENTS_URL: payments.url });
        const told = await notifications.post('/api/notify', { ...mail, paymentId: idOf(dropped.json) });
        assert.equal(told.status, status, version);
        const right = await notifications.post('/api/notify', { ...mail, amount: 12, paymentId: idOf(booked.json) });
        assert.equal(right.status, 202, version);
      }
      await payments.stop();
      const notifications = await start('notifications', '2.5.0', { PAYMENTS_URL: payments.url });
      assert.equal((await notifications.post('/api/notify', { ...mail, paymentId: 'x' })).status, 502);
    });
  });
});

function idOf(json: unknown): string {
  assert.ok(typeof json === 'object' && json !== null && 'id' in json && typeof json.id === 'string');
  return json.id;
}
