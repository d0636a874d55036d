import type { Damage } from '../../journal/damage.ts';
import { LARGEST_ENTRY_BYTES, type JournalStore } from '../../journal/entry.ts';
import { entryName } from '../../journal/entry-name.ts';
import { foundAt, GrowingReading, type Found } from '../../journal/growing-reading.ts';
import { OwnEntries } from '../../journal/own-entries.ts';
import type { Exchange } from '../wire/exchange.ts';
import { hasStatus, textOf, type BlobClient } from './blob-client.ts';
import { blobErrorCode, explainBlob } from './blob-failure.ts';
import type { ListedBlob } from './blob-list.ts';
import { quoted, unquoted } from './blob-name.ts';
import { listBlobs } from './list-blobs.ts';

/** Entries lie under `runs/`, locks elsewhere: a policy of the account can then delete old runs alone. */
const RUNS = 'runs/';
/** A run of 200 services writes about 3,000 entries. */
const MOST_ENTRIES = 20_000;
/** Some five thousand runs; a page of 5,000 names takes about half a second. */
const MOST_BLOBS = 250_000;
const READS_AT_ONCE = 8;

/** Name of the metadata that orders what the service took in one second. */
const PLACE = 'place';

/** What a blob was found to hold: an entry of the run, or a text that is none. */
type Known = { readonly found: Found } | { readonly text: string; readonly problem: string };

/**
 * The journal as block blobs: one an entry, created under the condition that nothing has its name, never changed.
 * Entries are in the order of the service's time. That has whole seconds only; within one, the place says which came
 * later: a writer takes a higher one than all that it has read, so no entry stands before one that its writer knew.
 */
export function blobJournal(client: BlobClient): JournalStore {
  // Entries never change, so what was written or read once is kept, by the name and the state of its blob: a long run
  // reads its own journal again and again.
  const known = new Map<string, Known>();
  const own = new OwnEntries();
  let growing: GrowingReading | undefined;
  let place = 0;

  /** What the blob holds, when that is known, or as far as the service gives it. @throws Error when it does not answer */
  const holds = async (blob: ListedBlob, run: string): Promise<Known> => {
    const { name, etag, bytes } = blob;
    if (bytes > LARGEST_ENTRY_BYTES) return { text: '', problem: `is larger than ${LARGEST_ENTRY_BYTES} bytes` };
    const key = keyOf(name, etag);
    const before = known.get(key);
    if (before !== undefined) return before;
    // Whoever replaces a blob between the list and the read must not slip another size or content in.
    const exchange = await client.send({ method: 'GET', blob: name, headers: { 'if-match': etag } });
    if (!hasStatus(exchange, 200, 404, 412)) throw new Error(explainBlob(exchange, `read ${name}`, client.address));
    if (!hasStatus(exchange, 200)) return { text: '', problem: 'was changed while it was being read' };
    const now = judge(name, textOf(exchange), run);
    known.set(key, now);
    return now;
  };
  const judge = (name: string, text: string, run: string): Known => {
    const entry = own.read(text);
    if (typeof entry === 'string') return { text, problem: entry };
    if (`${folderOf(run)}${entryName(entry)}` !== name)
      return { text, problem: `holds entry ${entry.id}, whose place is elsewhere,` };
    // The folder is the run's own: what lies in it and is of another was copied here, if its name is its own too.
    if (entry.run !== run) return { text, problem: `belongs to run ${entry.run}` };
    return { found: { entry, at: undefined } };
  };

  return {
    append: async (entry) => {
      const text = JSON.stringify(entry);
      if (Buffer.byteLength(text) > LARGEST_ENTRY_BYTES)
        throw new Error(`journal entry ${entry.id} is larger than ${LARGEST_ENTRY_BYTES} bytes`);
      place += 1;
      own.wrote(entry);
      const name = `${folderOf(entry.run)}${entryName(entry)}`;
      const etag = await create(name, text, place, client);
      if (etag !== undefined) known.set(keyOf(name, etag), judge(name, text, entry.run));
    },
    read: async (run) => {
      const folder = folderOf(run);
      const listed = await listBlobs(client, folder, MOST_ENTRIES, `the run has more than ${MOST_ENTRIES} entries`);
      for (const blob of listed) place = Math.max(place, placeOf(blob));
      listed.sort((a, b) => a.createdAt - b.createdAt || placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : 1));
      const found: Found[] = [];
      const damages: Damage[] = [];
      for (let begin = 0; begin < listed.length; begin += READS_AT_ONCE) {
        const some = listed.slice(begin, begin + READS_AT_ONCE);
        for (const [index, one] of (await Promise.all(some.map((blob) => holds(blob, run)))).entries()) {
          const { name, etag, createdAt } = some[index]!;
          if ('found' in one) {
            const now = foundAt(one.found, Number.isNaN(createdAt) ? undefined : createdAt);
            if (now !== one.found) known.set(keyOf(name, etag), { found: now });
            found.push(now);
            continue;
          }
          damages.push({
            sentence: `blob ${name} ${one.problem} and was left out`,
            text: one.text,
            name,
            behind: null,
          });
        }
      }
      growing = growing?.run === run ? growing : new GrowingReading(run);
      return growing.of(found, damages);
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
 * @returns the state that the blob has now, where the service tells it
 */
async function create(name: string, text: string, place: number, client: BlobClient): Promise<string | undefined> {
  const headers = {
    'x-ms-blob-type': 'BlockBlob',
    'if-none-match': '*',
    'content-type': 'application/json; charset=utf-8',
    [`x-ms-meta-${PLACE}`]: String(place),
  };
  const exchange = await client.send({ method: 'PUT', blob: name, headers, body: text });
  if (hasStatus(exchange, 201)) return etagOf(exchange);
  if (blobErrorCode(exchange) !== 'BlobAlreadyExists' && !hasStatus(exchange, 412))
    throw new Error(explainBlob(exchange, `write ${name}`, client.address));
  const other = await client.send({ method: 'GET', blob: name });
  if (!hasStatus(other, 200)) throw new Error(explainBlob(other, `look whether ${name} was written`, client.address));
  if (textOf(other) !== text)
    throw new Error(`another entry stands at ${name} in ${client.address.container}: two processes are one writer`);
  return etagOf(other);
}

function etagOf(exchange: Exchange): string | undefined {
  return exchange.kind === 'answered' ? exchange.headers['etag'] : undefined;
}

function keyOf(name: string, etag: string): string {
  return `${name} ${etag}`;
}

function placeOf({ metadata }: ListedBlob): number {
  const place = Number(metadata[PLACE]);
  return Number.isSafeInteger(place) && place > 0 ? place : 0;
}

function folderOf(run: string): string {
  return `${RUNS}${quoted(run)}/`;
}
