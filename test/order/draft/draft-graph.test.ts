import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { printDraft } from '../../../src/catalogue/draft.ts';
import { importGraph } from '../../../src/catalogue/import-graph.ts';
import { readCatalogue } from '../../../src/catalogue/read-catalogue.ts';
import { checkOrder } from '../../../src/order/check-order.ts';
import { draftGraph } from '../../../src/order/draft/draft-graph.ts';
import { readPipeline } from '../../../src/pipeline/read-pipeline.ts';

/** Golden pairs of `init`: a pipeline or a file of another tool, and in `NAME.out` the graph file that is drafted. */
const ROOT = 'test/golden/init';
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';

function draft(text: string, file: string): string | undefined {
  if (/pipelines?\.yml$/.test(file)) return printDraft(draftGraph(readPipeline(text, file).pipeline!));
  const { draft: imported, findings } = importGraph(text, file);
  assert.deepEqual(findings, []);
  return printDraft(imported!);
}

describe('a drafted service graph', () => {
  const sources = readdirSync(ROOT)
    .filter((file) => !file.endsWith('.out'))
    .sort();
  it('finds the pairs', () => assert.ok(sources.length >= 5, `only ${sources.length}`));

  for (const file of sources)
    it(`of ${file} is as it was, and reads back`, () => {
      const text = draft(readFileSync(join(ROOT, file), 'utf8'), file)!;
      const out = join(ROOT, `${file}.out`);
      if (UPDATE) writeFileSync(out, text);
      assert.equal(text, existsSync(out) ? readFileSync(out, 'utf8') : 'missing: run with UPDATE_GOLDEN=1');
      assert.deepEqual(readCatalogue(text, 'service-graph.yml').findings, []);
    });

  const pipelines = ['ok', 'err'].flatMap((folder) => {
    const root = join('test/golden/order', folder);
    return readdirSync(root)
      .filter((file) => file.endsWith('.yml') && !file.endsWith('.graph.yml'))
      .map((file) => join(root, file));
  });

  it('reads back, and its pipeline respects it, for every pipeline of the order check', () => {
    let drafted = 0;
    for (const path of pipelines) {
      const pipelineText = readFileSync(path, 'utf8');
      const { pipeline, findings: faults } = readPipeline(pipelineText, 'azure-pipelines.yml');
      if (pipeline === undefined || faults.length > 0) continue;
      const graphText = printDraft(draftGraph(pipeline));
      if (graphText === undefined) continue;
      drafted++;
      const { findings } = readCatalogue(graphText, 'service-graph.yml');
      assert.deepEqual(findings, [], `${path}\n${graphText}`);
      const check = checkOrder({
        pipelineText,
        pipelineFile: 'azure-pipelines.yml',
        graphText,
        graphFile: 'service-graph.yml',
      });
      const wrong = check.findings.filter(({ rule }) =>
        ['missing-order', 'reversed-order', 'graph-cycle', 'unknown-dependency'].includes(rule),
      );
      // That a choice drops an edge which holds otherwise is what the check is for.
      const mistakes = wrong.filter(({ message }) => !/^with \S+=/.test(message));
      assert.deepEqual(mistakes, [], `${basename(path)}\n${graphText}`);
    }
    assert.ok(drafted > 25, `only ${drafted}`);
  });

  it('has nothing to say about a pipeline that deploys nothing', () => {
    assert.equal(draft('steps:\n- script: npm test', 'azure-pipelines.yml'), undefined);
  });

  it('leaves out what the graph file does not take, and says so', () => {
    const text = draft(
      'steps:\n- task: SqlAzureDacpacDeployment@1\n  inputs: { ServerName: "tcp:sql-a.database.windows.net,1433", DatabaseName: "a/b" }\n' +
        '- script: az webapp deploy -n shop -g "no group!"',
      'azure-pipelines.yml',
    )!;
    assert.deepEqual(readCatalogue(text, 'g.yml').findings, [], text);
    assert.match(text, /server: "?sql-a\.database\.windows\.net,1433"?\n {4}# database: "?a\/b"? \(not a name/);
  });

  it('lets a service depend only on what all its deployments wait for', () => {
    const job = (app: string): string => `[{ job: J, steps: [{ script: az webapp up -n ${app} }] }]`;
    const text = draft(
      `stages:\n- stage: A\n  jobs: ${job('alpha')}\n- stage: B\n  dependsOn: []\n  jobs: ${job('beta')}\n` +
        `- stage: C\n  dependsOn: [A, B]\n  jobs: ${job('gamma')}\n- stage: D\n  dependsOn: B\n  jobs: ${job('gamma')}`,
      'azure-pipelines.yml',
    )!;
    assert.match(text, /gamma\n {4}dependsOn: \[beta\]\n/);
  });

  it('survives names that are made to harm it', () => {
    const names = [
      'a b',
      '-',
      '{x: 1}',
      'a\\nversion: 2',
      '${{ x }}',
      '# no',
      'yes',
      '__proto__',
      'ä',
      'A-B',
      'a-b',
      '"',
    ];
    const steps = names.map(
      (name) =>
        `- task: HelmDeploy@0\n  inputs: { command: upgrade, releaseName: ${JSON.stringify(name).replace('\\\\n', '\\n')} }`,
    );
    const text = draft(`steps:\n${steps.join('\n')}`, 'azure-pipelines.yml')!;
    assert.deepEqual(readCatalogue(text, 'g.yml').findings, [], text);
  });
});
