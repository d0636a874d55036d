import { Readable } from 'node:stream';
import type { TaskAttachment } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces.js';
import type { Damage } from '../journal/damage.ts';
import { LARGEST_ENTRY_BYTES, type Entry, type JournalStore } from '../journal/entry.ts';
import { entryName } from '../journal/entry-name.ts';
import { KnownEntries } from '../journal/known-entries.ts';
import { readingOf } from '../journal/order-entries.ts';
import { systemClock, type Clock } from '../time/clock.ts';
import { isPassing, PAUSES_MS, persistently, taskApi, type JobPlace } from './task-api.ts';

/** Type of our attachments; listing by it is how a run is read back. */
const TYPE = 'safe-rollout.journal';
/** A run of 200 services writes about 3,000 entries. */
const MOST_ENTRIES = 20_000;
const READS_AT_ONCE = 8;

/**
 * The journal as attachments of the run's timeline: append and list, one name an entry, with the job's own token.
 * All jobs and attempts of one run share the plan, so each reads what the others wrote; other runs do not see it.
 */
export function timelineJournal(place: JobPlace, clock: Clock = systemClock): JournalStore {
  const { projectId, hub, planId, timelineId, jobId } = place;
  const api = taskApi(place);
  // Attachments never change, so what was written or read once is kept: a long run reads its own journal again and again.
  const read = new Map<string, string>();
  const known = new KnownEntries();

  const list = async (): Promise<TaskAttachment[]> => {
    const found = (await api.getPlanAttachments(projectId, hub, planId, TYPE)) ?? [];
    if (found.length > MOST_ENTRIES) throw new Error(`the run has more than ${MOST_ENTRIES} journal entries`);
    return found.sort((a, b) => timeOf(a) - timeOf(b) || ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
  };
  const contentOf = async (attachment: TaskAttachment): Promise<string> => {
    const { timelineId: timeline = timelineId, recordId = jobId, name = '' } = attachment;
    const key = `${recordId}/${name}`;
    const before = read.get(key);
    if (before !== undefined) return before;
    const text = await persistently(clock, async () => {
      const stream = await api.getAttachmentContent(projectId, hub, planId, timeline, recordId, TYPE, name);
      // The client hands out the body of an error as if it were the attachment.
      const { statusCode } = stream as { readonly statusCode?: number };
      const body = await textOf(stream);
      if (statusCode !== undefined && statusCode !== 200)
        throw Object.assign(new Error(`status ${statusCode}`), { statusCode });
      return body;
    });
    read.set(key, text);
    return text;
  };
  /** Is this very entry there? A name alone could be another process's, which called itself as we do. */
  const isWritten = async (name: string, text: string): Promise<boolean> => {
    try {
      const found = (await list()).find((attachment) => attachment.name === name);
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
      const pauses = [...PAUSES_MS];
      for (;;) {
        try {
          await api.createAttachment({}, Readable.from([text]), projectId, hub, planId, timelineId, jobId, TYPE, name);
          read.set(`${jobId}/${name}`, text);
          return;
        } catch (error) {
          // A lost reply may have been an entry written: the list knows.
          if (await isWritten(name, text)) return;
          const pause = pauses.shift();
          if (pause === undefined || !isPassing(error))
            throw explain(error, 'attach to the timeline of this run', place);
          await clock.sleep(pause);
        }
      }
    },
    read: async (run) => {
      const attachments = await persistently(clock, list).catch((error: unknown) => {
        throw explain(error, 'list the attachments of this run', place);
      });
      const entries: Entry[] = [];
      const damages: Damage[] = [];
      const storedAt = new Map<string, number>();
      for (let begin = 0; begin < attachments.length; begin += READS_AT_ONCE) {
        const texts = await Promise.all(
          attachments.slice(begin, begin + READS_AT_ONCE).map((attachment) =>
            contentOf(attachment).then(
              (text) => ({ name: attachment.name, text, at: timeOf(attachment) }),
              (error: unknown) => ({ name: attachment.name, error }),
            ),
          ),
        );
        for (const one of texts) {
          const entry = 'text' in one ? known.read(one.text) : `could not be read (${messageOf(one.error)})`;
          if (typeof entry === 'string') {
            const sentence = `attachment ${one.name ?? '?'} ${entry} and was left out`;
            // The list is ordered by the clocks of several servers: it does not prove what was written before what.
            damages.push({ sentence, text: 'text' in one ? one.text : '', name: one.name ?? null, behind: null });
          } else {
            entries.push(entry);
            if ('text' in one && one.at > 0) storedAt.set(entry.id, one.at);
          }
        }
      }
      return readingOf(run, entries, damages, storedAt);
    },
  };
}

function timeOf(attachment: TaskAttachment): number {
  return attachment.createdOn === undefined ? 0 : new Date(attachment.createdOn).getTime();
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

function explain(error: unknown, what: string, { collectionUrl }: JobPlace): Error {
  const status = (error as { statusCode?: number } | null)?.statusCode;
  const cure =
    status === 401 || status === 403
      ? 'The job token was not accepted: it ends with its job, and restricted authorization scopes can bar it.'
      : 'Check that the agent reaches Azure DevOps, or name a journal file instead.';
  return new Error(
    `could not ${what} at ${collectionUrl}${status === undefined ? '' : ` (status ${status})`}: ${messageOf(error)}. ${cure}`,
    { cause: error },
  );
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}
