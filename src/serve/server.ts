import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { LARGEST_BODY_BYTES } from '../gate/ask.ts';
import { answerCheck, type Incoming, type Outgoing, type ServicePorts } from './answer.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM; without it http is spoken, for a proxy that ends TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Requests that are answered at the same time. */
  readonly requests: number;
}

export interface Server {
  /** `https://127.0.0.1:8443`, without a slash at its end. */
  readonly url: string;
  /** Accepts nothing any more, and resolves when what is under way was answered. */
  close(): Promise<void>;
}

/** Headers of a check have some 3 kB, a job's token among them. */
const LARGEST_HEADERS_BYTES = 16 * 1024;
const HEADERS_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 15_000;
/** Longer than the idle time of common proxies is not needed: those who poll come back by the minute. */
const KEEP_ALIVE_MS = 65_000;

/** Listens, and answers by `answerCheck`. @throws Error when the port cannot be had, or the certificate cannot be used */
export async function startServer(options: ServerOptions, ports: ServicePorts): Promise<Server> {
  let stopping = false;
  let answering = 0;
  const listener: RequestListener = (request, response) => {
    void serve(request, response).then(
      (outgoing) => send(request, response, outgoing, stopping),
      (error: unknown) => {
        ports.log('error', 'a request could not be answered', {
          error: error instanceof Error ? (error.stack ?? '') : String(error),
        });
        send(
          request,
          response,
          { code: 500, body: { status: 'refused', reason: 'the service has failed; its log says why' } },
          true,
        );
      },
    );
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<Outgoing> => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/healthz')
      return {
        code: stopping ? 503 : 200,
        body: { status: stopping ? 'stopping' : 'ok', evaluations: ports.keeper.running },
      };
    if (path === '/metrics')
      return {
        code: 200,
        body: metricsOf(ports, answering),
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      };
    if (stopping || answering >= options.requests) {
      ports.metrics.count('refused', { reason: 'busy' });
      const reason = stopping
        ? 'the service stops'
        : `${answering} requests are being answered, which is the limit (--max-requests)`;
      return { code: 503, body: { status: 'refused', reason }, headers: { 'retry-after': '1' } };
    }
    answering += 1;
    try {
      return await answerCheck(incomingOf(request, response), ports);
    } finally {
      answering -= 1;
    }
  };
  const limits = {
    maxHeaderSize: LARGEST_HEADERS_BYTES,
    headersTimeout: HEADERS_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 5000,
  };
  const server =
    options.tls === undefined
      ? createServer(limits, listener)
      : createSecureServer({ ...limits, ...options.tls }, listener);
  server.maxConnections = options.requests * 4;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { address, port } = server.address() as AddressInfo;
  const host = address.includes(':') ? `[${address}]` : address;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    close: async () => {
      stopping = true;
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
    },
  };
}

function metricsOf({ metrics, keeper }: ServicePorts, answering: number): string {
  return metrics.print({
    evaluations_open: ['Evaluations that wait for their verdict or its delivery.', keeper.running],
    requests_open: ['Requests that are being answered.', answering],
  });
}

function incomingOf(request: IncomingMessage, response: ServerResponse): Incoming {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the other end has gone')));
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    headers: request.headers,
    from: request.socket.remoteAddress ?? '',
    signal: gone.signal,
    body: () => bodyOf(request),
  };
}

/** What is too large is not read on: the answer closes the connection. */
function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY_BYTES) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY_BYTES) return void chunks.push(chunk);
      request.pause();
      resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}

function send(request: IncomingMessage, response: ServerResponse, outgoing: Outgoing, stopping: boolean): void {
  const { code, body, headers = {}, after } = outgoing;
  // What was accepted is evaluated, whether its answer arrives or not.
  if (after !== undefined && response.closed) after();
  else if (after !== undefined) response.once('close', after);
  if (response.destroyed) return;
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  // A body that was not read would be taken for the next request.
  const close = stopping || !request.complete ? { connection: 'close' } : {};
  response.writeHead(code, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    ...close,
  });
  response.end(text);
}
