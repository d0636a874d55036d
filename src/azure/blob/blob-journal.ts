import type { Damage } from '../../journal/damage.ts';
import { LARGEST_ENTRY_BYTES, type Entry, type JournalStore } from '../../journal/entry.ts';
import { entryName } from '../../journal/entry-name.ts';
import { KnownEntries } from '../../journal/known-entries.ts';
import { readingOf } from '../../journal/order-entries.ts';
import { hasStatus, textOf, type BlobClient } from './blob-client.ts';
import { blobErrorCode, explainBlob } from './blob-failure.ts';
import { parseBlobPage, type ListedBlob } from './blob-list.ts';
import { quoted, unquoted } from './blob-name.ts';

/** Entries lie under `runs/`, locks elsewhere: a policy of the account can then delete old runs alone. */
const RUNS = 'runs/';
/** A run of 200 services writes about 3,000 entries. */
const MOST_ENTRIES = 20_000;
/** Some five thousand runs; a page of 5,000 names takes about half a second. */
const MOST_BLOBS = 250_000;
const READS_AT_ONCE = 8;

/** Name of the metadata that orders what the service took in one second. */
const PLACE = 'place';

/** Texts by the name and the state of their blob, and what they say. */
interface Known {
  readonly texts: Map<string, string>;
  readonly entries: KnownEntries;
}

/**
 * The journal as block blobs: one an entry, created under the condition that nothing has its name, never changed.
 * Entries are in the order of the service's time. That has whole seconds only; within one, the place says which came
 * later: a writer takes a higher one than all that it has read, so no entry stands before one that its writer knew.
 */
export function blobJournal(client: BlobClient): JournalStore {
  // Entries never change, so what was read once is kept: a long run reads its own journal again and again.
  const known: Known = { texts: new Map(), entries: new KnownEntries() };
  let place = 0;
  return {
    append: async (entry) => {
      const text = JSON.stringify(entry);
      if (Buffer.byteLength(text) > LARGEST_ENTRY_BYTES)
        throw new Error(`journal entry ${entry.id} is larger than ${LARGEST_ENTRY_BYTES} bytes`);
      place += 1;
      await create(`${folderOf(entry.run)}${entryName(entry)}`, text, place, client);
    },
    read: async (run) => {
      const folder = folderOf(run);
      const listed = await listBlobs(client, folder, MOST_ENTRIES, `the run has more than ${MOST_ENTRIES} entries`);
      for (const blob of listed) place = Math.max(place, placeOf(blob));
      listed.sort((a, b) => a.createdAt - b.createdAt || placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : 1));
      const entries: Entry[] = [];
      const damages: Damage[] = [];
      const storedAt = new Map<string, number>();
      for (let begin = 0; begin < listed.length; begin += READS_AT_ONCE) {
        const some = listed.slice(begin, begin + READS_AT_ONCE);
        const found = await Promise.all(some.map((blob) => readEntry(blob, folder, client, known)));
        found.forEach(({ entry, text }, index) => {
          const { name, createdAt } = some[index]!;
          const what = typeof entry === 'string' ? entry : `belongs to run ${entry.run}`;
          // The folder is the run's own: what lies in it and is of another was copied here, if its name is its own too.
          if (typeof entry === 'string' || entry.run !== run)
            damages.push({ sentence: `blob ${name} ${what} and was left out`, text, name, behind: null });
          else {
            entries.push(entry);
            if (!Number.isNaN(createdAt)) storedAt.set(entry.id, createdAt);
          }
        });
      }
      return readingOf(run, entries, damages, storedAt);
    },
  };
}

/**
 * All runs of the container's folder, in the order of their first entry by the service's time.
 * @throws Error that says what stopped it
 */
export async function blobRuns(client: BlobClient): Promise<string[]> {
  const tooMany = `there are more than ${MOST_BLOBS} entries: name the run, or delete what is old`;
  const begun = new Map<string, number>();
  for (const { name, createdAt } of await listBlobs(client, RUNS, MOST_BLOBS, tooMany)) {
    const [segment = '', entry, ...rest] = name.slice(RUNS.length).split('/');
    const run = unquoted(segment);
    if (run === undefined || entry === undefined || rest.length > 0) continue;
    begun.set(run, Math.min(createdAt, begun.get(run) ?? Number.POSITIVE_INFINITY));
  }
  return [...begun].sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1)).map(([run]) => run);
}

/**
 * Creates a blob that must not exist. The condition makes a repetition harmless: when the reply to the first was lost,
 * the second is told that the name is taken, and then the content tells by whom.
 */
async function create(name: string, text: string, place: number, client: BlobClient): Promise<void> {
  const headers = {
    'x-ms-blob-type': 'BlockBlob',
    'if-none-match': '*',
    'content-type': 'application/json; charset=utf-8',
    [`x-ms-meta-${PLACE}`]: String(place),
  };
  const exchange = await client.send({ method: 'PUT', blob: name, headers, body: text });
  if (hasStatus(exchange, 201)) return;
  if (blobErrorCode(exchange) !== 'BlobAlreadyExists' && !hasStatus(exchange, 412))
    throw new Error(explainBlob(exchange, `write ${name}`, client.address));
  const other = await client.send({ method: 'GET', blob: name });
  if (!hasStatus(other, 200)) throw new Error(explainBlob(other, `look whether ${name} was written`, client.address));
  if (textOf(other) !== text)
    throw new Error(`another entry stands at ${name} in ${client.address.container}: two processes are one writer`);
}

/** @param prefix below the client's folder; the names that are returned begin with it */
async function listBlobs(client: BlobClient, prefix: string, most: number, tooMany: string): Promise<ListedBlob[]> {
  const { folder } = client.address;
  const found: ListedBlob[] = [];
  const isList = (body: string): boolean => parseBlobPage(body) !== undefined;
  for (let marker: string | undefined = ''; marker !== undefined;) {
    const query: Record<string, string> = {
      restype: 'container',
      comp: 'list',
      prefix: `${folder}${prefix}`,
      include: 'metadata',
      ...(marker === '' ? {} : { marker }),
    };
    const exchange = await client.send({ method: 'GET', blob: null, query }, undefined, isList);
    const page = hasStatus(exchange, 200) ? parseBlobPage(textOf(exchange)) : undefined;
    if (page === undefined) throw new Error(explainBlob(exchange, `list ${folder}${prefix}`, client.address));
    found.push(...page.blobs.map((blob) => ({ ...blob, name: blob.name.slice(folder.length) })));
    if (found.length > most) throw new Error(`could not list ${client.address.container}: ${tooMany}`);
    marker = page.next;
  }
  return found;
}

/** @returns the entry, or what is wrong with the blob, and its text as far as it is known. @throws Error when the service does not give it */
async function readEntry(
  { name, etag, bytes }: ListedBlob,
  folder: string,
  client: BlobClient,
  known: Known,
): Promise<{ readonly entry: Entry | string; readonly text: string }> {
  if (bytes > LARGEST_ENTRY_BYTES) return { entry: `is larger than ${LARGEST_ENTRY_BYTES} bytes`, text: '' };
  const key = `${name} ${etag}`;
  let text = known.texts.get(key);
  if (text === undefined) {
    // Whoever replaces a blob between the list and the read must not slip another size or content in.
    const exchange = await client.send({ method: 'GET', blob: name, headers: { 'if-match': etag } });
    if (!hasStatus(exchange, 200, 404, 412)) throw new Error(explainBlob(exchange, `read ${name}`, client.address));
    if (!hasStatus(exchange, 200)) return { entry: 'was changed while it was being read', text: '' };
    text = textOf(exchange);
    known.texts.set(key, text);
  }
  const entry = known.entries.read(text);
  if (typeof entry === 'string' || `${folder}${entryName(entry)}` === name) return { entry, text };
  return { entry: `holds entry ${entry.id}, whose place is elsewhere,`, text };
}

function placeOf({ metadata }: ListedBlob): number {
  const place = Number(metadata[PLACE]);
  return Number.isSafeInteger(place) && place > 0 ? place : 0;
}

function folderOf(run: string): string {
  return `${RUNS}${quoted(run)}/`;
}
