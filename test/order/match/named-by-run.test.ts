import assert from 'node:assert/strict';
import { checkOrder, type OrderCheck } from '../../../src/order/check-order.ts';

const orders = (app = '$(OrdersApp)'): string =>
  `- stage: Orders\n  isSkippable: false\n  jobs: [{ job: J, steps: [{ task: AzureWebApp@1, inputs: { appName: "${app}" } }] }]\n`;
const shop = (step: string): string =>
  `- stage: Shop\n  dependsOn: []\n  jobs:\n  - job: J\n    steps:\n    - ${step}\n`;
const task = (inputs: string): string => `{ task: AzureWebApp@1, inputs: { ${inputs} } }`;
const script = (line: string): string =>
  `task: AzureCLI@2\n      inputs:\n        scriptType: bash\n        scriptLocation: inlineScript\n        inlineScript: |\n          set -e\n          ${line}\n`;
const GRAPH = `version: 1
services:
  orders: { kind: appService, app: $(OrdersApp) }
  shop: { app: $(ShopApp), dependsOn: [orders] }
`;

function check(stages: string, graphText = GRAPH): OrderCheck {
  return checkOrder({ pipelineText: `stages:\n${stages}`, pipelineFile: 'p.yml', graphText, graphFile: 'g.yml' });
}

const rules = ({ findings, unresolved }: OrderCheck): readonly string[] => [
  ...findings.map(({ rule, services }) => `${rule} ${services.join()}`),
  ...unresolved.map(({ what }) => what.replace(/;.*$/, '')),
];

describe('an app whose name only the run knows', () => {
  const found: readonly (readonly [string, string, string?])[] = [
    ['a task', task('appName: $(ShopApp)')],
    ['a task, in another case', task('appName: $(shopapp)')],
    ['a task with its slot', task('appName: $(ShopApp), deployToSlotOrASE: true, slotName: production')],
    ['a swap', '{ task: AzureAppServiceManage@0, inputs: { WebAppName: $(ShopApp), SourceSlot: staging } }'],
    ['a container app', '{ task: AzureContainerApps@1, inputs: { containerAppName: $(ShopApp), resourceGroup: rg } }'],
    ['a script', script('az webapp deploy --name $(ShopApp) --src-path a.zip')],
    ['a script with quotes', script('az webapp deploy --name "$(ShopApp)" --src-path a.zip')],
    ['a variable of a shell', script('az webapp deploy --name "$SHOP" --src-path a.zip'), '$SHOP'],
    ['a part of a name', task('appName: shop-$(env)'), 'shop-$(env)'],
  ];
  for (const [what, step, name = '$(ShopApp)'] of found)
    it(`is found by the words of ${what}`, () => {
      const graph = GRAPH.replace('$(ShopApp)', () => name);
      assert.deepEqual(rules(check(orders() + shop(step), graph)), ['missing-order shop,orders']);
    });

  it('is nobody’s when no service is called so', () => {
    const step = script('az webapp deploy --name "$OTHER" --src-path a.zip');
    const said = rules(check(orders() + shop(step)));
    assert.deepEqual(said, [
      'AzureCLI@2, line 2 of its script: `az webapp deploy` names its app by \'"$OTHER"\', which is known only at run time',
    ]);
    assert.deepEqual(rules(check(orders() + shop(task('appName: $(Other)')))), [
      "input 'appName' is '$(Other)', which is known only at run time",
    ]);
  });

  it('matters to nobody in a slot that users do not see', () => {
    const upload = task('appName: $(Other), deployToSlotOrASE: true, slotName: staging');
    assert.deepEqual(rules(check(orders() + shop(upload))), ['undeployed-service shop']);
    const byScript = script('az webapp deploy --name "$OTHER" --slot staging --src-path a.zip');
    assert.deepEqual(rules(check(orders() + shop(byScript))), ['undeployed-service shop']);
  });

  it('may be called alike in several jobs, which deployedBy tells apart', () => {
    const graph = `version: 1
services:
  orders: { app: $(WebAppName), deployedBy: { stage: Orders } }
  shop: { app: $(WebAppName), deployedBy: { stage: Shop }, dependsOn: [orders] }
`;
    const both = orders('$(WebAppName)') + shop(task('appName: $(WebAppName)'));
    assert.deepEqual(rules(check(both, graph)), ['missing-order shop,orders']);
    const said = rules(check(both, graph.replace(/, deployedBy: \{ stage: \w+ \}/g, '')));
    assert.equal(said.length, 2);
    assert.match(said[0]!, /which is that of orders in production and shop in production/);
  });
});

describe('a service that is only checked', () => {
  const job = (stage: string, more = ''): string =>
    `- stage: ${stage}\n  isSkippable: false\n${more}  jobs: [{ job: Build, steps: [{ script: a }] }, { job: Release_eu, steps: [{ script: b }] }]\n`;

  it('needs neither kind nor app: its jobs are enough', () => {
    const graph = `version: 1
services:
  orders: { deployedBy: { stage: Orders, job: Release_eu } }
  shop: { deployedBy: { stage: Shop, job: Release_eu }, dependsOn: [orders] }
`;
    assert.deepEqual(rules(check(job('Orders') + job('Shop'), graph)), []);
    assert.deepEqual(rules(check(job('Orders') + job('Shop', '  dependsOn: []\n'), graph)), [
      'missing-order shop,orders',
    ]);
    assert.deepEqual(rules(check(job('Orders'), 'version: 1\nservices: { orders: {} }\n')), [
      'undeployed-service orders',
    ]);
  });

  it('is found by a pattern of stages and jobs', () => {
    const graph = `version: 1
services:
  orders: { deployedBy: { stage: "ord*", job: "Release_*" } }
  shop: { deployedBy: { stage: "*shop", job: "*" }, dependsOn: [orders] }
`;
    const check2 = check(job('Orders') + job('Shop', '  dependsOn: []\n'), graph);
    assert.deepEqual([...new Set(rules(check2))], ['missing-order shop,orders']);
    assert.deepEqual(
      check2.deployments.map(({ service, stage, job: one }) => `${service} ${stage.name}/${one?.name}`),
      ['orders Orders/Release_eu', 'shop Shop/Build', 'shop Shop/Release_eu'],
    );
    const lost = check(job('Orders'), graph);
    assert.match(lost.findings.map(({ message }) => message).join(), /names what p\.yml does not have: stage '\*shop'/);
  });

  it('is told to be lost also where some step could not be told', () => {
    const said = rules(
      check(
        orders() + shop(task('appName: $(Other)')),
        'version: 1\nservices: { shop: { deployedBy: { job: "Shp*" } } }\n',
      ),
    );
    assert.equal(said[0], 'undeployed-service shop');
    assert.match(said[1]!, /known only at run time/);
  });
});
