import { travelsInside } from '../../catalogue/model.ts';
import type { Finding } from '../../finding/finding.ts';
import type { Stage } from '../../pipeline/model.ts';
import type { Judgement } from '../judge/verdict.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';

/**
 * A stage that others need can be left out when a run is queued. A stage that is left out is not like one that is skipped
 * by its condition: what waits for it runs (reported by users), unless `isSkippable: false` forbids leaving it out
 * (documented).
 */
export const deselectableStage: OrderRule = ({ pipeline, services, judgements }) => {
  if (!pipeline.staged) return [];
  // A package is taken in while its consumer is built: leaving out its publication leaves the old one where it is.
  const packages = new Set(services.filter(travelsInside).map(({ name }) => name));
  const needed = new Map<Stage, Holding[]>();
  for (const one of judgements) {
    if (one.verdict !== 'holds') continue;
    const { requirement, after, before } = one;
    if (after.stage === before.stage || before.stage.isSkippable?.value === 'false') continue;
    if (packages.has(requirement.before)) continue;
    const others = needed.get(before.stage);
    if (others === undefined) needed.set(before.stage, [one]);
    else others.push(one);
  }
  return [...needed].map(([stage, holding]) => findingOf(stage, holding));
};

type Holding = Extract<Judgement, { verdict: 'holds' }>;

/** By what it is about, so that the cases of a pipeline have the same finding for the same. */
const found = new WeakMap<Stage, { readonly holding: readonly Holding[]; readonly finding: Finding }>();

function findingOf(stage: Stage, holding: readonly Holding[]): Finding {
  const known = found.get(stage);
  if (known?.holding.length === holding.length && holding.every((one, at) => one === known.holding[at]))
    return known.finding;
  const dependents = new Map(holding.map(({ requirement }) => [requirement.after, requirement.before]));
  const [[after, before] = ['', '']] = dependents;
  const others = dependents.size === 1 ? '' : ` (and ${dependents.size - 1} more)`;
  const message =
    `stage ${stage.name} can be left out when a run is queued, and ${after} then goes out without ${before}${others}: ` +
    `write \`isSkippable: false\` at stage ${stage.name}`;
  const services = [...new Set([...dependents.keys(), ...dependents.values()])];
  const finding = {
    ...makeFinding('deselectable-stage', stage, message, services),
    identity: `stage ${stage.name}`,
    counterexample: `somebody runs the pipeline with stage ${stage.name} unticked under "Stages to run"`,
  };
  found.set(stage, { holding, finding });
  return finding;
}
