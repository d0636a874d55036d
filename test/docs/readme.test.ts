import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { checkOrder } from '../../src/order/check-order.ts';

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
