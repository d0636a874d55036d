import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { TaskApi } from 'azure-devops-node-api/TaskApi.js';
import { readList, type Item } from './read-list.ts';

/** An attachment of a plan, as a list shows it. */
export interface ListedAttachment {
  readonly name: string;
  readonly recordId: string;
  /** Names are of one record. */
  readonly key: string;
  readonly timelineId: string | undefined;
  /** Milliseconds since the epoch; 0 where the list does not tell. */
  readonly at: number;
}

/** Of the resource, as every server tells it: the route of a plan's attachments of one type. */
const PLAN_ATTACHMENTS = 'eb55e5d6-2f30-4295-b5ed-38da50b1fc52';
const API_VERSION = '7.2-preview.1';
const LONGEST_MESSAGE = 300;

type Plan = Readonly<Record<'scopeIdentifier' | 'hubName' | 'planId' | 'type', string>>;

/**
 * All attachments of one type in a plan, each of them the same object as in the list before as long as it stands at its
 * place unchanged. The client's own method takes an answer that is no JSON for an empty list, and holds each list three
 * times.
 * @param ownRecord of which an attachment is whose record is not told
 * @returns a function that lists. @throws Error with the `statusCode` of an answer that is none
 */
export function attachmentList(api: TaskApi, plan: Plan, ownRecord: string): () => Promise<ListedAttachment[]> {
  let last: readonly Item<ListedAttachment>[] = [];
  return async () => {
    const { requestUrl = '', apiVersion } = await api.vsoClient.getVersioningData(
      API_VERSION,
      'distributedtask',
      PLAN_ATTACHMENTS,
      { ...plan },
    );
    const headers = { Accept: api.createAcceptHeader('application/json', apiVersion) };
    const { message } = await api.http.get(requestUrl, headers);
    const { statusCode = 0 } = message;
    const body = decoded(message);
    if (statusCode === 200) {
      const items = await readList(body, (item) => listed(item, ownRecord), last);
      last = items;
      return items.map(({ value }) => value);
    }
    const text = await beginning(body);
    // A plan that has none yet.
    if (statusCode === 404) return [];
    throw Object.assign(new Error(text === '' ? `status ${statusCode}` : text), { statusCode });
  };
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

export function keyOf(recordId: string, name: string): string {
  return `${recordId.toLowerCase()}/${name}`;
}

function listed(item: unknown, ownRecord: string): ListedAttachment {
  const { name, recordId, timelineId, createdOn } = item as Readonly<Record<string, unknown>>;
  const known = textOf(name) ?? '';
  const record = textOf(recordId) ?? ownRecord;
  const at = typeof createdOn === 'string' ? Date.parse(createdOn) : 0;
  return {
    name: known,
    recordId: record,
    key: keyOf(record, known),
    timelineId: textOf(timelineId),
    at: Number.isNaN(at) ? 0 : at,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
