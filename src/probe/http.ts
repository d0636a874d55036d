import { request as httpsRequest, type Agent } from 'node:https';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { admittedLookup, barredAddress, type Admit } from './admitted.ts';
import { httpsAgent, type Network } from './https-agent.ts';

/** One GET, described completely. */
export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * What came of one GET. `unreachable` means that no server was spoken to (name, route, TLS): that says something about
 * the agent's network and nothing about the release. `silent` means that a server accepted and then did not answer in
 * time; `cut` that the connection was closed before the answer was whole, by the server or by what lies before it.
 */
export type HttpAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
  | { readonly kind: 'silent' | 'cut'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Sends one GET. Never throws for what the network does; rejects only when `signal` is aborted. Safe to repeat. */
export interface HttpGet {
  get(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer>;
}

/** A health document is small; whatever is longer is cut here, so that no answer can fill the agent's memory. */
export const LARGEST_BODY_BYTES = 64 * 1024;

/**
 * GET over node's own client: `fetch` cannot take a private CA in process on Node 20. Redirects are answers like any
 * other (a sign-in page must not pass for health), TLS is verified, connections are kept alive, bodies are cut.
 */
export function httpGet(network: Omit<Network, 'connections'> = {}): HttpGet & { close(): void } {
  const agent = httpsAgent({ ...network, connections: 8 });
  return {
    get: (request, signal) => exchange(request, { agent, admit: network.admit }, signal),
    close: () => agent.destroy(),
  };
}

interface Connections {
  readonly agent: Agent;
  readonly admit: Admit | undefined;
}

function exchange(
  request: HttpRequest,
  connections: Connections,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const { agent, admit } = connections;
  return new Promise((resolve, reject) => {
    const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
    if (url === undefined) {
      resolve({ kind: 'unreachable', reason: `'${request.url}' is no address` });
      return;
    }
    const barred = admit && barredAddress(url.hostname, admit);
    if (barred !== undefined) {
      resolve({ kind: 'unreachable', reason: barred.message });
      return;
    }
    const timeout = AbortSignal.timeout(request.timeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    let connected = false;
    let answered = false;
    const failed = (error: unknown): void => {
      if (signal?.aborted) reject(signal.reason as Error);
      else if (timeout.aborted) resolve(lateAnswer(connected, request.timeoutMs));
      // A server may close a kept connection just as a request is sent on it: that says nothing about the release, so
      // the request goes once more, and ends at a connection of its own (RFC 9112, section 9.3.1).
      else if (outgoing.reusedSocket && !answered) resolve(exchange(request, connections, signal));
      else resolve({ kind: connected ? 'cut' : 'unreachable', reason: describe(error) });
    };
    const settings = { headers: { accept: 'application/json, text/plain, */*', ...request.headers }, signal: either };
    const plain = admit === undefined ? {} : { lookup: admittedLookup(admit) };
    const outgoing =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...settings, agent })
        : httpRequest(url, { ...settings, ...plain });
    outgoing.on('socket', (socket) => {
      if (outgoing.reusedSocket) connected = true;
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (connected = true));
    });
    outgoing.on('error', failed);
    // Node tells a request of its end only when it has a connection, which a proxy may take half a minute to open.
    either.addEventListener('abort', () => failed(either.reason), { once: true });
    outgoing.on('response', (response) => {
      connected = true;
      answered = true;
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (): void =>
        resolve({
          kind: 'answer',
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).subarray(0, LARGEST_BODY_BYTES).toString('utf8'),
        });
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= LARGEST_BODY_BYTES) {
          done();
          response.destroy();
        }
      });
      response.on('end', done);
      response.on('error', failed);
    });
    outgoing.end();
  });
}

function lateAnswer(connected: boolean, timeoutMs: number): HttpAnswer {
  return connected
    ? { kind: 'silent', reason: `no answer within ${timeoutMs}ms` }
    : { kind: 'unreachable', reason: `no connection within ${timeoutMs}ms` };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error.message : `${code}: ${error.message}`;
}
