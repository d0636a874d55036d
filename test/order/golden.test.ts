import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { printText } from '../../src/finding/print.ts';
import { checkOrder } from '../../src/order/check-order.ts';
import { orderDocument } from '../../src/order/review/document.ts';

/**
 * Golden pairs: `ok/NAME.yml` and `err/NAME.yml` are pipelines, `NAME.out` is what the check says of them. The service
 * graph is `NAME.graph.yml`, or `contoso.graph.yml` of the folder above. After a wanted change run
 * `UPDATE_GOLDEN=1 npx mocha` and read the difference before it is committed.
 */
const ROOT = 'test/golden/order';
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const pairs = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yml') && !file.endsWith('.graph.yml'))
  .map((file) => join(ROOT, file))
  .sort();

function check(path: string): ReturnType<typeof checkOrder> & { text: string } {
  const own = path.replace(/\.yml$/, '.graph.yml');
  const pipelineText = readFileSync(path, 'utf8');
  const graphText = readFileSync(existsSync(own) ? own : join(ROOT, 'contoso.graph.yml'), 'utf8');
  const answer = checkOrder({
    pipelineText,
    pipelineFile: 'azure-pipelines.yml',
    graphText,
    graphFile: 'service-graph.yml',
  });
  const sources = new Map([
    ['azure-pipelines.yml', pipelineText],
    ['service-graph.yml', graphText],
  ]);
  const { deployments, unresolved, preconditions } = orderDocument(answer);
  const where = (environment: string): string => (environment === 'production' ? '' : ` in ${environment}`);
  const lines = [
    ...deployments.map(
      (d) => `${d.service}${where(d.environment)}: ${d.stage}/${d.job ?? '?'} line ${d.line}, by ${d.inferredFrom}`,
    ),
    ...preconditions.map(
      (p) =>
        `precondition${where(p.environment)}: ${p.service} needs ${p.needs}${p.range === null ? '' : `@${p.range}`}`,
    ),
    ...unresolved.map((u) => `unresolved ${u.file}:${u.line}: ${u.what}`),
    answer.ok ? 'ok' : 'not ok',
  ];
  return { ...answer, text: `${printText(answer.findings, sources)}${lines.join('\n')}\n` };
}

describe('golden pairs of the order check', () => {
  it('finds the pairs', () => assert.ok(pairs.length >= 25, `only ${pairs.length}`));

  for (const path of pairs)
    it(`${basename(dirname(path))}: ${basename(path, '.yml')}`, () => {
      const { text, ok } = check(path);
      const out = path.replace(/\.yml$/, '.out');
      if (UPDATE) writeFileSync(out, text);
      assert.equal(text, existsSync(out) ? readFileSync(out, 'utf8') : `${out} is missing: run with UPDATE_GOLDEN=1`);
      assert.equal(ok, basename(dirname(path)) === 'ok');
    });

  it('has an example of every rule', () => {
    const answers = pairs.map(check);
    const rules = new Set(answers.flatMap(({ findings }) => findings.map(({ rule }) => rule)));
    // Its findings are apart: they are no fault but the lack of an answer.
    if (answers.some(({ unresolved }) => unresolved.length > 0)) rules.add('unresolved');
    const expected = readdirSync('src/order/rules').map((file) => basename(file, '.ts'));
    assert.deepEqual([...rules].sort(), [...expected, 'graph-file', 'pipeline-file', 'pipeline-graph'].sort());
  });

  it('has every sentence of the service', () => {
    const said = pairs.flatMap((path) => check(path).findings.map(({ message }) => message)).join('\n');
    for (const sentence of [
      /The pipeline must contain at least one stage with no dependencies\./,
      /Stage \w+ must contain at least one job with no dependencies\./,
      /The pipeline must contain at least one job with no dependencies\./,
      /Stage \w+ depends on unknown stage \w+\./,
      /Stage \w+ job \w+ depends on unknown job \w+\./,
      /\nJob \w+ depends on unknown job \w+\./,
      /Stage \w+ depends on stage \w+ which creates a cycle in the dependency graph\./,
      /Stage \w+ job \w+ depends on job \w+ which creates a cycle in the dependency graph\./,
      /\nJob \w+ depends on job \w+ which creates a cycle in the dependency graph\./,
      /The stage name \w+ appears more than once\. Stage names must be unique within a pipeline\./,
      /Stage \w+ job \w+ appears more than once\. Job names must be unique within a stage\./,
      /Stage [\w-]+ has an invalid name\. Valid names may only contain alphanumeric characters and '_' and may not start with a number\./,
      /Stage \w+ job [\w-]+ has an invalid name\. Valid names may only contain/,
      /Anchors are not currently supported\. Remove the anchor '\w+'/,
      /'\w+' is already defined/,
    ])
      assert.match(said, sentence);
  });
});
