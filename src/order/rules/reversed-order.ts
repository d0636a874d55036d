import { placeOf } from '../../yaml/node.ts';
import type { Finding } from '../../finding/finding.ts';
import type { Judgement } from '../judge/verdict.ts';
import {
  decidingNodes,
  describePlace,
  makeFinding,
  missingEdge,
  type OrderModel,
  type OrderRule,
} from '../rulebook/model.ts';

/** A service is deployed before another one that it needs. */
export const reversedOrder: OrderRule = (model) =>
  model.judgements
    .filter((judgement) => judgement.verdict === 'reversed')
    .filter((judgement) => !sameJob(judgement))
    .map((judgement) => describe(judgement, model));

/** Another rule's finding. */
function sameJob({ after, before }: Judgement): boolean {
  return after.job !== undefined && after.job === before.job;
}

function describe(
  { requirement, after, before }: Extract<Judgement, { verdict: 'reversed' }>,
  { pipeline }: OrderModel,
): Finding {
  const services = [requirement.after, requirement.before];
  const through = requirement.through.length === 0 ? '' : ` (through ${requirement.through.join(', ')})`;
  const needs = `${requirement.after} needs ${requirement.before}${through}`;
  const { word, after: first, before: second } = decidingNodes(after, before);
  const implicit = 'order' in second && second.order === 'implicit' && second.dependsOn[0]?.name === first.name;
  const why = implicit
    ? `${second.name} has no dependsOn and so waits for the stage before it: give it one of its own (or \`dependsOn: []\`)`
    : `let ${second.name} no longer wait for ${first.name}`;
  const message =
    `${needs}, but ${describePlace(before, pipeline)} runs only after ${describePlace(after, pipeline)}: ` +
    `${why}, and ${missingEdge(word, first, second)}`;
  const counterexample = `${first.name} puts ${requirement.after} before its users, then ${second.name} fails`;
  const identity = `${describePlace(after, pipeline)} before ${describePlace(before, pipeline)}`;
  return { ...makeFinding('reversed-order', placeOf(first), message, services), identity, counterexample };
}
