import assert from 'node:assert/strict';
import { checkOrder } from '../../../src/order/check-order.ts';

const GRAPH = `version: 1
services:
  shop: { kind: appService, app: app-shop }
`;
const swap = (condition = ''): string =>
  `{ task: AzureAppServiceManage@0, ${condition === '' ? '' : `condition: "${condition}", `}inputs: { WebAppName: app-shop, SourceSlot: staging } }`;

function messages(stages: string): readonly string[] {
  const { findings, unresolved } = checkOrder({
    pipelineText: stages,
    pipelineFile: 'p.yml',
    graphText: GRAPH,
    graphFile: 'g.yml',
  });
  assert.deepEqual(unresolved, []);
  return findings.map(({ rule, message }) => `${rule}: ${message}`);
}

const asStage = (condition: string): string =>
  `stages:\n- { stage: A, jobs: [{ job: A, steps: [${swap()}] }] }\n` +
  `- { stage: B, condition: "${condition}", jobs: [{ job: B, steps: [${swap()}] }] }\n`;
const asJob = (condition: string): string =>
  `jobs:\n- { job: A, steps: [${swap()}] }\n- { job: B, dependsOn: A, condition: "${condition}", steps: [${swap()}] }\n`;
const asStep = (condition: string): string => `steps: [${swap()}, { script: smoke }, ${swap(condition)}]\n`;

const FAILURE = /^blind-rollback: .* runs only after a failure \(/;
const BOTH = /^blind-rollback: .* runs only after a failure or when a person cancels the run \(/;
const CANCEL = /^blind-rollback: .* runs only when a person cancels the run \(/;
const ALWAYS = /^rollback-without-failure: /;

describe('a second swap of the same slots', () => {
  const cases: readonly (readonly [string, RegExp | undefined])[] = [
    ['failed()', FAILURE],
    ['and(failed(), not(canceled()))', FAILURE],
    ['not(succeeded())', BOTH],
    ['or(failed(), canceled())', BOTH],
    ['canceled()', CANCEL],
    ['always()', ALWAYS],
    ['succeededOrFailed()', ALWAYS],
    ['not(canceled())', ALWAYS],
    ["and(always(), eq(variables['undo'], 'yes'))", undefined],
    ["and(failed(), eq(variables['undo'], 'yes'))", FAILURE],
    ["or(canceled(), and(failed(), eq(variables['undo'], 'yes')))", BOTH],
    ['and(succeeded(), true)', undefined],
  ];
  for (const [level, make] of Object.entries({ asStage, asJob, asStep }))
    for (const [condition, expected] of cases)
      it(`${level} under ${condition}: ${expected === undefined ? 'nothing is said' : expected.source}`, () => {
        const [said, ...more] = messages(make(condition));
        assert.deepEqual(more, []);
        if (expected === undefined) assert.equal(said, undefined);
        else assert.match(said ?? '', expected);
      });

  it('is no rollback when another release has been brought in between, or a person starts it', () => {
    const upload = '{ task: AzureWebApp@1, inputs: { appName: app-shop, deployToSlotOrASE: true, slotName: staging } }';
    assert.deepEqual(messages(`steps: [${swap()}, ${upload}, ${swap('always()')}]\n`), []);
    assert.deepEqual(messages(asStage('always()').replace('stage: B,', 'stage: B, trigger: manual,')), []);
    assert.deepEqual(messages(asStep('always()').replace('{ script: smoke }', '{ task: ManualValidation@1 }')), []);
  });

  it('is none when it exchanges other slots', () => {
    const other = asStep('always()').replace(/staging(?=[^]*$)(?![^]*staging)/, 'blue');
    assert.match(other, /blue/);
    assert.deepEqual(messages(other), []);
  });

  it('undoes what was put there by its other end, too', () => {
    const turned = asStep('always()').replace(
      /SourceSlot: staging(?![^]*SourceSlot)/,
      'SwapWithProduction: false, SourceSlot: production, TargetSlot: Staging',
    );
    assert.match(messages(turned)[0] ?? '', ALWAYS);
  });
});
