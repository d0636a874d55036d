import assert from 'node:assert/strict';
import { checkOrder } from '../../../src/order/check-order.ts';
import { explainEdge, type Explanation } from '../../../src/order/review/explain.ts';
import { reviewOrder } from '../../../src/order/review/review.ts';
import { orderMermaid } from '../../../src/report/order-drawing.ts';
import { aboutOneEdge, explanationDocument, explanationText } from '../../../src/report/order-explanation.ts';

const GRAPH = `version: 1
services:
  lib: { kind: package, version: 1.0.0, dependsOn: [a] }
  a: { kind: appService, app: app-a }
  b: { kind: appService, app: app-b, dependsOn: [a] }
  c: { kind: appService, app: app-c, dependsOn: [b, lib] }
  d: { kind: appService, app: app-d, dependsOn: [c] }
`;
const stage = (name: string, more = ''): string =>
  `- stage: ${name.toUpperCase()}\n  isSkippable: false\n${more}  jobs: [{ job: J, steps: [{ task: AzureWebApp@1, inputs: { appName: app-${name} } }] }]\n`;
const MIDDLE = `- stage: M\n  jobs: [{ job: J, steps: [{ script: x }] }]\n`;

function review(pipelineText: string) {
  const check = checkOrder({ pipelineText, pipelineFile: 'p.yml', graphText: GRAPH, graphFile: 'g.yml' });
  return reviewOrder({ check, sources: new Map() });
}

function explained(pipelineText: string, one: string, other: string): Explanation {
  const found = explainEdge(review(pipelineText), [one, other]);
  assert.ok(typeof found !== 'string', JSON.stringify(found));
  return found;
}

describe('an explanation of one edge', () => {
  const good = `stages:\n${stage('a')}${MIDDLE}${stage('b', "  condition: and(succeeded(), ne(variables['x'], 'y'))\n")}`;

  it('tells the way from one to the other, whichever is named first', () => {
    const text = `1. b needs a
2. a is deployed in stage A, by AzureWebApp@1 (p.yml:4)
3. b is deployed in stage B, by AzureWebApp@1 (p.yml:10)
4. stage B waits for stage M (without dependsOn, the stage before it) (p.yml:7)
5. stage B has a condition in place of succeeded(): \`and(succeeded(), ne(variables['x'], 'y'))\` (p.yml:9)
6. stage M waits for stage A (without dependsOn, the stage before it) (p.yml:5)
7. stage M has no condition: it runs when all that it waits for, however far, has succeeded (p.yml:5)
8. so b runs only after a has succeeded
`;
    assert.equal(explanationText(explained(good, 'b', 'a')), text);
    assert.equal(explanationText(explained(good, 'a', 'b')), text);
  });

  it('ends with what is wrong, and an example', () => {
    const beside = explained(`stages:\n${stage('a')}${stage('b', '  dependsOn: []\n')}`, 'b', 'a');
    assert.deepEqual(
      beside.steps.slice(3).map(({ what }) => what),
      [
        'no dependsOn leads from stage B to stage A',
        'b needs a, but stage B does not wait for stage A: add `dependsOn: A` to stage B; for example: B starts at once, while A may still run or have failed',
        'so b may run without a',
      ],
    );
    assert.deepEqual(explanationDocument(beside).ok, false);
    const unsafe = explained(`stages:\n${stage('a')}${stage('b', '  condition: always()\n')}`, 'b', 'a');
    assert.equal(unsafe.verdict, 'broken');
    assert.match(explanationText(unsafe), /5\. stage B has a condition in place of succeeded\(\): `always\(\)`/);
    const chosen = `parameters: [{ name: ring, default: x, values: [x, y] }]\nstages:\n${stage('a')}${stage('b', "  ${{ if eq(parameters.ring, 'y') }}:\n    dependsOn: []\n")}`;
    assert.match(
      explanationText(explained(chosen, 'b', 'a')),
      /4\. stage B waits for stage A [\s\S]*6\. with ring=y: b needs a, but stage B does not wait/,
    );
  });

  it('does not say that all is well behind a warning', () => {
    const skippable = `stages:\n${stage('a').replace('  isSkippable: false\n', '')}${stage('b')}`;
    assert.deepEqual(
      explained(skippable, 'b', 'a')
        .steps.slice(-2)
        .map(({ what }) => what.replace(/:.*/, '')),
      [
        'stage A can be left out when a run is queued, and b then goes out without a',
        'apart from that, b runs only after a has succeeded',
      ],
    );
  });

  it('says of what is not judged why', () => {
    const alone = explained(`stages:\n${stage('b')}`, 'b', 'a');
    assert.deepEqual(
      alone.steps.map(({ what }) => what),
      ['b needs a', 'no job of this pipeline deploys a', 'so nothing of this pipeline has to come before b'],
    );
  });

  it('goes through packages', () => {
    const text = explanationText(explained(`stages:\n${stage('a')}${stage('c')}`, 'c', 'a'));
    assert.match(text, /^1\. c needs a, through lib\n/);
  });

  it('says of two that have no edge what lies between them', () => {
    assert.equal(
      explainEdge(review(good), ['d', 'a']),
      'neither of d and a depends on the other itself: d does by c and b; ask for d,c and for c,b and for b,a',
    );
    assert.match(
      JSON.stringify(explainEdge(review(good), ['x', 'dd'])),
      /^"there is no service 'x' in the graph; there is no service 'dd'.*, which has lib, a, b, c, d"$/,
    );
  });

  it('has a picture of the two and what lies between them', () => {
    const whole = review(`${good}${stage('d')}`);
    const found = explainEdge(whole, ['b', 'a']);
    assert.ok(typeof found !== 'string');
    const drawn = orderMermaid(aboutOneEdge(whole, found));
    assert.match(drawn, /subgraph s0\["A"\][\s\S]*s1\["M"\][\s\S]*subgraph s2\["B"\]/);
    assert.doesNotMatch(drawn, /"D"|"c"/);
  });
});
