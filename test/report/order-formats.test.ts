import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBaseline, writeBaseline } from '../../src/finding/baseline.ts';
import { printAgent } from '../../src/finding/print.ts';
import { checkOrder } from '../../src/order/check-order.ts';
import { reviewDocument } from '../../src/order/review/document.ts';
import { reviewOrder, type OrderReview, type Reviewed } from '../../src/order/review/review.ts';
import { concludeOrder } from '../../src/report/order-conclusion.ts';
import { orderDot, orderMermaid } from '../../src/report/order-drawing.ts';
import { orderJunit, orderSarif } from '../../src/report/order-formats.ts';
import { orderSvg } from '../../src/report/order-picture.ts';
import { assertWellFormed } from '../finding/xml-form.ts';
import { sarifProblems } from '../finding/sarif-structure.ts';

/** Everything that one review can print, kept to the letter. After a wanted change: UPDATE_GOLDEN=1, and read the difference. */
const FOLDER = 'test/golden/formats';
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

function review(change: (pipeline: string) => string = (text) => text): OrderReview {
  const sources = new Map([
    ['azure-pipelines.yml', change(read('azure-pipelines.yml'))],
    ['service-graph.yml', read('service-graph.yml')],
  ]);
  const [[pipelineFile, pipelineText], [graphFile, graphText]] = [...sources] as [[string, string], [string, string]];
  const baseline = readBaseline(read('baseline.json'));
  assert.ok('entries' in baseline, 'the baseline is one');
  return reviewOrder({ check: checkOrder({ pipelineFile, pipelineText, graphFile, graphText }), sources, baseline });
}

const FORMATS: Readonly<Record<string, (review: OrderReview) => string>> = {
  'out.txt': (one) => `${concludeOrder(one).text}\n`,
  'out.agent': (one) => printAgent(concludeOrder(one).findings),
  'out.md': (one) => concludeOrder(one).markdown,
  'out.json': (one) => `${JSON.stringify(reviewDocument(one), null, 2)}\n`,
  'out.sarif': (one) => orderSarif(one),
  'out.junit.xml': orderJunit,
  'out.svg': orderSvg,
  'out.mmd': orderMermaid,
  'out.dot': orderDot,
};

describe('formats of the order check', () => {
  for (const [file, print] of Object.entries(FORMATS))
    it(`prints ${file} to the letter`, () => {
      const text = print(review());
      if (UPDATE) writeFileSync(join(FOLDER, file), text);
      assert.equal(text, read(file));
    });

  it('shows every standing in the example: new, known, suppressed both ways, unused', () => {
    const { findings, suppressed, baseline } = review();
    const states = new Set(findings.map(({ standing }) => standing.state));
    assert.deepEqual([...states].sort(), ['known', 'new']);
    const how = suppressed.map(({ standing }) => (standing.state === 'suppressed' ? standing.by.how : ''));
    assert.deepEqual(how.sort(), ['comment', 'graph']);
    assert.ok(findings.some(({ finding }) => finding.rule === 'unused-suppression'));
    assert.equal(baseline!.gone.length, 1);
  });

  it('names every suppressed finding and its reason in every format but the drawings', () => {
    const reasons = ['mail goes out by night, after all else', 'admin shows a banner until payments is back'];
    for (const file of ['out.txt', 'out.md', 'out.json', 'out.sarif', 'out.junit.xml'])
      for (const reason of reasons) assert.ok(read(file).includes(reason), `${file}: ${reason}`);
  });

  it('writes SARIF that fits the standard', () => {
    assert.deepEqual(sarifProblems(JSON.parse(orderSarif(review()))), []);
    assert.deepEqual(sarifProblems(JSON.parse(orderSarif(review(() => 'stages: 3')))), []);
    const log = JSON.parse(orderSarif(review())) as Record<string, unknown>;
    assert.notDeepEqual(sarifProblems({ ...log, version: '2.0.0' }), []);
    assert.notDeepEqual(sarifProblems({ ...log, more: 1 }), []);
  });

  it('says in SARIF what could not be judged: an open result and a notification', () => {
    const text = orderSarif(review((yaml) => `${yaml}  - template: more.yml\n`));
    const [run] = (
      JSON.parse(text) as {
        runs: {
          results: { kind: string; ruleId: string }[];
          invocations: { toolExecutionNotifications: object[] }[];
        }[];
      }
    ).runs;
    const open = run!.results.filter(({ kind }) => kind === 'open');
    assert.ok(open.length > 0);
    assert.equal(open.length, run!.invocations[0]!.toolExecutionNotifications.length);
  });

  it('writes XML that an XML parser reads, whatever the texts hold', () => {
    const evil = 'Deploy\u0000<&"]]>\uD800 \u2028';
    const hostile = review((yaml) => yaml.replaceAll('DeployStore', 'Store').replace('were', evil));
    const odd = {
      ...hostile,
      findings: hostile.findings.map((one): Reviewed => ({ ...one, finding: { ...one.finding, message: evil } })),
    };
    for (const print of [orderJunit, orderSvg]) for (const one of [review(), odd]) assertWellFormed(print(one));
  });

  it('judges XML by a parser that does not forgive', () => {
    for (const wrong of [
      '<a>',
      '<a></b>',
      '<a/><b/>',
      '<a x=1/>',
      '<a x="<"/>',
      '<a>&</a>',
      '<a>]]></a>',
      '<a x="" x=""/>',
      'x',
      '<a>\u0001</a>',
    ])
      assert.throws(() => assertWellFormed(wrong), wrong);
  });

  it('draws any pipeline, also one without stages, with circles, or with a thousand stages', () => {
    for (const yaml of ['', 'x', 'steps: []', 'stages:\n- stage: A\n  dependsOn: B\n- stage: B\n  dependsOn: A\n'])
      for (const print of [orderSvg, orderMermaid, orderDot]) assert.ok(print(review(() => yaml)).length > 0);
    const many = Array.from({ length: 1000 }, (_, at) => `- stage: S${at}\n  jobs: [{ job: J, steps: [] }]\n`);
    assertWellFormed(orderSvg(review(() => `stages:\n${many.join('')}`)));
  });
});

if (UPDATE) {
  // The store's finding is in the baseline, and one that nobody has any more.
  const { findings } = review();
  const gone = {
    ...findings[0]!.finding,
    message: 'mail needs ledger, and no longer does',
    services: ['mail', 'ledger'],
  };
  const kept = findings.filter(({ finding }) => finding.rule === 'missing-order');
  const entries = [...kept, { finding: gone, fingerprint: '0'.repeat(32) }];
  writeFileSync(
    join(FOLDER, 'baseline.json'),
    writeBaseline(entries, (file) => file),
  );
}
