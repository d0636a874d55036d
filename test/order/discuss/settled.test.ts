import assert from 'node:assert/strict';
import { readBaseline, writeBaseline } from '../../../src/finding/baseline.ts';
import { checkOrder } from '../../../src/order/check-order.ts';
import { settled } from '../../../src/order/discuss/settled.ts';
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
  const isSettled = settled(one);
  const of = (rule: string): boolean => isSettled({ check: 'check', finding: 'f', rule });
  return [of('missing-order'), of('unresolved')];
};

describe('a finding that is shown no more', () => {
  it('is over, where everything was judged', () => assert.deepEqual(proven(review(RIGHT)), [true, true]));
  it('is not, where a file is faulty', () => {
    assert.deepEqual(proven(review('stages: 3\n')), [false, false]);
    assert.deepEqual(proven(review(RIGHT, 'version: 1\nservices: 3\n')), [false, false]);
  });
  it('is not, where a template could not be read', () =>
    assert.deepEqual(proven(review(`${RIGHT}  - template: more.yml\n`)), [false, false]));
  it('is not, where one place could not be judged, but for such places', () => {
    const one = review(UNKNOWN);
    assert.ok(one.check.unresolved.length > 0 && one.check.seen.whole, 'the example has an open place');
    assert.deepEqual(proven(one), [false, true]);
  });
  it('is over, where the team has accepted what could not be judged', () => {
    const open = review(UNKNOWN);
    const baseline = readBaseline(writeBaseline(acceptable(open), (file) => file));
    assert.ok('entries' in baseline, 'the baseline is one');
    const accepted = reviewOrder({ check: open.check, sources: new Map([['p.yml', UNKNOWN]]), baseline });
    assert.deepEqual(proven(accepted), [true, true]);
  });
  it('is over when it is accepted itself, whatever else is open', () => {
    const ordered = `stages:\n${stage('Payments', 'payments')}${stage('Store', 'store')}${stage('Other', '$(app)')}`;
    const wrong = ordered.replace('  - stage: Store\n', '  - stage: Store\n    dependsOn: []\n');
    const finding = review(wrong).findings.find((one) => one.finding.rule === 'missing-order')!.fingerprint;
    const mark = { check: 'check', finding, rule: 'missing-order' };
    const accepted = review(
      wrong.replace('  - stage: Store', '  # safe-rollout-ignore missing-order: it waits\n  - stage: Store'),
    );
    assert.equal(settled(accepted)(mark), true);
    assert.equal(settled(accepted)({ ...mark, finding: 'another' }), false);
  });
});
