import { hazardFindings, type OrderRule } from '../rulebook/model.ts';

/** What a service needs can be skipped without anybody noticing, so that the service goes out without it. */
export const skippableDependency: OrderRule = (model) => hazardFindings(model, 'skippable-dependency');
