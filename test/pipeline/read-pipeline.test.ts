import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Pipeline } from '../../src/pipeline/model.ts';
import { templateRepositories } from '../fakes/template-repositories.ts';
import { parseTask } from '../../src/pipeline/read-steps.ts';
import { readPipeline } from '../../src/pipeline/read-pipeline.ts';
import { documents } from './arbitrary.ts';

/** `Stage(what it waits for){Job(what it waits for)/steps ...}` */
function outline({ stages }: Pipeline): string {
  return stages
    .map(({ name, dependsOn, jobs }) => {
      const inside = jobs.map(
        (job) => `${job.name}(${job.dependsOn.map((d) => d.name).join(',')})/${job.steps.length}`,
      );
      return `${name}(${dependsOn.map((d) => d.name).join(',')}){${inside.join(' ')}}`;
    })
    .join(' ');
}

const UNKNOWN = "${{ variables['Build.Reason'] }}";
const IF = "${{ if variables['Build.Reason'] }}";
const JOBS = 'jobs: [{ job: J, steps: [] }]';

describe('readPipeline', () => {
  const shapes: [string, string, string][] = [
    [
      `stages:\n- stage: A\n  ${JOBS}\n- stage: B\n  ${JOBS}\n- stage: C\n  ${JOBS}`,
      'A(){J()/0} B(A){J()/0} C(B){J()/0}',
      'the stage before where nothing is said',
    ],
    [
      `stages:\n- stage: A\n  ${JOBS}\n- stage: B\n  dependsOn: []\n  ${JOBS}\n- stage: C\n  ${JOBS}`,
      'A(){J()/0} B(){J()/0} C(B){J()/0}',
      'an empty list as no dependency, and what follows it as dependent on it alone',
    ],
    [
      `stages:\n- stage: A\n  ${JOBS}\n- stage: B\n  dependsOn: ''\n  ${JOBS}`,
      'A(){J()/0} B(){J()/0}',
      'an empty text as an empty list',
    ],
    [
      `stages:\n- stage: A\n  ${JOBS}\n- stage: B\n  dependsOn:\n  ${JOBS}`,
      'A(){J()/0} B(){J()/0}',
      'nothing as an empty list, which promises least',
    ],
    [
      `stages:\n- stage: A\n  ${JOBS}\n- stage: B\n  dependsOn: A\n  ${JOBS}\n- stage: C\n  dependsOn: [A, B]\n  ${JOBS}`,
      'A(){J()/0} B(A){J()/0} C(A,B){J()/0}',
      'a name and a list of names',
    ],
    [
      `stages:\n- stage:\n  ${JOBS}\n- stage: stage1\n  ${JOBS}\n- stage: ''\n  jobs: [{ job: , steps: [] }, { job: job1, steps: [] }, { job: '' }]`,
      'Stage2(){J()/0} stage1(Stage2){J()/0} Stage3(stage1){Job2()/0 job1()/0 Job3()/0}',
      'unnamed stages and jobs by the names the service gives them',
    ],
    [
      'jobs:\n- job: A\n  steps: [{ script: x }, { task: T@1 }]\n- job: B\n  dependsOn: A',
      '__default(){A()/2 B(A)/0}',
      'root jobs',
    ],
    ['steps:\n- script: x', '__default(){Job()/1}', 'root steps'],
    [
      'phases:\n- phase: A\n  queue: { name: q, matrix: { one: {} } }\n  steps: [{ script: x }]\n- phase: B\n  dependsOn: A\n- phase:',
      '__default(){A()/1 B(A)/0 Phase1()/0}',
      'phases',
    ],
    [
      'STAGES:\n- Stage: A\n  DEPENDSON: []\n  Jobs:\n  - JOB: J\n    Steps: [{ script: x }]',
      'A(){J()/1}',
      'keys in any case',
    ],
    [
      'jobs:\n- deployment: D\n  environment: e\n  strategy:\n    rolling:\n      preDeploy: { steps: [{ script: a }] }\n      on: { failure: { steps: [{ script: b }] }, success: { steps: [{ script: c }] } }\n- deployment: E\n  strategy: { runOnce: }',
      '__default(){D()/2 E()/0}',
      'hooks, without what only a failure runs',
    ],
  ];
  for (const [text, expected, reason] of shapes)
    it(`reads ${reason}`, () => {
      const { pipeline, findings, unresolved } = readPipeline(text, 'p.yml');
      assert.deepEqual([findings, unresolved], [[], []]);
      assert.equal(outline(pipeline!), expected);
    });

  it('runs hooks in the order of the service, wherever they stand', () => {
    const hook = (name: string): string => `      ${name}: { steps: [{ task: ${name}@1 }] }\n`;
    const text = `jobs:\n- deployment: D\n  strategy:\n    canary:\n      on: { success: { steps: [{ task: success@1 }] } }\n${['postRouteTraffic', 'routeTraffic', 'deploy', 'preDeploy'].map(hook).join('')}`;
    const [job] = readPipeline(text, 'p').pipeline!.stages[0]!.jobs;
    assert.deepEqual(
      job!.steps.map(({ task }) => task!.name),
      ['preDeploy', 'deploy', 'routeTraffic', 'postRouteTraffic', 'success'],
    );
    assert.equal(job!.repeats, true);
  });

  it('is the pipeline of its own file, whatever it extends', () => {
    const templates = templateRepositories({ '/t.yml': 'stages: [{ stage: A, jobs: [{ job: J }] }]' });
    const { pipeline } = readPipeline('extends: { template: t.yml }', 'p.yml', { templates });
    assert.deepEqual([pipeline!.file, pipeline!.stages[0]!.file], ['p.yml', 't.yml']);
  });

  it('tells what templates hide: edges, jobs or steps', () => {
    const read = (text: string): unknown => {
      const { pipeline, unresolved, findings } = readPipeline(text, 'p');
      assert.ok(unresolved.length > 0);
      assert.deepEqual(findings, []);
      return [pipeline!.complete, pipeline!.stages.every(({ complete }) => complete), pipeline!.stepsComplete];
    };
    assert.deepEqual(read('stages: [{ template: t.yml }]'), [false, true, true]);
    assert.deepEqual(read(`stages: ${UNKNOWN}`), [false, true, true]);
    assert.deepEqual(read(`stages: [{ stage: A, dependsOn: "${UNKNOWN}", ${JOBS} }]`), [false, true, true]);
    assert.deepEqual(read(`stages: [{ stage: "A${UNKNOWN}", ${JOBS} }]`), [false, true, true]);
    assert.deepEqual(read('stages: [{ stage: A, jobs: [{ template: t.yml }] }]'), [true, false, true]);
    assert.deepEqual(read(`jobs: [{ job: A, dependsOn: ["${UNKNOWN}"] }]`), [true, false, true]);
    assert.deepEqual(read(`jobs:\n- job: A\n  ${IF}:\n    dependsOn: B`), [true, false, true]);
    assert.deepEqual(read('steps: [{ template: t.yml }]'), [true, true, false]);
    assert.deepEqual(read(`jobs:\n- deployment: A\n  strategy:\n    ${IF}:\n      runOnce: {}`), [true, true, false]);
    assert.deepEqual(read(`jobs:\n- deployment: A\n  strategy:\n    runOnce:\n      ${IF}:\n        deploy: {}`), [
      true,
      true,
      false,
    ]);
    assert.deepEqual(read(`jobs:\n- deployment: A\n  strategy:\n    runOnce:\n      deploy: "${UNKNOWN}"`), [
      true,
      true,
      false,
    ]);
    assert.deepEqual(read(`steps: [{ task: "${UNKNOWN}" }]`), [true, true, false]);
    assert.deepEqual(read(`${IF}:\n  stages: []`), [false, false, true]);
    assert.deepEqual(read('extends: { template: t.yml }')?.toString(), 'false,false,true');
    assert.deepEqual(read('phases: [{ template: t.yml }]'), [true, false, true]);
  });

  it('says where inputs are hidden, and leaves it to who reads them', () => {
    for (const inputs of [`\n    ${IF}: { a: b }`, ` ${UNKNOWN}`]) {
      const { pipeline, unresolved } = readPipeline(`steps:\n- task: A@1\n  inputs:${inputs}`, 'p');
      assert.deepEqual(unresolved, []);
      assert.equal(pipeline!.stages[0]!.jobs[0]!.steps[0]!.inputsComplete, false);
    }
  });

  it('never throws, whatever the document is', () =>
    fc.assert(
      fc.property(documents, (document) => {
        const { pipeline, findings, unresolved } = readPipeline(JSON.stringify(document), 'p');
        assert.ok(pipeline !== undefined || findings.length > 0 || unresolved.length > 0);
      }),
      { seed: 20260106, numRuns: 500 },
    ));

  const tasks: [string, string, string | undefined][] = [
    ['AzureWebApp@1', 'AzureWebApp', '1'],
    ['ms-contrib.ext.AzureWebApp@1', 'AzureWebApp', '1'],
    ['AzureWebApp@1.2.3', 'AzureWebApp', '1'],
    [' AzureWebApp ', 'AzureWebApp', undefined],
    ['', '', undefined],
  ];
  for (const [text, name, major] of tasks)
    it(`reads the task '${text}'`, () => assert.deepEqual(parseTask(text), { name, major }));
});
