import { PRODUCTION } from '../../../journal/users-side.ts';
import { clearRoutingRules } from './cures.ts';
import { RolloutError } from '../../errors.ts';
import type { SlotObservation } from './ports.ts';
import { staleRules } from './preflight.ts';
import type { SlotDesk } from './desk.ts';

/**
 * Tells of routing rules that send users to the slot which holds, or is about to hold, what they should not get.
 * Advice: that it cannot be given is told as well, and is no reason to stop.
 */
export async function adviseOnRouting(
  { host, ports, request, tell }: SlotDesk,
  source: SlotObservation,
  held: 'the old release' | 'the bad release',
): Promise<void> {
  const slot = `slot '${source.slot}' with ${held}`;
  try {
    const rules = staleRules(await host.readConfig(PRODUCTION, ports.signal), source);
    if (rules.length === 0) return;
    const names = rules.map(({ name, percent }) => `${name} ${percent}%`).join(', ');
    const cure = `Clear them: ${clearRoutingRules(request.target)}`;
    await tell('routing', 'warning', `routing rules send users to ${slot}: ${names}. ${cure}`);
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    await tell(
      'routing',
      'warning',
      `whether routing rules send users to ${slot} could not be checked: ${error.message}`,
    );
  }
}
