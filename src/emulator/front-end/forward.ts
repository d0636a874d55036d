import type { IncomingMessage, ServerResponse } from 'node:http';
import { send } from '../server/listener.ts';
import { html, type Reply } from '../server/reply.ts';
import { passOn } from './pass-on.ts';
import type { Slot } from '../state/site.ts';

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
const PAGES = {
  notRunning: html(503, 'Service Unavailable', 'The app does not run.'),
  brokenOff: html(502, 'Bad Gateway', 'The app has closed the connection.'),
};

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
  if (app === undefined) return send(response, PAGES.notRunning, pinned);
  passOn(app, request, response, pinned, PAGES);
}

function placeholder(slot: Slot): Reply {
  const sentence = `This is ${slot.name} of ${slot.site.name}.`;
  return html(200, 'Your web app is running and waiting for your content', sentence);
}
