import type { Prints } from '../../journal/entry.ts';
import type { Clock } from '../../time/clock.ts';
import { isInterruption, RolloutError } from '../errors.ts';
import { judgeRequest, type Evidence, type JudgeWords, type RequestTimes, type RequestVerdict } from './judge.ts';
import type { MutationReply, OperationReading } from '../ports.ts';
import type { Standing } from '../way/standing.ts';
import type { Came } from '../way/way.ts';

/**
 * Between two looks at an operation: its end is noticed within a second. The service allows 25 reads a second to one
 * identity in a region, for all that it deploys there at once, so that one swap must stay under two.
 */
const LOOK_EVERY_MS = 650;
/** Every fifth look is at the target instead: it may know the end first, or that there is none. */
const LOOKS_PER_READING = 5;
/** A slot takes two reads, its site and its deployments; so much time goes to each. */
const MS_PER_READ = 550;

/** How a request that was sent ended, with the last complete reading of the target. */
export interface AttemptEnd<Seen> extends Came<Seen> {
  readonly verdict: Exclude<RequestVerdict, { kind: 'pending' }>;
}

/** What an attempt asks of its target. The first three as in `Way`. */
export interface Attempted<Seen> {
  observe(signal?: AbortSignal, since?: { readonly prints: Prints; readonly last: Seen }): Promise<Seen>;
  readOperation(operation: string, signal?: AbortSignal): Promise<OperationReading>;
  standing(before: Prints, now: Seen): Standing;
  readonly words: JudgeWords;
}

export interface AttemptPorts<Seen> {
  readonly clock: Clock;
  /** Hears after each look that decided nothing what is waited for, and what was seen. */
  readonly pending?: (reason: string, observed: Seen | undefined) => Promise<void>;
}

/**
 * Sends one request, once, and observes until the state is known or the deadline is over. Whatever the reply is, the
 * request is never sent again from here. Aborting stops the observation; what runs in Azure goes on.
 * @param send sends it; to be given up on after the time it is told
 */
export async function attempt<Seen>(
  target: Attempted<Seen>,
  before: Prints,
  send: (withinMs: number) => Promise<MutationReply>,
  times: RequestTimes,
  { clock, pending }: AttemptPorts<Seen>,
  signal?: AbortSignal,
): Promise<AttemptEnd<Seen>> {
  // The lock and everybody who watches for the settle time take a request for delivered or gone after half of it.
  const reply = await send(times.settleMs / 2);
  const sentAt = clock.monotonic();
  let operation = reply.kind === 'accepted' ? reply.operation : undefined;
  let running = operation !== undefined;
  let ended: Evidence['ended'];
  let observed: Seen | undefined;
  let quietSince: number | undefined;
  let shown = false;
  // `retryAfter` binds the operation only; the target is read at our own pace, so that the end is noticed in time.
  let operationDueAt = sentAt + (reply.kind === 'accepted' ? (reply.retryAfterMs ?? 0) : 0);

  // An operation that gives no answer can cost a minute a look; the target is asked in between.
  let unheard = false;

  for (let look = 1; ; look += 1) {
    let pauseMs = LOOK_EVERY_MS;
    const isDue = clock.monotonic() >= operationDueAt;
    const isReading = operation === undefined || !isDue || unheard || look % LOOKS_PER_READING === 0;
    unheard = false;
    if (operation !== undefined && !isReading) {
      const reading = await target.readOperation(operation, signal);
      switch (reading.kind) {
        case 'running':
          operation = reading.operation;
          operationDueAt = clock.monotonic() + (reading.retryAfterMs ?? 0);
          break;
        case 'unreadable':
          unheard = true;
          operationDueAt = clock.monotonic() + (reading.retryAfterMs ?? 0);
          break;
        case 'gone':
          operation = undefined;
          running = false;
          break;
        case 'succeeded':
        case 'failed':
          ended = reading;
          operation = undefined;
          running = false;
          break;
      }
    }
    if (isReading || operation === undefined) {
      // Nothing is followed any more, so the whole target is read, for as long as it takes to settle.
      if (operation === undefined) pauseMs = Math.min(4 * MS_PER_READ, Math.max(LOOK_EVERY_MS, times.settleMs / 3));
      else if (!isDue) pauseMs = 2 * MS_PER_READ;
      const last = operation === undefined ? undefined : observed;
      observed = await read(target, before, last, signal);
      const busy = observed !== undefined && target.standing(before, observed).busy !== null;
      const unsettled = observed === undefined || running || busy;
      shown ||= busy;
      if (unsettled) quietSince = undefined;
      else quietSince ??= clock.monotonic();
    }
    const at = clock.monotonic();
    const evidence: Evidence = {
      reply,
      standing: observed === undefined ? undefined : target.standing(before, observed),
      ended,
      running,
      elapsedMs: at - sentAt,
      quietMs: quietSince === undefined ? 0 : at - quietSince,
      shown,
    };
    const verdict = judgeRequest(evidence, times, target.words);
    if (verdict.kind !== 'pending') return { verdict, observed, reply };
    await pending?.(verdict.reason, observed);
    await clock.sleep(pauseMs, signal);
  }
}

/** A failed read keeps the state open and is no reason to stop. While an operation is followed, what waits may be left out. */
async function read<Seen>(
  target: Attempted<Seen>,
  prints: Prints,
  last: Seen | undefined,
  signal: AbortSignal | undefined,
): Promise<Seen | undefined> {
  try {
    return await target.observe(signal, last === undefined ? undefined : { prints, last });
  } catch (error) {
    if (isInterruption(error, signal) || !(error instanceof RolloutError)) throw error;
    return undefined;
  }
}
