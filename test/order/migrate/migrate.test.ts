import assert from 'node:assert/strict';
import { checkOrder } from '../../../src/order/check-order.ts';
import { migrate, type Migration } from '../../../src/order/migrate/migrate.ts';
import { reviewOrder } from '../../../src/order/review/review.ts';
import { templateRepositories } from '../../fakes/template-repositories.ts';

const GRAPH = `version: 1
services:
  payments: { kind: appService, app: app-payments }
  store: { kind: appService, app: app-store, dependsOn: [payments] }
`;

function migrated(
  text: string,
  files: Readonly<Record<string, string>> = {},
  inputs: Readonly<Record<string, string>> = {},
): Migration {
  const templates = templateRepositories(files);
  const judge = (pipelineText: string) => {
    const check = checkOrder({
      pipelineText,
      pipelineFile: 'azure-pipelines.yml',
      graphText: GRAPH,
      graphFile: 'g.yml',
      choices: { templates },
    });
    return reviewOrder({ check, sources: new Map() });
  };
  return migrate(text, judge, { healthOf: (app) => (app === 'app-payments' ? '/ready' : undefined), inputs });
}

const BLOCK = `# kept
stages:
  - stage: Build # builds
    jobs:
      - job: Package
        steps:
          - checkout: self
          - script: npm ci
  - stage: Payments
    displayName: 'Payments'
    jobs:
      - deployment: D
        environment: production
        strategy:
          runOnce:
            deploy:
              steps:
                - task: AzureAppServiceManage@0
                  inputs:
                    azureSubscription: "contoso"
                    WebAppName: app-payments
                    SourceSlot: staging # the slot

            on:
              failure:
                steps:
                  - task: AzureAppServiceManage@0
                    inputs:
                      WebAppName: app-payments
                      ConnectedServiceName: contoso
                      SourceSlot: staging
                    displayName: back
  - stage: Store
    jobs: [{ job: J, steps: [{ task: AzureAppServiceManage@0, inputs: { azureSubscription: c, WebAppName: app-store, SourceSlot: s } }] }]
`;

const WANTED = `# kept
stages:
  - stage: Build # builds
    jobs:
      - job: Package
        steps:
          - checkout: self
          - task: SafeRolloutValidate@1
          - script: npm ci
  - stage: Payments
    isSkippable: false
    displayName: 'Payments'
    jobs:
      - deployment: D
        environment: production
        strategy:
          runOnce:
            deploy:
              steps:
                - task: SafeRolloutSwap@1
                  inputs:
                    azureSubscription: "contoso"
                    WebAppName: app-payments
                    SourceSlot: staging # the slot
                    healthPath: /ready

            on:
              failure:
                steps:
                  - task: SafeRolloutRollback@1
                    inputs:
                      ConnectedServiceName: contoso
                    displayName: back
  - stage: Store
    jobs: [{ job: J, steps: [{ task: SafeRolloutSwap@1, inputs: { azureSubscription: c, WebAppName: app-store, SourceSlot: s, healthPath: /health } }] }]
`;

describe('a pipeline that is migrated', () => {
  it('has our tasks, and every other byte of its own', () => {
    const { text, changes, left, review } = migrated(BLOCK);
    assert.equal(text, WANTED);
    assert.deepEqual(left, []);
    assert.deepEqual(
      changes.map(({ line }) => line),
      [8, 9, 18, 27, 34],
    );
    assert.ok(review.passed);
  });

  it('keeps its line ends and its byte order mark, and is not changed a second time', () => {
    const windows = `\uFEFF${BLOCK.replaceAll('\n', '\r\n')}`;
    const { text } = migrated(windows);
    assert.equal(text, `\uFEFF${WANTED.replaceAll('\n', '\r\n')}`);
    const again = migrated(text);
    assert.deepEqual([again.text, again.changes, again.left], [text, [], []]);
  });

  it('leaves what stands in a template, under a directive or in a script to its author, by name', () => {
    const template =
      'steps:\n- { task: AzureAppServiceManage@0, inputs: { WebAppName: app-payments, SourceSlot: s } }\n';
    const script = '{ bash: "set -e\\naz webapp deployment slot swap -n app-store -g rg --slot s" }';
    const text = `stages:
- stage: P
  isSkippable: false
  jobs:
  - job: J
    steps:
    - task: SafeRolloutValidate@1
    - template: /t.yml
- stage: S
  jobs:
  - job: J
    steps:
    - \${{ if true }}:
      - task: AzureAppServiceManage@0
        inputs: { WebAppName: app-store, SourceSlot: s }
    - ${script}
`;
    const { text: same, changes, left } = migrated(text, { '/t.yml': template });
    assert.equal(same, text);
    assert.deepEqual(changes, []);
    assert.deepEqual(
      left.map(({ file, line, what }) => `${file}:${line}: ${what}`),
      [
        'azure-pipelines.yml:14: AzureAppServiceManage@0 swaps app-store: put SafeRolloutSwap@1 in its place, with the same inputs',
        'azure-pipelines.yml:16: Bash@3 (az webapp deployment slot swap) swaps in a script: put SafeRolloutSwap@1 in its place',
        't.yml:2: AzureAppServiceManage@0 swaps app-payments: put SafeRolloutSwap@1 in its place, with the same inputs',
      ],
    );
  });

  it('tells the check where its files are, when they are not where it looks', () => {
    const { text } = migrated(BLOCK, {}, { pipelineFile: 'ci/azure-pipelines.yml', graphFile: 'it is: here.yml' });
    assert.ok(
      text.includes(`          - task: SafeRolloutValidate@1
            inputs:
              pipelineFile: ci/azure-pipelines.yml
              graphFile: 'it is: here.yml'
`),
      text,
    );
  });

  it('says where the order is checked nowhere, and no job runs before all deployments', () => {
    const { left } = migrated(BLOCK.replace(/ {2}- stage: Build[\s\S]*?(?= {2}- stage: Payments)/, ''));
    assert.match(
      left.map(({ what }) => what).join(),
      /the order is checked nowhere: add SafeRolloutValidate@1 to a job/,
    );
  });

  it('changes nothing of a file that is no pipeline', () => {
    const { text, changes } = migrated('stages: [');
    assert.deepEqual([text, changes], ['stages: [', []]);
  });
});
