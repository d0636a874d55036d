import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkOrder, type OrderCheck, type OrderInput } from '../../../src/order/check-order.ts';
import { readDraft } from '../../../src/catalogue/read-catalogue.ts';
import { checkCase } from '../../../src/order/check-case.ts';
import { concludeCases } from '../../../src/order/conclude-cases.ts';
import { readPipeline } from '../../../src/pipeline/read-pipeline.ts';
import { splitCases } from '../../../src/order/cases/split-cases.ts';
import { splitBy, type Knowledge } from '../../../src/pipeline/expand/knowledge.ts';
import { concludeOrder } from '../../../src/report/order-conclusion.ts';
import { reviewOrder } from '../../../src/order/review/review.ts';
import { templateRepositories } from '../../fakes/template-repositories.ts';
import { compare, sample } from './brute-force.ts';

const GRAPH = `version: 1
services:
  orders: { kind: appService, app: app-orders }
  shop: { kind: appService, app: app-shop, dependsOn: [orders] }
`;
const deploys = (app: string): string =>
  `  jobs: [{ job: Deploy, steps: [{ task: AzureWebApp@1, inputs: { appName: "${app}" } }, { script: smoke }] }]\n`;
const ORDERS = `- stage: Orders\n  isSkippable: false\n${deploys('app-orders')}`;
const SHOP = `- stage: Shop\n${deploys('app-shop')}`;

function check(
  pipelineText: string,
  choices: OrderInput['choices'] = {},
  files: Record<string, string> = {},
): OrderCheck {
  const templates = templateRepositories(files);
  return checkOrder({
    pipelineText,
    pipelineFile: 'p.yml',
    graphText: GRAPH,
    graphFile: 'g.yml',
    choices: { templates, ...choices },
  });
}

const said = ({ findings, unresolved }: OrderCheck): readonly string[] => [
  ...findings.map(({ message }) => message.replace(/: add `.*$/, '')),
  ...unresolved.map(({ what }) => what),
];
const sentence = (one: OrderCheck): string => concludeOrder(reviewOrder({ check: one, sources: new Map() })).sentence;

const MISSES = 'shop needs orders, but stage Shop does not wait for stage Orders';
const when = (condition: string): string =>
  SHOP.replace('- stage: Shop\n', `- stage: Shop\n  \${{ if ${condition} }}:\n    dependsOn: []\n`);
const withParameters = (parameters: string, stages: string): string =>
  `parameters:\n${parameters
    .split('\n')
    .map((one) => `- { ${one} }\n`)
    .join('')}stages:\n${stages}`;

describe('the order over every choice', () => {
  it('is proven only when it holds whatever is chosen, and says of a break what has to be chosen for it', () => {
    const ring = 'name: ring, type: string, default: early, values: [early, all]';
    assert.deepEqual(said(check(withParameters(ring, ORDERS + when("eq(parameters.ring, 'all')")))), [
      `with ring=all: ${MISSES}`,
    ]);
    const fast = 'name: fast, type: boolean, default: false';
    assert.deepEqual(said(check(withParameters(fast, ORDERS + when('parameters.fast')))), [
      `with fast=true: ${MISSES}`,
    ]);
    const branch = `stages:\n${ORDERS}${when("eq(variables['Build.SourceBranchName'], 'hotfix')")}`;
    assert.deepEqual(said(check(branch)), [`with Build.SourceBranchName=hotfix: ${MISSES}`]);
    const not = `stages:\n${ORDERS}${when("not(startsWith(variables['Build.SourceBranch'], 'refs/heads/'))")}`;
    assert.deepEqual(said(check(not)), [`with Build.SourceBranch not starting with 'refs/heads/': ${MISSES}`]);
    const both = "and(eq(parameters.ring, 'all'), eq(variables['Build.Reason'], 'Schedule'))";
    assert.deepEqual(said(check(withParameters(ring, ORDERS + when(both)))), [
      `with ring=all and Build.Reason=Schedule: ${MISSES}`,
    ]);
  });

  it('is found without a choice where it breaks in all runs', () => {
    const ring = 'name: ring, default: early, values: [early, all]';
    const broken = check(
      withParameters(
        ring,
        ORDERS +
          when("eq(parameters.ring, 'all')")
            .replace('    dependsOn: []\n', '    displayName: x\n')
            .replace('- stage: Shop\n', '- stage: Shop\n  dependsOn: []\n'),
      ),
    );
    assert.deepEqual(said(broken), [MISSES]);
  });

  it('says in how many cases it was judged, of what', () => {
    const ring = 'name: ring, default: early, values: [early, all]\nname: note, default: none';
    const named = when("eq(parameters.ring, 'all')").replace('dependsOn: []', 'displayName: ${{ parameters.note }}');
    const text = withParameters(ring, ORDERS + named);
    assert.equal(sentence(check(text)), 'The order holds for 2 deployments, in all 2 cases of ring.');
    assert.equal(
      sentence(check(text, { parameters: { ring: 'all' } })),
      'The order holds for 2 deployments, for runs with ring=all.',
    );
    assert.equal(sentence(check(`stages:\n${ORDERS}${SHOP}`)), 'The order holds for 2 deployments.');
  });

  it('is not split by what decides nothing', () => {
    const many = Array.from({ length: 40 }, (_, at) => `name: p${at}, type: boolean, default: false`).join('\n');
    const shown = Array.from({ length: 40 }, (_, at) => `\${{ parameters.p${at} }}`).join('');
    const { seen } = check(withParameters(many, ORDERS + SHOP.replace('Shop\n', `Shop\n  displayName: "${shown}"\n`)));
    assert.equal(seen.cases.count, 1);
  });

  it('asks the same choice in templates, loops and variables', () => {
    const env = 'name: env, type: string, default: test, values: [test, prod]';
    const template = `parameters:\n- { name: where, type: string }\nstages:\n- \${{ each one in split('a,b', ',') }}:\n  - \${{ if and(eq(one, 'a'), eq(parameters.where, 'prod')) }}:\n    - stage: Extra\n      dependsOn: []\n${deploys('app-shop').replace(/^/gm, '    ')}`;
    const reference = '- template: /more.yml\n  parameters: { where: "${{ parameters.env }}" }\n';
    const one = check(withParameters(env, ORDERS + reference), {}, { '/more.yml': template });
    assert.deepEqual(said(one), [`with env=prod: ${MISSES.replace('Shop', 'Extra')}`]);
    const variable = `variables: { kind: "\${{ parameters.env }}" }\n`;
    const two = check(variable + withParameters(env, ORDERS + when("eq(variables.kind, 'prod')")));
    assert.deepEqual(said(two), [`with env=prod: ${MISSES}`]);
  });

  it('finds the apps that a choice names, also by variables and in scripts', () => {
    const env = 'name: app, type: string, default: shop, values: [shop, orders]';
    const named = SHOP.replace('app-shop', 'app-${{ parameters.app }}').replace(
      '- stage: Shop\n',
      '- stage: Shop\n  dependsOn: []\n',
    );
    assert.deepEqual(said(check(withParameters(env, ORDERS + named))), [`with app=shop: ${MISSES}`]);
    const byVariable = named.replace('app-${{ parameters.app }}', '$(target)');
    const variables = 'variables:\n- name: target\n  value: app-${{ parameters.app }}\n';
    assert.deepEqual(said(check(variables + withParameters(env, ORDERS + byVariable))), [`with app=shop: ${MISSES}`]);
    const script = `- stage: Shop\n  dependsOn: []\n  jobs:\n  - job: Deploy\n    steps:\n    - task: AzureCLI@2\n      inputs:\n        scriptType: bash\n        scriptLocation: inlineScript\n        inlineScript: |\n          set -e\n          az webapp deploy --name app-\${{ parameters.app }} --src-path a.zip\n`;
    assert.deepEqual(said(check(withParameters(env, ORDERS + script))), [`with app=shop: ${MISSES}`]);
  });

  it('takes the default of a free text where it only names things, and says so', () => {
    const tag = 'name: tag, type: string, default: shop';
    const named = SHOP.replace('app-shop', 'app-${{ parameters.tag }}').replace(
      'Shop\n',
      '"S_${{ parameters.tag }}"\n',
    );
    const after = `- stage: After\n  dependsOn: "S_\${{ parameters.tag }}"\n  jobs: [{ job: J, steps: [{ script: echo }] }]\n`;
    const one = check(withParameters(tag, ORDERS + named + after));
    assert.deepEqual(said(one), []);
    assert.match(sentence(one), /^The order holds for 2 deployments, with names by the default of tag\.$/);
  });

  it('does not take the default of a free text where it decides', () => {
    const after = 'name: after, type: string, default: Orders';
    const edge = SHOP.replace('Shop\n', 'Shop\n  dependsOn: "${{ parameters.after }}"\n');
    assert.match(
      said(check(withParameters(after, ORDERS + edge))).join(),
      /^dependsOn of stage Shop is '\$\{\{ parameters\.after \}\}': which stage or job that is, is chosen for each run$/,
    );
    const file = 'name: file, type: string, default: shop.yml';
    const open = check(
      withParameters(file, `${ORDERS}- template: "/\${{ parameters.file }}"\n`),
      {},
      {
        '/shop.yml': `stages:\n${SHOP}`,
      },
    );
    assert.equal(open.ok, false);
    assert.match(
      said(open).join(),
      /'parameters\.file' cannot be told before the run; to choose, give --parameter file=VALUE/,
    );
    const condition = SHOP.replace('Shop\n', `Shop\n  condition: eq('\${{ parameters.after }}', 'Orders')\n`);
    assert.equal(check(withParameters(after, ORDERS + condition)).ok, false);
  });

  it('calls a service undeployed only when no run deploys it', () => {
    const only = 'name: only, type: string, default: orders, values: [orders, shop]';
    const some = [ORDERS, SHOP].map(
      (stage, at) =>
        `- \${{ if eq(parameters.only, '${['orders', 'shop'][at]}') }}:\n${stage.replace(/^(?=.)/gm, '  ')}`,
    );
    const one = check(withParameters(only, some.join('')));
    assert.deepEqual(said(one), []);
    assert.deepEqual(
      one.deployments.map(({ service }) => service),
      ['orders', 'shop'],
    );
    assert.deepEqual(
      said(check(withParameters(only, some[0]!)))[0]?.slice(0, 40),
      'no job of p.yml deploys shop (app app-sh',
    );
  });

  it('calls no service undeployed that only the given choices leave out, and says which they are', () => {
    const on = 'name: withOrders, type: boolean, default: true';
    const optional = `- \${{ if parameters.withOrders }}:\n${ORDERS.replace(/^(?=.)/gm, '  ')}`;
    const shop = SHOP.replace('- stage: Shop\n', '- stage: Shop\n  dependsOn: []\n');
    const text = withParameters(on, optional + shop);
    const without = check(text, { parameters: { withOrders: 'false' } });
    assert.deepEqual(said(without), []);
    assert.equal(
      sentence(without),
      'The order holds for 1 deployment, for runs with withOrders=false (which do not deploy orders).',
    );
    assert.deepEqual(said(check(text, { parameters: { withOrders: 'true' } })), [MISSES]);
    const never = check(withParameters(on, shop), { parameters: { withOrders: 'false' } });
    assert.deepEqual(said(never)[0]?.slice(0, 42), 'no job of p.yml deploys orders (app app-or');
  });

  it('says what it had not the time to look at', () => {
    const any: Knowledge = { kind: 'text', answers: [], fallback: undefined };
    const ask = (literal: string) => ({ shape: { by: 'eq' as const, literal }, holds: () => false });
    let asked = 0;
    const { leaves, left } = splitCases(
      (within) => ({
        needs: [[{ id: `p${within.size}`, knowledge: any, question: { ...ask('x'), holds: () => asked++ % 2 === 0 } }]],
        cost: 1,
        judge: () => ({ result: 0, needs: [] }),
      }),
      8,
    );
    assert.ok(leaves.length + left.length > 8);
    assert.ok(left.length > 0);
    assert.equal(splitBy(any, ask('x')).length, 2);
    const text = `stages:\n${ORDERS}${SHOP}`;
    const draft = readDraft(GRAPH, 'g.yml');
    const read = readPipeline(text, 'p.yml');
    const deployedOtherwise = (): boolean => false;
    const given = { pipeline: read.pipeline!, read, draft, graphIsSound: true, graphFile: 'g.yml', deployedOtherwise };
    const result = { read, check: checkCase(given) };
    const all = Array.from({ length: 4096 }, () => ({ within: new Map(), result }));
    const names = new Map([['parameter ring', 'ring']]);
    const next = new Map([['parameter ring', splitBy(any, ask('all'))[0]!]]);
    const open = concludeCases({ leaves: all, left: [next], stoodFor: 0 }, names, {
      draft,
      findings: [],
      input: { pipelineFile: 'p.yml' },
      deployedOtherwise,
    });
    assert.equal(open.ok, false);
    assert.match(
      said(open).join(),
      /^more than 4096 combinations of ring make a difference: .* judged for 4096 of them, and not for ring=all; choose/,
    );
  }).timeout(60_000);

  it('says of a service that no run deploys to an environment, though other runs deploy it elsewhere', () => {
    const swap = (app: string): string =>
      `  - { job: J_${app.replaceAll('-', '_')}, steps: [{ task: AzureWebApp@1, inputs: { appName: ${app} } }] }\n`;
    const stage = (ring: string, ...apps: readonly string[]): string =>
      `- \${{ if eq(parameters.ring, '${ring}') }}:\n  - stage: ${ring}\n    jobs:\n${apps.map((app) => `  ${swap(app)}`).join('')}`;
    const pipelineText = `parameters: [{ name: ring, type: string, default: prod, values: [prod, test] }]\nstages:\n${stage('prod', 'pay', 'shop')}${stage('test', 'shop-test')}`;
    const graphText = `version: 1\nservices:\n  pay: { app: pay }\n  shop: { app: shop, dependsOn: [pay] }\nenvironments:\n  test:\n    services:\n      pay: { app: pay-test }\n      shop: { app: shop-test }\n`;
    const { findings } = checkOrder({ pipelineText, pipelineFile: 'p.yml', graphText, graphFile: 'g.yml' });
    const undeployed = findings.filter(({ rule }) => rule === 'undeployed-service').map(({ message }) => message);
    assert.deepEqual(undeployed, [
      'no job of p.yml deploys pay to test, where it deploys shop, which needs it; add one, or say with deployedBy of environments.test.services.pay which job does it',
    ]);
  });

  it('says of a faulty file its faults, and not that a choice is open', () => {
    const chosen = `parameters: [{ name: on, type: boolean, default: true }]\nstages:\n- stage: Before\n  condition: and(succeeded(), \${{ parameters.on }})\n  jobs: [{ job: J, steps: [{ script: x }] }]\n${ORDERS}${SHOP}`;
    const rulesOf = (pipelineText: string, graphText: string): readonly string[] => {
      const { findings, unresolved } = checkOrder({
        pipelineText,
        pipelineFile: 'p.yml',
        graphText,
        graphFile: 'g.yml',
      });
      return [...findings.map(({ rule }) => rule), ...unresolved.map(({ what }) => what)];
    };
    assert.deepEqual(rulesOf(chosen, `${GRAPH}  wrong: { kind: appservice }\n`), ['graph-file']);
    assert.deepEqual(rulesOf(`${chosen}  wrongKey: 1\n`, GRAPH), ['pipeline-file']);
    const directive = chosen.replace(
      '- stage: Before',
      '- ${{ if parameters.on }}:\n  - stage: None\n    jobs: []\n- stage: Before',
    );
    assert.deepEqual(rulesOf(`${directive}  wrongKey: 1\n`, GRAPH), ['pipeline-file']);
  });

  it('says of a pipeline what every combination of its choices says alone', () => {
    fc.assert(
      fc.property(sample, (one) => {
        compare(one);
      }),
      // A thousand more are in every-choice.deep.test.ts.
      { numRuns: 10 },
    );
  }).timeout(60_000);
});
