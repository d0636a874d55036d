import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBaseline } from '../../src/finding/baseline.ts';
import { checkOrder } from '../../src/order/check-order.ts';
import { reviewOrder, STRICT, type OrderReview, type ReviewPolicy } from '../../src/order/review/review.ts';
import { concludeOrder } from '../../src/report/order-conclusion.ts';
import { findingThreads, type ThreadContext } from '../../src/report/finding-threads.ts';

const read = (file: string): string => readFileSync(join('test/golden/formats', file), 'utf8');
const CONTEXT: ThreadContext = {
  check: 'check',
  pipeline: 'contoso_ci',
  placeOf: ({ file, line, column }) => ({ path: `/${file}`, line, column }),
  mask: (text) => text,
};

function review(policy: Partial<ReviewPolicy> = {}): OrderReview {
  const [pipelineFile, graphFile] = ['azure-pipelines.yml', 'service-graph.yml'];
  const sources = new Map([pipelineFile, graphFile].map((file) => [file, read(file)]));
  const baseline = readBaseline(read('baseline.json'));
  assert.ok('entries' in baseline, 'the baseline is one');
  const [pipelineText, graphText] = [sources.get(pipelineFile)!, sources.get(graphFile)!];
  const check = checkOrder({ pipelineFile, pipelineText, graphFile, graphText });
  return reviewOrder({ check, sources, baseline, policy: { ...STRICT, ...policy } });
}

describe('the threads of findings', () => {
  it('are of what the page of the run shows, errors first', () => {
    for (const one of [review(), review({ failOn: 'error' })]) {
      const threads = findingThreads(one, CONTEXT);
      const annotated = concludeOrder(one).findings;
      assert.ok(threads.length > 1, 'the example has findings');
      assert.deepEqual(
        threads.map(({ mark, place }) => `${mark.rule} ${place!.path}:${place!.line}`).sort(),
        annotated.map(({ rule, file, line }) => `${rule} /${file}:${line}`).sort(),
      );
      const kinds = threads.map(({ text }) => text.slice(2, 9));
      assert.deepEqual(kinds, kinds.toSorted());
      const prints = threads.map(({ mark }) => mark.finding);
      assert.equal(new Set(prints).size, prints.length);
    }
  });

  it('say where, when they are at no place', () => {
    const [first] = findingThreads(review(), { ...CONTEXT, placeOf: () => undefined });
    assert.match(first!.text, /^\*\*Error\*\* \[[a-z-]+\]\(https:[^)]+\): azure-pipelines\.yml:\d+: /);
    assert.equal(first!.place, undefined);
  });

  it('mask before they take the meaning from signs, and end somewhere', () => {
    const one = review();
    const [found, ...rest] = one.findings;
    const message = `pass*word @alice ${'x'.repeat(5000)}`;
    const odd = { ...one, findings: [{ ...found!, finding: { ...found!.finding, message } }, ...rest] };
    const mask = (text: string): string => text.replaceAll('pass*word', '***');
    const { text } = findingThreads(odd, { ...CONTEXT, mask }).find((thread) => thread.text.includes('alice'))!;
    assert.match(text, /: \\\*\\\*\\\* @\u200Balice x+\.\.\.\n\n/);
    assert.ok(text.length < 4000);
    assert.match(text, /pipeline contoso\\_ci: /);
  });
});
