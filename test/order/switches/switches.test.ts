import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkOrder, type OrderCheck } from '../../../src/order/check-order.ts';
import { offSets } from '../../../src/order/switches/off-sets.ts';
import { concludeOrder } from '../../../src/report/order-conclusion.ts';
import { reviewOrder } from '../../../src/order/review/review.ts';
import { compareSwitched, switched } from './random-switches.ts';

const SERVICES = Array.from({ length: 14 }, (_, at) => `s${at}`);
const ALWAYS = '  - job: Always\n    steps: [{ script: echo }]\n';

/** Each service is deployed by a job of its own, with a switch of its own; those of the second half need those of the first. */
function pipelineOf({
  condition = (name: string): string => `eq('\${{ parameters.${name} }}', 'true')`,
  more = '',
  second = '',
  count = 14,
}: {
  readonly count?: number;
  readonly condition?: (name: string) => string;
  readonly more?: string;
  readonly second?: string;
} = {}): string {
  const services = SERVICES.filter((_, at) => at % 7 < count / 2);
  const parameters = services.map((name) => `- { name: ${name}, type: boolean, default: true }\n`).join('');
  const job = (name: string): string =>
    `  - job: J_${name}\n    condition: ${condition(name)}\n    steps: [{ task: AzureWebApp@1, inputs: { appName: app-${name} } }, { script: smoke }]\n`;
  const [first, last] = [services.slice(0, count / 2), services.slice(count / 2)].map((all) => all.map(job).join(''));
  return (
    `parameters:\n${parameters}stages:\n- stage: First\n  isSkippable: false\n  jobs:\n${ALWAYS}${first}${more}` +
    `- stage: Second\n${second}  jobs:\n${ALWAYS}${last}`
  );
}

const graphText = `version: 1\nservices:\n${SERVICES.map(
  (name, at) => `  ${name}: { app: app-${name}${at < 7 ? '' : `, dependsOn: [s${at - 7}]`} }\n`,
).join('')}`;

/** Three of each half. */
const small = (): string => pipelineOf({ count: 6 });

const check = (pipelineText: string, graph = graphText): OrderCheck =>
  checkOrder({ pipelineText, pipelineFile: 'p.yml', graphText: graph, graphFile: 'g.yml' });

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
    const always = (text: string): string => text.replaceAll(ALWAYS, '');
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

  it('are none where a service is missing only with several of them off', () => {
    const text = small().replaceAll(/app-s[12] /g, 'app-s0 ');
    assert.equal(check(text).seen.cases.judged, 8 * 4);
    const graph = graphText.replace(
      's1: { app: app-s1 }',
      's1: { kind: package, version: 1.0.0, deployedBy: [{ job: J_s1 }] }',
    );
    assert.equal(check(small(), graph).seen.cases.judged, 2 * 6);
  });

  it('are none where a condition names a stage, or the place of a stage is told by what it deploys', () => {
    const named = small().replace(
      '- stage: Second\n',
      "- stage: Second\n  condition: in(dependencies.First.result, 'Succeeded')\n",
    );
    assert.equal(check(named).seen.cases.judged, 2 ** 6);
    const twice = small().replace('app-s0 ', 'app-test ');
    const graph = `${graphText}environments:\n  test:\n    services:\n      s0: { app: app-test }\n`;
    assert.equal(check(twice, graph).seen.cases.judged, 2 ** 6);
    const byName = twice.replaceAll('First', 'First_test').replaceAll('Second', 'Second_prod');
    assert.equal(check(byName, graph).seen.cases.judged, 7);
  });

  it('are none where only a job of which nobody knows whether it runs holds their stage', () => {
    const alone = small().replaceAll(ALWAYS, '');
    assert.equal(check(alone).seen.cases.judged, 7 + 4 + 4 + 1);
    const well = alone.replaceAll(/condition: (eq.*)/g, 'condition: and(succeeded(), $1)');
    assert.equal(check(well).seen.cases.judged, 7 + 4 + 4 + 1);
    const open = alone
      .replace('condition: eq(', "condition: and(eq(variables.x, 'y'), eq(")
      .replace("'true')\n", "'true'))\n");
    assert.equal(check(open).seen.cases.judged, 2 * (6 + 4 + 3 + 1));
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
      { numRuns: 3 },
    );
  }).timeout(60_000);
});
