import assert from 'node:assert/strict';
import { join } from 'node:path';
import { builtProduct } from '../tasks/built-tasks.ts';
import { safeRollout } from './command-line.ts';

const CONTOSO = join(process.cwd(), 'examples/contoso');

describe('the commands that need no Azure', function () {
  this.timeout(30_000);
  before(async () => void (await builtProduct()));

  it('validate: passes the good pipeline and shows the mistake of the other at its place', async () => {
    const good = await safeRollout(['validate'], { cwd: CONTOSO });
    assert.equal(good.exitCode, 0, good.stdout + good.stderr);
    assert.match(good.stdout, /^The order holds for \d+ deployments\.\n$/);
    const wrong = await safeRollout(['validate', 'azure-pipelines.wrong-order.yml'], { cwd: CONTOSO });
    assert.equal(wrong.exitCode, 1);
    assert.match(
      wrong.stdout,
      /^azure-pipelines\.wrong-order\.yml:\d+:\d+: error missing-order: .*\n +\d+ \| .*\n +\| *\^\n/,
    );
    assert.match(wrong.stdout, /The order is not proven: \d errors\.\n$/);
  });

  it('validate: says the same as a document', async () => {
    const { stdout, exitCode } = await safeRollout(
      ['validate', 'azure-pipelines.wrong-order.yml', '--format', 'json'],
      {
        cwd: CONTOSO,
      },
    );
    const document = JSON.parse(stdout) as {
      ok: boolean;
      findings: { rule: string; line: number }[];
      deployments: unknown[];
    };
    assert.equal(exitCode, 1);
    assert.equal(document.ok, false);
    assert.ok(document.findings.every(({ rule, line }) => rule === 'missing-order' && line > 1));
    assert.ok(document.deployments.length > 0);
    assert.deepEqual(Object.keys(document), ['ok', 'findings', 'deployments', 'unresolved']);
  });

  const drawings: [string[], RegExp][] = [
    [['graph'], /^flowchart LR\n[\s\S]*n\d\["payments-core \(package\)"\]/],
    [['graph', '--as', 'dot'], /^digraph services \{\n/],
    [['graph', 'service-graph.yml', '--format', 'json'], /"waves": \[/],
  ];
  for (const [args, expected] of drawings)
    it(args.join(' '), async () => {
      const end = await safeRollout(args, { cwd: CONTOSO });
      assert.equal(end.exitCode, 0, end.stderr);
      assert.match(end.stdout, expected);
    });
});
