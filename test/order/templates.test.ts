import assert from 'node:assert/strict';
import { checkOrder, type OrderCheck } from '../../src/order/check-order.ts';
import type { Choices } from '../../src/pipeline/expand/expand-pipeline.ts';
import { templateRepositories } from '../fakes/template-repositories.ts';

const GRAPH = `version: 1
services:
  payments: { kind: appService, app: app-payments }
  store: { kind: appService, app: app-store, dependsOn: [payments] }
`;
const DEPLOY = `parameters:
- { name: service, type: string }
- { name: after, type: object, default: [] }
stages:
- stage: Deploy_\${{ parameters.service }}
  dependsOn: \${{ parameters.after }}
  isSkippable: false
  jobs:
  - deployment: D
    environment: production
    strategy:
      runOnce:
        deploy:
          steps:
          - template: steps/swap.yml
            parameters: { app: "app-\${{ parameters.service }}" }
`;
const SWAP = `parameters: [{ name: app, type: string }]
steps:
- task: AzureAppServiceManage@0
  inputs:
    WebAppName: \${{ parameters.app }}
    SourceSlot: staging
`;
const FILES = { '/deploy.yml': DEPLOY, '/steps/swap.yml': SWAP };

function check(pipelineText: string, choices: Partial<Choices> = {}): OrderCheck {
  const templates = templateRepositories(FILES);
  return checkOrder({
    pipelineText,
    pipelineFile: 'azure-pipelines.yml',
    graphText: GRAPH,
    graphFile: 'service-graph.yml',
    choices: { templates, ...choices },
  });
}

const LOOP = `parameters:
- name: services
  type: object
  default:
  - { name: payments, after: [] }
  - { name: store, after: [Deploy_payments] }
stages:
- \${{ each s in parameters.services }}:
  - template: deploy.yml
    parameters: { service: "\${{ s.name }}", after: "\${{ s.after }}" }
`;

describe('the order check of pipelines with templates', () => {
  it('proves an order that templates and loops make', () => {
    const { ok, deployments, findings, unresolved } = check(LOOP);
    assert.deepEqual([findings, unresolved], [[], []]);
    assert.ok(ok);
    assert.deepEqual(
      deployments.map(({ service, stage, job, file, line }) => [service, stage.name, job?.name, file, line]),
      [
        ['payments', 'Deploy_payments', 'D', 'steps/swap.yml', 3],
        ['store', 'Deploy_store', 'D', 'steps/swap.yml', 3],
      ],
    );
  });

  it('names the jobs in which a line of a template deploys what cannot be told', () => {
    const many = LOOP.replace(
      /  - \{ name: store.*\n/,
      (line) =>
        line + ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `  - { name: ${name}, after: [] }\n`).join(''),
    );
    const files = { ...FILES, '/steps/swap.yml': SWAP.replace('${{ parameters.app }}', '$(app)') };
    const said = (text: string): string[] =>
      check(text, { templates: templateRepositories(files) }).unresolved.map(({ what }) => what.replace(/^.*; /, ''));
    assert.deepEqual(said(LOOP), ['say with deployedBy which service it is in Deploy_payments/D, Deploy_store/D']);
    assert.match(said(many).join(), /in Deploy_payments\/D, (Deploy_\w+\/D, ){6}Deploy_f\/D and 2 more$/);
  });

  it('knows by which references a stage and a job came in', () => {
    const { stages } = check(LOOP).seen.pipeline!;
    assert.deepEqual(
      stages[1]!.includes.map(({ file, line }) => `${file}:${line}`),
      ['azure-pipelines.yml:9'],
    );
    assert.deepEqual(stages[1]!.jobs[0]!.includes, stages[1]!.includes);
  });

  it('finds at the line of the template what is missing', () => {
    const { ok, findings } = check(LOOP.replace('[Deploy_payments]', '[]'));
    assert.equal(ok, false);
    assert.deepEqual(
      findings.map(({ rule, file }) => [rule, file]),
      [['missing-order', 'deploy.yml']],
    );
  });

  it('hands over the texts that findings point into', () => {
    assert.deepEqual([...check(LOOP).sources.keys()].sort(), ['deploy.yml', 'steps/swap.yml']);
  });

  it('judges the run that is chosen', () => {
    const text = `parameters: [{ name: ordered, type: boolean, default: true }]
stages:
- template: deploy.yml
  parameters: { service: payments }
- template: deploy.yml
  parameters:
    service: store
    \${{ if and(parameters.ordered, eq(variables['Build.Reason'], 'Manual')) }}:
      after: [Deploy_payments]
`;
    const verdict = (choices: Partial<Choices>): unknown => {
      const { ok, findings, unresolved } = check(text, choices);
      return [ok, findings.map(({ rule }) => rule), unresolved.length];
    };
    assert.deepEqual(verdict({ variables: { 'Build.Reason': 'Manual' } }), [false, ['missing-order'], 0]);
    const ordered = { parameters: { ordered: 'true' } };
    assert.deepEqual(verdict({ variables: { 'Build.Reason': 'Manual' }, ...ordered }), [true, [], 0]);
    assert.deepEqual(verdict({ variables: { 'build.reason': 'Schedule' }, ...ordered }), [false, ['missing-order'], 0]);
    assert.deepEqual(verdict({ variables: { 'build.reason': 'Schedule' } }), [false, ['missing-order'], 0]);
    assert.deepEqual(verdict({ parameters: { ordered: 'false' } }), [false, ['missing-order'], 0]);
    assert.deepEqual(verdict({}), [false, ['missing-order'], 0]);
    assert.deepEqual(verdict({ parameters: { orderd: 'false' } }), [false, ['pipeline-file'], 0]);
  });

  it('never takes a template for empty that it could not read', () => {
    const { ok, unresolved, findings } = check(LOOP, { templates: templateRepositories({}, '/elsewhere.yml') });
    assert.equal(ok, false);
    assert.deepEqual(
      findings.map(({ message }) => message),
      ['File /deploy.yml not found in repository self; letters of another case are other files'],
    );
    assert.deepEqual(unresolved, []);
  });

  it('reads a pipeline without parameters the same with choices that fit nothing', () => {
    const { findings } = check('steps: []', { parameters: { x: '1' } });
    assert.deepEqual(
      findings.map(({ message }) => message),
      ["Unexpected parameter 'x'"],
    );
  });
});
