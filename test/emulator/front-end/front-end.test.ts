import assert from 'node:assert/strict';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import { armClient, ask, PATIENT } from '../client.ts';
import { tinyApp, zipOf } from '../tiny-app.ts';

describe('emulator: the hosts of sites', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;
  let draw = 0.99;

  beforeEach(async () => {
    draw = 0.99;
    emulator = await startEmulator({
      random: () => draw,
      ...PATIENT,
      sites: [
        { name: 'payments', resourceGroup: 'rg' },
        { name: 'store', resourceGroup: 'rg' },
      ],
    });
    arm = await armClient(emulator);
  });
  afterEach(() => emulator.close());

  const split = (percentage: number) =>
    arm.site('PATCH', 'payments/config/web', {
      properties: {
        experiments: {
          rampUpRules: [
            {
              name: 'staging',
              actionHostName: emulator.siteUrl('payments', 'staging').slice(8),
              reroutePercentage: percentage,
            },
          ],
        },
      },
    });

  it('really split traffic, pin their clients, and let the pinned stay', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    assert.equal((await ask(emulator, emulator.siteUrl('payments'))).headers['set-cookie'], undefined);
    await split(10);
    const stable = await ask(emulator, emulator.siteUrl('payments'));
    assert.equal(stable.json.release, '1.0.0');
    assert.match(String(stable.headers['set-cookie']), /^x-ms-routing-name=self; Max-Age=3600;/);
    draw = 0.05;
    const canary = await ask(emulator, emulator.siteUrl('payments'));
    assert.equal(canary.json.release, '2.0.0');
    const cookie = String(canary.headers['set-cookie']).split(';')[0]!;
    await arm.site('PATCH', 'payments/config/web', { properties: { experiments: { rampUpRules: [] } } });
    assert.equal((await ask(emulator, emulator.siteUrl('payments'))).json.release, '1.0.0');
    assert.equal((await ask(emulator, emulator.siteUrl('payments'), { headers: { cookie } })).json.release, '2.0.0');
    assert.deepEqual(
      emulator.served({ site: 'payments' }).map((one) => [one.host, one.slot, one.release]),
      [
        ['production', 'production', '1.0.0'],
        ['production', 'production', '1.0.0'],
        ['production', 'staging', '2.0.0'],
        ['production', 'production', '1.0.0'],
        ['production', 'staging', '2.0.0'],
      ],
    );
  });

  it('answer 404 to a client that is pinned to a deleted slot', async () => {
    await arm.site('DELETE', 'payments/slots/staging');
    const answer = await ask(emulator, emulator.siteUrl('payments'), {
      headers: { cookie: 'x-ms-routing-name=staging' },
    });
    assert.equal(answer.status, 404);
  });

  it('let apps call each other with the authority that they are given', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy(
      'store',
      await zipOf({
        'index.js': `require('node:http').createServer((request, response) => {
          require('node:https').get(process.env.PAYMENTS_URL, (incoming) => incoming.pipe(response))
            .on('error', (error) => response.writeHead(500).end(error.message));
        }).listen(process.env.PORT)`,
      }),
    );
    await arm.site('PUT', 'store/config/appsettings', { properties: { PAYMENTS_URL: emulator.siteUrl('payments') } });
    assert.equal((await ask(emulator, emulator.siteUrl('store'))).json.release, '1.0.0');
  });

  it('pass requests through: method, path, query, body, headers, status', async () => {
    await arm.deploy(
      'store',
      await zipOf({
        'index.js': `require('node:http').createServer(async (request, response) => {
          let body = ''; for await (const chunk of request) body += chunk;
          response.writeHead(418, { 'set-cookie': 'own=1', 'x-proto': request.headers['x-forwarded-proto'] })
            .end([request.method, request.url, request.headers.host, body].join(' '));
        }).listen(process.env.PORT)`,
      }),
    );
    const url = emulator.siteUrl('store');
    const answer = await ask(emulator, `${url}/a//b?c=%20d`, { method: 'PUT', body: 'hello' });
    assert.equal(answer.status, 418);
    assert.equal(answer.text, `PUT /a//b?c=%20d ${url.slice(8)} hello`);
    assert.deepEqual([answer.headers['set-cookie'], answer.headers['x-proto']], [['own=1'], 'https']);
  });

  it('answer 503 for an app that has died, until it is started again', async () => {
    // Where its start has taken long the next request starts it again: it leaves at once then, too. It stops listening
    // before it leaves: else a request could still be taken while its connections close one after the other, and break off.
    await arm.deploy(
      'payments',
      await zipOf({
        'index.js': `const { existsSync, writeFileSync } = require('node:fs');
          if (existsSync('dead') && !process.env.REVIVED) process.exit(1);
          const server = require('node:http').createServer((request, response) => {
            if (request.url === '/exit') { writeFileSync('dead', ''); server.close(); process.exit(3); }
            response.end();
          }).listen(process.env.PORT)`,
      }),
    );
    assert.equal((await ask(emulator, `${emulator.siteUrl('payments')}/exit`)).status, 502);
    assert.equal((await ask(emulator, emulator.siteUrl('payments'))).status, 503);
    await arm.site('PUT', 'payments/config/appsettings', { properties: { REVIVED: 'yes' } });
    await arm.site('POST', 'payments/restart?synchronous=true');
    assert.equal((await ask(emulator, emulator.siteUrl('payments'))).status, 200);
  });

  it('answer 503 for an app that never listens on PORT, and tell its last words', async () => {
    const zip = await zipOf({
      'index.js': `console.log('on another port'); require('node:http').createServer().listen(0)`,
    });
    const wordsAfter = async (startupMs: number): Promise<string> => {
      const other = await startEmulator({ startupMs, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
      await (await armClient(other)).deploy('payments', zip);
      assert.equal((await ask(other, other.siteUrl('payments'))).status, 503);
      await other.close();
      return other.siteState('payments').slots['production']!.output;
    };
    // As long as this machine needs until the app can say a word.
    let startupMs = 500;
    let words = '';
    for (; words === ''; startupMs *= 2) words = await wordsAfter(startupMs);
    assert.equal(words, 'on another port\n');
  });

  it('can be made to fail', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    emulator.addFault({ match: { site: 'payments', path: '^/health$' }, effect: { kind: 'status', status: 500 } });
    const url = emulator.siteUrl('payments');
    const statuses = [];
    for (const path of ['/', '/health', '/health']) statuses.push((await ask(emulator, url + path)).status);
    assert.deepEqual(statuses, [200, 500, 200]);
  });
});
