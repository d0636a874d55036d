import { RolloutError } from '../../errors.ts';
import { holdTarget, inTime, lockLost } from '../../fence/hold-target.ts';
import type { Action } from '../../../journal/entry.ts';
import { formatDuration } from '../../../time/duration.ts';
import type { Refusal } from '../../way/refusal.ts';
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

const SAID_EVERY_MS = 60_000;
/** How often it is tried to be the one who changes the app. */
const MOST_TURNS = 3;

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
    if (end !== 'busy') return end;
    if (turn >= MOST_TURNS) {
      const message = `App '${desk.target.app}' is changed by somebody else again and again. Nothing was changed; run again when that has ended.`;
      return { rule: 'operation-in-progress', message };
    }
  }
}

async function underLock(desk: ContainerDesk, preparation: Preparation): Promise<Refusal | undefined | 'busy'> {
  const { host, ports, request, record, tell, target } = desk;
  const { clock, signal } = ports;
  const lock = await holdTarget(desk);
  if (!('kind' in lock)) return lock;
  try {
    const since = clock.monotonic();
    const now = await host.observe(signal);
    if (now.operation !== null) return 'busy';
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
    // Somebody else was faster by a moment: nothing of it was done, and their end is waited for.
    if (why !== undefined && reply.kind === 'refused' && reply.passing === true) return 'busy';
    return why === undefined ? undefined : { rule: 'platform', message: `${why}. No user got anything of it.` };
  } finally {
    await lock.release();
  }
}

/** @returns why it is not done, or undefined */
async function follow(
  { host, ports, request, tell, target }: ContainerDesk,
  { isDone, reason }: Preparation,
  begun: string | undefined,
  reply: { readonly kind: string; readonly message?: string },
): Promise<string | undefined> {
  const { clock, signal } = ports;
  const { settleMs, swapDeadlineMs } = request.policy;
  const sentAt = clock.monotonic();
  let operation = begun;
  let failure: string | undefined;
  let quietSince: number | undefined;
  let saidAt = 0;
  for (;;) {
    await clock.sleep(1000, signal);
    // An operation that gives no answer is none to wait for: the app itself tells whether it is being changed.
    let running = false;
    if (operation !== undefined) {
      const reading = await host.readOperation(operation, signal);
      if (reading.kind === 'running') operation = reading.operation;
      else if (reading.kind !== 'unreadable') operation = undefined;
      running = reading.kind === 'running';
      if (reading.kind === 'failed') failure = reading.message;
    }
    const now = await lookOrNothing(host, signal);
    const elapsedMs = clock.monotonic() - sentAt;
    if (now !== undefined && now.operation === null && !running) {
      if (isDone(now)) return undefined;
      if (failure !== undefined) return `Azure did not change '${target.app}': ${failure}`;
      if (reply.kind === 'refused') return `Azure did not change '${target.app}': ${reply.message ?? ''}`;
      quietSince ??= clock.monotonic();
      if (clock.monotonic() - quietSince >= settleMs)
        return `Azure shows nothing of it (${reason}) for ${formatDuration(settleMs)}${reply.message === undefined ? '' : `; ${reply.message}`}`;
    } else quietSince = undefined;
    if (elapsedMs >= swapDeadlineMs && now === undefined)
      return `app '${target.app}' could not be read for ${formatDuration(swapDeadlineMs)} after its change was requested`;
    if (elapsedMs >= swapDeadlineMs)
      return `the change of '${target.app}' has not ended after ${formatDuration(swapDeadlineMs)}`;
    if (elapsedMs - saidAt >= SAID_EVERY_MS || (saidAt === 0 && elapsedMs >= 10_000)) {
      saidAt = elapsedMs;
      const lasted = formatDuration(Math.round(elapsedMs / 1000) * 1000);
      await tell(
        'upload',
        'info',
        `waiting, ${lasted}: ${reason} (watched for up to ${formatDuration(swapDeadlineMs)})`,
      );
    }
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
export async function untilIdle(
  { host, ports, request, tell, target }: ContainerDesk,
  seen: AppObservation,
): Promise<AppObservation> {
  const { clock, signal } = ports;
  const { swapDeadlineMs } = request.policy;
  const until = clock.monotonic() + swapDeadlineMs;
  let now = seen;
  for (let told = false; now.operation !== null && clock.monotonic() < until; told = true) {
    if (!told) {
      const limit = formatDuration(swapDeadlineMs);
      await tell(
        'observe',
        'warning',
        `app '${target.app}' is being changed by ${now.operation}: waiting for its end, for up to ${limit}`,
      );
    }
    await clock.sleep(1000, signal);
    now = await host.observe(signal);
  }
  return now;
}
