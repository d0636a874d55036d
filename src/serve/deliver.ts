import { randomUUID } from 'node:crypto';
import {
  noteName,
  postingNote,
  readEvaluation,
  isEnded,
  type Ended,
  type OpenEvaluation,
  type Posting,
  type Result,
} from '../gate/evaluation.ts';
import type { NoteStore, TaskCallback } from '../gate/ports.ts';
import type { Clock } from '../time/clock.ts';
import type { Log } from './log.ts';

export interface DeliveryPorts {
  readonly store: NoteStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the service stops: what is sent is followed to its answer, and nothing is begun. */
  readonly signal: AbortSignal;
}

/** How long a TaskCompleted whose answer was lost may take to show itself on the record of its task. */
const SETTLE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;

const ENDED_BY_ANOTHER = 'another process has ended this evaluation';

/** What was decided of an evaluation. */
export interface Decided {
  readonly result: Result;
  readonly reason: string;
}

/**
 * Delivers a result by TaskCompleted, once. Each time it is sent there is a note before it, which only one process can write.
 * Where a note has no answer behind it, lost on the network or with the process that waited for it, the task's own record
 * tells whether it was taken; only when it was not, long enough after, it is sent anew.
 * @returns how it ended. @throws the signal's reason; Error when the state cannot be written for long
 */
export async function deliver(
  evaluation: OpenEvaluation,
  decided: Decided,
  callback: TaskCallback,
  ports: DeliveryPorts,
): Promise<Ended> {
  const { store, clock, log, signal } = ports;
  const { id, tokenEndsAt } = evaluation;
  const end = (outcome: Ended['outcome'], reason: string): Ended => ({
    outcome,
    result: decided.result,
    reason,
    at: clock.now(),
  });
  let postings = evaluation.postings;
  let last = '';
  for (;;) {
    const before = postings.at(-1);
    if (before !== undefined) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, SETTLE_MS * 2 ** Math.min(6, postings.length - 1));
      await clock.sleep(Math.max(0, before.at + pauseMs - clock.now()), signal);
      const now = await refreshed(evaluation, ports);
      if (now === undefined) return end('elsewhere', ENDED_BY_ANOTHER);
      if (now.length > postings.length) {
        postings = now;
        continue;
      }
      const seen = await callback.look();
      if (seen.kind === 'completed') return end('delivered', `${decided.reason} (${seen.reason}; the answer was lost)`);
      if (seen.kind === 'barred')
        return end('lost', `whether TaskCompleted (${decided.result}) arrived cannot be known: ${seen.reason}`);
      last = seen.reason;
      if (seen.kind === 'unreadable') {
        if (clock.now() >= tokenEndsAt) return end('lost', tooLate(decided, last));
        log('warning', 'the task could not be looked at', { evaluation: id, reason: seen.reason });
        await clock.sleep(pauseMs, signal);
        continue;
      }
    }
    if (clock.now() >= tokenEndsAt) return end('lost', tooLate(decided, last));
    signal.throwIfAborted();
    const posting: Posting = { ...decided, at: clock.now() };
    if (!(await store.create(noteName(id, `posting-${postings.length + 1}`), postingNote(posting, randomUUID())))) {
      // Another process sends it: its posting is waited for as if it were ours.
      const now = await refreshed(evaluation, ports);
      if (now === undefined) return end('elsewhere', ENDED_BY_ANOTHER);
      postings = now;
      continue;
    }
    // An end is written before its postings are removed: who could write one behind it finds it.
    if ((await store.read(noteName(id, 'ended'))) !== undefined) {
      await store.remove(noteName(id, `posting-${postings.length + 1}`));
      return end('elsewhere', ENDED_BY_ANOTHER);
    }
    postings = [...postings, posting];
    const delivery = await callback.complete(decided.result);
    switch (delivery.kind) {
      case 'taken':
        return end('delivered', decided.reason);
      case 'refused':
        return end('lost', `the server refused TaskCompleted (${decided.result}): ${delivery.reason}`);
      case 'unknown':
        last = delivery.reason;
        log('warning', 'TaskCompleted has no answer; the task is looked at before it is sent again', {
          evaluation: id,
          reason: delivery.reason,
        });
    }
  }
}

function tooLate({ result }: Decided, last: string): string {
  return `TaskCompleted (${result}) could not be delivered before the job's token ended${last === '' ? '' : `; last: ${last}`}`;
}

/** The postings as they are in the store now; undefined when the evaluation has ended. */
async function refreshed(
  { id, postings }: OpenEvaluation,
  { store }: DeliveryPorts,
): Promise<readonly Posting[] | undefined> {
  const notes = new Map<string, string>();
  const end = await store.read(noteName(id, 'ended'));
  const accepted = await store.read(noteName(id, 'accepted'));
  if (end !== undefined || accepted === undefined) return undefined;
  notes.set('accepted', accepted);
  for (let number = 1; ; number += 1) {
    const text = await store.read(noteName(id, `posting-${number}`));
    if (text === undefined) break;
    notes.set(`posting-${number}`, text);
  }
  const now = readEvaluation(id, notes);
  if (typeof now === 'string' || isEnded(now)) return postings;
  return now.postings;
}
