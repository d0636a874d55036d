import { ClientApiBase } from 'azure-devops-node-api/ClientApiBases.js';
import { clientParts, USER_AGENT, type Server } from './server.ts';

/** Of the resources, as every server tells them. */
export const THREADS = 'ab6e2e5d-a0b7-4153-b64a-a4efe0d49449';
export const THREAD_COMMENTS = '965a3ec7-5ed8-455a-bdcb-835a5ea7fe7b';
export const ITERATIONS = 'd43911ee-6958-46b0-a42b-8445b8a0d004';
export const STATUSES = 'b5f6bb4f-8d1e-4d79-8d11-4c9172c99c35';

/** That of the newest client; an older server is asked for what it has. */
const API_VERSION = '7.2-preview.1';

export type Answer = Readonly<Record<string, unknown>>;
type Ids = Readonly<Record<string, string | number>>;

/** Sends one request to a resource of Git, once. @throws Error with the `statusCode` of an answer that is none */
export type GitResource = (
  method: 'get' | 'create' | 'update',
  resource: string,
  ids: Ids,
  body?: object,
) => Promise<Answer>;

/**
 * Resources of Git by their ids, as the typed client asks for them. That one hands out the same null for 404, for a page
 * of a proxy and for half an answer, of which the first is known and the others may pass.
 */
export function gitResource(server: Server): GitResource {
  const [handlers, options] = clientParts(server);
  const api = new ClientApiBase(server.collectionUrl, handlers, USER_AGENT, options);
  return async (method, resource, ids, body) => {
    const { requestUrl = '', apiVersion } = await api.vsoClient.getVersioningData(API_VERSION, 'git', resource, {
      ...ids,
    });
    const accept = api.createRequestOptions('application/json', apiVersion);
    const { statusCode, result } =
      method === 'get'
        ? await api.rest.get<Answer>(requestUrl, accept)
        : await api.rest[method]<Answer>(requestUrl, body, accept);
    if (result !== null && typeof result === 'object') return result;
    // Of what is not found the client does not read the answer.
    if (statusCode === 404) throw Object.assign(new Error('it was not found'), { statusCode });
    throw new Error(`status ${statusCode} without an answer that could be read`);
  };
}

/** The things of a list. @throws Error when the answer is no list, or none of things */
export function listed({ value }: Answer): readonly Answer[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null)) return value as Answer[];
  throw new Error('the answer is no list');
}
