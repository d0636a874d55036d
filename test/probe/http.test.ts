import assert from 'node:assert/strict';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { makeCertificate } from '../../src/emulator/server/certificate.ts';
import { trustedAuthorities } from '../../src/probe/trust.ts';
import { httpGet, LARGEST_BODY_BYTES, type HttpAnswer } from '../../src/probe/http.ts';

const CERTIFICATE = makeCertificate(new Date());
type Client = ReturnType<typeof httpGet>;

describe('httpGet over https', () => {
  let server: Server;
  let url: string;
  let requests: string[];
  let sockets: Set<unknown>;
  const clients: Client[] = [];

  before(async () => {
    server = createServer({ key: CERTIFICATE.keyPem, cert: CERTIFICATE.chainPem }, (request, response) => {
      const path = request.url ?? '';
      requests.push(path);
      sockets.add(request.socket);
      if (path === '/redirect') response.writeHead(302, { location: '/ok' }).end();
      else if (path === '/large') response.end(Buffer.alloc(LARGEST_BODY_BYTES * 4, 'x'));
      else if (path === '/endless') {
        response.write(Buffer.alloc(LARGEST_BODY_BYTES * 2, 'x'));
      } else if (path === '/torn') {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half of it', () => request.socket.destroy());
      } else if (path === '/headers') response.end(JSON.stringify(request.headers));
      else if (path === '/once-a-connection' && (request.socket as { used?: boolean }).used) request.socket.destroy();
      else if (path === '/drop') request.socket.destroy();
      else if (path === '/late') request.on('close', () => undefined);
      else response.setHeader('set-cookie', ['a=1', 'b=2']).end('fine');
      (request.socket as { used?: boolean }).used = true;
    });
    url = await listening(server);
  });
  beforeEach(() => {
    requests = [];
    sockets = new Set();
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const client = (ca: readonly string[] = [CERTIFICATE.caPem]): Client => {
    const made = httpGet({ ca });
    clients.push(made);
    return made;
  };
  const get = (path: string, timeoutMs = 2000, from = client()): Promise<HttpAnswer> =>
    from.get({ url: `${url}${path}`, headers: { 'x-probe': '1' }, timeoutMs });
  const answered = (answer: HttpAnswer) => {
    assert.equal(answer.kind, 'answer', JSON.stringify(answer));
    return answer as Extract<HttpAnswer, { kind: 'answer' }>;
  };

  it('accepts a server whose authority it was given, and keeps the connection', async () => {
    const one = client();
    const { status, body, headers } = answered(await get('/ok', 2000, one));
    assert.deepEqual([status, body, headers['set-cookie']], [200, 'fine', ['a=1', 'b=2']]);
    await get('/ok', 2000, one);
    assert.equal(sockets.size, 1);
  });

  it('sends the headers it was given', async () => {
    assert.equal((JSON.parse(answered(await get('/headers')).body) as Record<string, string>)['x-probe'], '1');
  });

  it('never speaks to a server whose authority it does not know: that is about us, not about the release', async () => {
    for (const ca of [[], [makeCertificate(new Date()).caPem]]) {
      const answer = await get('/ok', 2000, client(ca));
      assert.equal(answer.kind, 'unreachable');
      assert.match((answer as { reason: string }).reason, /certificate|CERT|signature/i);
    }
    assert.deepEqual(requests, []);
  });

  it('trusts the public authorities beside the one it was given', () => {
    // Node replaces its own list by the `ca` it is given; a probe of a public host must go on working.
    const trusted = trustedAuthorities([CERTIFICATE.caPem]);
    assert.equal(trusted.at(-1), CERTIFICATE.caPem);
    for (const authority of rootCertificates) assert.ok(trusted.includes(authority));
  });

  it('does not follow a redirect', async () => {
    assert.equal(answered(await get('/redirect')).status, 302);
    assert.deepEqual(requests, ['/redirect']);
  });

  it('cuts a body that is too long, and does not wait for one without an end', async () => {
    assert.equal(answered(await get('/large')).body.length, LARGEST_BODY_BYTES);
    assert.equal(answered(await get('/endless')).body.length, LARGEST_BODY_BYTES);
  });

  it('is cut when the connection breaks in the middle of the body', async () => {
    assert.equal((await get('/torn')).kind, 'cut');
  });

  it('is cut when the connection breaks before an answer', async () => {
    assert.equal((await get('/drop')).kind, 'cut');
    assert.deepEqual(requests, ['/drop']);
  });

  it('is silent when a server that was reached does not answer in time', async () => {
    const answer = await get('/late', 80);
    assert.deepEqual(answer, { kind: 'silent', reason: 'no answer within 80ms' });
  });

  it('asks once more on a fresh connection when a kept one was closed under it', async () => {
    // A server may close an idle connection at the very moment a request is sent on it (RFC 9112, section 9.6).
    const one = client();
    answered(await get('/once-a-connection', 2000, one));
    assert.equal(answered(await get('/once-a-connection', 2000, one)).body, 'fine');
    assert.equal(sockets.size, 2);
  });

  it('rejects with the reason of its signal, and sends nothing after it', async () => {
    const stop = new AbortController();
    const one = client();
    const running = one.get({ url: `${url}/late`, headers: {}, timeoutMs: 5000 }, stop.signal);
    const reason = new Error('enough');
    setImmediate(() => stop.abort(reason));
    await assert.rejects(running, reason);
    await assert.rejects(one.get({ url: `${url}/ok`, headers: {}, timeoutMs: 5000 }, stop.signal), reason);
    assert.ok(!requests.includes('/ok'));
  });
});

describe('httpGet without a server', () => {
  const client = httpGet();
  after(() => client.close());
  const get = (url: string, timeoutMs = 2000) => client.get({ url, headers: {}, timeoutMs });
  const open = new Set<Server | TcpServer>();
  const held = new Set<Socket>();
  afterEach(() => {
    for (const socket of held) socket.destroy();
    for (const server of open) server.close();
    open.clear();
  });

  it('is unreachable where nothing listens', async () => {
    const server = createTcpServer();
    open.add(server);
    const url = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    open.delete(server);
    const answer = await get(url);
    assert.equal(answer.kind, 'unreachable');
    assert.match((answer as { reason: string }).reason, /ECONNREFUSED/);
  });

  it('is unreachable when the name does not resolve', async () => {
    assert.equal((await get('https://no-such-host.invalid/')).kind, 'unreachable');
  });

  it('is unreachable when TLS is not ready in time: no server was spoken to', async () => {
    const server = createTcpServer((socket) => void held.add(socket));
    open.add(server);
    const answer = await get(await listening(server), 80);
    assert.deepEqual(answer, { kind: 'unreachable', reason: 'no connection within 80ms' });
  });

  it('is unreachable, and does not throw, when the address is none', async () => {
    const answer = await get('https://');
    assert.equal(answer.kind, 'unreachable');
    assert.match((answer as { reason: string }).reason, /https:\/\//);
  });

  it('asks a plain http server as well', async () => {
    const server = createPlainServer((_, response) => response.end('plain'));
    open.add(server as unknown as TcpServer);
    const { port } = await listeningOn(server);
    const answer = await get(`http://127.0.0.1:${port}/`);
    assert.deepEqual(answer.kind === 'answer' && [answer.status, answer.body], [200, 'plain']);
    server.closeAllConnections();
  });
});

async function listening(server: Server | TcpServer): Promise<string> {
  const { port } = await listeningOn(server);
  return `https://localhost:${port}`;
}

function listeningOn(server: {
  listen: (port: number, host: string, done: () => void) => unknown;
  address: () => unknown;
}) {
  return new Promise<AddressInfo>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server.address() as AddressInfo));
  });
}
