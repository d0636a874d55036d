import { takeSample } from '../../../probe/sample.ts';
import { printContent } from './content-print.ts';
import { swapOf } from './cures.ts';
import type { SlotTarget } from '../../../journal/slots.ts';
import { hostOf, type RolloutPorts } from '../../ports.ts';
import type { HealthCheck } from '../../way/policy.ts';
import type { Sight } from '../../promotion/in-place.ts';
import type { Looked } from '../../plan/kind.ts';
import type { AppHost, SlotObservation } from './ports.ts';
import { slotQuestion } from './slot-way.ts';

/** Both slots of an app, what they hold and whether they answer. @throws RolloutError when they cannot be read */
export async function lookAtSlots({ name, target: of, health }: Looked, ports: RolloutPorts): Promise<Sight> {
  const target = of as SlotTarget;
  const host = hostOf<AppHost>(ports, target);
  const source = await host.observe(target.source, ports.signal);
  const serving = await host.observe(target.destination, ports.signal);
  const [standing, now] = await Promise.all([source, serving].map((slot) => describe(health, slot, ports)));
  const swapped = serving.swapStamp === null ? 'never swapped' : `last swapped at ${serving.swapStamp}`;
  const busy = source.operation ?? serving.operation;
  const running = busy === null ? '' : `, operation ${busy} is under way`;
  return {
    byHand: swapOf(target),
    service: name,
    version: now?.version ?? null,
    sentence: `'${serving.slot}' holds ${now?.text ?? ''}, '${source.slot}' holds ${standing?.text ?? ''}, ${swapped}${running}`,
  };
}

async function describe(
  health: HealthCheck,
  slot: SlotObservation,
  ports: RolloutPorts,
): Promise<{ readonly version: string | undefined; readonly text: string }> {
  if (slot.state !== 'running')
    return { version: undefined, text: `${printContent(slot.print)} (${slot.state ?? 'in an unknown state'})` };
  const target = slotQuestion(health, slot, undefined);
  const { kind, version, reason } = await takeSample(target, ports.http, ports.signal);
  return { version, text: `${version ?? printContent(slot.print)} (${kind === 'good' ? 'healthy' : reason})` };
}
