import assert from 'node:assert/strict';
import { inEnvironment, unknownEnvironment } from '../../src/catalogue/in-environment.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import type { AppService, Catalogue } from '../../src/catalogue/model.ts';

const SERVICES = `services:
  payments:
    kind: appService
    app: app-payments
    resourceGroup: rg-payments-prod
    probe: { path: /health, interval: 1s, headers: { a: b } }
    deployedBy: { stage: Deploy }
    dependsOn: [db]
  store: { kind: appService, app: app-store, slot: next, dependsOn: [payments] }
  db: { kind: database, server: sql-prod, database: ledger, expand: { run: [node, expand.mjs] } }
`;
const HEAD = 'version: 1\ndefaults: { resourceGroup: rg-prod, connection: prod }\n';

function good(environments: string): Catalogue {
  const { catalogue, findings } = readCatalogue(`${HEAD}${environments}${SERVICES}`, 'g.yml');
  assert.deepEqual(findings, []);
  return catalogue!;
}

const problems = (environments: string): string[] =>
  readCatalogue(`${HEAD}${environments}${SERVICES}`, 'g.yml').findings.map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );

function serviceOf(catalogue: Catalogue, environment: string, name: string): AppService {
  const service = inEnvironment(catalogue, environment)?.services.find((one) => one.name === name);
  assert.equal(service?.kind, 'appService');
  return service as AppService;
}

describe('environments', () => {
  const OVERLAY = `environments:
  test:
    resourceGroup: rg-test
    connection: test
    services:
      payments: { app: app-payments-test, probe: { path: /ready } }
      store: { app: app-store-test, resourceGroup: rg-store-test, deployedBy: { stage: Test } }
      db: { server: sql-test }
  dev: { services: { payments: { probe: { url: "https://dev.contoso.com/health" }, slot: fresh } } }
`;

  it('leaves the base as production', () => {
    const catalogue = good(OVERLAY);
    for (const name of [undefined, 'production', 'PRODUCTION']) assert.equal(inEnvironment(catalogue, name), catalogue);
    assert.equal(serviceOf(catalogue, 'production', 'payments').resourceGroup, 'rg-payments-prod');
  });

  it('lays names over those of the base, and lets nothing of production stay that the environment replaces', () => {
    const payments = serviceOf(good(OVERLAY), 'Test', 'payments');
    assert.deepEqual(
      [payments.app, payments.resourceGroup, payments.connection, payments.slot, payments.deployedBy],
      ['app-payments-test', 'rg-test', 'test', 'staging', []],
    );
    assert.deepEqual(
      [payments.probe.path, payments.probe.intervalMs, payments.probe.headers],
      ['/ready', 1000, { a: 'b' }],
    );
  });

  it('lets a service of an environment name its own group, and who deploys it there', () => {
    const store = serviceOf(good(OVERLAY), 'test', 'store');
    assert.deepEqual([store.app, store.resourceGroup, store.slot], ['app-store-test', 'rg-store-test', 'next']);
    assert.deepEqual(store.deployedBy, [{ pipeline: undefined, stage: 'Test', job: undefined }]);
  });

  it('keeps the edges, and overlays every kind', () => {
    const services = inEnvironment(good(OVERLAY), 'test')!.services;
    assert.deepEqual(
      services.map(({ name, dependsOn }) => [name, dependsOn.map(({ service }) => service)]),
      [
        ['payments', ['db']],
        ['store', ['payments']],
        ['db', []],
      ],
    );
    const db = services[2];
    assert.deepEqual(db?.kind === 'database' && [db.server, db.database], ['sql-test', 'ledger']);
  });

  it('replaces a path by an address, and keeps what an environment does not mention', () => {
    const dev = serviceOf(good(OVERLAY), 'dev', 'payments');
    assert.deepEqual([dev.probe.url, dev.slot, dev.app], ['https://dev.contoso.com/health', 'fresh', 'app-payments']);
    assert.equal(serviceOf(good(OVERLAY), 'dev', 'store').app, 'app-store');
  });

  it('puts a service of an environment where its overlay is', () => {
    assert.equal(serviceOf(good(OVERLAY), 'test', 'payments').line, 8);
    assert.equal(serviceOf(good(OVERLAY), 'dev', 'store').line, 20);
  });

  it('has no other environment, and says which there are', () => {
    const catalogue = good(OVERLAY);
    assert.equal(inEnvironment(catalogue, 'tset'), undefined);
    assert.equal(unknownEnvironment(catalogue, 'tset'), "'tset' is no environment of g.yml; did you mean 'test'?");
    assert.equal(
      unknownEnvironment(catalogue, 'staging'),
      "'staging' is no environment of g.yml; it has production, test, dev",
    );
  });

  const wrong: [string, string[], string][] = [
    ['[test]', ['3:15 environments must be a mapping from names to what differs there, not a list'], 'a list'],
    [
      '{ Production: {} }',
      ["3:17 environments.Production: the names of the base are production's; write them there"],
      'production',
    ],
    [
      '{ test: {}, Test: {} }',
      ["3:27 'Test' differs from 'test' only by case; rename one"],
      'two names that differ by case',
    ],
    ['{ test: {}, test: {} }', ["3:27 'test' is already defined, on line 3"], 'an environment twice'],
    [
      '{ a b: {} }',
      [
        "3:17 the name of an environment has letters, digits, and - _ . after the first sign, at most 100 in all; 'a b' is none",
      ],
      'a name that is none',
    ],
    [
      '{ test: { services: { paymets: { app: x } } } }',
      ["3:37 environments.test.services: unknown service 'paymets'; did you mean 'payments'?"],
      'an unknown service',
    ],
    [
      '{ test: { services: { zzz: { app: x } } } }',
      ["3:37 environments.test.services: unknown service 'zzz'; an environment renames services of the base"],
      'a service like none',
    ],
    [
      '{ test: { resourceGrup: x } }',
      ["3:25 unknown key 'resourceGrup' in environments.test; did you mean 'resourceGroup'?"],
      'an unknown key',
    ],
    [
      '{ test: { services: { payments: { ap: x } } } }',
      [
        "3:49 unknown key 'ap' in environments.test.services.payments; known are app, resourceGroup, connection, probe, version, slot, package, rollout, deployedBy",
      ],
      'an unknown key of a service',
    ],
    [
      '{ test: { services: { payments: { dependsOn: [] } } } }',
      [
        "3:49 'dependsOn' in environments.test.services.payments belongs to the service itself: an environment changes names, not the graph",
      ],
      'edges of an environment',
    ],
    [
      '{ test: { services: { payments: { app: "a/b", slot: production } } } }',
      [
        "3:54 environments.test.services.payments.app must be an app name of letters, digits and -, or an expression as steps have it, such as $(WebAppName), not 'a/b'",
        "3:67 environments.test.services.payments.slot must be the slot a release waits in, which cannot be production itself, not 'production'",
      ],
      'wrong values',
    ],
    [
      '{ test: { services: { payments: { app: app-store } } } }',
      ["3:37 payments and store are both deployed to app 'app-store' (in production and test)"],
      "another service's app of production",
    ],
    [
      '{ test: { services: [payments] } }',
      ['3:35 environments.test.services must be a mapping from names of services, not a list'],
      'a list of services',
    ],
  ];
  for (const [overlay, expected, reason] of wrong)
    it(`refuses ${reason}`, () => {
      const found = problems(`environments: ${overlay}\n`);
      assert.deepEqual(found.slice(0, expected.length), expected);
      assert.ok(found.length === expected.length || reason.includes('another service'), found.join('\n'));
    });

  it('says once what is wrong with a service of the base', () => {
    const text = `${HEAD}environments: { a: {}, b: { services: { x: { app: y } } } }\nservices: { x: { kind: appService, app: "no/way" } }`;
    assert.equal(readCatalogue(text, 'g.yml').findings.length, 1);
  });
});
