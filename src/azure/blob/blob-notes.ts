import type { NoteStore } from '../../gate/ports.ts';
import { hasStatus, textOf, type BlobClient } from './blob-client.ts';
import { blobErrorCode, explainBlob } from './blob-failure.ts';
import { listBlobs } from './list-blobs.ts';

/** Beside the journal's runs and locks, so that a policy of the account can tell them apart. */
const GATE = 'gate/';
const MOST_NOTES = 100_000;

/**
 * Notes as block blobs, each created under the condition that nothing has its name. When the reply to a creation was lost
 * the blob's own text tells whether it is ours: whoever writes puts something in that nobody else does.
 */
export function blobNotes(client: BlobClient): NoteStore {
  return {
    create: async (name, text) => {
      const blob = `${GATE}${name}`;
      const headers = {
        'x-ms-blob-type': 'BlockBlob',
        'if-none-match': '*',
        'content-type': 'text/plain; charset=utf-8',
      };
      const exchange = await client.send({ method: 'PUT', blob, headers, body: text });
      if (hasStatus(exchange, 201)) return true;
      if (blobErrorCode(exchange) !== 'BlobAlreadyExists' && !hasStatus(exchange, 412))
        throw new Error(explainBlob(exchange, `write ${blob}`, client.address));
      const other = await client.send({ method: 'GET', blob });
      if (hasStatus(other, 200)) return textOf(other) === text;
      throw new Error(explainBlob(other, `look whether ${blob} was written`, client.address));
    },
    list: async () => {
      const tooMany = `there are more than ${MOST_NOTES} notes of the gate: give it a folder of its own`;
      return (await listBlobs(client, GATE, MOST_NOTES, tooMany)).map(({ name }) => name.slice(GATE.length)).sort();
    },
    read: async (name) => {
      const exchange = await client.send({ method: 'GET', blob: `${GATE}${name}` });
      if (hasStatus(exchange, 200)) return textOf(exchange);
      if (blobErrorCode(exchange) === 'BlobNotFound') return undefined;
      throw new Error(explainBlob(exchange, `read ${GATE}${name}`, client.address));
    },
    remove: async (name) => {
      const exchange = await client.send({ method: 'DELETE', blob: `${GATE}${name}` });
      if (hasStatus(exchange, 202) || blobErrorCode(exchange) === 'BlobNotFound') return;
      throw new Error(explainBlob(exchange, `remove ${GATE}${name}`, client.address));
    },
  };
}
