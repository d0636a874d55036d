import { travelsInside } from '../../catalogue/model.ts';
import type { Stage } from '../../pipeline/model.ts';
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
  const needed = new Map<Stage, Map<string, string>>();
  for (const { requirement, verdict, after, before } of judgements) {
    if (verdict !== 'holds' || after.stage === before.stage || before.stage.isSkippable?.value === 'false') continue;
    if (packages.has(requirement.before)) continue;
    const dependents = needed.get(before.stage) ?? new Map<string, string>();
    needed.set(before.stage, dependents.set(requirement.after, requirement.before));
  }
  return [...needed].map(([stage, dependents]) => {
    const [[after, before] = ['', '']] = dependents;
    const others = dependents.size === 1 ? '' : ` (and ${dependents.size - 1} more)`;
    const message =
      `stage ${stage.name} can be left out when a run is queued, and ${after} then goes out without ${before}${others}: ` +
      `write \`isSkippable: false\` at stage ${stage.name}`;
    return {
      ...makeFinding('deselectable-stage', stage, message, [
        ...new Set([...dependents.keys(), ...dependents.values()]),
      ]),
      identity: `stage ${stage.name}`,
      counterexample: `somebody runs the pipeline with stage ${stage.name} unticked under "Stages to run"`,
    };
  });
};
