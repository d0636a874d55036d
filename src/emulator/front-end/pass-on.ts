import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { send } from '../server/listener.ts';
import type { Reply } from '../server/reply.ts';

/** A process that answers, held until `release` is called. */
export interface Upstream {
  readonly port: number;
  readonly release: () => void;
}

/** What the platform says in the app's place. */
export interface Pages {
  readonly notRunning: Reply;
  readonly brokenOff: Reply;
}

/** Lets the process answer; `added` goes beside its own headers, a cookie beside its cookies. */
export function passOn(
  app: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
  added: Readonly<Record<string, string>>,
  pages: Pages,
): void {
  if (response.destroyed) return app.release();
  response.once('close', app.release);
  const outgoing = httpRequest({
    host: 'localhost',
    port: app.port,
    method: request.method,
    path: request.url,
    headers: {
      ...request.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': request.socket.remoteAddress ?? '',
    },
    agent: false,
  });
  outgoing.on('response', (incoming) => answer(incoming, response, added));
  outgoing.once('error', (error: NodeJS.ErrnoException) => {
    if (response.headersSent) response.destroy();
    // When nobody listens, the app has left and its end is about to be noticed.
    else send(response, error.code === 'ECONNREFUSED' ? pages.notRunning : pages.brokenOff, added);
  });
  response.once('close', () => outgoing.destroy());
  request.pipe(outgoing);
}

/** The app's answer, without what belongs to its own connection. */
function answer(incoming: IncomingMessage, response: ServerResponse, added: Readonly<Record<string, string>>): void {
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = incoming.headers;
  const cookies = [incoming.headers['set-cookie'] ?? [], added['set-cookie'] ?? []].flat();
  response.writeHead(incoming.statusCode ?? 502, {
    ...headers,
    ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
  });
  incoming.pipe(response);
  incoming.once('error', () => response.destroy());
}
