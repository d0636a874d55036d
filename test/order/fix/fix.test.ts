import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import { checkOrder } from '../../../src/order/check-order.ts';
import { isWhatWasMeant, type Written } from '../../../src/order/fix/fix-proof.ts';
import { fixOrder, type OrderFix } from '../../../src/order/fix/fix.ts';
import type { TemplateFiles } from '../../../src/pipeline/expand/template-files.ts';
import { reviewOrder, type OrderReview } from '../../../src/order/review/review.ts';
import { runs } from '../../depth.ts';

const GRAPH = `version: 1
services:
  a: { kind: appService, app: app-a }
  b: { kind: appService, app: app-b, dependsOn: [a] }
`;
const THREE = `${GRAPH}  c: { kind: appService, app: app-c, dependsOn: [a, b] }\n`;

const reviewer =
  (graphText: string) =>
  (pipelineText: string): OrderReview => {
    const files = { pipelineFile: 'p.yml', graphFile: 'g.yml' };
    const check = checkOrder({ ...files, pipelineText, graphText });
    const sources = new Map([
      ['p.yml', pipelineText],
      ['g.yml', graphText],
    ]);
    return reviewOrder({ check, sources });
  };
const errorsIn = ({ findings }: OrderReview): string[] =>
  findings.flatMap(({ finding }) => (finding.severity === 'error' ? finding.message : []));
const fix = (text: string, graph = GRAPH): OrderFix => fixOrder(text, reviewer(graph));
const steps = (app: string): string => `[{ task: AzureWebApp@1, inputs: { appName: app-${app} } }]`;
const job = (app: string): string => `jobs: [{ job: J, steps: ${app === 'z' ? '[]' : steps(app)} }]`;
const first = `stages:
- stage: A
  isSkippable: false
  ${job('a')}
`;

const stageOf = (app: string): string => `- stage: ${app.toUpperCase()}\n  dependsOn: []\n  ${job(app)}`;
const FILES: TemplateFiles = {
  pipelinePath: '/p.yml',
  read: (_, path) => ({ state: 'found', name: path.slice(1), text: `stages:\n${stageOf(path.slice(1, 2))}\n` }),
};

describe('fixOrder', () => {
  // Each case: a second stage that misses A, and the same after the fix.
  const cases: [string, string, string][] = [
    ['writes the key after the name', 'stage: B\n  dependsOn: []', 'stage: B\n  dependsOn: [A]'],
    [
      'fills an empty value, and keeps the comment',
      'stage: B\n  dependsOn: # later',
      'stage: B\n  dependsOn: A # later',
    ],
    ['takes the place of a word for nothing', 'stage: B\n  dependsOn: ~', 'stage: B\n  dependsOn: A'],
    ['makes a list of a name', 'stage: B\n  dependsOn: Z # why', 'stage: B\n  dependsOn: [Z, A] # why'],
    ['keeps single quotes', "stage: B\n  dependsOn: 'Z'", "stage: B\n  dependsOn: ['Z', 'A']"],
    ['keeps double quotes', 'stage: B\n  dependsOn: ["Z"]', 'stage: B\n  dependsOn: ["Z", "A"]'],
    ['adds to a list in brackets', 'stage: B\n  dependsOn: [ Z ]', 'stage: B\n  dependsOn: [ Z, A ]'],
    ['keeps a last comma', 'stage: B\n  dependsOn: [Z,]', 'stage: B\n  dependsOn: [Z, A,]'],
    [
      'adds to a list in brackets over several lines',
      'stage: B\n  dependsOn: [\n    Z # one\n  ]',
      'stage: B\n  dependsOn: [\n    Z, A # one\n  ]',
    ],
    [
      'adds a line to a list',
      'stage: B\n  dependsOn:\n  - Z # one\n  # two',
      'stage: B\n  dependsOn:\n  - Z # one\n  - A\n  # two',
    ],
    [
      'keeps the indentation of a list',
      'stage: B\n  dependsOn:\n      -   Z',
      'stage: B\n  dependsOn:\n      -   Z\n      -   A',
    ],
    ['knows the key in any case', 'stage: B\n  DEPENDSON: Z', 'stage: B\n  DEPENDSON: [Z, A]'],
    [
      'finds a key far below',
      "stage: B\n  condition: ''\n  pool: x\n  dependsOn: Z",
      "stage: B\n  condition: ''\n  pool: x\n  dependsOn: [Z, A]",
    ],
  ];
  const withSecond = (head: string): string =>
    `${first}- stage: Z\n  dependsOn: []\n  ${job('z')}\n- ${head}\n  ${job('b')}\n`;
  for (const [name, before, after] of cases)
    it(name, () => {
      const fixed = fix(withSecond(before));
      assert.equal(fixed.text, withSecond(after));
      assert.deepEqual(
        fixed.edges.map(({ refused }) => refused),
        [undefined],
      );
      assert.deepEqual(errorsIn(fixed.review), []);
      assert.equal(fix(fixed.text).text, fixed.text, 'a second time changes nothing');
    });

  it('writes out the stage before, which a written list replaces', () => {
    const text = `${first}- stage: X\n  dependsOn: []\n  ${job('z')}\n- stage: B # deploys b\n  displayName: >-\n    The\n    second\n  ${job('b')}\n`;
    assert.equal(fix(text).text, text.replace('    second\n', '    second\n  dependsOn: [X, A]\n'));
  });

  it('adds jobs inside a stage, and to what is written as JSON', () => {
    const jobs = `jobs:\n- job: A\n  steps: ${steps('a')}\n- job: B\n  steps: ${steps('b')}\n`;
    assert.equal(fix(jobs).text, jobs.replace('- job: B\n', '- job: B\n  dependsOn: A\n'));
    const json = `{"jobs": [{"job": "A", "steps": ${steps('a')}}, {"job": "B", "steps": ${steps('b')}}]}`;
    assert.equal(fix(json).text, json.replace('"job": "B"', '"job": "B", "dependsOn": "A"'));
    const empty = json.replace('"job": "B"', '"job": "B", "dependsOn": []');
    assert.equal(fix(empty).text, json.replace('"job": "B"', '"job": "B", "dependsOn": ["A"]'));
  });

  it('adds all that one stage misses at once, in the order of the findings', () => {
    const text = `${first}- stage: B\n  dependsOn: A\n  ${job('b')}\n- stage: C\n  dependsOn: []\n  ${job('c')}\n`;
    const fixed = fix(text, THREE);
    assert.equal(fixed.text, text.replace('C\n  dependsOn: []', 'C\n  dependsOn: [A, B]'));
  });

  it('keeps CRLF, the byte order mark and a file without a last line end', () => {
    const text = `\uFEFF${withSecond('stage: B\n  dependsOn:\n  - Z').replaceAll('\n', '\r\n')}`.trimEnd();
    const fixed = fix(text);
    assert.equal(fixed.text, text.replace('  - Z\r\n', '  - Z\r\n  - A\r\n'));
    const last = `stages:\n- stage: A\n  ${job('a')}\n- stage: Z\n  dependsOn: []\n  ${job('z')}\n- ${job('b')}\n  dependsOn:\n  - Z\n  stage: B`;
    assert.equal(fix(last).text, last.replace('  - Z\n', '  - Z\n  - A\n'));
  });

  const refusals: [string, string, RegExp][] = [
    [
      'what has no name',
      `stages:\n- stage:\n  ${job('a')}\n- stage: B\n  dependsOn: []\n  ${job('b')}\n`,
      /has no name/,
    ],
    [
      'an edge that would close a circle',
      `stages:\n- stage: A\n  dependsOn: []\n  jobs: [{ job: J, steps: ${steps('a')} }, { job: K, steps: ${steps('c')} }]\n- stage: B\n  dependsOn: []\n  ${job('b')}\n`,
      /close a circle/,
    ],
    ['a layout that it does not know', `${first}- ? stage\n  : B\n  ? dependsOn\n  : []\n  ${job('b')}\n`, /^$/],
    ['a name in a block of text', withSecond('stage: B\n  dependsOn: >-\n    Z'), /layout/],
    [
      'a stage without a name in braces',
      `${first}- stage: Z\n  dependsOn: []\n  ${job('z')}\n- { stage: , dependsOn: [Z], ${job('b')} }\n`,
      /^$/,
    ],
  ];
  for (const [what, text, why] of refusals)
    it(`refuses ${what}, or writes it right`, () => {
      const fixed = fix(text, text.includes('app-c') ? THREE : GRAPH);
      const refused = fixed.edges.flatMap(({ refused: one }) => one ?? []);
      if (why.source === '^$') assert.deepEqual([refused, errorsIn(fixed.review)], [[], []]);
      else
        assert.ok(
          refused.some((one) => why.test(one)),
          refused.join(),
        );
      assert.doesNotThrow(() => parse(fixed.text) as unknown);
    });

  const templates: [string, string, string, string | RegExp][] = [
    ['waits for a stage of a template', '- template: a.yml', stageOf('b'), 'dependsOn: [A]'],
    [
      'refuses to wait for one that comes only sometimes',
      "- ${{ if eq('a', 'a') }}:\n  - template: a.yml",
      stageOf('b'),
      /is generated/,
    ],
    [
      'refuses what a template expression names',
      stageOf('a').replace('stage: A', "stage: ${{ upper('a') }}"),
      stageOf('b'),
      /is generated/,
    ],
    [
      'refuses a stage under a directive',
      stageOf('a'),
      "- ${{ if eq('a', 'a') }}:\n  " + stageOf('b').replaceAll('\n', '\n  '),
      /is generated/,
    ],
    ['refuses to write into a template', stageOf('a'), '- template: b.yml', /comes from a template, b\.yml:2/],
    [
      'refuses a stage with a directive among its keys',
      stageOf('a'),
      stageOf('b').replace('dependsOn: []', "${{ if eq('a', 'a') }}:\n    dependsOn: []"),
      /holds template directives/,
    ],
    [
      'refuses a list that an expression makes',
      stageOf('a'),
      stageOf('b').replace('[]', "${{ split('Z', ',') }}"),
      /expression/,
    ],
  ];
  for (const [name, one, two, expected] of templates)
    it(name, () => {
      const text = `stages:\n- stage: Z\n  dependsOn: []\n  ${job('z')}\n${one}\n${two}\n`;
      const fixed = fixOrder(text, (pipelineText) => {
        const check = checkOrder({
          pipelineText,
          graphText: GRAPH,
          pipelineFile: 'p.yml',
          graphFile: 'g.yml',
          choices: { templates: FILES },
        });
        return reviewOrder({ check, sources: new Map([['p.yml', pipelineText]]) });
      });
      const said = JSON.stringify([fixed.edges, fixed.review.findings.map(({ finding }) => finding.message)]);
      if (typeof expected === 'string')
        assert.equal(fixed.text, text.replace('stage: B\n  dependsOn: []', `stage: B\n  ${expected}`), said);
      else {
        assert.equal(fixed.text, text);
        assert.match(fixed.edges.map(({ refused }) => refused).join(), expected, said);
      }
    });

  it('leaves alone what somebody has suppressed', () => {
    const text = withSecond(
      'stage: B # safe-rollout-ignore missing-order: they are never used together\n  dependsOn: Z',
    );
    const fixed = fix(text);
    assert.equal(fixed.text, text);
    assert.equal(fixed.review.suppressed.length, 1);
    assert.equal(fixed.review.passed, true);
  });

  it('never throws, and touches nothing that it cannot read', () => {
    for (const text of ['', 'x', '{', 'stages: 3', '- a', 'a: &b 1\nc: *b', `${first}- template: x.yml\n`])
      assert.equal(fix(text).text, text);
  });

  it('writes the edges and nothing else, and the check holds then, for random pipelines in random layouts', () => {
    let written = 0;
    fc.assert(
      fc.property(anyPipeline, (sample) => {
        const { text, graph } = sample;
        const before = reviewer(graph)(text);
        const fixed = fix(text, graph);
        const missing = fixed.review.findings.filter(({ finding }) => finding.rule === 'missing-order');
        const refused = fixed.edges.filter((edge) => edge.refused !== undefined);
        // An edge that was refused may by now be one in the wrong direction, which nothing here turns round.
        assert.ok(missing.length === 0 || refused.length > 0, fixed.text);
        for (const { refused: why } of refused) assert.match(why!, /close a circle/);
        const wrote = fixed.edges.filter((edge) => edge.refused === undefined);
        written += wrote.length;
        assert.ok(!fixed.review.findings.some(({ finding }) => finding.rule.startsWith('pipeline-')), fixed.text);
        assert.deepEqual(withEdges(contentOf(fixed.text), [], before), withEdges(contentOf(text), wrote, before));
        assert.equal(commentsOf(fixed.text), commentsOf(text));
        assert.equal(fixed.text.includes('\r\n'), text.includes('\r\n'));
        assert.equal(fixed.text.replaceAll('\r\n', '').includes('\n'), text.replaceAll('\r\n', '').includes('\n'));
        assert.equal(fix(fixed.text, graph).text, fixed.text, 'a second time changes nothing');
        // Every line that was there is there still, but for its dependsOn.
        const rest = new Set(fixed.text.split(/\r?\n/));
        for (const line of text.split(/\r?\n/)) if (!/dependsOn|^ {4}S\d/.test(line)) assert.ok(rest.has(line), line);
      }),
      { seed: 20261121, numRuns: runs(400) },
    );
    assert.ok(written > runs(200), `only ${written} edges were written`);
  });
});

interface Content {
  stages: { stage: string; dependsOn?: string | string[]; jobs: unknown[] }[];
}

function contentOf(text: string): Content {
  return parse(text) as Content;
}

/** The plainest way to say the same: on the parsed document. */
function withEdges(content: Content, edges: OrderFix['edges'], { check }: OrderReview): Content {
  const stages = content.stages.map((stage) => {
    const add = edges.filter(({ after }) => after === stage.stage).map(({ before }) => before);
    if (add.length === 0) return stage;
    const seen = check.seen.pipeline!.stages.find(({ name }) => name === stage.stage)!;
    const all = [...seen.dependsOn.map(({ name }) => name), ...add];
    return { ...stage, dependsOn: all.length === 1 ? all[0]! : all };
  });
  const shape = ({ dependsOn, ...rest }: Content['stages'][number]): Content['stages'][number] => {
    const one = Array.isArray(dependsOn) && dependsOn.length === 1 ? dependsOn[0] : dependsOn;
    return { ...rest, ...(one !== undefined && { dependsOn: one }) };
  };
  content.stages.splice(0, content.stages.length, ...stages.map(shape));
  return content;
}

function commentsOf(text: string): string {
  return (text.match(/ # note \d+/g) ?? []).join();
}

/** A service a stage, random needs, random written edges to earlier stages, each written in another way. */
const anyPipeline = fc
  .integer({ min: 2, max: 6 })
  .chain((size) =>
    fc.record({
      stages: fc.tuple(
        ...Array.from({ length: size }, (_, at) =>
          fc.record({
            above: fc.option(
              fc.uniqueArray(at === 0 ? fc.constant(0) : fc.nat(at - 1), { maxLength: at === 0 ? 0 : 2 }),
              {
                nil: undefined,
              },
            ),
            layout: fc.constantFrom('block', 'flow', 'scalar', 'lines', 'quoted'),
            comment: fc.boolean(),
          }),
        ),
      ),
      needs: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 14 }),
      crlf: fc.boolean(),
      lastLineEnd: fc.boolean(),
    }),
  )
  .map(({ stages, needs, crlf, lastLineEnd }) => {
    const lines = ['# note 0', 'stages:'];
    stages.forEach(({ above, layout, comment }, at) => {
      const note = comment ? ` # note ${at + 1}` : '';
      lines.push(`- stage: S${at}${note}`, ...writeDependsOn(above, layout, note));
      lines.push(
        '  jobs:',
        '  - job: J',
        '    steps:',
        `    - { task: AzureWebApp@1, inputs: { appName: app-${at} } }`,
      );
    });
    const graph = ['version: 1', 'services:'];
    stages.forEach((_, at) => {
      // Needs follow one random order without circles, which is not that of the pipeline.
      const on = new Set(needs.flatMap(([a, b]) => (rank(b) < rank(a) && a === at ? [`s${b}`] : [])));
      graph.push(`  s${at}: { kind: appService, app: app-${at}, dependsOn: [${[...on].join(', ')}] }`);
    });
    const newline = crlf ? '\r\n' : '\n';
    return { text: lines.join(newline) + (lastLineEnd ? newline : ''), graph: graph.join('\n') };
  });

function rank(at: number): number {
  return (at * 5 + 3) % 7;
}

function writeDependsOn(above: readonly number[] | undefined, layout: string, note: string): string[] {
  if (above === undefined) return [];
  const names = above.map((one) => `S${one}`);
  if (names.length === 0) return [layout === 'block' ? `  dependsOn:${note}` : `  dependsOn: []${note}`];
  if (layout === 'block') return [`  dependsOn:${note}`, ...names.map((name) => `  - ${name}${note}`)];
  if (layout === 'lines') return ['  dependsOn: [', ...names.map((name) => `    ${name},${note}`), '  ]'];
  if (layout === 'quoted') return [`  dependsOn: [${names.map((name) => `'${name}'`).join(', ')}]${note}`];
  return names.length === 1 && layout === 'scalar'
    ? [`  dependsOn: ${names[0]!}${note}`]
    : [`  dependsOn: [ ${names.join(' , ')} ]${note}`];
}

describe('isWhatWasMeant', () => {
  const before = 'stages:\n- stage: A\n- stage: B\n  dependsOn: [A]\n';
  const at = (line: number, add: string[], whenAbsent: string[] = []): Written => ({
    after: { line, column: 3 },
    names: { add, whenAbsent },
  });
  const cases: [string, string, Written[], boolean][] = [
    ['the edge and nothing else', before.replace('[A]', '[A, C]'), [at(3, ['C'])], true],
    ['another layout of it', before.replace('[A]', '\n  - A\n  - C'), [at(3, ['C'])], true],
    [
      'a new list, with what stood for none',
      before.replace('stage: A', 'stage: A\n  dependsOn: [X, C]'),
      [at(2, ['C'], ['X'])],
      true,
    ],
    ['nothing written', before, [at(3, ['C'])], false],
    ['the edge at another stage', before.replace('stage: A', 'stage: A\n  dependsOn: [C]'), [at(3, ['C'])], false],
    ['another name', before.replace('[A]', '[A, D]'), [at(3, ['C'])], false],
    ['the old list lost', before.replace('[A]', '[C]'), [at(3, ['C'])], false],
    ['something else changed', before.replace('[A]', '[A, C]').replace('stage: A', 'stage: Z'), [at(3, ['C'])], false],
    ['no YAML any more', `${before}}`, [], false],
    ['a place where nothing is', before, [at(9, ['C'])], false],
  ];
  for (const [name, after, written, expected] of cases)
    it(`${expected ? 'takes' : 'refuses'} ${name}`, () =>
      assert.equal(isWhatWasMeant(before, after, written), expected));
});
