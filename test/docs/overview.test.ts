import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { checkOrder } from '../../src/order/check-order.ts';
import { reviewOrder, type OrderReview } from '../../src/order/review/review.ts';
import { RULES, rulesInForce } from '../../src/order/rulebook/rule-texts.ts';
import { validateSettings } from '../../src/order/validate.settings.ts';

const OVERVIEW = readFileSync('overview.md', 'utf8');
const [, EXAMPLES = ''] = /\n## Examples of each rule\n([\s\S]*?)\n## /.exec(OVERVIEW) ?? [];
/** By rule: the text between its heading and the next. The first has the graph that the others use. */
const sections = new Map(EXAMPLES.split(/^### /m).map((section) => [section.slice(0, section.indexOf('\n')), section]));

function blocks(text: string): string[] {
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
}

const isGraph = (block: string): boolean => block.startsWith('# service-graph.yml\n');
const GRAPH = blocks(sections.get('') ?? '').find(isGraph) ?? '';
const GOOD = ['DeployPayments', 'DeployStore']
  .map(
    (name) =>
      `- stage: ${name}\n  jobs: [{ job: J, steps: [{ task: AzureWebApp@1, inputs: { appName: ${app(name)} } }] }]\n`,
  )
  .join('');

function app(stage: string): string {
  return stage === 'DeployStore' ? 'app-contoso-store' : 'app-contoso-payments';
}

function review(some: readonly string[]): OrderReview {
  const graphText = some.find(isGraph) ?? GRAPH;
  const pipelineText = some.find((block) => !isGraph(block)) ?? `stages:\n${GOOD}`;
  const check = checkOrder({
    pipelineText,
    pipelineFile: 'azure-pipelines.yml',
    graphText,
    graphFile: 'service-graph.yml',
  });
  return reviewOrder({ check, sources: new Map([['azure-pipelines.yml', pipelineText]]) });
}

describe('overview.md', () => {
  it('has a row for every rule, in the words that all outputs use', () => {
    const cells = (line: string): string[] =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
    const rows = OVERVIEW.split('\n')
      .filter((line) => /^\| \[`[\w-]+`\]\(#/.test(line))
      .map(cells);
    const expected = rulesInForce().map(([rule, { what, why, cure }]) => [`[\`${rule}\`](#${rule})`, what, why, cure]);
    assert.deepEqual(rows, expected);
  });

  it('has an example of every rule, where its help page leads', () => {
    const headings = [...sections.keys()].filter((heading) => heading !== '');
    assert.deepEqual(
      headings,
      rulesInForce().map(([rule]) => rule),
    );
  });

  for (const [rule, section] of sections)
    it(rule === '' ? 'begins with a graph that is right' : `shows ${rule}, and nothing else`, () => {
      const found = review(rule === '' ? [] : blocks(section));
      // Warnings that every pipeline without isSkippable or a test earns; here they would hide what an example is about.
      const rules = [...found.findings, ...found.unresolved]
        .map(({ finding }) => finding.rule)
        .filter((one) => !['deselectable-stage', 'unverified-dependency'].includes(one) || rule === one);
      if (rule === '') assert.deepEqual([rules, found.passed, GRAPH === ''], [[], true, false]);
      else
        assert.deepEqual(
          [...new Set(rules)].filter((one) => one !== 'missing-order' || rule !== 'bad-suppression'),
          [rule],
        );
    });

  it('shows suppressions that suppress, both ways', () => {
    const [, adoption = ''] = /\n### In a repository that is not new\n([\s\S]*?)\n## /.exec(OVERVIEW) ?? [];
    const [task = '', pipeline = '', graph = ''] = blocks(adoption);
    assert.equal(review([pipeline]).suppressed.length, 1);
    assert.equal(review([pipeline]).passed, true);
    const bare = pipeline.replace(/^ *# safe-rollout-ignore.*\n/m, '');
    assert.equal(review([bare]).passed, false);
    assert.equal(review([bare, graph]).suppressed.length, 1);
    assert.equal(review([bare, graph]).passed, true);
    const [step] = parse(task) as { task: string; inputs: Record<string, string> }[];
    assert.equal(step!.task, 'SafeRolloutValidate@1');
    for (const input of Object.keys(step!.inputs)) assert.ok(input in validateSettings.settings, input);
  });
});

describe('texts of the rules', () => {
  const fileOf = (rule: string): string => `src/order/rules/${rule}.ts`;

  it('are there for every rule, and claim none that nothing judges', () => {
    for (const [rule, { later }] of Object.entries(RULES))
      if (later === true)
        assert.ok(!existsSync(fileOf(rule)), `${rule} is judged by now: remove 'later', add it to overview.md`);
  });
});
