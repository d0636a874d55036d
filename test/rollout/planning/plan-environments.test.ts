import { isPlannedApp } from '../../../src/rollout/kinds/app-service/app-service.ts';
import { planDeployment } from '../../../src/rollout/planning/plan-deployment.ts';
import assert from 'node:assert/strict';
import { inEnvironment } from '../../../src/catalogue/in-environment.ts';
import { readCatalogue } from '../../../src/catalogue/read-catalogue.ts';
import { type DeploymentPlan, type PlanRequest } from '../../../src/rollout/plan/plan.ts';
import { DEFAULT_SWAP_POLICY } from '../../../src/rollout/way/policy.ts';

const REQUEST: PlanRequest = {
  services: [],
  releases: new Map(),
  packages: new Map(),
  documents: new Map(),
  subscription: 'sub',
  resourceGroup: undefined,
  parallel: 4,
  rollbackScope: 'dependents',
  policy: DEFAULT_SWAP_POLICY,
  resolve: (path) => path,
};

function plan(graph: string, request: Partial<PlanRequest> = {}, environment?: string) {
  const { catalogue, findings } = readCatalogue(`version: 1\ndefaults: { resourceGroup: rg }\n${graph}`, 'g.yml');
  assert.deepEqual(findings, []);
  return planDeployment(inEnvironment(catalogue!, environment)!, { ...REQUEST, ...request });
}

const problems = (graph: string, request: Partial<PlanRequest> = {}): readonly string[] => {
  const answer = plan(graph, request);
  assert.equal(answer.plan, undefined);
  return answer.problems;
};
const good = (graph: string, request: Partial<PlanRequest> = {}, environment?: string): DeploymentPlan => {
  const answer = plan(graph, request, environment);
  assert.deepEqual(answer.problems, []);
  return answer.plan!;
};

const STORE = 'store: { kind: appService, app: app-store, package: s.zip, dependsOn: [payments@2.x] }';
const PAYMENTS = 'payments: { kind: appService, app: app-payments, slot: next, version: { path: /v } }';

describe('planDeployment and what the graph file says of others', () => {
  for (const [kind, rest] of [
    ['staticWebApp', 'app: x'],
    ['database', 'expand: { run: [x] }'],
    ['pipeline', 'pipeline: x'],
  ])
    it(`refuses a ${kind}, which the graph file may have, by name`, () => {
      const graph = `services: { a: { kind: ${kind}, ${rest} }, b: { kind: command, run: [x] } }`;
      assert.deepEqual(problems(graph), [
        `'a' is a ${kind}, which cannot be deployed by Safe Rollout yet: name the other services, or deploy it in a job of its own and say so with deployedBy.`,
      ]);
      assert.deepEqual(
        good(graph, { services: ['b'] }).services.map(({ name }) => name),
        ['b'],
      );
    });

  it('plans with the names of an environment', () => {
    const graph = `environments: { test: { services: { a: { app: app-a-test } } } }\nservices: { a: { kind: appService, app: app-a, package: a.zip } }`;
    const targetOf = (environment?: string): string | undefined => {
      const [service] = good(graph, {}, environment).services;
      return service !== undefined && isPlannedApp(service) ? service.target.app : undefined;
    };
    assert.deepEqual([targetOf(), targetOf('test')], ['app-a', 'app-a-test']);
  });

  describe('with deploys', () => {
    it('takes "all" as all that it names, and asks other pipelines for the rest', () => {
      const made = good(`deploys: [store]\nservices:\n  ${PAYMENTS}\n  ${STORE}`);
      assert.deepEqual(
        made.services.map(({ name }) => name),
        ['store'],
      );
      const [condition, ...others] = made.preconditions;
      assert.equal(others.length, 0);
      assert.deepEqual(
        [condition?.service, condition?.needs, condition?.range, condition?.target],
        [
          'store',
          'payments',
          '2.x',
          {
            kind: 'appService',
            subscription: 'sub',
            resourceGroup: 'rg',
            app: 'app-payments',
            source: 'next',
            destination: 'production',
          },
        ],
      );
      assert.deepEqual(
        [condition?.health.healthyThreshold, condition?.health.startupMs, condition?.health.version?.path],
        [1, 0, '/v'],
      );
    });

    it('asks for what a package of another pipeline needs, since its consumer carries it', () => {
      const core = 'core: { kind: package, version: 2.0.0, dependsOn: [payments] }';
      const made = good(
        `deploys: [store]\nservices:\n  ${PAYMENTS}\n  ${core}\n  store: { kind: command, run: [x], dependsOn: [core@2.x] }`,
      );
      assert.deepEqual(
        made.preconditions.map(({ service, needs, range }) => [service, needs, range]),
        [['store', 'payments', null]],
      );
    });

    it('asks nobody when nothing is elsewhere', () => {
      assert.deepEqual(
        good(
          `services:\n  ${PAYMENTS.replace('slot', 'package: p.zip, slot')}\n  store: { kind: command, run: [x], dependsOn: [payments] }`,
        ).preconditions,
        [],
      );
    });

    const refused: [string, Partial<PlanRequest>, string, string][] = [
      [
        `deploys: [store]\nservices:\n  ${PAYMENTS}\n  ${STORE}`,
        { services: ['payments'] },
        "'payments' is not among the services that deploys of g.yml names: add it there.",
        'a service of another pipeline',
      ],
      [
        `deploys: [store]\nservices:\n  payments: { kind: appService, app: p }\n  ${STORE}`,
        {},
        "'store' needs payments, which another pipeline deploys, and it does not say where it tells its version, which has to be in 2.x: add version: { path: /... } to it",
        'a range that cannot be asked for',
      ],
      [
        `deploys: [a]\nservices: { db: { kind: database }, a: { kind: command, run: [x], dependsOn: [db] } }`,
        {},
        "'a' needs db, which another pipeline deploys, and a database cannot be asked whether it is out; add 'db' to deploys",
        'what nobody can ask',
      ],
      [
        `deploys: [a]\nservices: { c: { kind: staticWebApp, app: c }, a: { kind: command, run: [x], dependsOn: [c] } }`,
        {},
        "'a' needs c, which another pipeline deploys, and the address of a staticWebApp is not known: give its probe a url",
        'an app without an address',
      ],
    ];
    for (const [graph, request, expected, reason] of refused)
      it(`refuses ${reason}`, () => assert.deepEqual(problems(graph, request).slice(0, 1), [expected]));
  });
});
