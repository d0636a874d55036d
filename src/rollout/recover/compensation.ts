import { dependantsOf, dependenciesOf } from '../../graph/order.ts';
import { makeGraph, type Graph } from '../../graph/graph.ts';
import type { Promotion, RunState } from '../../journal/fold.ts';
import { planGraph, type DeploymentPlan, type RollbackScope } from '../plan/plan.ts';

/** What is to be undone, dependents before what they depend on, and what must stay although it was asked for. */
export interface Compensations {
  /** Edges reversed: a service waits until those that depend on it have been undone. */
  readonly order: Graph;
  readonly promotions: ReadonlyMap<string, Promotion>;
  readonly kept: readonly Kept[];
}

export interface Kept {
  readonly service: string;
  readonly reason: string;
  /** Whether the point of no return was passed at all is not known: a person has to say. */
  readonly unsure: boolean;
}

/** Services whose promotion is not known to have ended well: what a hook without further word has to look at. */
export function failedServices(state: RunState): string[] {
  return state.promotions
    .filter(({ state: how }) => how === 'open' || how === 'promoted' || how === 'undoing')
    .map(({ service }) => service);
}

/**
 * Pure: promotions that were found unhealthy in a run whose plan leaves such for a person. Who restores in the name of
 * the run does not put them back; a person who names them does. What was never judged is none of them.
 */
export function leftForPerson({ policy }: DeploymentPlan, { promotions }: RunState): readonly Promotion[] {
  return policy.onUnhealthy === 'abort'
    ? promotions.filter(({ state, unhealthy }) => state === 'promoted' && unhealthy !== null)
    : [];
}

/** Pure: from what the journal says and what is asked for to what has to be considered, in which order. */
export function planCompensations(
  plan: DeploymentPlan,
  state: RunState,
  failed: readonly string[],
  scope: RollbackScope | 'all',
): Compensations {
  const graph = planGraph(plan);
  const planned = new Set(plan.services.map(({ name }) => name));
  const seeds = failed.filter((name) => planned.has(name));
  const asked = new Set(
    scope === 'run' || scope === 'all'
      ? planned
      : scope === 'service'
        ? seeds
        : [...seeds, ...dependantsOf(graph, seeds)],
  );
  const changed = new Map<string, Promotion>();
  for (const promotion of state.promotions) {
    // Later promotions of the same service in the same run stand on top of earlier ones.
    if (promotion.state !== 'not-promoted' && promotion.state !== 'undone' && asked.has(promotion.service))
      changed.set(promotion.service, promotion);
  }
  const kept: Kept[] = [];
  const keep = (name: string, unsure: boolean): void => {
    const why = unsure ? ', whose command was begun and is not known to have ended well' : '';
    for (const service of [name, ...dependenciesOf(graph, [name])])
      if (changed.delete(service)) {
        const reason =
          service === name ? 'is a point of no return' : `lies behind the point of no return '${name}'${why}`;
        kept.push({ service, reason, unsure });
      }
  };
  const points = plan.services.filter(({ pointOfNoReturn }) => pointOfNoReturn);
  for (const { name } of points) if (changed.has(name) || state.commandsDone.includes(name)) keep(name, false);
  // Half a command may be past the point as well; what is sure comes first.
  for (const { name } of points) if (state.commandsLeft.includes(name)) keep(name, true);
  const names = plan.services.map(({ name }) => name).filter((name) => changed.has(name));
  const order = makeGraph(
    names.map((name) => ({ name, dependsOn: dependantsOf(graph, [name]).filter((one) => changed.has(one)) })),
  );
  return { order, promotions: changed, kept };
}
