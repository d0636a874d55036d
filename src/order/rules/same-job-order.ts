import type { Finding } from '../../finding/finding.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';

const NONE: readonly Finding[] = [];

/** The steps of one job deploy a service before another one that it needs. */
export const sameJobOrder: OrderRule = ({ judgements }) =>
  judgements.flatMap((judgement) => {
    const { requirement, after, before, verdict } = judgement;
    if (verdict !== 'reversed' || after.job === undefined || after.job !== before.job) return NONE;
    const { through } = requirement;
    const needs = `${requirement.after} needs ${requirement.before}${through.length === 0 ? '' : ` (through ${through.join(', ')})`}`;
    if (after.step !== undefined && after.step === before.step)
      return [
        {
          ...makeFinding(
            'same-job-order',
            after,
            `${needs}, but the script on line ${after.line} deploys ${requirement.after} before ${requirement.before}: exchange the two calls`,
            [requirement.after, requirement.before],
          ),
          identity: `a script of job ${after.job.name} of stage ${after.stage.name}`,
          counterexample: `the call for ${requirement.before} fails when ${requirement.after} is out already`,
        },
      ];
    const message =
      `${needs}, but job ${after.job.name} deploys ${requirement.after} on line ${after.line} and ` +
      `${requirement.before} only after it, on line ${before.line}: exchange the two steps`;
    return [
      {
        ...makeFinding('same-job-order', after, message, [requirement.after, requirement.before]),
        identity: `job ${after.job.name} of stage ${after.stage.name}`,
        counterexample: `the step on line ${before.line} fails when ${requirement.after} is out already`,
      },
    ];
  });
