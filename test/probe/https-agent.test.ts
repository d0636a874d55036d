import assert from 'node:assert/strict';
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer, get } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { makeCertificate } from '../../src/emulator/server/certificate.ts';
import { environmentProxy, httpsAgent, type Proxy } from '../../src/probe/https-agent.ts';
import { httpGet } from '../../src/probe/http.ts';

const CERTIFICATE = makeCertificate(new Date());
const TLS = { key: CERTIFICATE.keyPem, cert: CERTIFICATE.chainPem };

describe('httpsAgent', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  let target: string;
  let tunnels: string[];

  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    server.on('connection', (socket: Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return (server.address() as AddressInfo).port;
  };
  const tunnelling = <S extends Server>(server: S): S =>
    server.on('connect', (request, client: Socket) => {
      tunnels.push(request.url ?? '');
      const [host, port] = (request.url ?? '').split(':');
      const way = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        way.pipe(client).pipe(way);
      });
      client.on('error', () => way.destroy());
      way.on('error', () => client.destroy());
    });
  before(async () => {
    target = `localhost:${await listen(createServer(TLS, (_, response) => response.end('fine')))}`;
  });
  beforeEach(() => void (tunnels = []));
  after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });
  const ask = (proxy: Proxy | undefined, ca = [CERTIFICATE.caPem], timeoutMs = 2000) => {
    const http = httpGet({ ca, proxyFor: () => proxy });
    return http.get({ url: `https://${target}/`, headers: {}, timeoutMs }).finally(() => http.close());
  };

  it('leads through a proxy of either kind, and verifies the server behind it', async () => {
    const plain = { address: `http://localhost:${await listen(tunnelling(createPlainServer()))}` };
    const secure = { address: `https://localhost:${await listen(tunnelling(createServer(TLS)))}` };
    for (const proxy of [plain, secure]) {
      assert.deepEqual((await ask(proxy)).kind, 'answer', JSON.stringify(proxy));
      const stranger = await ask(proxy, [makeCertificate(new Date()).caPem]);
      assert.equal(stranger.kind, 'unreachable');
      assert.match((stranger as { reason: string }).reason, /SELF_SIGNED|certificate|signature/i);
    }
    // The strange authority does not vouch for the proxy that speaks TLS either.
    assert.deepEqual(tunnels, [target, target, target]);
  });

  it('keeps one way for requests that follow each other', async () => {
    const proxy = { address: `http://localhost:${await listen(tunnelling(createPlainServer()))}` };
    const agent = httpsAgent({ ca: [CERTIFICATE.caPem], proxyFor: () => proxy, connections: 1 });
    const once = () =>
      new Promise((resolve, reject) =>
        get(`https://${target}/`, { agent }, (answer) =>
          answer.resume().on('end', () => resolve(answer.statusCode)),
        ).on('error', reject),
      );
    assert.deepEqual([await once(), await once(), await once()], [200, 200, 200]);
    assert.deepEqual(tunnels, [target]);
    agent.destroy();
  });

  it('keeps a bounded number of connections of all hosts, the newest ones', async () => {
    const agent = httpsAgent({ ca: [CERTIFICATE.caPem] });
    const ports: number[] = [];
    for (let count = 0; count < 40; count += 1)
      ports.push(await listen(createServer(TLS, (_, response) => response.end('fine'))));
    const askOf = (port: number) =>
      new Promise((resolve, reject) =>
        get(`https://localhost:${port}/`, { agent }, (answer) => answer.resume().on('end', resolve)).on(
          'error',
          reject,
        ),
      );
    for (const port of ports) await askOf(port);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const kept = Object.keys(agent.freeSockets).map((place) => Number(/:(\d+):/.exec(place)?.[1]));
    assert.deepEqual(kept, ports.slice(-32));
    await askOf(ports[0]!);
    agent.destroy();
  });

  it('says of a proxy that refuses, is not there or never answers that nobody was reached', async () => {
    const refusing = createPlainServer().on('connect', (_, client: Socket) =>
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n'),
    );
    const asking = createPlainServer().on('connect', (_, client: Socket) =>
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
    );
    const silent = createPlainServer().on('connect', () => undefined);
    const cases: [string, RegExp][] = [
      [
        `http://localhost:${await listen(refusing)}`,
        /the proxy localhost:\d+ answered 403 to localhost:\d+: it lets nobody/,
      ],
      [`http://localhost:${await listen(asking)}`, /localhost:\d+ wants to know who asks.* no user and password/],
      ['http://127.0.0.1:9', /the proxy 127\.0\.0\.1:9 was not reached: connect ECONNREFUSED/],
      [`http://localhost:${await listen(silent)}`, /no connection within 150ms/],
    ];
    for (const [address, reason] of cases) {
      const begun = performance.now();
      const answer = await ask({ address }, undefined, 150);
      assert.ok(
        performance.now() - begun < 10_000,
        'waited as long as a proxy may take, and not as long as it was told',
      );
      assert.equal(answer.kind, 'unreachable', address);
      assert.match((answer as { reason: string }).reason, reason);
    }
  });
});

describe('environmentProxy', () => {
  const PROXY = 'http://user:p%40ss@proxy.example:3128';
  const cases: [Record<string, string>, string, string | undefined][] = [
    [{}, 'https://a.example/', undefined],
    [{ HTTPS_PROXY: '' }, 'https://a.example/', undefined],
    [{ HTTPS_PROXY: PROXY }, 'https://a.example/', 'proxy.example:3128'],
    [{ https_proxy: PROXY }, 'https://a.example/', 'proxy.example:3128'],
    [{ HTTP_PROXY: 'http://other:1', ALL_PROXY: PROXY }, 'https://a.example/', 'proxy.example:3128'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: 'b.example, A.example' }, 'https://a.example/', undefined],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: 'a.example' }, 'https://b.a.example/', 'proxy.example:3128'],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: '.a.example' }, 'https://b.a.example:8443/', undefined],
    [{ HTTPS_PROXY: PROXY, no_proxy: '.a.example' }, 'https://a.example/', undefined],
    [{ HTTPS_PROXY: PROXY, NO_PROXY: '.a.example' }, 'https://nota.example/', 'proxy.example:3128'],
  ];
  for (const [env, address, expected] of cases)
    it(`${JSON.stringify(env)} leads to ${address} by ${expected ?? 'no proxy'}`, () => {
      const proxyFor = environmentProxy(env);
      assert.ok(proxyFor === undefined || typeof proxyFor === 'function');
      const proxy = proxyFor?.(address);
      assert.equal(proxy && new URL(proxy.address).host, expected);
      if (proxy !== undefined) assert.deepEqual([proxy.username, proxy.password], ['user', 'p@ss']);
    });

  const plain: [string, string][] = [
    ['proxy:8080', 'http://proxy:8080'],
    ['proxy', 'http://proxy'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['user:p%40ss@proxy:8080', 'http://proxy:8080'],
    [' http://proxy:8080/ ', 'http://proxy:8080'],
    ['HTTPS://proxy', 'https://proxy'],
  ];
  for (const [written, expected] of plain)
    it(`reads '${written}' as ${expected}`, () => {
      const proxyFor = environmentProxy({ HTTPS_PROXY: written });
      assert.ok(typeof proxyFor === 'function');
      const proxy = proxyFor('https://a.example/');
      assert.equal(proxy?.address, expected);
      if (written.includes('@')) assert.deepEqual([proxy?.username, proxy?.password], ['user', 'p@ss']);
    });

  const malformed: [Record<string, string>, RegExp][] = [
    [{ HTTPS_PROXY: 'socks5://user:secret@proxy:1080' }, /^HTTPS_PROXY must be the http or https address of a proxy/],
    [{ all_proxy: 'http://user:secret@' }, /^all_proxy must be/],
    [{ HTTP_PROXY: 'http://user:secret@proxy:80800' }, /^HTTP_PROXY must be/],
    [{ HTTPS_PROXY: 'http://secret host:8080' }, /^HTTPS_PROXY must be/],
    [{ HTTPS_PROXY: 'http://proxy:8080/secret' }, /^HTTPS_PROXY must be/],
    [{ HTTPS_PROXY: 'http://user:100%secret@proxy' }, /^HTTPS_PROXY must have .*percent-encoded/],
  ];
  for (const [env, problem] of malformed)
    it(`names what is wrong with ${JSON.stringify(env)}, and does not repeat it`, () => {
      const found = environmentProxy(env);
      assert.ok(found !== undefined && 'problem' in found);
      assert.match(found.problem, problem);
      assert.doesNotMatch(found.problem, /secret/);
    });
});
