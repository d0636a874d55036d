import assert from 'node:assert/strict';
import { checkOrder } from '../../src/order/check-order.ts';
import { makePlan } from '../../src/order/runs/plan.ts';
import { NO, YES } from '../../src/order/runs/results.ts';
import { sliceFor } from '../../src/order/runs/slice.ts';
import { unknownsOf, type Outcome } from '../../src/order/runs/unknowns.ts';
import { indexUnknowns } from '../../src/order/runs/choices.ts';
import { World } from '../../src/order/runs/world.ts';
import { readPipeline } from '../../src/pipeline/read-pipeline.ts';

/**
 * What is known of the service, one test for each row: `measured` on the real service, `documented`, from the `SDK` that
 * the service grew from, `emulated`, and `inferred` or `open`, whose outcome is never a silent pass.
 */
const GRAPH = `version: 1
services:
  a: { kind: appService, app: app-a, dependsOn: [b] }
  b: { kind: appService, app: app-b }
`;
const step = (app: string): string => `{ task: AzureWebApp@1, inputs: { appName: app-${app} } }`;
const A = `steps: [${step('a')}]`;
const B = `steps: [${step('b')}]`;

/** `holds`, `unresolved`, or the rules that find an error, once each. */
function verdict(pipelineText: string): string {
  const { findings, unresolved } = checkOrder({
    pipelineText,
    pipelineFile: 'p.yml',
    graphText: GRAPH,
    graphFile: 'g.yml',
  });
  const rules = findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
  if (rules.length > 0) return [...new Set(rules)].join(' ');
  return unresolved.length > 0 ? 'unresolved' : 'holds';
}

/** Stage SB deploys b in job JB, stage SA deploys a in job JA. */
function stages(first: string, second: string, between = ''): string {
  return `stages:\n- stage: SB\n  ${first}\n  jobs: [{ job: JB, ${B} }]\n${between}- stage: SA\n  ${second}\n  jobs: [{ job: JA, ${A} }]`;
}

/** Job JA waits for job JB. */
function jobs(first: string, second: string): string {
  return `jobs:\n- job: JB\n  ${first}\n  ${B}\n- job: JA\n  dependsOn: JB\n  ${second}\n  ${A}`;
}

function table(rows: readonly (readonly [string, string, string])[]): void {
  for (const [fact, pipeline, expected] of rows)
    it(`${fact}: ${expected}`, () => {
      assert.equal(verdict(pipeline), expected);
    });
}

describe('facts about the graph', () => {
  const middle = '- stage: M\n  dependsOn: []\n  jobs: [{ job: X, steps: [] }]\n';
  const job = (text: string): string => `  - { ${text} }\n`;
  table([
    ['measured: without dependsOn a stage waits for the one before it', stages('', ''), 'holds'],
    ['measured: an empty list is no dependency', stages('', 'dependsOn: []'), 'missing-order'],
    ['emulated: an empty text is an empty list, which promises least', stages('', "dependsOn: ''"), 'missing-order'],
    ['measured: behind an empty list a stage waits for that one only', stages('', '', middle), 'missing-order'],
    [
      'measured: jobs without dependsOn run at once',
      `jobs:\n${job(`job: JB, ${B}`)}${job(`job: JA, ${A}`)}`,
      'missing-order',
    ],
    [
      'measured: dependsOn of a job reaches only jobs of its stage',
      stages('', 'dependsOn: []').replace('job: JA', 'job: JA, dependsOn: JB'),
      'pipeline-graph',
    ],
    ['SDK, measured: names compare without case', stages('', 'dependsOn: [sb, SB]'), 'holds'],
    [
      'measured: what waits for a matrix job waits for all its legs',
      jobs('strategy: { matrix: { x: { v: 1 }, y: { v: 2 } } }', ''),
      'holds',
    ],
    [
      'measured: the legs of a matrix cannot be named',
      jobs('strategy: { matrix: { x: { v: 1 } } }', '').replace('dependsOn: JB', "dependsOn: 'JB x'"),
      'pipeline-graph',
    ],
    ['documented: parallel jobs are waited for as one', jobs('strategy: { parallel: 3 }', ''), 'holds'],
    ['measured: root jobs are the jobs of one stage', jobs('', ''), 'holds'],
    ['measured: root steps are the steps of one job', `steps: [${step('b')}, ${step('a')}]`, 'holds'],
    ['measured: root steps in the wrong order', `steps: [${step('a')}, ${step('b')}]`, 'same-job-order'],
    [
      'measured: an explicit job without a name',
      `jobs:\n- job:\n  ${B}\n- job: JA\n  dependsOn: Job1\n  ${A}`,
      'holds',
    ],
    [
      'measured: environment as a name, or with a resource',
      `jobs:\n- deployment: D\n  environment: prod.web\n  strategy: { runOnce: { deploy: { steps: [${step('b')}, ${step('a')}] } } }`,
      'holds',
    ],
    [
      'documented: the keys of a stage',
      stages(
        'displayName: x\n  pool: server\n  variables: { x: 1 }\n  lockBehavior: sequential\n  templateContext: {}',
        '',
      ),
      'holds',
    ],
    [
      'open: jobs in different pools "run concurrently"',
      jobs('pool: one', 'pool: two').replace('  dependsOn: JB\n', ''),
      'missing-order',
    ],
  ]);

  it('documented: at most 256 jobs a stage', () => {
    const many = (count: number): string =>
      `jobs:\n${Array.from({ length: count }, (_, at) => `- { job: J${at}, steps: [${at === 0 ? step('b') : ''}${at === count - 1 ? step('a') : ''}], dependsOn: [${at === 0 ? '' : 'J0'}] }`).join('\n')}`;
    assert.equal(verdict(many(256)), 'holds');
    assert.equal(verdict(many(257)), 'pipeline-graph');
  });
});

describe('the measured truth table of conditions', () => {
  const columns = ['Succeeded', 'SucceededWithIssues', 'Failed', 'Skipped', 'Abandoned', 'Canceled', 'no deps'];
  const rows: readonly (readonly [string, string])[] = [
    ['', 'TTFFFFT'],
    ['succeeded()', 'TTFFFFT'],
    ['succeededOrFailed()', 'TTTFFFT'],
    ['failed()', 'FFTFFFF'],
    ['always()', 'TTTTTTT'],
    ['not(canceled())', 'TTTTTTT'],
    ["succeeded('X')", 'TTFFFFF'],
    ["failed('x')", 'FFTFFFF'],
    ["succeededOrFailed('X')", 'TTTFFFF'],
    // Only the named one counts; nobody has this name.
    ["succeeded('Nobody')", 'FFFFFFF'],
    ["eq(dependencies.X.result, 'Succeeded')", 'TFFFFFF'],
    ["in(dependencies.X.result, 'Succeeded', 'SucceededWithIssues', 'Skipped')", 'TTFTFFF'],
    ["not(in(dependencies.X.result, 'Failed', 'Canceled'))", 'TTFTTFT'],
    // Not there: eq is silently false, ne silently true.
    ["eq(dependencies.Y.result, 'Succeeded')", 'FFFFFFF'],
    ["ne(dependencies.Y.result, 'Failed')", 'TTTTTTT'],
    ["gt(1, 'not a number')", 'FFFFFFF'],
  ];
  for (const [condition, expected] of rows)
    it(`${condition === '' ? 'the default condition' : condition}: ${expected}`, () => {
      assert.equal(columns.map((column) => (runsAfter(column, condition) ? 'T' : 'F')).join(''), expected);
    });

  it('for stages as for jobs', () => {
    for (const [condition, expected] of rows) {
      const seen = columns.map((column) => (runsAfter(column, condition, true) ? 'T' : 'F')).join('');
      assert.equal(seen, expected, condition);
    }
  });
});

/** Whether JA (or its stage) runs after X came to this. */
function runsAfter(result: string, condition: string, asStage = false): boolean {
  const own = condition === '' ? '' : `, condition: "${condition}"`;
  const left = { Skipped: ', condition: false', Abandoned: `, condition: "gt(1, 'x')"` }[result] ?? '';
  const waits = result === 'no deps' ? ', dependsOn: []' : ', dependsOn: X';
  const text = asStage
    ? `stages:\n- { stage: X${left}, jobs: [{ job: K, steps: [] }] }\n- { stage: S${waits}${own}, jobs: [{ job: J, steps: [] }] }`
    : `jobs:\n- { job: X, steps: []${left} }\n- { job: J${waits}${own}, steps: [] }`;
  const { pipeline, findings } = readPipeline(text, 'p.yml');
  assert.deepEqual(findings, []);
  const plan = makePlan(pipeline!);
  const [first, second] = asStage ? plan.pipeline.stages : plan.pipeline.stages[0]!.jobs;
  const [x, after] = [plan.idOf.get(first!)!, plan.idOf.get(second!)!];
  const slice = sliceFor(plan, { runs: [after], results: [x] });
  const unknowns = unknownsOf(plan, slice);
  const how = { Failed: 'fails', Canceled: 'is canceled', SucceededWithIssues: 'has issues' }[result] ?? 'succeeds';
  // Where no condition names results, issues are as good as success and no choice of their own.
  const choices = unknowns.map((one) =>
    one.kind === 'outcome'
      ? Math.max(
          0,
          (one.choices as readonly Outcome[]).findIndex((choice) => choice.how === how),
        )
      : 0,
  );
  const world = new World(plan, slice, indexUnknowns(unknowns), choices, new Map());
  const runs = world.runs[after]!;
  assert.ok(runs === YES || runs === NO, `${text} is not certain`);
  return runs === YES;
}

describe('facts about conditions and skipping', () => {
  const test = (condition: string): string =>
    `- stage: T\n  condition: ${condition}\n  jobs: [{ job: X, steps: [] }]\n`;
  const sibling = `jobs:\n- job: JB\n  ${B}\n- job: K\n  steps: []\n- job: JA\n  dependsOn: [JB, K]\n`;
  const twoJobs = (condition: string): string =>
    `stages:\n- stage: SB\n  jobs: [{ job: K, steps: [] }, { job: JB, condition: "${condition}", ${B} }]\n- stage: SA\n  jobs: [{ job: JA, ${A} }]`;
  table([
    [
      "measured: succeeded('X') narrows the question to X",
      `${sibling}  condition: succeeded('K')\n  ${A}`,
      'unsafe-condition',
    ],
    [
      'measured: names in status functions fold case, arguments are expressions',
      jobs('', "condition: succeeded(format('{0}b', 'j'))"),
      'holds',
    ],
    [
      'documented: a custom condition replaces succeeded()',
      stages('', "condition: eq(variables['Build.SourceBranch'], 'refs/heads/main')"),
      'unsafe-condition',
    ],
    [
      'documented: it runs after a canceled parent too',
      stages(
        '',
        "condition: and(not(failed()), ne(dependencies.SB.result, 'Skipped'), ne(dependencies.SB.result, 'Abandoned'))",
      ),
      'unsafe-condition',
    ],
    [
      'documented: succeeded() looks at everything above',
      stages('', '', test("in(dependencies.SB.result, 'Succeeded', 'Skipped')")),
      'holds',
    ],
    [
      'inferred: whether failed() looks that far',
      stages(
        'condition: eq(1, 1)',
        "condition: and(failed(), ne(dependencies.T.result, 'Skipped'), ne(dependencies.T.result, 'Failed'), ne(dependencies.T.result, 'Canceled'))",
        test("ne(dependencies.SB.result, 'Succeeded')"),
      ),
      'unresolved',
    ],
    [
      'measured: dependencies holds direct dependencies only',
      stages('', "condition: ne(dependencies.SB.result, 'Failed')", test('always()')),
      'unsafe-condition',
    ],
    [
      "measured: not(in(..., 'Failed', 'Canceled')) lets Skipped through",
      stages('', "condition: not(in(dependencies.SB.result, 'Failed', 'Canceled'))"),
      'unsafe-condition',
    ],
    [
      'documented, public pipelines: ne(..., Failed) lets Canceled through',
      jobs('', "condition: ne(dependencies.JB.result, 'Failed')"),
      'unsafe-condition',
    ],
    [
      'measured: a condition that errors abandons, and failed() does not catch that',
      jobs("condition: gt(1, 'x')", 'condition: not(failed())'),
      'unsafe-condition',
    ],
    [
      'documented as a result, measured of no job that runs: Abandoned, which only naming all the others shuts out',
      jobs('', "condition: notIn(dependencies.JB.result, 'Failed', 'Canceled', 'Skipped')"),
      'unresolved',
    ],
    [
      'measured: an abandoned job is no failed one',
      jobs("condition: gt(1, 'x')", "condition: in(dependencies.JB.result, 'Succeeded', 'Abandoned')"),
      'unsafe-condition',
    ],
    [
      'measured: a variable that is not set equals the empty text',
      jobs('', "condition: or(succeeded(), eq(variables.x, ''))"),
      'unsafe-condition',
    ],
    [
      'measured: conditions refuse parameters and resources',
      stages('', "condition: eq(resources.x, 'y')"),
      'pipeline-file',
    ],
    [
      'measured: a condition that is no expression is refused',
      stages('', 'condition: and(succeeded()'),
      'pipeline-file',
    ],
    [
      'measured: the condition of a step is checked for syntax only',
      `steps: [${step('b').replace(' }', ", condition: 'eq(a.b, 1)' }").replace('inputs: { appName: app-b, ', 'inputs: { appName: app-b }, ').replace(' } }', ' }')}, ${step('a')}]`,
      'unresolved',
    ],
    [
      'SDK: a stage succeeds though its deploying job was skipped',
      twoJobs("and(succeeded(), eq(variables.x, 'y'))"),
      'skippable-dependency',
    ],
    [
      'open: what a stage is whose jobs were all skipped',
      stages('', '').replace('job: JB,', `job: JB, condition: "eq(variables.x, 'y')",`),
      'unresolved',
    ],
    ['documented: continueOnError on the job masks its failure', jobs('continueOnError: true', ''), 'masked-failure'],
    [
      'documented: continueOnError on the step masks its failure',
      jobs('', '').replace('app-b } }', 'app-b }, continueOnError: true }'),
      'masked-failure',
    ],
    [
      "open: succeeded('X') for an X further up",
      stages('', "condition: succeeded('SB')", test('always()')),
      'unresolved',
    ],
    [
      'open: the result of a stage that failed and was canceled',
      `stages:\n- stage: SB\n  jobs: [{ job: JB, ${B} }, { job: K, steps: [] }]\n- stage: SA\n  condition: and(failed(), eq(dependencies.SB.result, 'Canceled'))\n  jobs: [{ job: JA, ${A} }]`,
      'unresolved',
    ],
    [
      'documented: checks can keep a stage from running',
      stages('', "condition: in(dependencies.SB.result, 'Succeeded', 'Skipped')"),
      'unsafe-condition',
    ],
  ]);

  const warnings = (pipelineText: string): string[] =>
    checkOrder({ pipelineText, pipelineFile: 'p.yml', graphText: GRAPH, graphFile: 'g.yml' })
      .findings.map(({ rule }) => rule)
      // Nothing in these pipelines asks anybody how he is.
      .filter((rule) => rule !== 'unverified-dependency');
  it('documented, reported: a stage may be left out by a person, unless it is not skippable', () => {
    assert.deepEqual(warnings(stages('', '')), ['deselectable-stage']);
    assert.deepEqual(warnings(stages('isSkippable: true', '')), ['deselectable-stage']);
    assert.deepEqual(warnings(stages('isSkippable: false', '')), []);
    assert.deepEqual(warnings(jobs('', '')), [], 'jobs cannot be left out');
  });
  it('measured: asking for what is not there is told', () => {
    assert.deepEqual(
      warnings(stages('isSkippable: false', "condition: and(succeeded(), ne(dependencies.Sb2.result, 'Failed'))")),
      ['dead-condition-reference'],
    );
  });
});

describe('facts about the options of a stage', () => {
  table([
    [
      'documented: lockBehavior orders runs, not stages',
      stages('lockBehavior: sequential', 'lockBehavior: runLatest'),
      'holds',
    ],
    [
      'documented: lockBehavior makes no order either',
      stages('lockBehavior: sequential', 'lockBehavior: sequential\n  dependsOn: []'),
      'missing-order',
    ],
    ['inferred: what waits for a manual stage waits', stages('trigger: manual', 'trigger: automatic'), 'holds'],
    [
      'open: a manual stage that nobody starts may count as skipped',
      stages('trigger: manual', "condition: in(dependencies.SB.result, 'Succeeded', 'Skipped')"),
      'unsafe-condition',
    ],
    [
      'documented: not skippable by hand is not: never skipped by condition',
      stages("isSkippable: false\n  condition: eq(variables.x, 'y')", 'condition: always()'),
      'unsafe-condition',
    ],
  ]);
});

describe('facts about deployment jobs', () => {
  const deployment = (strategy: string): string =>
    `jobs:\n- deployment: D\n  environment: e\n  strategy:\n    ${strategy}`;
  const hook = (name: string, ...apps: string[]): string => `${name}: { steps: [${apps.map(step).join(', ')}] }`;
  const afterHook = (failure: string): string =>
    `jobs:\n- deployment: JB\n  environment: e\n  strategy: { runOnce: { deploy: { ${B} }, on: { failure: { steps: [${failure}] } } } }\n- job: JA\n  dependsOn: JB\n`;
  table([
    [
      'documented: preDeploy before deploy',
      deployment(`runOnce: { ${hook('deploy', 'a')}, ${hook('preDeploy', 'b')} }`),
      'holds',
    ],
    [
      'documented: deploy before routeTraffic',
      deployment(`runOnce: { ${hook('routeTraffic', 'b')}, ${hook('deploy', 'a')} }`),
      'same-job-order',
    ],
    [
      'documented: routeTraffic before postRouteTraffic',
      deployment(`runOnce: { ${hook('postRouteTraffic', 'a')}, ${hook('routeTraffic', 'b')} }`),
      'holds',
    ],
    [
      'documented: on.success comes last',
      deployment(`runOnce: { ${hook('deploy', 'b')}, on: { ${hook('success', 'a')} } }`),
      'holds',
    ],
    [
      'documented: rolling repeats its hooks for every batch',
      deployment(`rolling: { ${hook('deploy', 'b', 'a')} }`),
      'unresolved',
    ],
    [
      'documented: canary repeats its hooks for every increment',
      deployment(`canary: { increments: [10], ${hook('deploy', 'b', 'a')} }`),
      'unresolved',
    ],
    [
      'documented: on stands under the strategy, not at the job',
      `${deployment(`runOnce: { ${hook('deploy', 'b', 'a')} }`)}\n  on: { failure: { steps: [] } }`,
      'pipeline-file',
    ],
    [
      'documented: a hook has no condition of its own',
      deployment(`runOnce: { deploy: { condition: always(), steps: [] } }`),
      'pipeline-file',
    ],
    [
      'documented: a hook waits for nobody',
      deployment(`runOnce: { deploy: { dependsOn: X, steps: [] } }`),
      'pipeline-file',
    ],
    [
      'documented: the condition is that of the deployment job',
      afterHook('').replace('environment: e', "environment: e\n  condition: eq(variables.x, 'y')") + `  ${A}`,
      'holds',
    ],
    [
      'open: whether on.failure changes the result; the job is taken to have failed',
      afterHook('{ script: x }') + `  condition: succeededOrFailed()\n  ${A}`,
      'unsafe-condition',
    ],
    [
      'open: on.failure may find nothing to undo',
      afterHook('{ task: AzureAppServiceManage@0, inputs: { WebAppName: app-b, SourceSlot: s } }') + `  ${A}`,
      'blind-rollback',
    ],
    ['documented: what on.failure deploys is no release', afterHook(step('a')), 'undeployed-service'],
    [
      'measured: outputs of a deployment are named by its job',
      stages('', "condition: eq(dependencies.SB.outputs['JB.JB.s.v'], 'yes')"),
      'unsafe-condition',
    ],
    [
      'measured: an output of a job that did not run is empty',
      stages(
        "condition: eq(variables.x, 'y')",
        "condition: and(in(dependencies.SB.result, 'Succeeded', 'SucceededWithIssues', 'Skipped'), eq(dependencies.SB.outputs['JB.s.v'], 'yes'))",
      ),
      'holds',
    ],
    [
      'documented: variables of the strategy are for steps; a condition cannot know them',
      jobs("condition: ne(variables['strategy.name'], 'x')", 'condition: always()'),
      'unsafe-condition',
    ],
  ]);
});
