import { sayWaiting } from '../../way/say-waiting.ts';
import { activate } from './cures.ts';
import type { ContainerDesk, ShiftSeen } from './desk.ts';
import { weightsOf } from './weights.ts';

/**
 * A revision from before may have been deactivated once its successor was verified: before it gets its traffic back it
 * is activated again, with an intent of its own, and waited for.
 * @returns what a person has to do first, or undefined
 */
export async function reviveWaiting(
  desk: ContainerDesk,
  now: ShiftSeen,
  observe: () => Promise<ShiftSeen>,
): Promise<string | undefined> {
  const { host, ports, request, record, target } = desk;
  const { clock, signal } = ports;
  const names = [...weightsOf(now.waiting).keys()];
  const asleep = now.revisions.filter(({ name, active }) => names.includes(name) && !active);
  for (const { name } of asleep) {
    await record('revision', 'intent', `activate '${name}' again, for the traffic that it had`);
    const reply = await host.change({ kind: 'activate', revision: name }, signal);
    const until = clock.monotonic() + request.health.startupMs + request.policy.gateLimitMs;
    const say = sayWaiting(desk, { step: 'observe', limitMs: until - clock.monotonic(), isLong: true });
    for (;;) {
      const revision = (await observe()).revisions.find((one) => one.name === name);
      if (revision?.active === true && /^running/i.test(revision.running ?? '')) break;
      if (clock.monotonic() >= until) {
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
