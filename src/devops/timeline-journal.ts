import { Readable } from 'node:stream';
import type { Damage } from '../journal/damage.ts';
import { LARGEST_ENTRY_BYTES, type JournalStore } from '../journal/entry.ts';
import { entryName } from '../journal/entry-name.ts';
import { foundAt, GrowingReading, type Found } from '../journal/growing-reading.ts';
import { OwnEntries } from '../journal/own-entries.ts';
import { systemClock, type Clock } from '../time/clock.ts';
import { attachmentList, keyOf, type ListedAttachment } from './attachment-list.ts';
import { isPassing, PAUSES_MS, persistently, refusedByProxy } from './server.ts';
import { taskApi, type JobPlace } from './task-api.ts';

/** Type of our attachments; listing by it is how a run is read back. */
const TYPE = 'safe-rollout.journal';
/** A run of 200 services writes about 3,000 entries. */
const MOST_ENTRIES = 20_000;
const READS_AT_ONCE = 8;

/** What an attachment was found to hold: an entry, or a text that is none. */
type Known = { readonly found: Found } | { readonly text: string; readonly problem: string };

/**
 * The journal as attachments of the run's timeline: append and list, one name an entry, with the job's own token.
 * All jobs and attempts of one run share the plan, so each reads what the others wrote; other runs do not see it.
 */
export function timelineJournal(place: JobPlace, clock: Clock = systemClock): JournalStore {
  const { projectId, hub, planId, timelineId, jobId } = place;
  const api = taskApi(place);
  // Attachments never change, so what was written or read once is kept: a long run reads its own journal again and again.
  const known = new Map<string, Known>();
  const own = new OwnEntries();
  let growing: GrowingReading | undefined;

  const attachments = attachmentList(api, { scopeIdentifier: projectId, hubName: hub, planId, type: TYPE }, jobId);

  const list = async (): Promise<ListedAttachment[]> => {
    const listed = await attachments();
    if (listed.length > MOST_ENTRIES) throw new Error(`the run has more than ${MOST_ENTRIES} journal entries`);
    return listed.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
  };
  const contentOf = ({ name, recordId, timelineId: timeline = timelineId }: ListedAttachment): Promise<string> =>
    persistently(clock, async () => {
      const stream = await api.getAttachmentContent(projectId, hub, planId, timeline, recordId, TYPE, name);
      // The client hands out the body of an error as if it were the attachment.
      const { statusCode } = stream as { readonly statusCode?: number };
      const body = await textOf(stream);
      if (statusCode !== undefined && statusCode !== 200)
        throw Object.assign(new Error(`status ${statusCode}`), { statusCode });
      return body;
    });
  const learn = (key: string, text: string): void => {
    const entry = own.read(text);
    known.set(key, typeof entry === 'string' ? { text, problem: entry } : { found: { entry, at: undefined } });
  };
  /** Is this very entry there? A name alone could be another process's, which called itself as we do. */
  const isWritten = async (name: string, text: string): Promise<boolean> => {
    try {
      const found = (await list()).find((listed) => listed.name === name);
      return found !== undefined && (await contentOf(found)) === text;
    } catch {
      return false; // then the append is tried again, and its own error is the one to show
    }
  };

  return {
    append: async (entry) => {
      const text = JSON.stringify(entry);
      if (Buffer.byteLength(text) > LARGEST_ENTRY_BYTES)
        throw new Error(`journal entry ${entry.id} is larger than ${LARGEST_ENTRY_BYTES} bytes`);
      const name = entryName(entry);
      own.wrote(entry);
      const written = (): void => learn(keyOf(jobId, name), text);
      const pauses = [...PAUSES_MS];
      for (;;) {
        try {
          await api.createAttachment({}, Readable.from([text]), projectId, hub, planId, timelineId, jobId, TYPE, name);
          return written();
        } catch (error) {
          // A lost reply may have been an entry written: the list knows.
          if (await isWritten(name, text)) return written();
          const pause = pauses.shift();
          if (pause === undefined || !isPassing(error))
            throw explain(error, 'attach to the timeline of this run', place);
          await clock.sleep(pause);
        }
      }
    },
    read: async (run) => {
      const listed = await persistently(clock, list).catch((error: unknown) => {
        throw explain(error, 'list the attachments of this run', place);
      });
      const unknown = listed.filter(({ key }) => !known.has(key));
      const unread = new Map<string, string>();
      for (let begin = 0; begin < unknown.length; begin += READS_AT_ONCE) {
        const some = unknown.slice(begin, begin + READS_AT_ONCE).map(async (one) => {
          try {
            learn(one.key, await contentOf(one));
          } catch (error) {
            unread.set(one.key, `could not be read (${messageOf(error)})`);
          }
        });
        await Promise.all(some);
      }
      const found: Found[] = [];
      const damages: Damage[] = [];
      for (const { name, key, at } of listed) {
        const one = known.get(key);
        if (one !== undefined && 'found' in one) {
          const now = foundAt(one.found, at > 0 ? at : undefined);
          if (now !== one.found) known.set(key, { found: now });
          found.push(now);
          continue;
        }
        const problem = one?.problem ?? unread.get(key) ?? 'was not read';
        const sentence = `attachment ${name === '' ? '?' : name} ${problem} and was left out`;
        // The list is ordered by the clocks of several servers: it does not prove what was written before what.
        damages.push({ sentence, text: one?.text ?? '', name: name === '' ? null : name, behind: null });
      }
      growing = growing?.run === run ? growing : new GrowingReading(run);
      return growing.of(found, damages);
    },
  };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LARGEST_ENTRY_BYTES) throw new Error(`it is larger than ${LARGEST_ENTRY_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function explain(error: unknown, what: string, place: JobPlace): Error {
  const refusal = refusedByProxy(error, place);
  const status = (error as { statusCode?: number } | null)?.statusCode;
  const cure =
    status === 401 || status === 403
      ? 'The job token was not accepted: it ends with its job, and restricted authorization scopes can bar it'
      : 'Check that the agent reaches Azure DevOps, or name a journal file instead';
  const why = refusal?.message ?? `${messageOf(error).replace(/\.$/, '')}. ${cure}`;
  return new Error(
    `could not ${what} at ${place.collectionUrl}${status === undefined ? '' : ` (status ${status})`}: ${why}`,
    { cause: error },
  );
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}
