import type { Job, Stage } from '../../pipeline/model.ts';
import { placeOf } from '../../yaml/node.ts';
import { decidingNodes, describePlace, makeFinding, missingEdge, type OrderRule } from '../rulebook/model.ts';

/** Two services of which one needs the other are deployed by jobs that nothing orders. */
export const missingOrder: OrderRule = ({ pipeline, judgements }) => {
  const missing = judgements.filter((judgement) => judgement.verdict === 'missing');
  const allOf = new Map<Stage | Job, Set<Stage | Job>>();
  for (const { after, before } of missing) {
    const nodes = decidingNodes(after, before);
    allOf.set(nodes.after, (allOf.get(nodes.after) ?? new Set()).add(nodes.before));
  }
  return missing.map(({ requirement, after, before }) => {
    const nodes = decidingNodes(after, before);
    const edge = missingEdge(nodes.word, nodes.after, nodes.before, [...allOf.get(nodes.after)!]);
    const through = requirement.through.length === 0 ? '' : ` (through ${requirement.through.join(', ')})`;
    const message =
      `${requirement.after} needs ${requirement.before}${through}, but ${describePlace(after, pipeline)} does not wait for ` +
      `${describePlace(before, pipeline)}: ${edge}`;
    return {
      ...makeFinding('missing-order', placeOf(nodes.after), message, [requirement.after, requirement.before]),
      identity: `${describePlace(after, pipeline)} without ${describePlace(before, pipeline)}`,
      counterexample: `${nodes.after.name} starts ${when(nodes.word, nodes.after)}, while ${nodes.before.name} may still run or have failed`,
    };
  });
};

function when(word: 'stage' | 'job', node: Stage | Job): string {
  if ('startedByHand' in node && node.startedByHand) return 'when somebody asks for it';
  const { dependsOn } = node;
  const names = dependsOn.map(({ name }) => name);
  if (names.length === 0) return word === 'stage' ? 'at once' : 'as soon as its stage does';
  const last = names.at(-1)!;
  return `as soon as ${names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`} succeeded`;
}
