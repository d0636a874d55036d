import { formatDuration } from '../../../time/duration.ts';
import { activate } from './cures.ts';
import type { ContainerDesk, ShiftSeen } from './desk.ts';
import { weightsOf } from './weights.ts';

/** Scaled to nothing it waits for its first request: the question whether it is well brings it up (documented states). */
const RUNS = /^(running|scale)/i;

/**
 * A revision from before may have been deactivated once its successor was verified: before it gets its traffic back it
 * is activated again, with an intent of its own, and waited for.
 * @returns what a person has to do first, or undefined
 */
export async function reviveWaiting(
  { host, ports, request, record, tell, target }: ContainerDesk,
  now: ShiftSeen,
  observe: () => Promise<ShiftSeen>,
): Promise<string | undefined> {
  const { clock, signal } = ports;
  const names = [...weightsOf(now.waiting).keys()];
  const asleep = now.revisions.filter(({ name, active }) => names.includes(name) && !active);
  for (const { name } of asleep) {
    await record('revision', 'intent', `activate '${name}' again, for the traffic that it had`);
    const reply = await host.change({ kind: 'activate', revision: name }, signal);
    const until = clock.monotonic() + request.health.startupMs + request.policy.gateLimitMs;
    const limit = formatDuration(request.health.startupMs + request.policy.gateLimitMs);
    await tell('observe', 'info', `waiting for revision '${name}' to run again, for up to ${limit}`);
    for (;;) {
      const revision = (await observe()).revisions.find((one) => one.name === name);
      if (revision?.active === true && RUNS.test(revision.running ?? '')) break;
      if (clock.monotonic() >= until) {
        const said = reply.kind === 'accepted' ? `it is ${revision?.running ?? 'gone'}` : reply.message;
        await record('revision', 'failed', said);
        return `revision '${name}' of the release from before could not be activated again: ${said}. Activate it, then roll back again: ${activate(target, name)}`;
      }
      await clock.sleep(1000, signal);
    }
    await record('revision', 'done', `'${name}' runs again`);
  }
  return undefined;
}
