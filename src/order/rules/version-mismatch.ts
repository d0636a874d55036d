import { versionMismatches } from '../../catalogue/edges.ts';
import { makeFinding, type GraphRule } from '../rulebook/model.ts';

/** A service asks for releases of another one that it will not meet. */
export const versionMismatch: GraphRule = (nodes) =>
  versionMismatches(nodes).map(({ place, message, services }) =>
    makeFinding('version-mismatch', place, message, services),
  );
