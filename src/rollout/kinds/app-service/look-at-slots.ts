import { takeSample } from '../../../probe/sample.ts';
import { printContent } from './content-print.ts';
import { swapOf } from './cures.ts';
import { isInterruption, RolloutError } from '../../errors.ts';
import type { PlannedApp } from '../../plan/plan.ts';
import type { RolloutPorts, SlotObservation } from '../../ports.ts';
import { probeTarget } from '../../promotion/policy.ts';

/** What is in place of one service right now, for whoever has to go on from here. */
export interface Sight {
  readonly service: string;
  /** What the target slot reports, or null where it does not tell. */
  readonly version: string | null;
  readonly sentence: string;
  /** The command by which a person swaps the two, behind the gate that every swap has. */
  readonly byHand: string;
}

type Seen = Pick<PlannedApp, 'name' | 'target' | 'health'>;

/** Both slots of an app, what they hold and whether they answer. @throws RolloutError when they cannot be read */
export async function lookAtSlots({ name, target, health }: Seen, ports: RolloutPorts): Promise<Sight> {
  const host = ports.host(target);
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
  health: PlannedApp['health'],
  slot: SlotObservation,
  ports: RolloutPorts,
): Promise<{ readonly version: string | undefined; readonly text: string }> {
  if (slot.state !== 'running')
    return { version: undefined, text: `${printContent(slot.print)} (${slot.state ?? 'in an unknown state'})` };
  const target = probeTarget(health, slot.url, undefined);
  const { kind, version, reason } = await takeSample(target, ports.http, ports.signal);
  return { version, text: `${version ?? printContent(slot.print)} (${kind === 'good' ? 'healthy' : reason})` };
}

/** Tells of each app what is in place now. Who was told to stop has no time for it, and what cannot be read is said. */
export async function tellWhatIsInPlace(apps: readonly Seen[], ports: RolloutPorts): Promise<readonly Sight[]> {
  const sights: Sight[] = [];
  for (const app of apps) {
    if (ports.signal?.aborted) return sights;
    const sight = await lookOrSay(app, ports);
    if (sight === undefined) return sights;
    sights.push(sight);
    const message = `in place now: ${sight.sentence}`;
    await ports.tell({ step: 'observe', level: 'warning', service: app.name, message, at: ports.clock.now() });
  }
  return sights;
}

async function lookOrSay(app: Seen, ports: RolloutPorts): Promise<Sight | undefined> {
  try {
    return await lookAtSlots(app, ports);
  } catch (error) {
    if (error instanceof RolloutError)
      return { service: app.name, version: null, sentence: error.message, byHand: swapOf(app.target) };
    if (isInterruption(error, ports.signal)) return undefined;
    throw error;
  }
}
