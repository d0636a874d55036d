import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { dirname } from 'node:path';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import { armClient, ask, PATIENT, until } from '../client.ts';
import { tinyApp, zipOf } from '../tiny-app.ts';

describe('emulator: deployment', () => {
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;
  beforeEach(async () => {
    emulator = await startEmulator({
      ...PATIENT,
      swapMs: 20,
      sites: [
        { name: 'payments', resourceGroup: 'rg', appSettings: { production: { GREETING: 'hello' } } },
        { name: 'legacy', resourceGroup: 'rg', scmBasicAuth: true, autoSwap: { staging: 'production' } },
      ],
    });
    arm = await armClient(emulator);
  });
  afterEach(() => emulator.close());

  const scm = (label: string, path: string): string => `${emulator.armUrl}/scm/${label}${path}`;
  const settled = async (label: string, id = 'latest') => {
    for (;;) {
      const answer = await arm.call(scm(label, `/api/deployments/${id}`));
      if (answer.status !== 202) return answer;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  it('unpacks a package and starts it with the settings and names of its slot', async () => {
    const answer = await arm.deploy('payments', await tinyApp('1.2.3'));
    assert.deepEqual([answer.status, answer.text], [200, '']);
    const body = (await ask(emulator, `${emulator.siteUrl('payments')}/?setting=GREETING`)).json;
    assert.deepEqual([body.release, body.setting, body.slot], ['1.2.3', 'hello', 'Production']);
    assert.equal(emulator.siteState('payments').slots['production']!.release, '1.2.3');
  });

  it('runs asynchronously when asked to, and can be followed to its end', async () => {
    const answer = await arm.deploy(
      'payments',
      await tinyApp('1.0.0'),
      'type=zip&async=true&trackDeploymentProgress=true',
    );
    assert.equal(answer.status, 202);
    assert.equal(answer.headers['retry-after'], '1');
    assert.match(
      String(answer.headers.location),
      /\/scm\/payments\/api\/deployments\/latest\?deployer=OneDeploy&time=\d{4}-\d\d-\d\d_\d\d-\d\d-\d\dZ$/,
    );
    const { status, json } = await settled('payments', String(answer.headers['scm-deployment-id']));
    assert.equal(status, 200);
    assert.deepEqual(
      [json.status, json.complete, json.active, json.provisioningState, json.deployer],
      [4, true, true, 'Succeeded', 'OneDeploy'],
    );
    assert.equal(json.id, answer.headers['scm-deployment-id']);
    const listed = (await arm.site('GET', 'payments/deployments')).json.value;
    assert.deepEqual([listed.length, listed[0].properties.active, listed[0].properties.id], [1, true, json.id]);
  });

  it('keeps its history, newest first, with one active entry', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.call(scm('payments', '/api/zipdeploy'), { method: 'POST', body: await tinyApp('1.1.0') });
    const rows = (await arm.call(scm('payments', '/api/deployments/'))).json;
    assert.deepEqual(
      rows.map((one: { deployer: string; active: boolean }) => [one.deployer, one.active]),
      [
        ['ZipDeploy', true],
        ['OneDeploy', false],
      ],
    );
    const log = (await arm.call(scm('payments', `/api/deployments/${rows[0].id}/log`))).json;
    assert.equal(log.at(-1).message, 'Deployment successful.');
    assert.equal((await arm.call(scm('payments', '/api/deployments/none'))).status, 404);
  });

  it('fails on what is not a zip file and leaves what runs alone', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    const answer = await arm.deploy('payments', Buffer.from('not a zip'));
    assert.equal(answer.status, 400);
    const { json } = await settled('payments');
    assert.equal(json.status, 3);
    assert.match(json.status_text, /^The package is not a readable zip file: /);
    assert.deepEqual([json.active, json.provisioningState], [false, 'Failed']);
    assert.equal((await ask(emulator, emulator.siteUrl('payments'))).json.release, '1.0.0');
    assert.equal(emulator.siteState('payments').slots['production']!.release, '1.0.0');
  });

  it('lets no entry out of its folder', async () => {
    const harmless = await zipOf({ 'aa/aa/evil.js': 'x', 'index.js': '' });
    // Same length, so only the name changes; a writer of zip files would refuse to write it.
    const evil = Buffer.from(harmless.toString('latin1').replaceAll('aa/aa/evil.js', '../../evil.js'), 'latin1');
    assert.equal((await arm.deploy('payments', evil)).status, 400);
    assert.match((await settled('payments')).json.status_text, /invalid relative path/);
    assert.ok(!readdirSync(dirname(dirname(emulator.caFile))).includes('evil.js'));
    assert.ok(!readdirSync(dirname(emulator.caFile)).includes('evil.js'));
  });

  it('refuses a second deployment while one runs', async () => {
    const zip = await tinyApp('1.0.0');
    const first = request(scm('payments', '/api/publish?type=zip'), {
      method: 'POST',
      ca: emulator.caPem,
      headers: { authorization: `Bearer ${arm.token}`, 'content-length': String(zip.length) },
    });
    const answered = once(first, 'response') as Promise<[IncomingMessage]>;
    first.write(zip.subarray(0, 10));
    await until(() => emulator.requests({ path: /publish$/ }).length === 1);
    assert.equal((await arm.deploy('payments', await tinyApp('2.0.0'))).status, 409);
    first.end(zip.subarray(10));
    const [{ statusCode }] = await answered;
    assert.equal(statusCode, 200);
    assert.equal(emulator.siteState('payments').slots['production']!.release, '1.0.0');
  });

  const refused: [string, string, number, string][] = [
    ['an unknown type', 'type=tarball', 400, "type='tarball' not recognized"],
    ['no type', '', 400, "type='' not recognized"],
    ['a type that only Azure has', 'type=war', 501, "The emulator deploys packages of type 'zip' only, not 'war'."],
  ];
  for (const [what, query, status, text] of refused) {
    it(`refuses ${what}`, async () => {
      const answer = await arm.deploy('payments', await tinyApp('1.0.0'), query);
      assert.deepEqual([answer.status, answer.text], [status, text]);
    });
  }

  it('compares the checksum that came along', async () => {
    const zip = await tinyApp('1.0.0');
    const publish = (checksum: string) =>
      arm.call(scm('payments', '/api/publish?type=zip'), {
        method: 'POST',
        headers: { 'x-ms-artifact-checksum': checksum },
        body: zip,
      });
    assert.equal((await publish('0'.repeat(64))).status, 400);
    assert.equal((await publish(createHash('sha256').update(zip).digest('hex'))).status, 200);
  });

  it('needs a token, or the publishing password where the site allows it', async () => {
    const url = scm('legacy-staging', '/api/deployments');
    assert.equal((await ask(emulator, url)).status, 401);
    assert.equal((await arm.call(scm('nobody', '/api/deployments'))).status, 404);
    const credentials = (await arm.site('POST', 'legacy/slots/staging/config/publishingcredentials/list')).json
      .properties;
    assert.equal(credentials.publishingUserName, '$legacy__staging');
    const basic = (password: string) => ({
      headers: {
        authorization: `Basic ${Buffer.from(`${credentials.publishingUserName}:${password}`).toString('base64')}`,
      },
    });
    assert.equal((await ask(emulator, url, basic(credentials.publishingPassword))).status, 200);
    assert.equal((await ask(emulator, url, basic('guess'))).status, 401);
    assert.equal(
      (await arm.site('GET', 'payments/basicPublishingCredentialsPolicies/scm')).json.properties.allow,
      false,
    );
    assert.equal(
      (await ask(emulator, scm('payments', '/api/deployments'), basic(credentials.publishingPassword))).status,
      401,
    );
  });

  it('takes basic credentials as long as the policy of the slot allows them', async () => {
    const policy = 'legacy/slots/staging/basicPublishingCredentialsPolicies/scm';
    const { properties } = (await arm.site('POST', 'legacy/slots/staging/config/publishingcredentials/list')).json;
    const pair = `${properties.publishingUserName}:${properties.publishingPassword}`;
    const url = scm('legacy-staging', '/api/deployments');
    const basic = async () => {
      const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
      return (await ask(emulator, url, { headers: { authorization } })).status;
    };
    const allowed = async (path = policy) => (await arm.site('GET', path)).json.properties.allow;
    assert.deepEqual([await allowed(), await basic()], [true, 200]);
    assert.equal((await arm.site('PUT', policy, { properties: { allow: false } })).json.properties.allow, false);
    assert.deepEqual([await allowed(), await basic(), (await arm.call(url)).status], [false, 401, 200]);
    assert.equal(await allowed('legacy/basicPublishingCredentialsPolicies/scm'), true);
    assert.equal((await arm.site('PUT', policy, { properties: {} })).status, 400);

    const control = (site: string, body: unknown) =>
      ask(emulator, `${emulator.armUrl}/_emulator/sites/${site}`, { method: 'PATCH', body });
    const { status, json } = await control('legacy', { scmBasicAuth: true });
    assert.deepEqual(
      [status, json.slots.production.scmBasicAuth, json.slots.staging.scmBasicAuth, await basic()],
      [200, true, true, 200],
    );
    assert.equal((await control('legacy', { scmBasicAuth: 'yes' })).status, 400);
    assert.equal((await control('nobody', { scmBasicAuth: true })).status, 404);
  });

  it('answers the log stream with what the app has written so far', async () => {
    assert.equal((await arm.call(scm('payments', '/logstream'))).text, '');
    await arm.deploy(
      'payments',
      await zipOf({
        'index.js': `console.log('hello, log'); require('node:http').createServer().listen(process.env.PORT)`,
      }),
    );
    for (let text = ''; !text.includes('hello, log');) {
      const answer = await arm.call(scm('payments', '/logstream'));
      assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'text/plain; charset=utf-8']);
      text = answer.text;
    }
    assert.equal((await ask(emulator, scm('payments', '/logstream'))).status, 401);
  });

  it('is followed by a swap where auto swap is on', async () => {
    await arm.deploy('legacy-staging', await tinyApp('5.0.0'));
    await until(() => emulator.siteState('legacy').swaps.length > 0);
    assert.equal((await ask(emulator, emulator.siteUrl('legacy'))).json.release, '5.0.0');
  });

  it('finds what to start: the start script, else main, else the usual names, and nothing outside', async () => {
    const app = (word: string) =>
      `require('node:http').createServer((_, response) => response.end('${word}')).listen(process.env.PORT)`;
    const packages: [Record<string, string>, number, string][] = [
      [
        { 'package.json': '{"scripts":{"start":"node a.js"},"main":"b.js"}', 'a.js': app('a'), 'b.js': app('b') },
        200,
        'a',
      ],
      [
        { 'package.json': '{"scripts":{"start":"tsc && node a.js"},"main":"b"}', 'a.js': app('a'), 'b.js': app('b') },
        200,
        'b',
      ],
      [{ 'package.json': '{"main":"../../../../etc/hostname"}', 'server.js': app('server') }, 200, 'server'],
      [{ 'index.js': app('index') }, 200, 'index'],
      [{ 'readme.txt': 'nothing to start' }, 503, ''],
    ];
    for (const [files, status, text] of packages) {
      await arm.deploy('payments', await zipOf(files));
      const answer = await ask(emulator, emulator.siteUrl('payments'));
      assert.equal(answer.status, status);
      if (status === 200) assert.equal(answer.text, text);
    }
  });
});
