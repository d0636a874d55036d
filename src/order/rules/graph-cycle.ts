import { dependencyCycles } from '../../catalogue/edges.ts';
import { makeFinding, type GraphRule } from '../rulebook/model.ts';

/** Services of the graph depend on each other, so that no pipeline can be right. */
export const graphCycle: GraphRule = (nodes) =>
  dependencyCycles(nodes).map(({ place, message, services }) => makeFinding('graph-cycle', place, message, services));
