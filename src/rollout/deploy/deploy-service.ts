import { kindOf } from '../kinds/table.ts';
import type { DeploymentPlan, PlannedService } from '../plan/plan.ts';
import type { DeployPorts } from '../ports.ts';
import { readState } from '../way/context.ts';
import { unchanged, type ServiceResult } from '../way/service-result.ts';

/** Deploys one service of the plan, as its kind does it. @throws RolloutError, Interrupted */
export async function deployService(
  service: PlannedService,
  plan: DeploymentPlan,
  ports: DeployPorts,
): Promise<ServiceResult> {
  const kind = kindOf(service.kind);
  if (kind === undefined) throw new Error(`the plan has '${service.name}' of kind ${service.kind}`);
  const state = await readState(ports);
  if (state.problems.length > 0)
    return unchanged(
      'unknown',
      `the journal has gaps, so an earlier attempt may have done what it does not show: ${state.problems.join('; ')}`,
    );
  return await kind.deploy(service, { plan, state }, ports);
}
