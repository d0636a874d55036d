import { unknownDependencies } from '../../catalogue/edges.ts';
import { makeFinding, type GraphRule } from '../rulebook/model.ts';

/** An edge of the service graph leads to a name that no service has. */
export const unknownDependency: GraphRule = (nodes) =>
  unknownDependencies(nodes).map(({ place, message, services }) =>
    makeFinding('unknown-dependency', place, message, services),
  );
