import { hazardFindings, type OrderRule } from '../rulebook/model.ts';

/** A condition lets a service go out although what it needs did not succeed. */
export const unsafeCondition: OrderRule = (model) => hazardFindings(model, 'unsafe-condition');
