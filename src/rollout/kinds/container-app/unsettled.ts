import type { Target } from '../../../journal/entry.ts';
import { isContainerTarget } from '../../../journal/traffic.ts';
import { hostOf, type RolloutPorts } from '../../ports.ts';
import { showTraffic } from './cures.ts';
import type { ContainerHost } from './ports.ts';
import { heldWeights } from './shift-way.ts';
import { printWeights, sameWeights, weightsOf } from './weights.ts';

/** Traffic that goes to several revisions, and changes that are under way. @throws RolloutError when it cannot be read */
export async function unsettledTraffic(
  target: Target,
  ports: Pick<RolloutPorts, 'host' | 'signal'>,
): Promise<readonly string[]> {
  if (!isContainerTarget(target)) throw new Error(`a target of ${target.kind} has no revisions`);
  const app = await hostOf<ContainerHost>(ports, target).observe(ports.signal);
  const asked = weightsOf(app.traffic);
  const held = heldWeights(app, asked);
  const found: string[] = [];
  if (asked.size > 1)
    found.push(
      `the traffic of '${target.app}' goes to several revisions: ${printWeights(asked)} (see it: ${showTraffic(target)})`,
    );
  if (asked.size === 0)
    found.push(`the traffic of '${target.app}' goes to no revision (see it: ${showTraffic(target)})`);
  if (held !== undefined && !sameWeights(held, asked))
    found.push(`the traffic of '${target.app}' is to be ${printWeights(asked)}, and is ${printWeights(held)} still`);
  if (app.operation !== null) found.push(`app '${target.app}' is being changed by operation ${app.operation}`);
  if (/^stopped$/i.test(app.running ?? '')) found.push(`app '${target.app}' is stopped`);
  return found;
}
