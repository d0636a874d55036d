import { hazardFindings, type OrderRule } from '../rulebook/model.ts';

/** continueOnError hides the failure of what a service needs, so that the service goes out without it. */
export const maskedFailure: OrderRule = (model) => hazardFindings(model, 'masked-failure');
