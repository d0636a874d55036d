import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Certificate } from './certificate.ts';
import type { Reply } from './reply.ts';

export interface Listener {
  readonly port: number;
  /** Connections accepted so far. */
  connections(): number;
  /** Drops every connection at once. */
  close(): Promise<void>;
}

export type Listen = (request: IncomingMessage, response: ServerResponse, connection: number) => void;

/** Clients that poll every few seconds keep their connection, as they do with Azure. */
const KEEP_ALIVE_MS = 60_000;

/** Listens with https on 127.0.0.1 alone: nothing that runs here is meant for another machine. */
export async function listen(certificate: Certificate, port: number, onRequest: Listen): Promise<Listener> {
  const sockets = new Set<Socket>();
  const numbers = new WeakMap<Socket, number>();
  let accepted = 0;
  const server = createTlsServer({ key: certificate.keyPem, cert: certificate.chainPem }, (request, response) => {
    onRequest(request, response, numbers.get(request.socket) ?? 0);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('secureConnection', (socket) => {
    accepted += 1;
    numbers.set(socket, accepted);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => accepted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A port that was free a moment ago; another process may take it first, so its user tries again on EADDRINUSE. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function send(response: ServerResponse, reply: Reply, extra: Readonly<Record<string, string>> = {}): void {
  if (response.destroyed || response.headersSent) return;
  const body = reply.body === undefined ? Buffer.alloc(0) : Buffer.from(reply.body);
  response.writeHead(reply.status, { ...extra, ...reply.headers, 'content-length': String(body.length) });
  response.end(body);
}
