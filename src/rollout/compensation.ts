import { dependantsOf, dependenciesOf } from '../graph/order.ts';
import { makeGraph, type Graph } from '../graph/graph.ts';
import type { Promotion, RunState } from '../journal/fold.ts';
import { planGraph, type DeploymentPlan, type RollbackScope } from './plan.ts';

/** What is to be undone, dependents before what they depend on, and what must stay although it was asked for. */
export interface Compensations {
  /** Edges reversed: a service waits until those that depend on it have been undone. */
  readonly order: Graph;
  readonly promotions: ReadonlyMap<string, Promotion>;
  readonly kept: readonly { readonly service: string; readonly reason: string }[];
}

/** Services whose promotion is not known to have ended well: what a hook without further word has to look at. */
export function failedServices(state: RunState): string[] {
  return state.promotions
    .filter(({ state: how }) => how === 'open' || how === 'promoted' || how === 'undoing')
    .map(({ service }) => service);
}

/** Pure: from what the journal says and what is asked for to what has to be considered, in which order. */
export function planCompensations(
  plan: DeploymentPlan,
  state: RunState,
  failed: readonly string[],
  scope: RollbackScope,
): Compensations {
  const graph = planGraph(plan);
  const planned = new Set(plan.services.map(({ name }) => name));
  const seeds = failed.filter((name) => planned.has(name));
  const asked = new Set(
    scope === 'run' ? planned : scope === 'service' ? seeds : [...seeds, ...dependantsOf(graph, seeds)],
  );
  const changed = new Map<string, Promotion>();
  for (const promotion of state.promotions) {
    // Later promotions of the same service in the same run stand on top of earlier ones.
    if (promotion.state !== 'not-promoted' && promotion.state !== 'undone' && asked.has(promotion.service))
      changed.set(promotion.service, promotion);
  }
  const kept: { service: string; reason: string }[] = [];
  const pastReturn = plan.services.filter(
    ({ name, pointOfNoReturn, kind }) =>
      pointOfNoReturn && (changed.has(name) || (kind === 'command' && state.commandsDone.includes(name))),
  );
  for (const { name } of pastReturn) {
    for (const service of [name, ...dependenciesOf(graph, [name])]) {
      if (!changed.delete(service)) continue;
      kept.push({
        service,
        reason: service === name ? 'is a point of no return' : `lies behind the point of no return '${name}'`,
      });
    }
  }
  const names = plan.services.map(({ name }) => name).filter((name) => changed.has(name));
  const order = makeGraph(
    names.map((name) => ({ name, dependsOn: dependantsOf(graph, [name]).filter((one) => changed.has(one)) })),
  );
  return { order, promotions: changed, kept };
}
