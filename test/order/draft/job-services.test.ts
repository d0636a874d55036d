import assert from 'node:assert/strict';
import { printDraft } from '../../../src/catalogue/draft.ts';
import { readCatalogue } from '../../../src/catalogue/read-catalogue.ts';
import { readEveryRun } from '../../../src/order/cases/read-cases.ts';
import { checkOrder, type OrderCheck } from '../../../src/order/check-order.ts';
import { draftGraph } from '../../../src/order/draft/draft-graph.ts';
import { templateRepositories } from '../../fakes/template-repositories.ts';

interface Drafted {
  /** The services, and the environments before them, as they are written. */
  readonly text: string;
  readonly check: OrderCheck;
}

function draft(pipelineText: string, files: Readonly<Record<string, string>> = {}): Drafted {
  const templates = templateRepositories(files);
  const { pipeline, targets, findings } = readEveryRun(pipelineText, 'azure-pipelines.yml', { templates });
  assert.deepEqual(findings, []);
  const graphText = printDraft(draftGraph(pipeline!, targets))!;
  assert.deepEqual(readCatalogue(graphText, 'g.yml').findings, [], graphText);
  const check = checkOrder({
    pipelineText,
    pipelineFile: 'azure-pipelines.yml',
    graphText,
    graphFile: 'g.yml',
    choices: { templates },
  });
  const text = graphText
    .split('\n')
    .filter((line) => !/^\s*#/.test(line) && line !== '' && !line.startsWith('version'))
    .join('\n');
  return { text, check };
}

const errors = ({ check: { findings, unresolved } }: Drafted): readonly string[] => [
  ...findings.filter(({ severity }) => severity === 'error').map(({ message }) => message),
  ...unresolved.map(({ what }) => what),
];

const app = (name: string): string => `{ task: AzureWebApp@1, inputs: { appName: "${name}" } }`;
const stage = (name: string, jobs: string, more = ''): string =>
  `- stage: ${name}\n  isSkippable: false\n${more}  jobs:\n${jobs}`;
const job = (name: string, step: string, more = ''): string => `  - job: ${name}\n${more}    steps: [${step}]\n`;

describe('a draft of what cannot be told from the file', () => {
  it('has a service for each job, by the words of its steps, and the order of today', () => {
    const drafted = draft(
      `stages:\n${stage('Api', job('DeployApi', app('$(ApiAppServiceName)')))}${stage('Web', job('DeployFrontEnd', '{ script: ./deploy.sh }'))}`,
    );
    assert.equal(
      drafted.text,
      `services:
  api:
    app: "$(ApiAppServiceName)"
    deployedBy: { stage: Api, job: DeployApi }
  front-end:
    deployedBy: { stage: Web, job: DeployFrontEnd }
    dependsOn: [api]`,
    );
    assert.deepEqual(errors(drafted), []);
    assert.equal(drafted.check.deployments.length, 2);
  });

  it('takes stages of the same jobs for environments, by words of their names', () => {
    const jobs =
      job('DeployApi', app('$(ApiName)')) + job('DeployWeb', app('$(WebName)'), '    dependsOn: DeployApi\n');
    const drafted = draft(
      `stages:\n${['AT', 'TEST2', 'PREPROD', 'PROD'].map((name) => stage(`Deploy_${name}`, jobs)).join('')}`,
    );
    assert.deepEqual(errors(drafted), []);
    assert.match(
      drafted.text,
      /^environments:\n {2}at:\n[\s\S]*\n {2}test2:\n[\s\S]*\n {2}preprod:\n[\s\S]*\nservices:\n/,
    );
    assert.match(
      drafted.text,
      /\n {2}api:\n {4}app: "\$\(ApiName\)"\n {4}deployedBy: \{ stage: Deploy_PROD, job: DeployApi \}\n/,
    );
    assert.match(drafted.text, /deployedBy: \{ stage: Deploy_PROD, job: DeployWeb \}\n {4}dependsOn: \[api\]$/);
    assert.deepEqual([...new Set(drafted.check.deployments.map(({ environment }) => environment))].sort(), [
      'at',
      'preprod',
      'production',
      'test2',
    ]);
  });

  it('takes stages of other words for services, though their jobs are called alike', () => {
    const one = job('Deploy', app('$(Name)'));
    const drafted = draft(`stages:\n${stage('Orders', one)}${stage('Basket', one)}${stage('Shop', one)}`);
    assert.deepEqual(errors(drafted), []);
    assert.deepEqual(
      [...drafted.text.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name),
      ['orders', 'basket', 'shop'],
    );
  });

  it('drafts no edge that some environment does not respect', () => {
    const jobs = (after: string): string =>
      job('Api', app('$(ApiName)')) + job('Web', app('$(WebName)'), `    dependsOn: [${after}]\n`);
    const drafted = draft(`stages:\n${stage('Test', jobs(''))}${stage('Prod', jobs('Api'))}`);
    assert.deepEqual(errors(drafted), []);
    assert.doesNotMatch(drafted.text, /dependsOn/);
  });

  it('knows what only some runs deploy', () => {
    const text = `parameters:\n- { name: region, default: eu, values: [eu, us] }\n- { name: extra, type: boolean, default: false }\nstages:\n${stage('Api', job('J', app('api-${{ parameters.region }}')))}- \${{ if parameters.extra }}:\n${stage('Extra', job('J', app('reports'))).replace(/^(?=.)/gm, '  ')}- \${{ if eq(variables['Build.SourceBranchName'], 'main') }}:\n${stage('Main', job('J', app('$(Name)'))).replace(/^(?=.)/gm, '  ')}`;
    const drafted = draft(text);
    assert.deepEqual(errors(drafted), []);
    for (const name of ['api-eu', 'api-us', 'reports', '"$(Name)"'])
      assert.ok(drafted.text.includes(`app: ${name}`), name);
  });

  it('leaves out what a condition never lets run', () => {
    const off = app('old').replace('inputs', "condition: \"and(succeeded(), eq('', 'true'))\", inputs");
    const drafted = draft(`stages:\n${stage('Old', job('J', off))}${stage('New', job('J', app('new')))}`);
    assert.doesNotMatch(drafted.text, /old/);
    assert.deepEqual(errors(drafted), []);
  });

  it('keeps databases of one name on several servers apart', () => {
    const database = (server: string): string =>
      `{ task: SqlAzureDacpacDeployment@1, inputs: { ServerName: ${server}.database.windows.net, DatabaseName: shop } }`;
    const drafted = draft(
      `stages:\n${['dev', 'ithc', 'demo'].map((name) => stage(name, job('J', database(`sql-${name}`)))).join('')}`,
    );
    assert.deepEqual(errors(drafted), []);
    assert.match(drafted.text, /dev:\n {4}services:\n {6}\w[\w-]*:\n {8}server: sql-dev\.database\.windows\.net\n/);
  });
});
