import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { send } from '../server/listener.ts';
import { html, type Reply } from '../server/reply.ts';
import type { Slot } from '../arm/web/state.ts';

/** What answered a request; filled in at the moment in which the process is chosen. */
export interface AnsweredBy {
  contentId: string;
  deployment: string | null;
  release: string | null;
}

const STOPPED = html(
  403,
  'Error 403 - This web app is stopped.',
  'The web app you have attempted to reach is stopped.',
);
const NOT_RUNNING = html(503, 'Service Unavailable', 'The app does not run.');
const BROKEN_OFF = html(502, 'Bad Gateway', 'The app has closed the connection.');

/**
 * Answers from the process behind a slot, or with the platform's own page where there is none. The content is read
 * before anything is awaited: it is the one that routing points to when the request arrives.
 */
export async function forward(
  slot: Slot,
  request: IncomingMessage,
  response: ServerResponse,
  pinned: Readonly<Record<string, string>>,
  by: AnsweredBy,
): Promise<void> {
  const { content } = slot;
  by.contentId = content.id;
  if (!slot.running) return send(response, STOPPED, pinned);
  if (content.isEmpty) return send(response, placeholder(slot), pinned);
  const app = await content.acquire();
  by.deployment = content.active?.id ?? null;
  by.release = content.release;
  if (app === undefined) return send(response, NOT_RUNNING, pinned);
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
  outgoing.on('response', (incoming) => passOn(incoming, response, pinned));
  outgoing.once('error', (error: NodeJS.ErrnoException) => {
    if (response.headersSent) response.destroy();
    // When nobody listens, the app has left and its end is about to be noticed.
    else send(response, error.code === 'ECONNREFUSED' ? NOT_RUNNING : BROKEN_OFF, pinned);
  });
  response.once('close', () => outgoing.destroy());
  request.pipe(outgoing);
}

/** The app's answer, without what belongs to its own connection and with the routing cookie beside its cookies. */
function passOn(incoming: IncomingMessage, response: ServerResponse, pinned: Readonly<Record<string, string>>): void {
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = incoming.headers;
  const cookies = [incoming.headers['set-cookie'] ?? [], pinned['set-cookie'] ?? []].flat();
  response.writeHead(incoming.statusCode ?? 502, {
    ...headers,
    ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
  });
  incoming.pipe(response);
  incoming.once('error', () => response.destroy());
}

function placeholder(slot: Slot): Reply {
  const sentence = `This is ${slot.name} of ${slot.site.name}.`;
  return html(200, 'Your web app is running and waiting for your content', sentence);
}
