import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkOrder, type OrderCheck } from '../../src/order/check-order.ts';
import { orderDocument } from '../../src/order/review/document.ts';
import { documents } from '../pipeline/arbitrary.ts';
import { DEEP, runs } from '../depth.ts';

const check = (pipelineText: string, graphText: string): OrderCheck =>
  checkOrder({ pipelineText, pipelineFile: 'azure-pipelines.yml', graphText, graphFile: 'service-graph.yml' });

/** A pipeline in which every job deploys one service, and edges that lead only to earlier ones. */
interface Sample {
  readonly stages: readonly {
    readonly dependsOn: readonly number[] | undefined;
    readonly jobs: readonly (readonly number[])[];
  }[];
  /** For each job, in the order of the pipeline, the services (by number) its service needs. */
  readonly needs: readonly (readonly number[])[];
}

const below = (size: number): fc.Arbitrary<number[]> =>
  size === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 });
const anySample: fc.Arbitrary<Sample> = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 })
  .chain((sizes) => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    return fc.record({
      stages: fc.tuple(
        ...sizes.map((size, at) =>
          fc.record({
            dependsOn: fc.option(below(at), { nil: undefined }),
            jobs: fc.tuple(...Array.from({ length: size }, (_, job) => below(job))),
          }),
        ),
      ),
      // Needs follow a shuffled order, so that they are free of cycles but not of the pipeline's order.
      needs: fc
        .tuple(
          fc.shuffledSubarray([...Array(total).keys()], { minLength: total }),
          fc.tuple(...Array.from({ length: total }, (_, at) => below(at))),
        )
        .map(([place, lists]) =>
          lists
            .map((list, at) => ({ at, list }))
            .sort((a, b) => place[a.at]! - place[b.at]!)
            .map(({ list }) => list.map((other) => place[other]!)),
        ),
    });
  });

function write({ stages, needs }: Sample): [string, string] {
  let service = 0;
  const pipeline = ['stages:'];
  stages.forEach(({ dependsOn, jobs }, at) => {
    pipeline.push(`- stage: S${at}`);
    if (dependsOn !== undefined) pipeline.push(`  dependsOn: [${dependsOn.map((to) => `S${to}`).join(', ')}]`);
    pipeline.push('  jobs:');
    jobs.forEach((on, job) =>
      pipeline.push(
        `  - job: J${job}`,
        `    dependsOn: [${on.map((to) => `J${to}`).join(', ')}]`,
        `    steps: [{ task: AzureWebApp@1, inputs: { appName: app${service++} } }]`,
      ),
    );
  });
  const graph = needs.map(
    (on, at) => `  s${at}: { kind: appService, app: app${at}, dependsOn: [${on.map((to) => `s${to}`).join(', ')}] }`,
  );
  return [pipeline.join('\n'), `version: 1\nservices:\n${graph.join('\n')}`];
}

/** Runs the pipeline with one job failing: which jobs run? The plainest reading of the rules of the service. */
function runWith(failing: number, { stages }: Sample): Set<number> {
  const ran = new Set<number>();
  const good: boolean[] = [];
  let number = 0;
  stages.forEach(({ dependsOn, jobs }, at) => {
    const needed = dependsOn ?? (at === 0 ? [] : [at - 1]);
    const starts = needed.every((stage) => good[stage]!);
    const first = number;
    const fine: boolean[] = [];
    jobs.forEach((on) => {
      const runs = starts && on.every((job) => fine[job]!);
      if (runs) ran.add(number);
      fine.push(runs && number !== failing);
      number++;
    });
    good.push(starts && fine.length === number - first && fine.every((yes) => yes));
  });
  return ran;
}

describe('checkOrder', () => {
  it('finds an edge wrong exactly when its service would run in spite of the failure of what it needs', () =>
    fc.assert(
      fc.property(anySample, (sample) => {
        const [pipeline, graph] = write(sample);
        const { findings: all, unresolved, ok, deployments } = check(pipeline, graph);
        const findings = all.filter(({ severity }) => severity === 'error');
        assert.deepEqual(unresolved, []);
        assert.equal(deployments.length, sample.needs.length);
        const found = findings.map(({ rule, services }) => `${rule.split('-')[1]!} ${services.join(' ')}`).sort();
        const expected = sample.needs.flatMap((on, service) =>
          on.filter((other) => runWith(other, sample).has(service)).map((other) => `order s${service} s${other}`),
        );
        assert.deepEqual(found, expected.sort());
        assert.equal(ok, expected.length === 0);
        for (const { rule, services } of findings) {
          const [after, before] = services.map((name) => Number(name.slice(1)));
          // Reversed: what is needed would not run if the one that needs it failed.
          assert.equal(rule, runWith(after!, sample).has(before!) ? 'missing-order' : 'reversed-order');
        }
      }),
      { seed: 20260109, numRuns: runs(400) },
    ));

  it('is satisfied once the edge it asks for is written', () =>
    fc.assert(
      fc.property(anySample, (sample) => {
        const [first, graph] = write(sample);
        let pipeline = first;
        for (let round = 0; round < 40; round++) {
          const { findings } = check(pipeline, graph);
          const missing = findings.find(({ rule }) => rule === 'missing-order');
          if (missing === undefined) return;
          const asked = /add `dependsOn: (\w+)` to (stage|job) \w+(?:, in all `dependsOn: \[(.*)\]`)?$/.exec(
            missing.message,
          );
          assert.ok(asked, missing.message);
          pipeline = writeDependsOn(pipeline, missing.line, asked[2]!, asked[3] ?? asked[1]!);
          assert.ok(!check(pipeline, graph).findings.some(({ rule }) => rule === 'pipeline-graph'), 'makes a cycle');
        }
        assert.fail('does not come to an end');
      }),
      { seed: 20260110, numRuns: runs(100) },
    ));

  it('never throws and always says why it is not content', () =>
    fc.assert(
      fc.property(documents, documents, (pipeline, graph) => {
        const { ok, findings, unresolved } = check(JSON.stringify(pipeline), JSON.stringify(graph));
        assert.equal(ok, findings.length + unresolved.length === 0);
      }),
      { seed: 20260111, numRuns: runs(500) },
    ));

  it('keeps its document to the letter', () => {
    const graph =
      'version: 1\nservices:\n  pay: { kind: appService, app: pay }\n  mail: { kind: command, run: [x], dependsOn: [pay], deployedBy: { stage: A } }';
    const jobs = '[{ job: J, steps: [{ task: AzureWebApp@1, inputs: { appName: pay } }] }, { job: K, steps: [] }]';
    const document = orderDocument(check(`stages:\n- stage: A\n  jobs: ${jobs}`, graph));
    assert.deepEqual(document, {
      ok: false,
      findings: [],
      deployments: [
        {
          service: 'mail',
          environment: 'production',
          stage: 'A',
          job: null,
          file: 'azure-pipelines.yml',
          line: 2,
          inferredFrom: 'deployedBy',
        },
        {
          service: 'pay',
          environment: 'production',
          stage: 'A',
          job: 'J',
          file: 'azure-pipelines.yml',
          line: 3,
          inferredFrom: 'AzureWebApp@1',
        },
      ],
      unresolved: [
        {
          file: 'azure-pipelines.yml',
          line: 2,
          what: 'mail needs pay, but deployedBy names stage A but no job of it',
        },
      ],
      preconditions: [],
    });
    assert.deepEqual(Object.keys(document), ['ok', 'findings', 'deployments', 'unresolved', 'preconditions']);
  });

  it('checks 1,000 stages, 2,000 jobs and 5,000 edges, or a quarter of them; npm run bench says how fast', () => {
    const [pipeline, graph] = large(DEEP ? 1000 : 250);
    assert.deepEqual(check(pipeline, graph).findings, []);
  });
});

/** Writes the dependsOn of the stage or job that begins on `line`, as the finding asks. */
function writeDependsOn(pipeline: string, line: number, word: string, names: string): string {
  const lines = pipeline.split('\n');
  const indent = word === 'stage' ? '  ' : '    ';
  const written = `${indent}dependsOn: [${names}]`;
  if (lines[line]!.trimStart().startsWith('dependsOn:')) lines[line] = written;
  else lines.splice(line, 0, written);
  return lines.join('\n');
}

/** A binary tree of stages, two jobs in each, each service needing about 2.5 others above it. */
function large(stages: number): [string, string] {
  const pipeline = ['stages:'];
  const graph = ['version: 1', 'services:'];
  for (let stage = 0; stage < stages; stage++) {
    const parent = (stage - 1) >> 1;
    pipeline.push(
      `- stage: S${stage}`,
      '  isSkippable: false',
      `  dependsOn: [${stage === 0 ? '' : `S${parent}`}]`,
      '  jobs:',
    );
    for (const job of [0, 1]) {
      const needs = [
        job === 1 ? `s${stage}-0` : '',
        stage === 0 ? '' : `s${parent}-0`,
        stage === 0 ? '' : `s${parent}-1`,
      ];
      pipeline.push(
        `  - job: J${job}`,
        ...(job === 1 ? ['    dependsOn: J0'] : []),
        '    steps:',
        '    - script: npm ci',
      );
      pipeline.push('    - task: AzureAppServiceManage@0', '      inputs:', '        azureSubscription: contoso');
      pipeline.push(
        '        Action: Swap Slots',
        `        WebAppName: app-${stage}-${job}`,
        '        SourceSlot: staging',
      );
      graph.push(
        `  s${stage}-${job}: { kind: appService, app: app-${stage}-${job}, dependsOn: [${needs.filter((name) => name !== '').join(', ')}] }`,
      );
    }
  }
  return [pipeline.join('\n'), graph.join('\n')];
}
