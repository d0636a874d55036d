import { isPlannedApp } from '../../../src/rollout/kinds/app-service/app-service.ts';
import { planDeployment } from '../../../src/rollout/planning/plan-deployment.ts';
import assert from 'node:assert/strict';
import { readCatalogue } from '../../../src/catalogue/read-catalogue.ts';
import type { PromotionState, RunState } from '../../../src/journal/fold.ts';
import { failedServices, planCompensations } from '../../../src/rollout/recover/compensation.ts';
import { type DeploymentPlan, type PlanRequest } from '../../../src/rollout/plan/plan.ts';
import { readPlan, readPlans } from '../../../src/rollout/planning/read-plan.ts';
import { DEFAULT_SWAP_POLICY } from '../../../src/rollout/way/policy.ts';
import { topologicalOrder } from '../../../src/graph/order.ts';
import { pair, TARGET } from '../../journal/entries.ts';
import { system } from '../system.ts';

const GRAPH = `version: 1
defaults: { resourceGroup: rg }
services:
  core: { kind: package, version: 2.4.1 }
  db: { kind: command, run: [node, migrate.mjs] }
  payments: { kind: appService, app: pay, package: pay.zip, dependsOn: [core@2.4.x, db] }
  notifications: { kind: appService, app: not, package: not.zip, dependsOn: [payments@>=2] }
  store: { kind: appService, app: sto, package: sto.zip, dependsOn: [notifications] }
`;

function plan(change: Partial<PlanRequest> = {}, graph = GRAPH) {
  const { catalogue, findings } = readCatalogue(graph, 'service-graph.yml');
  assert.deepEqual(findings, []);
  const packages = new Map(
    ['payments', 'notifications', 'store'].map((name) => [name, { version: '2.4.0', digest: 'd' }]),
  );
  return planDeployment(catalogue!, {
    services: [],
    releases: new Map(),
    packages,
    documents: new Map(),
    subscription: 'sub',
    resourceGroup: undefined,
    parallel: 4,
    rollbackScope: 'dependents',
    policy: DEFAULT_SWAP_POLICY,
    resolve: (path) => `/built/${path}`,
    ...change,
  });
}

describe('planDeployment', () => {
  it('resolves everything: order, releases, targets, packages', () => {
    const { plan: made, problems } = plan();
    assert.deepEqual(problems, []);
    assert.deepEqual(
      made!.services.map(({ name, kind, release }) => [name, kind, release.version]),
      [
        ['core', 'package', '2.4.1'],
        ['db', 'command', null],
        ['payments', 'appService', '2.4.0'],
        ['notifications', 'appService', '2.4.0'],
        ['store', 'appService', '2.4.0'],
      ],
    );
    const payments = made!.services[2]!;
    assert.ok(isPlannedApp(payments));
    assert.deepEqual(payments.target, {
      kind: 'appService',
      subscription: 'sub',
      resourceGroup: 'rg',
      app: 'pay',
      source: 'staging',
      destination: 'production',
    });
    assert.deepEqual([payments.file, payments.health.path], ['/built/pay.zip', '/health']);
    assert.deepEqual([...payments.dependsOn], ['core', 'db']);
    assert.equal(readPlan(JSON.parse(JSON.stringify(made))) instanceof Object, true);
  });

  it('deploys nothing that is only checked, or whose app only another run knows', () => {
    const graph = `version: 1
defaults: { resourceGroup: rg }
services:
  library: { deployedBy: { stage: Library } }
  payments: { kind: appService, app: $(PaymentsApp), package: pay.zip }
`;
    assert.deepEqual(plan({}, graph).problems, [
      "'library' has no kind, so that only its place in the order is known: give it a kind to deploy it, or name the other services.",
      "'payments' has the app '$(PaymentsApp)', which only a run of its own pipeline knows: write the name of the app to deploy it, or name the other services.",
    ]);
    const elsewhere = `${graph.replace('services:', 'deploys: [store]\nservices:')}  store: { kind: appService, app: sto, package: sto.zip, dependsOn: [payments] }\n`;
    assert.deepEqual(plan({ services: ['store'] }, elsewhere).problems, [
      "'store' needs payments, which another pipeline deploys, and its app '$(PaymentsApp)' is known to a run of its own pipeline only: write the name of the app, or give its probe a url",
    ]);
  });

  it('keeps the order of chosen services that depend on each other through others', () => {
    const { plan: made } = plan({ services: ['store', 'payments'] });
    assert.deepEqual(
      made!.services.map(({ name }) => name),
      ['payments', 'store'],
    );
    assert.ok(made!.services[1]!.dependsOn.includes('payments'));
  });

  const releases = (...said: [string, string][]) => ({ releases: new Map(said) });
  const wrong: [string, Partial<PlanRequest>, RegExp][] = [
    [
      'a service that is not there',
      { services: ['paymnets'] },
      /'paymnets' is not a service of service-graph\.yml\. It has: core, db/,
    ],
    ['a release for a service that is not there', releases(['x', '1.0.0']), /'x' is not a service/],
    [
      'a release that contradicts the package',
      releases(['payments', '2.5.0']),
      /payments=2\.5\.0 contradicts the package, whose package\.json says 2\.4\.0/,
    ],
    [
      'a range that the run does not satisfy',
      { ...releases(['core', '2.5.0']) },
      /'payments' needs core@2\.4\.x, but this run has core 2\.5\.0/,
    ],
    [
      'a version that is not known',
      { packages: new Map() },
      /'notifications' needs payments@>=2, but the version of 'payments' is not known.*--release payments=VERSION/,
    ],
    [
      'a prerelease under a plain range',
      { packages: new Map([['payments', { version: '3.0.0-rc.1', digest: 'd' }]]) },
      /has payments 3\.0\.0-rc\.1/,
    ],
    [
      'a range of somebody who is not deployed now',
      { services: ['payments'], packages: new Map([['payments', { version: '1.9.0', digest: 'd' }]]) },
      /'notifications' needs payments@>=2/,
    ],
  ];
  for (const [name, change, message] of wrong)
    it(`refuses ${name}`, () => {
      const { plan: made, problems } = plan(change);
      assert.equal(made, undefined);
      assert.match(problems.join('\n'), message);
    });

  it('names all problems at once', () => {
    const { problems } = plan({ services: ['payments', 'x'], ...releases(['payments', '9.9.9'], ['y', '1.0.0']) });
    assert.equal(problems.length, 3, problems.join('\n'));
  });

  it('refuses what it could not deploy', () => {
    const { problems } = plan(
      {},
      GRAPH.replace('defaults: { resourceGroup: rg }\n', '').replace(', package: pay.zip', ''),
    );
    assert.equal(problems.filter((one) => one.includes('no resource group')).length, 3);
    assert.match(problems.join('\n'), /'payments' has no package/);
  });

  it('says of a template that holds none that alone, and of an app with neither that it has no image', () => {
    const problemsOf = (keys: string, document?: unknown): readonly string[] => {
      const mail = `  mail: { kind: containerApp, app: mail${keys} }\n`;
      return plan({ documents: new Map([['mail', document]]) }, GRAPH + mail).problems;
    };
    assert.deepEqual(problemsOf(', template: mail.yml', { containers: [] }), [
      "'mail': mail.yml holds no template: it needs a list of containers (or template: with one).",
    ]);
    assert.match(problemsOf('').join('\n'), /^'mail' has no image to deploy/);
    assert.deepEqual(problemsOf(', template: mail.yml', { containers: [{ name: 'main', image: 'mail:1' }] }), []);
  });

  it('takes the resource group of the run where the file names none', () => {
    const { plan: made } = plan({ resourceGroup: 'other' }, GRAPH.replace('defaults: { resourceGroup: rg }\n', ''));
    const payments = made!.services[2]!;
    assert.equal(isPlannedApp(payments) && payments.target.resourceGroup, 'other');
  });
});

describe('planCompensations', () => {
  const all = system().plan().services;
  const withPoint = (name: string): DeploymentPlan => ({
    ...system().plan(),
    services: all.map((service) => (service.name === name ? { ...service, pointOfNoReturn: true } : service)),
  });
  /** `payments verified, store open`: promotions in the order of the run. */
  const state = (text: string, commands: Partial<Pick<RunState, 'commandsDone' | 'commandsLeft'>> = {}): RunState => ({
    promotions: text.split(', ').map((word, index) => {
      const [service = '', how = ''] = word.split(' ');
      const target = { ...TARGET, app: service };
      const rest = {
        target,
        release: null,
        replaces: null,
        replacedHealthy: null,
        before: pair('new', 'old'),
        after: null,
        unhealthy: null,
        requestedAt: null,
        undoneStamp: null,
      };
      return { id: `p${index}`, service, state: how as PromotionState, ...rest };
    }),
    commandsDone: [],
    commandsLeft: [],
    ...commands,
    plans: [],
    rollBackBegun: null,
    closed: false,
    problems: [],
    warnings: [],
    newestAt: null,
    prepared: [],
    begun: [],
  });
  const EVERYTHING = 'payments verified, notifications verified, store verified';

  const cases: [string, string, string[], 'dependents' | 'service' | 'run', string, string][] = [
    [
      'dependents before what they depend on',
      EVERYTHING,
      ['payments'],
      'dependents',
      'store notifications payments',
      '',
    ],
    ['what does not depend on it stays', EVERYTHING, ['notifications'], 'dependents', 'store notifications', ''],
    ['the service alone', EVERYTHING, ['payments'], 'service', 'payments', ''],
    ['the whole run', EVERYTHING, [], 'run', 'store notifications payments', ''],
    ['nothing failed, nothing is undone', EVERYTHING, [], 'dependents', '', ''],
    ['only what this run changed', 'payments promoted', ['payments'], 'dependents', 'payments', ''],
    ['not what never moved', 'payments promoted, store not-promoted', ['payments'], 'dependents', 'payments', ''],
    ['not what is back already', 'payments promoted, store undone', ['payments'], 'dependents', 'payments', ''],
    ['what is half way back', 'payments undoing', ['payments'], 'dependents', 'payments', ''],
    ['what nobody knows', 'payments open', ['payments'], 'dependents', 'payments', ''],
    [
      'in order also over a service that was not changed',
      'payments verified, store verified',
      ['payments'],
      'dependents',
      'store payments',
      '',
    ],
  ];
  for (const [name, promotions, failed, scope, order] of cases)
    it(name, () => {
      const found = planCompensations(system().plan(), state(promotions), failed, scope);
      assert.equal(topologicalOrder(found.order).join(' '), order);
      assert.deepEqual([...found.promotions.keys()].sort(), order.split(' ').filter(Boolean).sort());
      assert.deepEqual(found.kept, []);
    });

  it('undoes the later of two promotions of one service', () => {
    const found = planCompensations(
      system().plan(),
      state('payments verified, payments promoted'),
      ['payments'],
      'run',
    );
    assert.equal(found.promotions.get('payments')!.id, 'p1');
  });

  it('keeps a point of no return and all that it depends on', () => {
    const { promotions, kept } = planCompensations(
      withPoint('notifications'),
      state(EVERYTHING),
      ['payments'],
      'dependents',
    );
    assert.deepEqual([...promotions.keys()], ['store']);
    assert.deepEqual(
      kept.map(({ service, reason }) => `${service} ${reason}`),
      ['notifications is a point of no return', "payments lies behind the point of no return 'notifications'"],
    );
  });

  it('does not count a point that was not reached', () => {
    const { promotions } = planCompensations(
      withPoint('store'),
      state('payments verified, notifications promoted'),
      ['payments'],
      'dependents',
    );
    assert.deepEqual([...promotions.keys()], ['payments', 'notifications']);
  });

  describe('of a command that is a point of no return', () => {
    const behind: DeploymentPlan = {
      ...withPoint('db'),
      services: withPoint('db').services.map((service) =>
        service.name === 'db' ? { ...service, dependsOn: ['payments'] } : { ...service, dependsOn: [] },
      ),
    };
    const kept = (commands: Partial<RunState>) =>
      planCompensations(behind, state('payments promoted', commands), ['payments'], 'service').kept;

    it('keeps what lies behind it when it ran', () =>
      assert.deepEqual(kept({ commandsDone: ['db'] }), [
        { service: 'payments', reason: "lies behind the point of no return 'db'", unsure: false },
      ]));

    it('keeps it too when it was begun, and says that this is not sure', () =>
      assert.deepEqual(kept({ commandsLeft: ['db'] }), [
        {
          service: 'payments',
          reason:
            "lies behind the point of no return 'db', whose command was begun and is not known to have ended well",
          unsure: true,
        },
      ]));

    it('keeps nothing when it was never begun', () => assert.deepEqual(kept({}), []));
  });

  it('looks at what is not known to have ended well', () => {
    const found = failedServices(state('a open, b promoted, c verified, d undoing, e undone, f not-promoted'));
    assert.deepEqual(found, ['a', 'b', 'd']);
  });
});

describe('readPlan', () => {
  const good = (): Record<string, unknown> => JSON.parse(JSON.stringify(system().plan())) as Record<string, unknown>;
  const service = (index: number, change: Record<string, unknown>) => (value: Record<string, unknown>) =>
    void Object.assign((value['services'] as Record<string, unknown>[])[index]!, change);
  const health = (change: Record<string, unknown>) => (value: Record<string, unknown>) => {
    const { health: found } = (value['services'] as { health: Record<string, unknown> }[])[1]!;
    Object.assign(found, change);
  };

  it('reads what was written', () => {
    assert.deepEqual(readPlan(good()), JSON.parse(JSON.stringify(system().plan())));
  });

  const damages: [string, (value: Record<string, unknown>) => void, RegExp][] = [
    ['another schema', (value) => void (value['schema'] = 3), /schema 3, expected 1 or 2/],
    ['no services', (value) => void delete value['services'], /incomplete/],
    ['no policy', (value) => void delete value['policy'], /incomplete/],
    ['no number of lanes', (value) => void (value['parallel'] = 0), /incomplete/],
    [
      'a policy without a deadline',
      (value) => void (value['policy'] = { ...(value['policy'] as object), settleMs: null }),
      /no settleMs/,
    ],
    [
      'no attempt at all',
      (value) => void (value['policy'] = { ...(value['policy'] as object), attempts: 0 }),
      /no attempts/,
    ],
    ['a service without a name', service(1, { name: 7 }), /has no name/],
    ['two services of one name', service(2, { name: 'payments' }), /'payments' twice/],
    ['no dependencies', service(1, { dependsOn: 'db' }), /\(payments\) has no list/],
    ['services that depend on each other in a circle', service(1, { dependsOn: ['store'] }), /circle/],
    ['no release', service(1, { release: null }), /\(payments\) has no release/],
    ['an unknown kind', service(1, { kind: 'teapot' }), /unknown kind teapot/],
    [
      'no word on whether it can be undone',
      service(1, { pointOfNoReturn: undefined }),
      /\(payments\).*point of no return/,
    ],
    ['half a target', service(1, { target: { app: 'x' } }), /incomplete target/],
    ['no probe', service(1, { health: undefined }), /incomplete probe/],
    ['a probe without a path', health({ path: null }), /incomplete probe/],
    ['a probe without a limit', health({ timeoutMs: 'soon' }), /incomplete probe/],
    ['a probe that is content with nothing', health({ healthyThreshold: 0 }), /incomplete probe/],
    ['a probe that fails at once', health({ unhealthyThreshold: 0 }), /incomplete probe/],
    ['a version without a path', health({ version: {} }), /incomplete probe/],
  ];
  for (const [name, damage, message] of damages)
    it(`refuses ${name}`, () => {
      const value = good();
      damage(value);
      const found = readPlan(JSON.parse(JSON.stringify(value)));
      assert.ok(typeof found === 'string', 'it was accepted');
      assert.match(found, message);
    });

  for (const value of [null, undefined, [], 'plan', 7])
    it(`refuses ${JSON.stringify(value) ?? 'nothing'}`, () =>
      assert.match(String(readPlan(value) as string), /no plan/));

  it('lays the plans of jobs together, the last word counting', () => {
    const { services, ...rest } = system().plan();
    const jobs = [
      { ...rest, services: services.slice(0, 2) },
      { ...rest, services: services.slice(2) },
    ];
    const whole = readPlans(jobs);
    assert.ok(typeof whole !== 'string');
    assert.deepEqual(
      whole.services.map(({ name }) => name),
      ['db', 'payments', 'notifications', 'store'],
    );
    assert.match(readPlans([...jobs, {}]) as string, /schema undefined/);
    assert.equal(readPlans([]), 'the journal holds no plan');
  });
});
