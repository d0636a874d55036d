import { RolloutError } from '../../errors.ts';
import { holdTarget, inTime, lockLost } from '../../fence/hold-target.ts';
import type { Action } from '../../../journal/entry.ts';
import { formatDuration } from '../../../time/duration.ts';
import type { Refusal } from '../../way/refusal.ts';
import { sayWaiting } from '../../way/say-waiting.ts';
import type { ContainerDesk } from './desk.ts';
import type { AppChange, AppObservation } from './ports.ts';

/** A change of the app that no user sees: names in the traffic, or a new revision with none of it. */
export interface Preparation {
  readonly action: Action;
  readonly reason: string;
  /** What is sent, seeing the app as it is under the lock; a refusal where it must not be; undefined: there is nothing to do. */
  readonly change: (now: AppObservation) => AppChange | Refusal | undefined;
  /** Does the app show it? */
  readonly isDone: (now: AppObservation) => boolean;
}

/** How often it is tried to be the one who changes the app. */
const MOST_TURNS = 3;
/** An operation takes some seconds (recorded); one that Azure turns others away for and does not show is waited for so long. */
const TURN_MS = 15_000;

/** Somebody else was first, by what the app shows or by what Azure has answered. */
interface Busy {
  readonly turnedAway: string | undefined;
}

/**
 * Lock, look again, intent, one request, observe until it is known, outcome. Such a change can be made twice without harm,
 * so where nothing shows after the settle time it is called failed, and may be tried by the next run.
 * @returns why it is not done, or undefined
 * @throws RolloutError when the app or the journal cannot be used
 */
export async function changeApp(desk: ContainerDesk, preparation: Preparation): Promise<Refusal | undefined> {
  for (let turn = 1; ; turn += 1) {
    // The lock is for the request, and not for what somebody else has begun before it.
    await untilIdle(desk, await desk.host.observe(desk.ports.signal));
    const end = await underLock(desk, preparation);
    if (end === undefined || 'rule' in end) return end;
    const { turnedAway } = end;
    if (turn >= MOST_TURNS) {
      const answer = turnedAway === undefined ? '' : ` (${turnedAway})`;
      const message = `App '${desk.target.app}' is changed by somebody else again and again${answer}. Nothing was changed; run again when that has ended.`;
      return { rule: 'operation-in-progress', message };
    }
    if (turnedAway === undefined) continue;
    const { clock, signal } = desk.ports;
    const next = `attempt ${turn + 1} of ${MOST_TURNS} follows in ${formatDuration(TURN_MS)}`;
    await desk.tell('upload', 'warning', `not done: ${preparation.reason} (${turnedAway}); ${next}`);
    await clock.sleep(TURN_MS, signal);
  }
}

async function underLock(desk: ContainerDesk, preparation: Preparation): Promise<Refusal | Busy | undefined> {
  const { host, ports, request, record, tell, target } = desk;
  const { clock, signal } = ports;
  const lock = await holdTarget(desk);
  if (!('kind' in lock)) return lock;
  try {
    const since = clock.monotonic();
    const now = await host.observe(signal);
    if (now.operation !== null) return { turnedAway: undefined };
    const change = preparation.change(now);
    if (change === undefined) return undefined;
    if ('rule' in change) return change;
    await record(preparation.action, 'intent', preparation.reason);
    await tell('upload', 'info', preparation.reason);
    if (!lock.stillHeld() || !inTime(clock.monotonic() - since, request.policy)) {
      const refusal = lockLost(target.app, 'changed');
      await record(preparation.action, 'failed', refusal.message);
      return refusal;
    }
    const reply = await host.change(change, signal, request.policy.settleMs / 2);
    const why = await follow(desk, preparation, reply.kind === 'accepted' ? reply.operation : undefined, reply);
    await record(preparation.action, why === undefined ? 'done' : 'failed', why ?? preparation.reason);
    if (why !== undefined && reply.kind === 'refused' && reply.passing === true) return { turnedAway: reply.message };
    return why === undefined ? undefined : { rule: 'platform', message: `${why}. No user got anything of it.` };
  } finally {
    await lock.release();
  }
}

/** @returns why it is not done, or undefined */
async function follow(
  desk: ContainerDesk,
  { isDone, reason }: Preparation,
  begun: string | undefined,
  reply: { readonly kind: string; readonly message?: string },
): Promise<string | undefined> {
  const { host, ports, request, target } = desk;
  const { clock, signal } = ports;
  const { settleMs, swapDeadlineMs } = request.policy;
  const say = sayWaiting(desk, { step: 'upload', limitMs: swapDeadlineMs });
  const sentAt = clock.monotonic();
  let operation = begun;
  let failure: string | undefined;
  let quietSince: number | undefined;
  for (;;) {
    await clock.sleep(1000, signal);
    if (operation !== undefined) {
      const reading = await host.readOperation(operation, signal);
      if (reading.kind === 'running') operation = reading.operation;
      else if (reading.kind !== 'unreadable') operation = undefined;
      if (reading.kind === 'failed') failure = reading.message;
    }
    const now = await lookOrNothing(host, signal);
    const elapsedMs = clock.monotonic() - sentAt;
    if (now !== undefined && now.operation === null && operation === undefined) {
      if (isDone(now)) return undefined;
      if (failure !== undefined) return `Azure did not change '${target.app}': ${failure}`;
      if (reply.kind === 'refused') return `Azure did not change '${target.app}': ${reply.message ?? ''}`;
      quietSince ??= clock.monotonic();
      if (clock.monotonic() - quietSince >= settleMs)
        return `Azure shows nothing of it (${reason}) for ${formatDuration(settleMs)}${reply.message === undefined ? '' : `; ${reply.message}`}`;
    } else quietSince = undefined;
    if (elapsedMs >= swapDeadlineMs)
      return `the change of '${target.app}' has not ended after ${formatDuration(swapDeadlineMs)}`;
    await say(reason);
  }
}

async function lookOrNothing(host: ContainerDesk['host'], signal?: AbortSignal): Promise<AppObservation | undefined> {
  try {
    return await host.observe(signal);
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    return undefined;
  }
}

/** Azure makes one change of an app at a time, and most take seconds: another one is waited for. */
export async function untilIdle(desk: ContainerDesk, seen: AppObservation): Promise<AppObservation> {
  const { host, ports, request, target } = desk;
  const { clock, signal } = ports;
  const { swapDeadlineMs } = request.policy;
  const until = clock.monotonic() + swapDeadlineMs;
  const say = sayWaiting(desk, { step: 'observe', limitMs: swapDeadlineMs, isLong: true });
  let now = seen;
  while (now.operation !== null && clock.monotonic() < until) {
    await say(`app '${target.app}' is being changed by an operation (${now.operation})`);
    await clock.sleep(1000, signal);
    now = await host.observe(signal);
  }
  return now;
}
