import type { Target } from '../../../journal/entry.ts';
import { isSlotTarget } from '../../../journal/slots.ts';
import { facingUsers, PRODUCTION } from '../../../journal/users-side.ts';
import { hostOf, type RolloutPorts } from '../../ports.ts';
import { clearRoutingRules, endPreview, startSlot } from './cures.ts';
import type { AppHost } from './ports.ts';
import { sameName } from './preflight.ts';

/** Routing rules, swaps with preview, operations and stopped slots of an app. @throws RolloutError when it cannot be read */
export async function unsettledSlots(
  of: Target,
  ports: Pick<RolloutPorts, 'host' | 'signal'>,
): Promise<readonly string[]> {
  if (!isSlotTarget(of)) throw new Error(`a target of ${of.kind} has no slots`);
  const target = facingUsers(of);
  const host = hostOf<AppHost>(ports, target);
  const production = await host.observe(target.destination, ports.signal);
  const source = await host.observe(target.source, ports.signal);
  const { routing } = await host.readConfig(PRODUCTION, ports.signal);
  const found: string[] = [];
  const rules = routing.filter(({ percent }) => percent > 0).map(({ name, percent }) => `${name} ${percent}%`);
  if (rules.length > 0)
    found.push(`routing rules send users elsewhere: ${rules.join(', ')} (clear them: ${clearRoutingRules(target)})`);
  for (const { slot, operation } of [production, source])
    if (operation !== null) found.push(`slot '${slot}' is being changed by operation ${operation}`);
  const [pending] = [production, source].flatMap(({ slot, previewWith }) =>
    previewWith === null ? [] : [{ slot, previewWith }],
  );
  if (pending !== undefined) {
    const { slot, previewWith } = pending;
    const waiting = sameName(slot, target.destination) ? previewWith : slot;
    const cancel = endPreview('cancel', facingUsers({ ...target, source: waiting }));
    found.push(`a swap with preview of '${slot}' and '${previewWith}' is pending (take it back: ${cancel})`);
  }
  if (production.state !== 'running')
    found.push(
      `slot '${production.slot}' is ${production.state ?? 'in an unknown state'} (start it: ${startSlot(target, production.slot)})`,
    );
  return found;
}
