import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkOrder, type OrderCheck } from '../../../src/order/check-order.ts';
import { offSets } from '../../../src/order/switches/off-sets.ts';
import { concludeOrder } from '../../../src/report/order-conclusion.ts';
import { reviewOrder } from '../../../src/order/review/review.ts';
import { compareSwitched, switched } from './random-switches.ts';

const SERVICES = Array.from({ length: 14 }, (_, at) => `s${at}`);

/** Each service is deployed by a job of its own, with a switch of its own; those of the second half need those of the first. */
function pipelineOf({
  condition = (name: string): string => `eq('\${{ parameters.${name} }}', 'true')`,
  more = '',
  second = '',
}: {
  readonly condition?: (name: string) => string;
  readonly more?: string;
  readonly second?: string;
} = {}): string {
  const parameters = SERVICES.map((name) => `- { name: ${name}, type: boolean, default: true }\n`).join('');
  const job = (name: string): string =>
    `  - job: J_${name}\n    condition: ${condition(name)}\n    steps: [{ task: AzureWebApp@1, inputs: { appName: app-${name} } }, { script: smoke }]\n`;
  const [first, last] = [SERVICES.slice(0, 7), SERVICES.slice(7)].map((all) => all.map(job).join(''));
  const firm = '  - job: Always\n    steps: [{ script: echo }]\n';
  return (
    `parameters:\n${parameters}stages:\n- stage: First\n  isSkippable: false\n  jobs:\n${firm}${first}${more}` +
    `- stage: Second\n${second}  jobs:\n${firm}${last}`
  );
}

const graphText = `version: 1\nservices:\n${SERVICES.map(
  (name, at) => `  ${name}: { app: app-${name}${at < 7 ? '' : `, dependsOn: [s${at - 7}]`} }\n`,
).join('')}`;

const check = (pipelineText: string): OrderCheck =>
  checkOrder({ pipelineText, pipelineFile: 'p.yml', graphText, graphFile: 'g.yml' });

const sentence = (one: OrderCheck): string => concludeOrder(reviewOrder({ check: one, sources: new Map() })).sentence;

describe('switches', () => {
  it('are proven for all of their combinations by one case for each, and one with all on', () => {
    const one = check(pipelineOf());
    assert.deepEqual([one.ok, one.seen.cases.judged, one.seen.cases.count], [true, 15, 2 ** 14]);
    assert.equal(
      sentence(one),
      `The order holds for 14 deployments, in all 16384 cases of s0, s1, s2, s3, s4 and 9 more.`,
    );
  });

  it('show what breaks, with the choices that it takes', () => {
    const one = check(pipelineOf({ second: '  dependsOn: []\n' }));
    assert.equal(one.findings.length, 7);
    assert.match(
      one.findings[0]!.message,
      /^with s0=true and s7=true: s7 needs s0, but job J_s7 of stage Second does not wait for/,
    );
    assert.equal(one.seen.cases.judged, 15);
  });

  it('are tried anew where a stage is left with nothing that runs', () => {
    const always = (text: string): string => text.replaceAll('  - job: Always\n    steps: [{ script: echo }]\n', '');
    const one = check(always(pipelineOf()));
    // All on and 14 of them off; without the first stage, 7 more; without the second; without both.
    assert.deepEqual([one.ok, one.seen.cases.judged], [true, 15 + 8 + 8 + 1]);
  });

  it('are none where the default is off in another half, a condition asks for two, or somebody waits', () => {
    const off = check(pipelineOf().replaceAll('default: true', 'default: false'));
    assert.deepEqual([off.ok, off.seen.cases.judged], [true, 16]);
    const not = check(
      pipelineOf({ condition: (name) => `and(succeeded(), ne('\${{ parameters.${name} }}', 'true'))` }),
    );
    assert.deepEqual([not.ok, not.seen.cases.judged], [true, 16]);
    const waits =
      '  - job: Waits\n    dependsOn: [J_s0, J_s1]\n    condition: not(failed())\n    steps: [{ script: x }]\n';
    assert.equal(check(pipelineOf({ more: waits })).seen.cases.judged, 4 * 13);
    const two = pipelineOf().replace(
      "eq('${{ parameters.s3 }}', 'true')",
      "or(eq('${{ parameters.s3 }}', 'true'), eq('${{ parameters.s4 }}', 'true'))",
    );
    assert.equal(check(two).seen.cases.judged, 4 * 13);
  });

  it('are none where something else asks for the choice', () => {
    const asked = (text: string): number => check(text).seen.cases.judged;
    assert.equal(
      asked(pipelineOf().replace('script: smoke', `script: smoke, condition: "eq('\${{ parameters.s5 }}', 'true')"`)),
      2 * 14,
    );
    assert.equal(
      asked(
        `variables: { x: "\${{ parameters.s5 }}" }\n${pipelineOf().replace('script: smoke', `script: smoke, condition: "eq(variables.x, 'True')"`)}`,
      ),
      2 * 14,
    );
  });

  it('have as many sets as there are stages that can be left empty together', () => {
    const sets = (ids: readonly string[], groups: readonly (readonly string[])[], most = 99) =>
      offSets(ids, groups, most)?.map((off) => [...off].sort().join(''));
    assert.deepEqual(sets(['a', 'b', 'c'], []), ['', 'a', 'b', 'c']);
    assert.deepEqual(sets(['a', 'b', 'c'], [['a', 'b']]), ['', 'a', 'b', 'c', 'ab', 'abc']);
    assert.deepEqual(sets(['a', 'b', 'c'], [['a'], ['c']]), ['', 'a', 'b', 'c', 'ab', 'ac', 'bc', 'abc']);
    assert.equal(sets(['a', 'b', 'c'], [['a'], ['c']], 7), undefined);
  });

  it('say what every combination says alone', () => {
    fc.assert(
      fc.property(switched, (one) => void compareSwitched(one)),
      { numRuns: 15 },
    );
  }).timeout(60_000);
});
