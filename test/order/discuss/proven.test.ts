import assert from 'node:assert/strict';
import { readBaseline, writeBaseline } from '../../../src/finding/baseline.ts';
import { checkOrder } from '../../../src/order/check-order.ts';
import { provenFixes } from '../../../src/order/discuss/proven.ts';
import { acceptable, reviewOrder, type OrderReview } from '../../../src/order/review/review.ts';

const GRAPH = `version: 1
services:
  payments: { kind: appService, app: payments }
  store: { kind: appService, app: store, dependsOn: [payments] }
`;
const stage = (name: string, app: string): string =>
  `  - stage: ${name}\n    jobs:\n      - job: Swap\n        steps:\n          - task: AzureWebApp@1\n            inputs: { appName: ${app} }\n`;
const RIGHT = `stages:\n${stage('Payments', 'payments')}${stage('Store', 'store')}`;
const UNKNOWN = `${RIGHT}${stage('Other', '$(app)')}`;

function review(pipelineText: string, graphText = GRAPH): OrderReview {
  const check = checkOrder({ pipelineText, pipelineFile: 'p.yml', graphText, graphFile: 'g.yml' });
  return reviewOrder({ check, sources: new Map([['p.yml', pipelineText]]) });
}
const proven = (one: OrderReview): [boolean, boolean] => {
  const isProven = provenFixes(one);
  return [isProven('missing-order'), isProven('unresolved')];
};

describe('what is proven to be fixed', () => {
  it('is everything, where everything was judged', () => assert.deepEqual(proven(review(RIGHT)), [true, true]));
  it('is nothing, where a file is faulty', () => {
    assert.deepEqual(proven(review('stages: 3\n')), [false, false]);
    assert.deepEqual(proven(review(RIGHT, 'version: 1\nservices: 3\n')), [false, false]);
  });
  it('is nothing, where a template could not be read', () =>
    assert.deepEqual(proven(review(`${RIGHT}  - template: more.yml\n`)), [false, false]));
  it('is that other places are judged by now, where one place is not', () => {
    const one = review(UNKNOWN);
    assert.ok(one.check.unresolved.length > 0 && one.check.seen.whole, 'the example has an open place');
    assert.deepEqual(proven(one), [false, true]);
  });
  it('is everything, where the team has accepted what could not be judged', () => {
    const open = review(UNKNOWN);
    const baseline = readBaseline(writeBaseline(acceptable(open), (file) => file));
    assert.ok('entries' in baseline, 'the baseline is one');
    const accepted = reviewOrder({ check: open.check, sources: new Map([['p.yml', UNKNOWN]]), baseline });
    assert.deepEqual(proven(accepted), [true, true]);
  });
});
