import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { COMMANDS } from '../../src/cli/commands.ts';
import { checkOrder } from '../../src/order/check-order.ts';
import { fixOrder } from '../../src/order/fix/fix.ts';
import { reviewOrder, type OrderReview } from '../../src/order/review/review.ts';
import { textDiff } from '../../src/order/fix/text-diff.ts';
import { concludeOrder } from '../../src/report/order-conclusion.ts';
import { orderSvg } from '../../src/report/order-picture.ts';

const README = readFileSync('README.md', 'utf8');

/** The fenced block whose first line is the comment `# name`. */
function example(name: string): string {
  const block = [...README.matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(([, text = '']) => text)
    .find((text) => text.startsWith(`# ${name}\n`));
  assert.ok(block !== undefined, `the README has no example ${name}`);
  return block;
}

describe('README', () => {
  it('shows a pipeline that passes the order check with the graph beside it', () => {
    const check = checkOrder({
      pipelineText: example('azure-pipelines.yml'),
      pipelineFile: 'azure-pipelines.yml',
      graphText: example('service-graph.yml'),
      graphFile: 'service-graph.yml',
    });
    assert.deepEqual(check.findings, []);
    assert.deepEqual(check.unresolved, []);
    assert.deepEqual(check.deployments.map(({ service }) => service).sort(), ['payments', 'store']);
  });

  it('keeps that pipeline within the ten lines it speaks of', () => {
    const lines = example('azure-pipelines.yml').trim().split('\n');
    assert.ok(lines.length <= 10, `${lines.length} lines`);
  });

  it('links only to files that exist', () => {
    const targets = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target);
    assert.ok(targets.length >= 5);
    assert.deepEqual(
      targets.filter((target) => !existsSync(target)),
      [],
    );
  });
});

/** Whoever types what stands there must not be told that there is no such flag. */
describe('commands in the documents', () => {
  for (const file of ['README.md', 'docs/when-it-goes-wrong.md'])
    it(`${file}: each is understood`, async () => {
      const blocks = [...readFileSync(file, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text);
      const lines = blocks.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('safe-rollout '));
      assert.ok(lines.length >= 4, `${lines.length} commands`);
      for (const line of lines) {
        const [, name = '', ...args] = line.match(/"[^"]*"|\S+/g) ?? [];
        const found = await COMMANDS[name]?.load();
        assert.ok(found !== undefined, line);
        assert.doesNotThrow(() => found.default.prepare(args.map((arg) => arg.replaceAll('"', ''))), line);
      }
    });
});

/** What the README says that the check says: to the letter. The picture is made anew by UPDATE_GOLDEN=1. */
describe('README, what the check finds', () => {
  const files = { pipelineFile: 'release.yml', graphFile: 'release-graph.yml' };
  const pipeline = example('release.yml');
  const graphText = example('release-graph.yml');
  const judge = (pipelineText: string): OrderReview => {
    const sources = new Map([
      [files.pipelineFile, pipelineText],
      [files.graphFile, graphText],
    ]);
    return reviewOrder({ check: checkOrder({ ...files, pipelineText, graphText }), sources });
  };
  const block = (language: string, begins: string): string => {
    const blocks = [...README.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))];
    return blocks.map(([, text = '']) => text).find((text) => text.startsWith(begins)) ?? 'no such block';
  };

  it('is what it prints', () =>
    assert.equal(`${concludeOrder(judge(pipeline)).text}\n`, block('text', 'release.yml:')));

  it('is what it mends, and leaves the condition to its author', () => {
    const fixed = fixOrder(pipeline, judge);
    assert.equal(textDiff(pipeline, fixed.text, files.pipelineFile), block('diff', '--- a/'));
    assert.deepEqual(
      fixed.review.findings.map(({ finding }) => finding.rule),
      ['unsafe-condition'],
    );
  });

  it('is what it draws', () => {
    const svg = orderSvg(judge(pipeline));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync('docs/order.svg', svg);
    assert.equal(svg, readFileSync('docs/order.svg', 'utf8'));
  });
});
