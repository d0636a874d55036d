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

const RULE = 'contract-before-consumers';

/** What takes away the old form of a database runs before every consumer is on the new release. */
export const contractBeforeConsumers: OrderRule = (model) => [
  ...model.contracts.lost.map(({ service, message }) =>
    makeFinding(
      RULE,
      service,
      `contract of ${service.name} is deployedBy what ${model.pipeline.file} does not have: ${message}`,
      [service.name],
    ),
  ),
  ...model.contractJudgements.flatMap((judgement) => describe(judgement, model)),
];

function describe(judgement: Judgement, { pipeline }: OrderModel): Finding[] {
  const { requirement, after, before, verdict } = judgement;
  if (verdict === 'holds' || verdict === 'unknown') return [];
  const services = [after.service, requirement.before];
  const says = `the ${requirement.after} takes away what ${requirement.before} of the old release still needs`;
  if (verdict === 'unsafe')
    return judgement.hazards.map(({ place, what, identity, counterexample }) => ({
      ...makeFinding(RULE, place, `${says}, but ${what}`, services),
      identity,
      counterexample,
    }));
  const { word, after: first, before: second } = decidingNodes(after, before);
  const place = describePlace(after, pipeline);
  const message = `${says}, but ${place} does not wait for ${describePlace(before, pipeline)}: ${missingEdge(word, first, second)}`;
  return [
    {
      ...makeFinding(RULE, placeOf(first), message, services),
      identity: `${place} without ${describePlace(before, pipeline)}`,
      counterexample: `${first.name} runs while ${second.name} has not put the new ${requirement.before} out, or has failed to`,
    },
  ];
}
