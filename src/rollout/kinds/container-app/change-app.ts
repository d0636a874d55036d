import { isInterruption, RolloutError } from '../../errors.ts';
import { holdTarget, inTime, lockLost } from '../../fence/hold-target.ts';
import type { Action } from '../../../journal/entry.ts';
import { formatDuration } from '../../../time/duration.ts';
import type { MutationReply } from '../../ports.ts';
import { readState } from '../../way/context.ts';
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
  /** Not once a rollback of the run has begun, which may need what this takes away. */
  readonly notInRollback?: boolean;
}

/** Between two looks: some changes take a moment, and others a quarter of a minute. */
const FIRST_LOOK_MS = 250;
const LOOK_EVERY_MS = 1000;
/** How often it is tried to be the one who changes the app. */
const MOST_TURNS = 3;

/**
 * Why it was not done. `again`: for a reason that passes, and to ask once more does no harm. `open`: it may still be done,
 * by a request that is under way.
 */
interface NotDone {
  readonly reason: string;
  readonly again: boolean;
  readonly open: boolean;
}

/**
 * Lock, look again, intent, one request, observe until it is known, outcome. Where Azure turns it away for a reason that
 * passes, or nothing shows after the settle time, it is asked for again: to ask twice does no harm, as long as nobody else
 * is let in between.
 * @returns why it is not done, or undefined
 * @throws RolloutError when the app or the journal cannot be used; Interrupted
 */
export async function changeApp(desk: ContainerDesk, preparation: Preparation): Promise<Refusal | undefined> {
  const { host, ports, request, target } = desk;
  const { clock, signal } = ports;
  const until = clock.monotonic() + request.policy.swapDeadlineMs;
  for (let turn = 1; ; turn += 1) {
    // The lock is for the request, and not for what somebody else has begun before it.
    const { operation } = await untilIdle(desk, await host.observe(signal), until);
    if (operation !== null) {
      const message = `App '${target.app}' is being changed by operation ${operation}, which does not end. Nothing was changed; run again when it has.`;
      return { rule: 'operation-in-progress', message };
    }
    const end = await underLock(desk, preparation, turn < MOST_TURNS);
    if (end !== 'again') return end;
    await clock.sleep(request.health.intervalMs, signal);
  }
}

async function underLock(
  desk: ContainerDesk,
  preparation: Preparation,
  mayAskAgain: boolean,
): Promise<Refusal | undefined | 'again'> {
  const { host, ports, request, record, tell, target } = desk;
  const { action, reason } = preparation;
  const { clock, signal } = ports;
  const lock = await holdTarget(desk);
  if (!('kind' in lock)) return lock;
  // Who was stopped beside its request leaves the lock to its end, which lasts as long as a request may be under way.
  let underWay = false;
  try {
    const since = clock.monotonic();
    if (preparation.notInRollback === true && (await readState(ports)).rollBackBegun !== null)
      return { rule: 'rollback-begun', message: 'A rollback of this run has begun, and may need it.' };
    const now = await host.observe(signal);
    if (now.operation !== null) return mayAskAgain ? 'again' : busyAgain(target.app);
    const change = preparation.change(now);
    if (change === undefined) return undefined;
    if ('rule' in change) return change;
    await record(action, 'intent', reason);
    await tell('upload', 'info', reason);
    if (!lock.stillHeld() || !inTime(clock.monotonic() - since, request.policy)) {
      const refusal = lockLost(target.app, 'changed');
      await record(action, 'failed', refusal.message);
      return refusal;
    }
    underWay = true;
    const why = await sendAndFollow(desk, preparation, change);
    underWay = why?.open === true;
    await record(action, why === undefined ? 'done' : why.open ? 'unknown' : 'failed', why?.reason ?? reason);
    if (why === undefined) return undefined;
    if (why.again && mayAskAgain) {
      // Nobody else is let in: what this request may still do, the next one does as well.
      underWay = false;
      await tell('upload', 'warning', `${why.reason}; asking once more`);
      return 'again';
    }
    const sure = why.open ? 'It may still be done' : 'No user got anything of it';
    return { rule: 'platform', message: `${why.reason.replace(/\.$/, '')}. ${sure}.` };
  } finally {
    if (!underWay) await lock.release();
  }
}

function busyAgain(app: string): Refusal {
  const message = `App '${app}' is changed by somebody else again and again. Nothing was changed; run again when that has ended.`;
  return { rule: 'operation-in-progress', message };
}

async function sendAndFollow(
  desk: ContainerDesk,
  preparation: Preparation,
  change: AppChange,
): Promise<NotDone | undefined> {
  const { host, ports, request, record } = desk;
  try {
    const reply = await host.change(change, ports.signal, request.policy.settleMs / 2);
    return await follow(desk, preparation, reply.kind === 'accepted' ? reply.operation : undefined, reply);
  } catch (error) {
    if (isInterruption(error, ports.signal))
      await record(preparation.action, 'unknown', `stopped while it was observed: ${preparation.reason}`);
    throw error;
  }
}

async function follow(
  desk: ContainerDesk,
  { isDone, reason }: Preparation,
  begun: string | undefined,
  reply: MutationReply,
): Promise<NotDone | undefined> {
  const { host, ports, request, tell, target } = desk;
  const { clock, signal } = ports;
  const { settleMs, swapDeadlineMs } = request.policy;
  const say = sayWaiting(desk, { step: 'upload', limitMs: swapDeadlineMs });
  const sentAt = clock.monotonic();
  const said = 'message' in reply ? reply.message : undefined;
  const end = (reason: string, { again = false, open = false } = {}): NotDone => ({ reason, again, open });
  let operation = begun;
  let failure: string | undefined;
  let quietSince: number | undefined;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(2 * pauseMs, LOOK_EVERY_MS)) {
    await clock.sleep(pauseMs, signal);
    let unheard = false;
    if (operation !== undefined) {
      const reading = await host.readOperation(operation, signal);
      if (reading.kind === 'running') operation = reading.operation;
      else if (reading.kind === 'unreadable') unheard = true;
      else operation = undefined;
      if (reading.kind === 'failed') failure = reading.message;
    }
    const now = await lookOrNothing(host, signal);
    const elapsedMs = clock.monotonic() - sentAt;
    // Who may not read operations has the app to tell when one is over.
    if (now !== undefined && now.operation === null && (operation === undefined || unheard)) {
      if (isDone(now)) {
        // It is there, and not well: Azure's words are better than those that the revision has for it.
        if (failure !== undefined)
          await tell('upload', 'warning', `done (${reason}), and Azure says: ${failure.replace(/[.;]+$/, '')}`);
        return undefined;
      }
      if (failure !== undefined) return end(`Azure did not change '${target.app}': ${failure}`);
      if (reply.kind === 'refused')
        return end(`Azure did not change '${target.app}': ${reply.message}`, { again: reply.passing === true });
      quietSince ??= clock.monotonic();
      if (clock.monotonic() - quietSince >= settleMs)
        return end(
          `Azure shows nothing of it (${reason}) for ${formatDuration(settleMs)}${said === undefined ? '' : `; ${said}`}`,
          { again: reply.kind === 'ambiguous', open: reply.kind === 'ambiguous' },
        );
    } else quietSince = undefined;
    if (elapsedMs >= swapDeadlineMs && now === undefined)
      return end(
        `app '${target.app}' could not be read for ${formatDuration(swapDeadlineMs)} after its change was requested`,
        { open: true },
      );
    if (elapsedMs >= swapDeadlineMs)
      return end(`the change of '${target.app}' has not ended after ${formatDuration(swapDeadlineMs)}`, { open: true });
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

/** Azure makes one change of an app at a time, and most take seconds: another one is waited for. @param until monotonic */
export async function untilIdle(desk: ContainerDesk, seen: AppObservation, until: number): Promise<AppObservation> {
  const { host, ports, target } = desk;
  const { clock, signal } = ports;
  const say = sayWaiting(desk, { step: 'observe', limitMs: Math.max(0, until - clock.monotonic()), isLong: true });
  let now = seen;
  while (now.operation !== null && clock.monotonic() < until) {
    await say(`app '${target.app}' is being changed by operation ${now.operation}`);
    await clock.sleep(1000, signal);
    now = await host.observe(signal);
  }
  return now;
}
