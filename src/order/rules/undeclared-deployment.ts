import { makeFinding, type OrderRule } from '../rulebook/model.ts';

/** A step deploys something that the graph does not know, so that nothing can be said about its order. */
export const undeclaredDeployment: OrderRule = ({ matching, graphFile }) =>
  matching.undeclared.map(({ at, what, cure }) =>
    makeFinding(
      'undeclared-deployment',
      at.step,
      `${at.task} in job ${at.job.name} ${what}${cure === '' ? `; add it to ${graphFile}` : cure}`,
      [],
    ),
  );
