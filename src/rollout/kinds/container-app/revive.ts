import { formatDuration } from '../../../time/duration.ts';
import { RolloutError } from '../../errors.ts';
import { sayWaiting } from '../../way/say-waiting.ts';
import { activate } from './cures.ts';
import type { ContainerDesk, ShiftSeen } from './desk.ts';
import type { RevisionObservation } from './ports.ts';
import { weightsOf } from './weights.ts';

/** Scaled to nothing it waits for its first request: the question whether it is well brings it up (documented states). */
const RUNS = /^(running|scale)/i;

/**
 * A revision from before may have been deactivated once its successor was verified: before it gets its traffic back it
 * is activated again, with an intent of its own, and waited for.
 * @returns what a person has to do first, or undefined
 */
export async function reviveWaiting(
  desk: ContainerDesk,
  seen: ShiftSeen,
  observe: () => Promise<ShiftSeen>,
): Promise<string | undefined> {
  const { host, ports, request, record, target } = desk;
  const { clock, signal } = ports;
  const asleep = asleepIn(await sinceLeftEnd(desk, seen, observe));
  for (const { name } of asleep) {
    await record('revision', 'intent', `activate '${name}' again, for the traffic that it had`);
    const reply = await host.change({ kind: 'activate', revision: name }, signal);
    const until = clock.monotonic() + request.health.startupMs + request.policy.gateLimitMs;
    const say = sayWaiting(desk, { step: 'observe', limitMs: until - clock.monotonic(), isLong: true });
    for (;;) {
      const revision = revisionIn(await observe(), name);
      if (revision?.active === true && (RUNS.test(revision.running ?? '') || isReady(revision))) break;
      const isOver = reply.kind === 'refused' || hasFailed(revision) || clock.monotonic() >= until;
      if (isOver) {
        const said = reply.kind === 'accepted' ? `it is ${revision?.running ?? 'gone'}` : reply.message;
        await record('revision', 'failed', said);
        return `revision '${name}' of the release from before could not be activated again: ${said}. Activate it, then roll back again: ${activate(target, name)}`;
      }
      await say(`revision '${name}' of the release from before is to run again`);
      await clock.sleep(1000, signal);
    }
    await record('revision', 'done', `'${name}' runs again`);
  }
  return undefined;
}

function revisionIn({ revisions }: ShiftSeen, wanted: string): RevisionObservation | undefined {
  return revisions.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
}

/** What is provisioned and has not failed comes up when it is asked. */
function isReady({ provisioning, health }: RevisionObservation): boolean {
  return /^provisioned$/i.test(provisioning ?? '') && !/^unhealthy$/i.test(health ?? '');
}

function hasFailed(revision: RevisionObservation | undefined): boolean {
  return revision?.active === true && /failed$/i.test(revision.running ?? '');
}

function asleepIn({ waiting, revisions }: ShiftSeen) {
  const weights = weightsOf(waiting);
  return revisions.filter(({ name, active }) => weights.has(name) && !active);
}

/**
 * An agent may have died beside its request to end one of them, and what Azure has taken shows itself later: a revision
 * that is given its traffic back and ends then would leave users without an answer.
 */
async function sinceLeftEnd(
  { ports, request, tell }: ContainerDesk,
  seen: ShiftSeen,
  observe: () => Promise<ShiftSeen>,
): Promise<ShiftSeen> {
  const { clock, journal, signal } = ports;
  const { entries } = await journal.read().catch((cause: unknown) => {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new RolloutError({ code: 'journal-failed', stage: 'later', what: 'read', detail }, { cause });
  });
  const last = entries.findLast(({ action, promotion }) => action === 'revision' && promotion === request.promotion);
  if (last?.phase !== 'intent') return seen;
  const { settleMs } = request.policy;
  await tell(
    'observe',
    'warning',
    `what came of this is not known: ${last.reason}. It may still show itself: watching for ${formatDuration(settleMs)}`,
  );
  let now = seen;
  for (const until = clock.monotonic() + settleMs; clock.monotonic() < until && asleepIn(now).length === 0;) {
    await clock.sleep(1000, signal);
    now = await observe();
  }
  return now;
}
