import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readBaseline, writeBaseline, type Baseline } from '../../../src/finding/baseline.ts';
import type { Finding } from '../../../src/finding/finding.ts';
import { fingerprints } from '../../../src/finding/fingerprint.ts';
import { checkOrder, type OrderInput } from '../../../src/order/check-order.ts';
import {
  acceptable,
  reviewOrder,
  STRICT,
  type OrderReview,
  type ReviewPolicy,
} from '../../../src/order/review/review.ts';
import { concludeOrder } from '../../../src/report/order-conclusion.ts';

const GRAPH = `version: 1
services:
  a: { kind: appService, app: app-a }
  b: { kind: appService, app: app-b, dependsOn: [a] }
  c: { kind: appService, app: app-c, dependsOn: [a] }
`;
const stage = (name: string, extra = ''): string =>
  `- stage: ${name.toUpperCase()}${extra}\n  dependsOn: []\n  jobs: [{ job: J, steps: [{ task: AzureWebApp@1, inputs: { appName: app-${name} } }] }]\n`;
const PIPELINE = `stages:\n${stage('a')}${stage('b')}${stage('c')}`;

interface More {
  readonly policy?: Partial<ReviewPolicy>;
  readonly baseline?: Baseline;
  readonly graph?: string;
}

function review(pipelineText: string, { policy, baseline, graph = GRAPH }: More = {}): OrderReview {
  const check = checkOrder({ pipelineFile: 'p.yml', pipelineText, graphFile: 'g.yml', graphText: graph });
  const sources = new Map([
    ['p.yml', pipelineText],
    ['g.yml', graph],
  ]);
  return reviewOrder({ check, sources, policy: { ...STRICT, ...policy }, baseline });
}

function baselineOf(one: OrderReview): Baseline {
  const read = readBaseline(writeBaseline(acceptable(one), (file) => file));
  assert.ok('entries' in read);
  return read;
}

const rules = (some: OrderReview['findings']): string[] => some.map(({ finding }) => finding.rule);

describe('baseline', () => {
  const baseline = baselineOf(review(PIPELINE));

  it('knows findings again after lines have moved and the layout has changed', () => {
    const other = stage('b').replace('dependsOn: []', 'displayName: two\n  dependsOn:\n  - C');
    const moved = `# a comment\n\nname: x\nstages:\n\n${stage('c', ' # third')}\n${other}${stage('a')}`;
    const changed = review(moved.replaceAll('\n', '\r\n'), { baseline });
    assert.deepEqual(
      changed.findings.map(({ standing }) => standing.state),
      ['known', 'known'],
    );
    assert.equal(changed.passed, true);
  });

  it('calls new what is new, and names what is gone', () => {
    const graph = GRAPH.replace('app-c, dependsOn: [a]', 'app-c, dependsOn: [b]');
    const changed = review(PIPELINE, { baseline, graph });
    assert.deepEqual(
      changed.findings.map(({ finding, standing }) => `${finding.services.join()} ${standing.state}`),
      ['b,a known', 'c,b new'],
    );
    assert.equal(changed.passed, false);
    assert.equal(changed.baseline!.gone.length, 1);
  });

  const policies: [ReviewPolicy['failOn'], string, boolean][] = [
    ['new', 'the baseline', true],
    ['error', 'the baseline', false],
    ['never', 'the baseline', true],
    ['new', 'none', false],
    ['never', 'none', true],
  ];
  for (const [failOn, which, passed] of policies)
    it(`failOn ${failOn} with ${which}: ${passed ? 'passes' : 'fails'}`, () => {
      const one = review(PIPELINE, { policy: { failOn }, ...(which !== 'none' && { baseline }) });
      assert.equal(one.passed, passed);
      assert.equal(concludeOrder(one).succeeded, passed);
      assert.doesNotMatch(concludeOrder(one).sentence, /order holds/, 'what is accepted is no proof');
    });

  it('shows no annotation for what it knows, and no error when nothing fails', () => {
    assert.deepEqual(concludeOrder(review(PIPELINE, { baseline })).findings, []);
    const never = concludeOrder(review(PIPELINE, { policy: { failOn: 'never' } }));
    assert.deepEqual(
      never.findings.map(({ severity }) => severity),
      ['warning', 'warning'],
    );
  });

  it('accepts no fault of a file: behind it nobody has looked', () => {
    const faulty = PIPELINE.replace('dependsOn', 'depends0n');
    const first = review(faulty);
    assert.ok(rules(first.findings).includes('pipeline-file'));
    const forged = readBaseline(writeBaseline(first.findings, (file) => file));
    assert.ok('entries' in forged);
    assert.equal(review(faulty, { baseline: forged }).passed, false);
    assert.deepEqual(acceptable(first), []);
  });

  it('is the same file for the same findings, in any order, and without places', () => {
    const { findings } = review(PIPELINE);
    const text = writeBaseline(findings, (file) => file);
    assert.equal(
      writeBaseline([...findings].reverse(), (file) => file),
      text,
    );
    const { findings: later } = review(`\n\n\n${PIPELINE}`);
    assert.equal(
      writeBaseline(later, (file) => file),
      text,
    );
    assert.doesNotMatch(text, /line \d/);
  });

  for (const text of [
    '',
    '{',
    '[]',
    '{"version":2,"findings":[]}',
    '{"version":1,"findings":[{"fingerprint":"x"}]}',
    'null',
  ])
    it(`refuses ${JSON.stringify(text)} with a sentence`, () => assert.ok('problem' in readBaseline(text)));
});

describe('fingerprints', () => {
  const text = fc.stringMatching(/^[a-z `:]{0,12}$/);
  const anyFinding: fc.Arbitrary<Finding> = fc.record({
    rule: fc.constantFrom('missing-order', 'unresolved'),
    severity: fc.constant('error' as const),
    message: text,
    file: fc.constantFrom('p.yml', 't/x.yml'),
    line: fc.integer({ min: 1, max: 99 }),
    column: fc.integer({ min: 1, max: 99 }),
    services: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  });

  it('are distinct for distinct findings, and the same wherever those stand', () =>
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 12 }), fc.nat(50), (findings, down) => {
        const names = fingerprints(findings);
        assert.equal(new Set(names).size, findings.length);
        const moved = findings.map((one) => ({
          ...one,
          line: one.line + down,
          column: 1,
          severity: 'warning' as const,
        }));
        assert.deepEqual(fingerprints(moved), names);
      }),
      { seed: 20261122, numRuns: 300 },
    ));

  it('do not depend on how a path is written', () => {
    const { finding } = review(PIPELINE).findings[0]!;
    const of = (file: string): readonly string[] => fingerprints([{ ...finding, file }]);
    assert.deepEqual(of('.\\ci\\p.yml'), of('ci/p.yml'));
    assert.notDeepEqual(of('ci/p.yml'), of('p.yml'));
  });
});

describe('suppressions', () => {
  const WORD = '# safe-rollout-ignore';
  const cases: [string, string, { suppressed: number; findings: string[] }][] = [
    ['on the line', stage('b', ` ${WORD} missing-order: one reason`), { suppressed: 1, findings: ['missing-order'] }],
    [
      'on the line above',
      `${WORD} missing-order: one reason\n${stage('b')}`,
      { suppressed: 1, findings: ['missing-order'] },
    ],
    [
      'above, with another comment in between',
      `${WORD} missing-order: one reason\n# more of it\n${stage('b')}`,
      { suppressed: 1, findings: ['missing-order'] },
    ],
    [
      'two rules at once, of which one finds nothing',
      `${WORD} missing-order, unsafe-condition: a reason\n${stage('b')}`,
      { suppressed: 1, findings: ['missing-order', 'unused-suppression'] },
    ],
    [
      'without a reason',
      `${WORD} missing-order\n${stage('b')}`,
      { suppressed: 0, findings: ['bad-suppression', 'missing-order', 'missing-order'] },
    ],
    [
      'with an empty reason',
      `${WORD} missing-order:  \n${stage('b')}`,
      { suppressed: 0, findings: ['bad-suppression', 'missing-order', 'missing-order'] },
    ],
    [
      'of no rule',
      `${WORD} missing-odrer: x\n${stage('b')}`,
      { suppressed: 0, findings: ['bad-suppression', 'missing-order', 'missing-order'] },
    ],
    [
      'of what hides the order',
      `${WORD} pipeline-file: x\n${stage('b')}`,
      { suppressed: 0, findings: ['bad-suppression', 'missing-order', 'missing-order'] },
    ],
    [
      'too far above',
      `${WORD} missing-order: x\n\n${stage('b')}`,
      { suppressed: 0, findings: ['missing-order', 'missing-order', 'unused-suppression'] },
    ],
    [
      'in a text, which is no comment',
      stage('b', `\n  displayName: 'x ${WORD} missing-order: y'`),
      { suppressed: 0, findings: ['missing-order', 'missing-order'] },
    ],
    [
      'in a block of text',
      `${stage('b').trimEnd()}\n  displayName: |\n    ${WORD} missing-order: y\n`,
      { suppressed: 0, findings: ['missing-order', 'missing-order'] },
    ],
    [
      'another word',
      stage('b', ` ${WORD}d missing-order: y`),
      { suppressed: 0, findings: ['missing-order', 'missing-order'] },
    ],
  ];
  for (const [name, second, expected] of cases)
    it(name, () => {
      const one = review(`stages:\n${stage('a')}${second}${stage('c')}`);
      assert.deepEqual({ suppressed: one.suppressed.length, findings: rules(one.findings).sort() }, expected);
    });

  it('tell a bad one what is near', () => {
    const [bad] = review(`stages:\n${stage('a')}${stage('b', ` ${WORD} missing-odrer: x`)}`).findings.filter(
      ({ finding }) => finding.rule === 'bad-suppression',
    );
    assert.match(bad!.finding.message, /did you mean 'missing-order'/);
  });

  it('in the graph file are meant by rule and services, and need a reason', () => {
    const ignore = 'ignore: [{ rule: missing-order, services: [a, b], reason: known }]\n';
    const one = review(PIPELINE, { graph: GRAPH + ignore });
    assert.deepEqual([one.suppressed.length, rules(one.findings)], [1, ['missing-order']]);
    const wrong = [
      ignore.replace('known', "''"),
      ignore.replace(', reason: known', ''),
      ignore.replace('[a, b]', '[]'),
      ignore.replace('b]', 'x]'),
    ];
    for (const text of wrong)
      assert.deepEqual(rules(review(PIPELINE, { graph: GRAPH + text }).findings).slice(0, 1), ['graph-file'], text);
  });

  it('of what could not be judged count, too', () => {
    const text = `stages:\n${stage('a')}${WORD} unresolved: proven by hand\n- template: more.yml\n`.replace(
      'stage:',
      'stage:',
    );
    const one = review(text);
    assert.deepEqual([one.unresolved.length, one.suppressed.length], [0, 1]);
  });

  it('are not called unused where the files are faulty', () => {
    const one = review(`stages:\n${stage('a')}${stage('b', ` ${WORD} missing-order: x`)}- 3\n`);
    assert.ok(!rules(one.findings).includes('unused-suppression'));
  });
});

describe('policy', () => {
  const unread = `stages:\n${stage('a')}- template: more.yml\n`;

  it('onUnresolved: fail fails, warn warns', () => {
    assert.equal(review(unread).passed, false);
    const warned = review(unread, { policy: { onUnresolved: 'warn' } });
    assert.equal(warned.passed, true);
    assert.match(
      concludeOrder(warned).sentence,
      /The check passes, with 1 place that could not be judged\. No order was judged: what could not/,
    );
    assert.deepEqual(
      concludeOrder(warned).findings.map(({ rule, severity }) => [rule, severity]),
      [['unresolved', 'warning']],
    );
  });

  it('says so where a suppression leaves nothing judged', () => {
    const accepted = review(unread.replace('more.yml', `more.yml # safe-rollout-ignore unresolved: only tests`));
    assert.equal(accepted.passed, true);
    assert.match(
      concludeOrder(accepted).sentence,
      /accepted: 1 suppressed finding\. No order was judged: what could not/,
    );
    const other = review(PIPELINE, { policy: { failOn: 'never' } });
    assert.doesNotMatch(concludeOrder(other).sentence, /No order was judged/);
  });

  it('says that the order holds where something else is wrong', () => {
    const ordered = PIPELINE.replace(/ +dependsOn: \[\]\n/g, '');
    const unknown = `${ordered}- stage: X\n  jobs: [{ job: J, steps: [{ task: AzureWebApp@1, inputs: { appName: x } }] }]\n`;
    assert.equal(concludeOrder(review(unknown)).sentence, 'The order holds; 1 other error.');
    assert.equal(concludeOrder(review(unknown)).exitCode, 1);
    const both = unknown.replace('- stage: B\n', '- stage: B\n  dependsOn: []\n');
    assert.equal(concludeOrder(review(both)).sentence, 'The order is not proven: 3 errors.');
    const open = unknown.replace('appName: x', 'appName: $(x)');
    assert.equal(concludeOrder(review(open)).sentence, 'The order is not proven: 1 place that could not be judged.');
  });

  it('names the parameters whose defaults the answer is about', () => {
    const head = `parameters:\n- { name: force, type: boolean, default: false }\n- { name: one, default: x, values: [x] }\n`;
    const held = (text: string, choices: OrderInput['choices'] = {}): string =>
      concludeOrder(
        reviewOrder({
          check: checkOrder({
            pipelineText: text,
            pipelineFile: 'p.yml',
            graphText: GRAPH,
            graphFile: 'g.yml',
            choices,
          }),
          sources: new Map(),
        }),
      ).sentence;
    const text = `${head}stages:\n${stage('a')}${stage('b').replace(/ +dependsOn: \[\]\n/, '')}${stage('c').replace(/ +dependsOn: \[\]\n/, '')}`;
    const more = text.replace('stages:', '- { name: more, type: object, default: [] }\nstages:');
    assert.equal(held(text), 'The order holds for 3 deployments, 2 warnings.');
    assert.match(
      held(more),
      /^The order holds for 3 deployments.*, as long as parameter more has its default \(--para/,
    );
    assert.match(held(text, { parameters: { force: 'true' } }), /, for runs with force=true\.$/);
    assert.doesNotMatch(held(text, { parameters: { Force: 'true' } }), /as long as/);
    assert.doesNotMatch(held(text.replace(head, '')), /as long as/);
  });

  it('severity turns a rule into a warning and back', () => {
    assert.equal(review(PIPELINE, { policy: { severity: { 'missing-order': 'warning' } } }).passed, true);
    const text = PIPELINE.replace('- stage: A', '- stage: A # safe-rollout-ignore missing-order: x');
    assert.equal(rules(review(text).findings).includes('unused-suppression'), true);
  });
});
