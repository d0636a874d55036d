import { nextAfter, type Ended, type OpenEvaluation } from '../gate/evaluation.ts';
import type { CallbackTo, NoteStore, TaskCallback } from '../gate/ports.ts';
import { open } from '../gate/secret.ts';
import { whyNot, type Check, type Inquiry, type Verdict } from '../gate/verdict.ts';
import { withTimeout, type Clock } from '../time/clock.ts';
import { deliver, type Decided } from './deliver.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { TaskVoice } from './task-voice.ts';

export interface EvaluationPorts {
  readonly store: NoteStore;
  readonly clock: Clock;
  readonly checks: ReadonlyMap<string, Check>;
  readonly callback: CallbackTo;
  /** The first seals; all of them open. */
  readonly secrets: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What is known of an evaluation that was accepted just now; of one that is gone on with it is read from its notes. */
export interface Fresh {
  readonly token: string;
  readonly inquiry: Inquiry;
}

/** A look takes no longer: what it has not seen by then it may see the next time. */
const LOOK_MS = 60_000;
/** How often the task's own record is looked at: whoever cancels a run tells nobody else. */
const TASK_LOOK_EVERY_MS = 60_000;

/**
 * Evaluates until there is a result, and delivers it.
 * @param signal the service stops: nothing is begun any more, and the notes stay as they are
 * @returns how it ended. @throws the signal's reason; Error when the state cannot be written
 */
export async function runEvaluation(
  evaluation: OpenEvaluation,
  fresh: Fresh | undefined,
  ports: EvaluationPorts,
  signal: AbortSignal,
): Promise<Ended> {
  const { secrets, clock, log } = ports;
  const { id, place, sealed } = evaluation;
  const token = fresh?.token ?? open(sealed, secrets, id);
  if (token === undefined) return { outcome: 'lost', result: null, reason: NO_TOKEN, at: clock.now() };
  const callback = ports.callback(place, token);
  const voice = new TaskVoice(callback, clock, (reason) =>
    log('warning', 'the log of the task could not be written', { evaluation: id, reason }),
  );
  const [posted] = evaluation.postings;
  const decided = posted ?? (await decide(evaluation, fresh?.inquiry, { callback, voice }, ports, signal));
  if ('outcome' in decided) return decided;
  if (posted === undefined) await voice.last(`${decided.result}: ${decided.reason}`);
  return await deliver(evaluation, decided, callback, { ...ports, signal });
}

const NO_TOKEN =
  "the job's token cannot be opened, so its server could not be told: was the secret changed? Start with the former one as SAFE_ROLLOUT_GATE_SECRET_PREVIOUS beside the new one";

/** Looks until there is a verdict, the time is over, or the server has ended the task by itself. */
async function decide(
  evaluation: OpenEvaluation,
  known: Inquiry | undefined,
  { callback, voice }: { readonly callback: TaskCallback; readonly voice: TaskVoice },
  { clock, checks, metrics }: EvaluationPorts,
  signal: AbortSignal,
): Promise<Decided | Ended> {
  const { check, question, deadlineAt } = evaluation;
  const inquiry = known ?? checks.get(check)?.read(question) ?? { barred: `there is no check '${check}' any more` };
  if (!('ask' in inquiry)) return { result: 'failed', reason: `it cannot be asked any more: ${whyNot(inquiry)}` };
  const begun =
    known === undefined ? 'The gate service was started anew, and asks again for' : 'The gate service asks for';
  voice.say(`${begun} ${inquiry.subject}, until ${new Date(deadlineAt).toISOString()}`);
  let lookedAt = clock.monotonic();
  for (;;) {
    const verdict = await look(inquiry, signal);
    metrics.count('looks', { check, verdict: verdict.kind });
    const next = nextAfter(verdict, evaluation, inquiry.pauseMs, clock.now());
    if (next.kind === 'end') return next;
    voice.say(`waiting: ${verdict.reason}`);
    await clock.sleep(next.ms, signal);
    if (clock.monotonic() - lookedAt < TASK_LOOK_EVERY_MS) continue;
    lookedAt = clock.monotonic();
    const seen = await callback.look();
    if (seen.kind !== 'completed') continue;
    const reason = `the server has ended the task itself: ${seen.reason}`;
    return { outcome: 'elsewhere', result: null, reason, at: clock.now() };
  }
}

/** What could not be looked at is not known yet. @throws the signal's reason */
async function look(inquiry: Inquiry, signal: AbortSignal): Promise<Verdict> {
  try {
    return await inquiry.ask('over-time', withTimeout(LOOK_MS, signal));
  } catch (error) {
    signal.throwIfAborted();
    return {
      kind: 'not-yet',
      reason: `it could not be asked: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
