import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { TaskApi } from 'azure-devops-node-api/TaskApi.js';
import { readList } from './read-list.ts';

/** An attachment of a plan, as a list shows it. */
export interface ListedAttachment {
  readonly name: string;
  readonly recordId: string | undefined;
  readonly timelineId: string | undefined;
  /** Milliseconds since the epoch; 0 where the list does not tell. */
  readonly at: number;
}

/** Of the resource, as every server tells it: the route of a plan's attachments of one type. */
const PLAN_ATTACHMENTS = 'eb55e5d6-2f30-4295-b5ed-38da50b1fc52';
const API_VERSION = '7.2-preview.1';
const LONGEST_MESSAGE = 300;

/**
 * All attachments of one type in a plan. The client's own method takes an answer that is no JSON for an empty list, and
 * holds each list three times.
 * @throws Error with the `statusCode` of an answer that is none
 */
export async function listAttachments(
  api: TaskApi,
  {
    scopeIdentifier,
    hubName,
    planId,
    type,
  }: Readonly<Record<'scopeIdentifier' | 'hubName' | 'planId' | 'type', string>>,
): Promise<ListedAttachment[]> {
  const route = { scopeIdentifier, hubName, planId, type };
  const { requestUrl = '', apiVersion } = await api.vsoClient.getVersioningData(
    API_VERSION,
    'distributedtask',
    PLAN_ATTACHMENTS,
    route,
  );
  const { message } = await api.http.get(requestUrl, {
    Accept: api.createAcceptHeader('application/json', apiVersion),
  });
  const { statusCode = 0 } = message;
  const body = decoded(message);
  const found: ListedAttachment[] = [];
  if (statusCode === 200) {
    await readList(body, (item) => found.push(listed(item)));
    return found;
  }
  const text = await beginning(body);
  // A plan that has none yet.
  if (statusCode === 404) return found;
  throw Object.assign(new Error(text === '' ? `status ${statusCode}` : text), { statusCode });
}

/** Nobody asks for a compressed answer, and a proxy may send one. */
function decoded(message: IncomingMessage): AsyncIterable<Buffer> {
  if (!/\bgzip\b/i.test(message.headers['content-encoding'] ?? '')) return message;
  // What breaks off ends the reading of it, with its error.
  return pipeline(message, createGunzip(), () => undefined);
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of body) if (text.length < LONGEST_MESSAGE) text += chunk.toString('utf8');
  return text.slice(0, LONGEST_MESSAGE).trim();
}

function listed(item: unknown): ListedAttachment {
  const { name, recordId, timelineId, createdOn } = item as Readonly<Record<string, unknown>>;
  const at = typeof createdOn === 'string' ? Date.parse(createdOn) : 0;
  return {
    name: textOf(name) ?? '',
    recordId: textOf(recordId),
    timelineId: textOf(timelineId),
    at: Number.isNaN(at) ? 0 : at,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
