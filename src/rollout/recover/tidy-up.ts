import type { Prepared } from '../../journal/short-of-promotion.ts';
import { isExposed, type Leftover } from '../plan/kind.ts';
import { exposesOf } from '../kinds/table.ts';
import type { DeploymentPlan } from '../plan/plan.ts';
import type { RolloutPorts } from '../ports.ts';
import { readState } from '../way/context.ts';
import type { Compensations } from './compensation.ts';
import type { RollbackResult } from './rollback-result.ts';

/** What may still be prepared for a swap: by what the journal leaves open, and by the swaps that were just undone. */
export async function tidyUp(
  result: RollbackResult,
  { promotions }: Compensations,
  plan: DeploymentPlan,
  ports: RolloutPorts,
): Promise<RollbackResult> {
  const undone = result.services.flatMap(({ service, outcome }) => {
    const promotion =
      outcome === 'undone' || outcome === 'undone-not-yet-healthy' ? promotions.get(service) : undefined;
    return promotion === undefined ? [] : [{ promotion: promotion.id, service, target: promotion.target }];
  });
  const { prepared } = await readState(ports);
  const suspects = [...undone, ...prepared.filter(({ service }) => undone.every((one) => one.service !== service))];
  const found: Exclude<Leftover, { kind: 'clean' }>[] = [];
  for (const suspect of suspects) {
    const leftover = await takeLeftoverBack(suspect, plan, ports);
    if (leftover.kind !== 'clean') found.push(leftover);
  }
  if (found.length === 0) return result;
  const { outcome } = result;
  const said = [...(outcome === 'nothing' ? [] : [result.reason]), ...found.map(({ reason }) => reason)].join('; ');
  if (found.some(({ kind }) => kind === 'left')) return { ...result, outcome: 'person', reason: said };
  const tidied = found.map(({ service, reason }) => ({ service, outcome: 'undone' as const, reason }));
  const services = [
    ...result.services,
    ...tidied.filter(({ service }) => undone.every((one) => one.service !== service)),
  ];
  return { outcome: outcome === 'nothing' ? 'rolled-back' : outcome, reason: said, services };
}

async function takeLeftoverBack(prepared: Prepared, plan: DeploymentPlan, ports: RolloutPorts): Promise<Leftover> {
  const { service: name, target } = prepared;
  const service = plan.services.find((one) => one.name === name);
  if (service !== undefined && isExposed(service)) return await exposesOf(target).tidy(prepared, service, plan, ports);
  const reason = `app '${target.app}' may have been left prepared for a promotion, and the plan does not know '${name}'. Look at it by hand.`;
  return { kind: 'left', service: name, reason };
}
