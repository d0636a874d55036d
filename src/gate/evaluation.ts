import { createHash } from 'node:crypto';
import type { CallbackHeaders, TaskPlace } from './place.ts';
import type { Question, Verdict } from './verdict.ts';

/** How a task ends, in the words of the server. */
export type Result = 'succeeded' | 'failed';

/** What was accepted to be evaluated, and until when. Times in milliseconds since the epoch. */
export interface Accepted {
  readonly schema: 1;
  readonly check: string;
  readonly question: Question;
  readonly place: TaskPlace;
  readonly acceptedAt: number;
  /** When it fails with what was missing. */
  readonly deadlineAt: number;
  /** When the job's token ends, after which nothing can be delivered. */
  readonly tokenEndsAt: number;
}

/** That TaskCompleted is about to be sent: written before it is, and once for each time. All say the same result. */
export interface Posting {
  readonly result: Result;
  readonly reason: string;
  readonly at: number;
}

/**
 * `delivered`: the server has the result. `elsewhere`: it has ended the task by itself. `lost`: the result could not be
 * delivered, or it cannot be known whether it was; the reason says why.
 */
export interface Ended {
  readonly outcome: 'delivered' | 'elsewhere' | 'lost';
  /** Null where none was reached. */
  readonly result: Result | null;
  readonly reason: string;
  readonly at: number;
}

/** An evaluation that goes on. */
export interface OpenEvaluation extends Accepted {
  readonly id: string;
  readonly attempt: number;
  /** The token of the job, sealed. */
  readonly sealed: string;
  readonly postings: readonly Posting[];
}

/** One that has ended. Nothing of the token is left of it. */
export interface EndedEvaluation extends Accepted {
  readonly id: string;
  readonly attempt: number;
  readonly ended: Ended;
}

export type Evaluation = OpenEvaluation | EndedEvaluation;

export function isEnded(evaluation: Evaluation): evaluation is EndedEvaluation {
  return 'ended' in evaluation;
}

/** A job's token lives for 48 hours (documented): longer ago than that no request can have been. */
const TOKEN_MS = 48 * 3_600_000;
/** For how long it is remembered that a request was answered. */
export const KEPT_MS = 72 * 3_600_000;
/** The server evaluates one check so often at the most (documented). */
const MOST_ATTEMPTS = 2000;

/** So long before the token's end nothing is evaluated any more: the result has to be delivered by it. */
const RESERVE_MS = 60_000;

/** Pure: what is accepted of a request at one moment, and until when it may take. */
export function accepting(
  { place, tokenEndsAt }: Pick<CallbackHeaders, 'place' | 'tokenEndsAt'>,
  { check, question, timeoutMs }: Pick<Accepted, 'check' | 'question'> & { readonly timeoutMs: number },
  now: number,
): Accepted {
  const tokenEnd = tokenEndsAt ?? now + TOKEN_MS;
  const deadlineAt = Math.max(now, Math.min(now + timeoutMs, tokenEnd - RESERVE_MS));
  return { schema: 1, check, question, place, acceptedAt: now, deadlineAt, tokenEndsAt: tokenEnd };
}

/** Pure: what stands for a task in names of notes. The same task has the same one, whoever asks for it. */
export function taskKey({ planUrl, projectId, hub, planId, jobId, taskId }: TaskPlace): string {
  const parts = [planUrl, projectId, hub, planId, jobId, taskId].map((one) => one.toLowerCase());
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}

export function evaluationId(key: string, attempt: number): string {
  return `${key}-${attempt}`;
}

/** Of an open evaluation: what was accepted, and each posting. Of an ended one: its end alone, which holds all that is kept. */
export type NoteKind = 'accepted' | 'ended' | `posting-${number}`;

export function noteName(id: string, kind: NoteKind): string {
  return `${id}.${kind}`;
}

/** Pure: whose note it is, and which. Undefined for what is none of ours. */
export function readNoteName(name: string): { readonly id: string; readonly kind: NoteKind } | undefined {
  const [, id, kind] = /^([\da-f]{24}-\d{1,5})\.(accepted|ended|posting-\d{1,5})$/.exec(name) ?? [];
  return id === undefined ? undefined : { id, kind: kind as NoteKind };
}

/** Texts of the notes. @param nonce makes the note this process's own, should it be asked later who wrote it */
export function acceptedNote(accepted: Accepted, sealed: string, nonce: string): string {
  return JSON.stringify({ ...accepted, sealed, nonce });
}

export function postingNote(posting: Posting, nonce: string): string {
  return JSON.stringify({ ...posting, nonce });
}

export function endedNote(evaluation: Accepted, ended: Ended, nonce: string): string {
  const { schema, check, question, place, acceptedAt, deadlineAt, tokenEndsAt } = evaluation;
  return JSON.stringify({ schema, check, question, place, acceptedAt, deadlineAt, tokenEndsAt, ended, nonce });
}

/**
 * Pure: an evaluation from its notes.
 * @param notes the texts by their kind
 * @returns a sentence that says what is wrong with them: nothing is guessed of what was promised to a server
 */
export function readEvaluation(id: string, notes: ReadonlyMap<string, string>): Evaluation | string {
  const attempt = Number(id.slice(id.indexOf('-') + 1));
  const end = notes.get('ended');
  const kind = end === undefined ? 'accepted' : 'ended';
  const text = end ?? notes.get('accepted');
  if (text === undefined) return `the note ${noteName(id, 'accepted')} is missing`;
  const note = parsed(text);
  const { check, question, place, acceptedAt, deadlineAt, tokenEndsAt } = note ?? {};
  const isWhole =
    note?.['schema'] === 1 &&
    typeof check === 'string' &&
    isRecord(question) &&
    isRecord(place) &&
    PLACE.every((one) => typeof place[one] === 'string') &&
    [acceptedAt, deadlineAt, tokenEndsAt].every((one) => typeof one === 'number');
  if (!isWhole) return `the note ${noteName(id, kind)} cannot be read`;
  const accepted = { schema: 1, check, question, place, acceptedAt, deadlineAt, tokenEndsAt } as unknown as Accepted;
  if (kind === 'ended') {
    const ended = note['ended'];
    const isEnd = isRecord(ended) && typeof ended['at'] === 'number' && typeof ended['outcome'] === 'string';
    if (!isEnd) return `the note ${noteName(id, 'ended')} has no end`;
    return { ...accepted, id, attempt, ended: ended as unknown as Ended };
  }
  if (typeof note['sealed'] !== 'string') return `the note ${noteName(id, 'accepted')} has no token`;
  const postings: Posting[] = [];
  for (let number = 1; notes.has(`posting-${number}`); number += 1) {
    const posting = parsed(notes.get(`posting-${number}`));
    if (posting === undefined || !isResult(posting['result']) || typeof posting['at'] !== 'number')
      return `the note ${noteName(id, `posting-${number}`)} cannot be read`;
    postings.push({ result: posting['result'], reason: String(posting['reason']), at: posting['at'] });
  }
  return { ...accepted, id, attempt, sealed: note['sealed'], postings };
}

const PLACE = ['planUrl', 'projectId', 'hub', 'planId', 'timelineId', 'jobId', 'taskId'];

/**
 * What is done with a request for a task. `running`: the same request was accepted, and arrives again. `other`: what is
 * asked under these ids is another question. `replayed`: it has passed, and nobody asks that again.
 */
export type Admission =
  | { readonly kind: 'new'; readonly attempt: number }
  | { readonly kind: 'running'; readonly evaluation: Evaluation }
  | { readonly kind: 'other'; readonly evaluation: Evaluation }
  | { readonly kind: 'replayed'; readonly evaluation: EndedEvaluation };

/**
 * Pure. A check that failed is asked again by its server, at the interval that was set for it: that is an evaluation of its
 * own, which says the same as long as nothing has changed. What passed is never asked again.
 */
export function admit(latest: Evaluation | undefined, asked: Pick<Accepted, 'check' | 'question'>): Admission {
  if (latest === undefined) return { kind: 'new', attempt: 1 };
  const isSame = latest.check === asked.check && canonical(latest.question) === canonical(asked.question);
  if (!isEnded(latest)) return isSame ? { kind: 'running', evaluation: latest } : { kind: 'other', evaluation: latest };
  const { ended, attempt } = latest;
  if (ended.result === 'succeeded' || attempt >= MOST_ATTEMPTS) return { kind: 'replayed', evaluation: latest };
  return { kind: 'new', attempt: attempt + 1 };
}

/** What is done after a look. */
export type Next =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'end'; readonly result: Result; readonly reason: string };

/** Pure: a verdict ends an evaluation; what is none yet waits, and at the deadline it has failed. */
export function nextAfter(verdict: Verdict, { deadlineAt, acceptedAt }: Accepted, pauseMs: number, now: number): Next {
  switch (verdict.kind) {
    case 'pass':
      return { kind: 'end', result: 'succeeded', reason: verdict.reason };
    case 'fail':
      return { kind: 'end', result: 'failed', reason: verdict.reason };
    case 'not-yet': {
      if (now < deadlineAt) return { kind: 'wait', ms: Math.min(pauseMs, deadlineAt - now) };
      const minutes = Math.round((deadlineAt - acceptedAt) / 60_000);
      const time = minutes >= 2 ? `${minutes} minutes` : `${Math.round((deadlineAt - acceptedAt) / 1000)} seconds`;
      return { kind: 'end', result: 'failed', reason: `not passed within ${time}; last: ${verdict.reason}` };
    }
  }
}

/** The same text for the same value, whatever the order of its members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

function parsed(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isResult(value: unknown): value is Result {
  return value === 'succeeded' || value === 'failed';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
