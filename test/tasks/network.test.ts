import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { agentEnvironment, runAsAgent, type TaskEnd } from './build-agent.ts';
import { builtProduct, taskFolder } from './built-tasks.ts';

describe('a task behind the network of its agent', function () {
  this.timeout(30_000);
  let emulator: Emulator;
  let env: Record<string, string>;
  let proxy: Server;
  let tunnels: string[];
  let logins: (string | undefined)[];

  before(async () => void (await builtProduct()));
  beforeEach(async () => {
    emulator = await startEmulator({ ...LIGHT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    env = agentEnvironment(emulator);
    const arm = await armClient(emulator);
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
    tunnels = [];
    logins = [];
    proxy = createServer().on('connect', (request, client) => {
      tunnels.push(request.url ?? '');
      logins.push(request.headers['proxy-authorization']);
      const { hostname, port } = new URL(`http://${request.url}`);
      const server = connect(Number(port), hostname, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        server.pipe(client).pipe(server);
      });
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    proxy.close();
    await emulator.close();
  });

  const swap = async (more: Record<string, string>, inputs: Record<string, string> = {}): Promise<TaskEnd> =>
    await runAsAgent({
      folder: await taskFolder('SafeRolloutSwap'),
      inputs: {
        azureSubscription: 'contoso',
        appName: 'payments',
        resourceGroupName: 'rg',
        healthPath: '/health',
        healthInterval: '50ms',
        bake: '100ms',
        ...inputs,
      },
      env: { ...env, ...more },
    });
  const address = (): string => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const azure = (): string => new URL(emulator.armUrl).host;

  it('reaches Azure, Azure DevOps and the apps through the proxy, by the authorities of the agent', async () => {
    const end = await swap({ AGENT_PROXYURL: address() });
    assert.equal(end.result, 'Succeeded', end.log);
    const apps = ['production', 'staging'].map((slot) => new URL(emulator.siteUrl('payments', slot)).host);
    assert.deepEqual([...new Set(tunnels)].sort(), [azure(), ...apps].sort());
    const connections = emulator.requests({ path: /^\/subscriptions/ }).map(({ connection }) => connection);
    assert.equal(new Set(connections).size, 1);
  });

  it('reaches past the proxy what the bypass list names, and nothing else', async () => {
    const staging = new URL(emulator.siteUrl('payments', 'staging')).host;
    const end = await swap({ AGENT_PROXYURL: address(), AGENT_PROXYBYPASSLIST: JSON.stringify([staging]) });
    assert.equal(end.result, 'Succeeded', end.log);
    assert.ok(!tunnels.includes(staging));
    assert.ok(tunnels.includes(new URL(emulator.siteUrl('payments')).host), tunnels.join());
  });

  it('takes the proxy of the job before that of the agent', async () => {
    const end = await swap({ AGENT_PROXYURL: 'http://127.0.0.1:9', HTTPS_PROXY: address() }, { journal: './j.jsonl' });
    assert.equal(end.result, 'Succeeded', end.log);
    assert.ok(tunnels.includes(azure()));
  });

  it('goes past the proxy where the bypass list says so', async () => {
    const end = await swap({ AGENT_PROXYURL: address(), AGENT_PROXYBYPASSLIST: '["127.0.0.1"]' });
    assert.equal(end.result, 'Succeeded', end.log);
    assert.deepEqual(tunnels, []);
  });

  it('reaches a journal in storage through the proxy, though Azure itself is not behind it', async () => {
    // The emulator is no storage; what matters is by which way it is asked.
    const storage = `localhost:${new URL(emulator.armUrl).port}`;
    const end = await swap(
      { AGENT_PROXYURL: address(), AGENT_PROXYBYPASSLIST: '["127.0.0.1"]' },
      { journal: `https://${storage}/account/container` },
    );
    assert.match(end.message, /could not write runs\/4711\/\S+ in https:\/\/localhost\S+: 501/);
    assert.deepEqual([...new Set(tunnels)], [storage]);
    assert.ok(emulator.requests({ path: /token/ }).length > 0);
  });

  it('hides the password of the proxy', async () => {
    const end = await swap({
      AGENT_PROXYURL: address(),
      AGENT_PROXYUSERNAME: 'agent',
      AGENT_PROXYPASSWORD: 'proxy-password',
    });
    assert.equal(end.result, 'Succeeded', end.log);
    assert.deepEqual([...new Set(logins)], [`Basic ${Buffer.from('agent:proxy-password').toString('base64')}`]);
    assert.match(end.log, /^##vso\[task\.setsecret\]proxy-password$/m);
  });

  it('says that the proxy wants to know who asks, where Azure DevOps is asked first', async () => {
    proxy.removeAllListeners('connect').on('connect', (request, client) => {
      tunnels.push(request.url ?? '');
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    const end = await swap({ AGENT_PROXYURL: address() });
    assert.equal(end.result, 'Failed');
    assert.match(end.message, /^The journal could not be written .*the proxy \S+ wants to know who asks/);
    assert.match(end.message, /agent is configured\. Nothing was begun$/);
    assert.doesNotMatch(end.message, /tunneling socket|Check that the agent reaches/);
    // For the entry, and for the list that would have shown it had it been written; not again and again.
    assert.ok(tunnels.length <= 3, tunnels.join());
  });

  it('hides it before the task library shows it to the debug log', async () => {
    for (const name of ['AGENT_PROXYPASSWORD', 'SECRET_AGENT_PROXYPASSWORD']) {
      const { log } = await swap({
        SYSTEM_DEBUG: 'true',
        AGENT_PROXYURL: address(),
        AGENT_PROXYUSERNAME: 'agent',
        [name]: 'proxy-password',
        ...(name.startsWith('SECRET_') && { VSTS_SECRET_VARIABLES: '["Agent.ProxyPassword"]' }),
      });
      const lines = log.split('\n').filter((line) => line.includes('proxy-password'));
      assert.ok(lines.length > 1, 'the library shows it no longer: then nothing of this is needed any more');
      assert.equal(lines[0], '##vso[task.setsecret]proxy-password', name);
    }
  });

  it('hides one that stands in the address of the proxy, as it is written and as it is meant', async () => {
    for (const proxyUrl of [
      `http://agent:p%40ss-word@${new URL(address()).host}`,
      `agent:p%40ss-word@${new URL(address()).host}`,
      'http://agent:p%40ss-word@proxy:port',
    ]) {
      const { log } = await swap({ SYSTEM_DEBUG: 'true', AGENT_PROXYURL: proxyUrl });
      const lines = log.split('\n').filter((line) => line.includes('ss-word'));
      assert.ok(lines.length > 2, 'the library shows it no longer: then nothing of this is needed any more');
      assert.deepEqual(lines.slice(0, 2), ['##vso[task.setsecret]p%AZP2540ss-word', '##vso[task.setsecret]p@ss-word']);
    }
  });

  it('reads a proxy without a scheme as http, of the agent and of the job', async () => {
    const plain = address().slice('http://'.length);
    for (const name of ['AGENT_PROXYURL', 'HTTPS_PROXY']) {
      tunnels = [];
      const end = await swap({ [name]: plain });
      assert.equal(end.result, 'Succeeded', end.log);
      assert.ok(tunnels.includes(azure()), name);
    }
  });

  it('says which variable names no proxy, without its value', async () => {
    for (const [name, said] of [
      ['AGENT_PROXYURL', /The agent's proxy \(Agent\.ProxyUrl\) must be the http or https address/],
      ['HTTPS_PROXY', /^HTTPS_PROXY must be the http or https address/],
    ] as const) {
      const end = await swap({ [name]: 'http://agent:hidden@proxy:port' });
      assert.equal(end.result, 'Failed');
      assert.match(end.errors.join('\n'), said);
      assert.doesNotMatch(end.errors.join('\n') + end.message, /hidden|unexpected/);
    }
  });

  it('trusts no certificate that nobody vouches for', async () => {
    const end = await swap({ AGENT_CAINFO: '' });
    assert.equal(end.result, 'Failed');
    assert.match(end.log, /certificate|self-signed/i);
    assert.equal(emulator.siteState('payments').swaps.length, 0);
  });

  it('says which file of authorities cannot be read', async () => {
    const end = await swap({ AGENT_CAINFO: '/no/such/ca.pem' });
    assert.equal(end.result, 'Failed');
    assert.match(end.errors.join('\n'), /CA file \/no\/such\/ca\.pem, which cannot be read: ENOENT/);
  });

  it('says which file of authorities was pasted into one line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'safe-rollout-ca-'));
    const file = join(folder, 'ca.pem');
    writeFileSync(file, emulator.caPem.replaceAll('\n', ''));
    const end = await swap({ AGENT_CAINFO: file }).finally(() => rmSync(folder, { recursive: true }));
    assert.equal(end.result, 'Failed');
    assert.match(end.errors.join('\n'), /CA file \S+ca\.pem, which cannot be used: it must have the line breaks/);
  });
});
