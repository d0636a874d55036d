import { randomUUID } from 'node:crypto';
import {
  acceptedNote,
  accepting,
  admit,
  evaluationId,
  isEnded,
  noteName,
  taskKey,
  type Ended,
  type Evaluation,
  type OpenEvaluation,
} from '../gate/evaluation.ts';
import type { CallbackHeaders } from '../gate/place.ts';
import { seal } from '../gate/secret.ts';
import type { Inquiry, Question } from '../gate/verdict.ts';
import { readNotes, removeOpen, sweepNotes, writeEnd } from './notes.ts';
import { runEvaluation, type EvaluationPorts, type Fresh } from './run-evaluation.ts';

export interface KeeperLimits {
  /** Evaluations that are open at the same time. */
  readonly evaluations: number;
  /** How long one is evaluated where its request does not say it, in milliseconds. */
  readonly timeoutMs: number;
}

/** What is asked to be evaluated. */
export interface ToEvaluate {
  readonly check: string;
  readonly question: Question;
  readonly timeoutMs: number | undefined;
  readonly inquiry: Inquiry;
}

/** `begin` starts what is new: a server should have the answer before it has the result. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly id: string; readonly deadlineAt: number; readonly begin?: () => void }
  | { readonly kind: 'replayed' | 'other' | 'busy'; readonly reason: string };

const SWEEP_EVERY_MS = 3_600_000;
const STORE_PAUSE_MS = 5000;

/**
 * The evaluations of a service, one a task that waits. Each is written down before it is accepted, so that a process that
 * begins where another has died goes on with all of them; its end is written down as well, and is kept for as long as its
 * request could come again.
 */
export class Keeper {
  readonly #ports: EvaluationPorts;
  readonly #limits: KeeperLimits;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  /** The newest evaluation of each task. */
  readonly #latest = new Map<string, Evaluation>();
  /** Requests for one task, one after the other. */
  readonly #queues = new Map<string, Promise<unknown>>();
  #sweptAt: number;

  constructor(ports: EvaluationPorts, limits: KeeperLimits) {
    this.#ports = ports;
    this.#limits = limits;
    this.#sweptAt = ports.clock.monotonic();
  }

  get running(): number {
    return this.#running.size;
  }

  /** Goes on with what the state holds. @throws Error when the state cannot be read */
  async resume(): Promise<{ readonly open: number; readonly ended: number; readonly damaged: number }> {
    const { evaluations, damages } = await readNotes(this.#ports.store);
    for (const damage of damages)
      this.#ports.log('error', 'a note of the state cannot be read, and is left alone', { damage });
    const open = evaluations.filter((one): one is OpenEvaluation => !isEnded(one));
    for (const one of evaluations) this.#remember(one);
    for (const one of open) this.#start(one, undefined);
    await this.#sweep();
    return { open: open.length, ended: evaluations.length - open.length, damaged: damages.length };
  }

  /** Writes down what is to be evaluated. @throws Error when the state cannot be written: then nothing was accepted */
  async accept(headers: CallbackHeaders, asked: ToEvaluate): Promise<Acceptance> {
    const key = taskKey(headers.place);
    const before = this.#queues.get(key) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(() => this.#acceptNext(key, headers, asked));
    this.#queues.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#queues.get(key) === mine) this.#queues.delete(key);
    }
  }

  /** Begins nothing any more, and resolves when what was sent has its answer. The state stays. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the service stops'));
    await Promise.allSettled(this.#running.values());
  }

  async #acceptNext(key: string, headers: CallbackHeaders, asked: ToEvaluate): Promise<Acceptance> {
    const { store, secrets, clock } = this.#ports;
    const admission = admit(this.#latest.get(key), asked);
    switch (admission.kind) {
      case 'running':
        return { kind: 'accepted', id: admission.evaluation.id, deadlineAt: admission.evaluation.deadlineAt };
      case 'other':
        return {
          kind: 'other',
          reason: `this task has asked another question, which is being evaluated (check ${admission.evaluation.check})`,
        };
      case 'replayed': {
        const { result, at } = admission.evaluation.ended;
        return {
          kind: 'replayed',
          reason: `this task was answered already: ${result}, at ${new Date(at).toISOString()}`,
        };
      }
      case 'new':
    }
    if (this.#stop.signal.aborted) return { kind: 'busy', reason: 'the service stops: ask again in a moment' };
    const { size } = this.#running;
    if (size >= this.#limits.evaluations)
      return { kind: 'busy', reason: `${size} evaluations are open, which is the limit (--max-evaluations)` };
    const { attempt } = admission;
    const id = evaluationId(key, attempt);
    const { timeoutMs = this.#limits.timeoutMs } = asked;
    const accepted = accepting(headers, { ...asked, timeoutMs }, clock.now());
    const sealed = seal(headers.token, secrets[0] ?? '', id);
    const isFirst = await store.create(noteName(id, 'accepted'), acceptedNote(accepted, sealed, randomUUID()));
    if (!isFirst || (await store.read(noteName(id, 'ended'))) !== undefined)
      return await this.#afterAnother(id, isFirst, key, headers, asked);
    const evaluation: OpenEvaluation = { ...accepted, id, attempt, sealed, postings: [] };
    this.#remember(evaluation);
    const { token } = headers;
    const begin = (): void => this.#start(evaluation, { token, inquiry: asked.inquiry });
    return { kind: 'accepted', id, deadlineAt: accepted.deadlineAt, begin };
  }

  /** Another process that shares the state has had this request: what it wrote is what counts. */
  async #afterAnother(
    id: string,
    isLeftover: boolean,
    key: string,
    headers: CallbackHeaders,
    asked: ToEvaluate,
  ): Promise<Acceptance> {
    const { store } = this.#ports;
    if (isLeftover) await store.remove(noteName(id, 'accepted'));
    const [found] = (await readNotes(store, id)).evaluations;
    if (found === undefined) return { kind: 'busy', reason: 'another process has just had this request: ask again' };
    this.#latest.set(key, found);
    return await this.#acceptNext(key, headers, asked);
  }

  #remember(evaluation: Evaluation): void {
    const key = taskKey(evaluation.place);
    const known = this.#latest.get(key);
    if (known === undefined || known.attempt <= evaluation.attempt) this.#latest.set(key, evaluation);
  }

  #start(evaluation: OpenEvaluation, fresh: Fresh | undefined): void {
    const { id } = evaluation;
    this.#running.set(
      id,
      this.#untilEnded(evaluation, fresh)
        .catch(() => undefined) // the service stops
        .finally(() => this.#running.delete(id)),
    );
  }

  /** A state that does not answer for a while must not cost an evaluation its end. @throws the reason to stop */
  async #untilEnded(evaluation: OpenEvaluation, fresh: Fresh | undefined): Promise<void> {
    const { store, log, metrics, clock } = this.#ports;
    const signal = this.#stop.signal;
    for (let now: Evaluation = evaluation; !isEnded(now);)
      try {
        return await this.#end(now, await runEvaluation(now, fresh, this.#ports, signal));
      } catch (error) {
        signal.throwIfAborted();
        metrics.count('store_failures');
        const what = 'an evaluation could not go on; it is gone on with from its notes in a moment';
        log('error', what, { evaluation: evaluation.id, check: evaluation.check, error: messageOf(error) });
        await clock.sleep(STORE_PAUSE_MS, signal);
        const found = await readNotes(store, evaluation.id).catch(() => undefined);
        now = found?.evaluations[0] ?? now;
      }
  }

  async #end(evaluation: OpenEvaluation, ended: Ended): Promise<void> {
    const { store, log, metrics, clock, checks } = this.#ports;
    const { id, check, question, place, acceptedAt } = evaluation;
    for (;;)
      try {
        this.#remember(await writeEnd(store, evaluation, ended));
        break;
      } catch (error) {
        metrics.count('store_failures');
        const what = 'the end of an evaluation could not be written; it is tried again';
        log('error', what, { evaluation: id, error: messageOf(error) });
        await clock.sleep(STORE_PAUSE_MS, this.#stop.signal);
      }
    const { outcome, result, reason, at } = ended;
    const inquiry = checks.get(check)?.read(question);
    metrics.count('evaluations_ended', { check, outcome, result: result ?? 'none' });
    log(outcome === 'lost' ? 'error' : 'info', 'an evaluation has ended', {
      evaluation: id,
      check,
      subject: inquiry !== undefined && 'ask' in inquiry ? inquiry.subject : undefined,
      outcome,
      result,
      reason,
      tookMs: at - acceptedAt,
      project: place.projectId,
      plan: place.planId,
      task: place.taskId,
    });
    await this.#tidy(() => removeOpen(store, id));
    if (clock.monotonic() - this.#sweptAt > SWEEP_EVERY_MS) await this.#sweep();
  }

  async #sweep(): Promise<void> {
    const { store, clock } = this.#ports;
    this.#sweptAt = clock.monotonic();
    await this.#tidy(async () => {
      for (const { id, place } of await sweepNotes(store, clock.now())) {
        const key = taskKey(place);
        if (this.#latest.get(key)?.id === id) this.#latest.delete(key);
      }
    });
  }

  /** What is left behind is taken away the next time. */
  async #tidy(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#ports.metrics.count('store_failures');
      this.#ports.log('warning', 'notes of ended evaluations could not be removed', { error: messageOf(error) });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
