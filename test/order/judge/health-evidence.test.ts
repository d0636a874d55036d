import assert from 'node:assert/strict';
import { checkOrder } from '../../../src/order/check-order.ts';

const GRAPH = `version: 1
services:
  orders: { kind: appService, app: app-orders }
  shop: { kind: appService, app: app-shop, dependsOn: [orders] }
  admin: { kind: appService, app: app-admin, dependsOn: [orders] }
`;
const deploy = (app: string): string => `{ task: AzureWebApp@1, inputs: { appName: app-${app} } }`;
const upload = (app: string): string =>
  `{ task: AzureWebApp@1, inputs: { appName: app-${app}, deployToSlotOrASE: true, slotName: staging } }`;
const swap = (app: string): string =>
  `{ task: AzureAppServiceManage@0, inputs: { WebAppName: app-${app}, SourceSlot: staging } }`;
const ASK = '{ script: ./ask-whether-healthy }';
const steps = (...all: readonly string[]): string => `steps: [${all.join(', ')}]`;
const stage = (name: string, ...jobs: readonly string[]): string =>
  `- { stage: ${name}, isSkippable: false, jobs: [${jobs.map((job) => `{ ${job} }`).join(', ')}] }\n`;
const ORDERS = stage('Orders', `job: J, ${steps(deploy('orders'))}`);
const SHOP = stage('Shop', `job: J, ${steps(deploy('shop'))}`);
const stages = (...all: readonly string[]): string => `stages:\n${all.join('')}`;
const withEnvironment = (step: string): string =>
  `deployment: J, environment: production, strategy: { runOnce: { deploy: { ${steps(step)} } } }`;

/** The dependents of orders that go out unasked, as the finding names them; undefined without a finding. */
function unasked(pipelineText: string, graphText = GRAPH): string | undefined {
  const check = checkOrder({ pipelineText, pipelineFile: 'p.yml', graphText, graphFile: 'g.yml' });
  const found = check.findings.filter(({ rule }) => rule !== 'undeployed-service');
  assert.deepEqual(check.unresolved, []);
  assert.ok(found.length < 2, JSON.stringify(found));
  const [one] = found;
  if (one === undefined) return undefined;
  assert.equal(one.rule, 'unverified-dependency');
  return / before ([^:]*) goe?s? out/.exec(one.message)?.[1];
}

describe('what may look at a service before its dependents go out', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['nothing', stages(ORDERS, SHOP), 'shop'],
    [
      'nothing for two, told once',
      stages(ORDERS, SHOP, stage('Admin', `job: J, ${steps(deploy('admin'))}`)),
      'shop and admin',
    ],
    ['nothing in one job', steps(deploy('orders'), deploy('shop')), 'shop'],
    ['a script in one job', steps(deploy('orders'), ASK, deploy('shop')), undefined],
    ['a script that comes too early', steps(ASK, deploy('orders'), deploy('shop')), 'shop'],
    ['a script that comes too late', steps(deploy('orders'), deploy('shop'), ASK), 'shop'],
    [
      'a script behind the deployment',
      stages(stage('Orders', `job: J, ${steps(deploy('orders'), ASK)}`), SHOP),
      undefined,
    ],
    [
      'a script before the dependent',
      stages(ORDERS, stage('Shop', `job: J, ${steps(ASK, deploy('shop'))}`)),
      undefined,
    ],
    [
      'a job on the way',
      stages(stage('Orders', `job: J, ${steps(deploy('orders'))}`, `job: Ask, dependsOn: J, ${steps(ASK)}`), SHOP),
      undefined,
    ],
    [
      'a job beside the deployment',
      stages(stage('Orders', `job: J, ${steps(deploy('orders'))}`, `job: Ask, ${steps(ASK)}`), SHOP),
      'shop',
    ],
    ['a stage on the way', stages(ORDERS, stage('Ask', `job: J, ${steps(ASK)}`), SHOP), undefined],
    ['a stage before both', stages(stage('Build', `job: J, ${steps(ASK)}`), ORDERS, SHOP), 'shop'],
    ['a stage behind both', stages(ORDERS, SHOP, stage('Ask', `job: J, ${steps(ASK)}`)), 'shop'],
    [
      'a person',
      stages(ORDERS, stage('Ask', 'job: J, pool: server, steps: [{ task: ManualValidation@1 }]'), SHOP),
      undefined,
    ],
    [
      'the checks of an environment, which no file shows',
      stages(ORDERS, stage('Shop', withEnvironment(deploy('shop')))),
      undefined,
    ],
    [
      'an environment of the deployment itself, asked before it',
      stages(stage('Orders', withEnvironment(deploy('orders'))), SHOP),
      'shop',
    ],
    ['a task that nobody knows', steps(deploy('orders'), '{ task: ContosoSmoke@1 }', deploy('shop')), undefined],
    [
      'tasks that ask nothing',
      steps(
        deploy('orders'),
        '{ checkout: self }, { task: AzureKeyVault@2 }, { task: DotNetCoreCLI@2, inputs: { command: publish } }',
        deploy('shop'),
      ),
      'shop',
    ],
    [
      'tests of .NET',
      steps(deploy('orders'), '{ task: DotNetCoreCLI@2, inputs: { command: test } }', deploy('shop')),
      undefined,
    ],
    [
      'a script that is switched off',
      steps(deploy('orders'), '{ script: ask, enabled: false }', deploy('shop')),
      'shop',
    ],
    [
      'a script that runs only after a failure',
      steps(deploy('orders'), '{ script: tell, condition: failed() }', deploy('shop')),
      'shop',
    ],
    ['nothing before a swap', steps(upload('orders'), swap('orders'), deploy('shop')), 'shop'],
    ['a script between upload and swap', steps(upload('orders'), ASK, swap('orders'), deploy('shop')), undefined],
    [
      'a job between upload and swap',
      stages(
        stage('Upload', `job: J, ${steps(upload('orders'))}`),
        stage('Ask', `job: J, ${steps(ASK)}`),
        stage('Orders', `job: J, ${steps(swap('orders'))}`),
        SHOP,
      ),
      undefined,
    ],
    [
      'a script before a swap of what another pipeline has uploaded',
      stages(stage('Orders', `job: J, ${steps(ASK, swap('orders'))}`), SHOP),
      undefined,
    ],
    [
      'our task, which asks by itself',
      stages(stage('Orders', 'job: J, steps: [{ task: SafeRolloutSwap@1, inputs: { appName: app-orders } }]'), SHOP),
      undefined,
    ],
    [
      'a script that deploys, and may ask behind it',
      steps('{ script: az webapp deploy --name app-orders --src-path o.zip }', deploy('shop')),
      undefined,
    ],
    [
      'a script that deploys the dependent, and may ask before it',
      steps(deploy('orders'), '{ script: az webapp deploy --name app-shop --src-path s.zip }'),
      undefined,
    ],
  ];
  for (const [what, text, expected] of cases)
    it(`${what}: ${expected ?? 'enough'}`, () => assert.equal(unasked(text), expected));

  it('is asked in production alone', () => {
    const test = `${GRAPH}environments:\n  test:\n    services:\n      orders: { app: app-orders-test }\n      shop: { app: app-shop-test }\n`;
    assert.equal(unasked(stages(ORDERS, SHOP).replace(/app-(\w+) /g, 'app-$1-test '), test), undefined);
    assert.equal(unasked(stages(ORDERS, SHOP), test), 'shop');
  });

  it('is not known of a pipeline whose templates are not at hand', () => {
    const text = steps(deploy('orders'), '{ template: ask.yml }', deploy('shop'));
    const { findings } = checkOrder({
      pipelineText: text,
      pipelineFile: 'p.yml',
      graphText: GRAPH,
      graphFile: 'g.yml',
    });
    assert.deepEqual(findings, []);
  });

  it('is enough when one of several deployments of a service has it', () => {
    const twice = stages(ORDERS, stage('Again', `job: J, ${steps(deploy('orders'), ASK)}`), SHOP);
    assert.equal(unasked(twice), undefined);
  });
});
