import assert from 'node:assert/strict';
import { dependencyGraph, readCatalogue, readDraft } from '../../src/catalogue/read-catalogue.ts';
import type { AppService, Catalogue } from '../../src/catalogue/model.ts';
import { waves } from '../../src/graph/order.ts';
import { cpuTime } from '../cpu-time.ts';

const CONTOSO = `version: 1
defaults:
  resourceGroup: rg-contoso
  connection: contoso
  probe: { path: /healthz, interval: 1s, statuses: [200, 204] }
services:
  payments-core: { kind: package, version: 2.4.1 }
  payments-db:
    kind: command
    run: [node, db/migrate.mjs, ""]
    timeout: 90s
    pointOfNoReturn: true
    deployedBy: { stage: Data, job: Migrate }
  payments:
    kind: appService
    app: app-contoso-payments
    package: dist/payments.zip
    dependsOn: [payments-core@2.4.x, payments-db]
    version: { path: /api/version, json: $.version }
    probe: { timeout: 500ms, json: { $.status: ok }, headers: { x-probe: "1" } }
    rollout: swap
  store:
    kind: appService
    app: app-contoso-store
    resourceGroup: rg-other
    slot: next
    dependsOn: payments
    deployedBy: [{ pipeline: store.yml }, { stage: Deploy }]
    probe: { url: "https://probe.contoso.com/store", statuses: 200-202, healthyThreshold: 1, startup: 0s }
`;

function good(text: string): Catalogue {
  const { catalogue, findings } = readCatalogue(text, 'service-graph.yml');
  assert.deepEqual(findings, []);
  return catalogue!;
}

/** The findings on a file with one service `a` of these lines. */
function problems(...lines: string[]): string[] {
  return messages(['version: 1', 'services:', '  a:', ...lines.map((line) => `    ${line}`)].join('\n'));
}

function messages(text: string): string[] {
  const { catalogue, findings } = readCatalogue(text, 'g.yml');
  assert.equal(catalogue === undefined, findings.length > 0);
  assert.ok(
    findings.every(({ rule, file, severity }) => rule === 'graph-file' && file === 'g.yml' && severity === 'error'),
  );
  return findings.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe('readCatalogue', () => {
  it('reads every service, with defaults merged', () => {
    const [core, db, payments, store] = good(CONTOSO).services;
    assert.deepEqual(core, {
      file: 'service-graph.yml',
      line: 7,
      column: 3,
      name: 'payments-core',
      kind: 'package',
      version: '2.4.1',
      dependsOn: [],
      deployedBy: [],
      pointOfNoReturn: false,
    });
    assert.deepEqual(db?.kind === 'command' && [db.run, db.timeoutMs, db.pointOfNoReturn, db.deployedBy], [
      ['node', 'db/migrate.mjs', ''],
      90_000,
      true,
      [{ pipeline: undefined, stage: 'Data', job: 'Migrate' }],
    ]);
    assert.deepEqual(payments, {
      file: 'service-graph.yml',
      line: 14,
      column: 3,
      name: 'payments',
      kind: 'appService',
      app: 'app-contoso-payments',
      resourceGroup: 'rg-contoso',
      connection: 'contoso',
      slot: 'staging',
      package: 'dist/payments.zip',
      dependsOn: [
        { file: 'service-graph.yml', line: 18, column: 17, service: 'payments-core', range: '2.4.x' },
        { file: 'service-graph.yml', line: 18, column: 38, service: 'payments-db', range: undefined },
      ],
      deployedBy: [],
      pointOfNoReturn: false,
      version: { path: '/api/version', json: '$.version' },
      probe: {
        path: '/healthz',
        url: undefined,
        headers: { 'x-probe': '1' },
        statuses: [200, 204],
        json: { '$.status': 'ok' },
        contains: undefined,
        intervalMs: 1000,
        timeoutMs: 500,
        healthyThreshold: 3,
        unhealthyThreshold: 2,
        unhealthyShare: 0.1,
        instanceHeader: undefined,
        startupMs: 600_000,
      },
    });
    const { resourceGroup, slot, connection, probe, deployedBy } = store as AppService;
    assert.deepEqual([resourceGroup, slot, connection, deployedBy.length], ['rg-other', 'next', 'contoso', 2]);
    assert.deepEqual(
      [probe.url, probe.path, probe.statuses, probe.healthyThreshold, probe.startupMs],
      ['https://probe.contoso.com/store', '/healthz', [200, 201, 202], 1, 0],
    );
  });

  it('accepts 200 to 299 and ten minutes for a command when nothing is said', () => {
    const { services } = good('version: 1\nservices:\n  a: {kind: appService, app: a}\n  b: {kind: command, run: [x]}');
    const [a, b] = services;
    assert.deepEqual(
      a?.kind === 'appService' && [a.probe.statuses.length, a.probe.statuses[0], a.probe.statuses[99]],
      [100, 200, 299],
    );
    assert.equal(b?.kind === 'command' && b.timeoutMs, 600_000);
  });

  it('gives the graph to deploy by', () =>
    assert.deepEqual(waves(dependencyGraph(good(CONTOSO))), [
      ['payments-core', 'payments-db'],
      ['payments'],
      ['store'],
    ]));

  const wrong: [string[], string[], string][] = [
    [
      ['kind: appService', 'app: x', 'slto: next'],
      ["6:5 unknown key 'slto' in services.a; did you mean 'slot'?"],
      'a key with a typing mistake',
    ],
    [
      ['kind: package', 'version: 1.0.0', 'zzzzzzzz: 1'],
      ["6:5 unknown key 'zzzzzzzz' in services.a; known are kind, dependsOn, deployedBy, pointOfNoReturn, version"],
      'a key like none',
    ],
    [
      ['kind: package', 'version: 1.0.0', 'app: x'],
      ["6:5 'app' in services.a belongs to kind appService, containerApp or staticWebApp"],
      'a key of another kind',
    ],
    [
      ['kind: appService', 'app: x', 'regions: [westeurope]', 'expand: { run: [x] }'],
      [
        "6:5 'regions' in services.a is not supported yet; remove it",
        "7:5 'expand' in services.a belongs to kind database",
      ],
      'a key that comes later, and one of another kind',
    ],
    [['kind: staticWebApp'], ["4:5 services.a needs 'app': the name of the app"], 'a static web app without its app'],
    [
      ['kind: containerApp', 'app: x', 'slot: staging'],
      ["6:5 'slot' in services.a belongs to kind appService"],
      'a slot of a container app, which has revisions',
    ],
    [
      ['kind: database', 'expand: [node, x]', 'server: "a b"'],
      [
        '5:13 services.a.expand must be a mapping, not a list',
        "6:13 services.a.server must be the name of a database server, not 'a b'",
      ],
      'a database whose migration and server are wrong',
    ],
    [
      ['kind: database', 'contract: { timeout: 1m }'],
      ["5:15 services.a.contract needs 'run': program and arguments as a list, such as [node, db/migrate.mjs]"],
      'a migration without a program',
    ],
    [
      ['kind: pipeline', 'project: x'],
      ["4:5 services.a needs 'pipeline': the name or the id of the pipeline that is run"],
      'a pipeline without a name',
    ],
    [
      ['kind: appservice', 'app: x'],
      [
        "4:11 services.a.kind must be one of appService, containerApp, staticWebApp, database, package, command, pipeline, not 'appservice'; did you mean 'appService'?",
      ],
      'a kind with a typing mistake',
    ],
    [
      ['app: x', 'slot: next'],
      ["5:5 'slot' in services.a belongs to kind appService"],
      'what only a kind has, without a kind',
    ],
    [['kind: appService'], ["4:5 services.a needs 'app': the name of the web or function app"], 'no app'],
    [
      ['kind: appService', 'app: app/x'],
      [
        "5:10 services.a.app must be an app name of letters, digits and -, or an expression as steps have it, such as $(WebAppName), not 'app/x'",
      ],
      'an app that is a path',
    ],
    [['kind: appService', 'app: [x]'], ['5:10 services.a.app must be text, not a list'], 'a list for text'],
    [['kind: appService', 'app:'], ['5:9 services.a.app must be text, not nothing'], 'nothing for text'],
    [
      ['kind: appService', 'app: x', 'slot: Production'],
      ["6:11 services.a.slot must be the slot a release waits in, which cannot be production itself, not 'Production'"],
      'production as the slot to wait in',
    ],
    [
      ['kind: appService', 'app: x', 'package: /etc/passwd'],
      ["6:14 services.a.package must be a path relative to this file, not '/etc/passwd'"],
      'an absolute package path',
    ],
    [
      ['kind: appService', 'app: x', 'rollout: { canary: { steps: [10] } }'],
      ['6:14 services.a.rollout other than swap is not supported yet; remove it'],
      'a canary',
    ],
    [
      ['kind: package', 'version: 2.4'],
      ["5:14 services.a.version must be a full version such as 2.4.1, not '2.4'"],
      'a version that is not full',
    ],
    [
      ['kind: command', 'run: node db/migrate.mjs'],
      [
        '5:10 services.a.run must be a list of program and arguments, such as [node, db/migrate.mjs]; no shell reads it',
      ],
      'a shell line',
    ],
    [['kind: command', 'run: []'], ['5:10 services.a.run must begin with the program to run'], 'no program'],
    [
      ['kind: command', 'run: [x]', 'timeout: 10'],
      ["6:14 services.a.timeout must be a duration such as 200ms, 5s or 10m, of at most 7 days, not '10'"],
      'a duration without a unit',
    ],
    [
      ['kind: command', 'run: [x]', 'timeout: 0s'],
      ["6:14 services.a.timeout must be longer than nothing, not '0s'"],
      'no time at all',
    ],
    [
      ['kind: command', 'run: [x]', 'pointOfNoReturn: yes'],
      ["6:22 services.a.pointOfNoReturn must be true or false, not 'yes'"],
      'a word that is no truth value',
    ],
    [
      ['kind: command', 'run: [x]', 'deployedBy: {}'],
      ['6:17 services.a.deployedBy must name a stage, a job, or another pipeline'],
      'deployedBy without anything',
    ],
    [
      ['kind: command', 'run: [x]', 'deployedBy: { stge: x }'],
      [
        '6:17 services.a.deployedBy must name a stage, a job, or another pipeline',
        "6:19 unknown key 'stge' in services.a.deployedBy; did you mean 'stage'?",
      ],
      'a wrong key in deployedBy',
    ],
    [
      ['kind: command', 'run: [x]', 'dependsOn: [b@]'],
      ["6:17 services.a.dependsOn[0]: '' is no version range; write one as npm does, such as b@2.4.x or b@^2.4.0"],
      'an empty range',
    ],
    [
      ['kind: command', 'run: [x]', 'dependsOn: [b@two]'],
      ["6:17 services.a.dependsOn[0]: 'two' is no version range; write one as npm does, such as b@2.4.x or b@^2.4.0"],
      'a range that is none',
    ],
    [
      ['kind: command', 'run: [x]', 'dependsOn: [a]'],
      ['6:17 a depends on itself; remove the edge'],
      'a self-dependency',
    ],
    [
      ['kind: command', 'run: [x]', 'dependsOn: [b]'],
      ["6:17 a depends on unknown service 'b'; add it under services, or remove the edge"],
      'an unknown service',
    ],
  ];
  for (const [lines, expected, reason] of wrong)
    it(`refuses ${reason}`, () => assert.deepEqual(problems(...lines), expected));

  const probes: [string, string, string][] = [
    ['{ path: health }', "must be a path that begins with /, not 'health'", 'a path without a slash'],
    [
      '{ path: /a, url: "https://x/" }',
      "has both 'path' (on the service's own host) and 'url' (anywhere); write one of them",
      'path and url',
    ],
    ['{ url: "file:///etc/passwd" }', 'must be an http or https address without a user', 'an address that is a file'],
    ['{ statuses: [200, 99] }', "must be a status such as 200 or a range such as 200-299, not '99'", 'no status'],
    ['{ statuses: 299-200 }', 'must be a status such as 200 or a range such as 200-299', 'a range from high to low'],
    ['{ statuses: [] }', 'must accept at least one status', 'no status at all'],
    ['{ healthyThreshold: 0 }', "must be a whole number from 1 to 1000, not '0'", 'a threshold of nothing'],
    ['{ healthyThreshold: "3" }', 'must be a whole number', 'a number in quotes'],
    ['{ headers: { "a b": x } }', "'a b' must be the name of a header", 'a header that is none'],
    ['{ headers: { a: "x\\r\\nb: y" } }', 'must be one line of plain text', 'a header that smuggles another'],
    ['{ json: { status: ok } }', "'status' must be a path such as $.status", 'a JSON path that is none'],
    ['{ via: arm }', "'via' in services.a.probe is not supported yet", 'probing through ARM'],
    ['5', "must be a mapping, not '5'", 'a number for a probe'],
  ];
  for (const [probe, expected, reason] of probes)
    it(`refuses a probe with ${reason}`, () => {
      const found = problems('kind: appService', 'app: x', `probe: ${probe}`);
      assert.equal(found.length, 1, found.join('\n'));
      assert.ok(found[0]!.includes(expected), found[0]);
    });

  const files: [string, string[], string][] = [
    ['', ['1:1 the file is empty'], 'nothing'],
    ['- a', ['1:1 the file must be a mapping, not a list'], 'a list'],
    ['version: 1', ["1:1 the file needs 'services': a mapping from service names to what they are"], 'no services'],
    [
      'version: 2\nservices: {}',
      ["1:10 version must be 1, the only one there is, not '2'", '2:11 services names no service'],
      'another version and no service',
    ],
    [
      'services: [a]',
      ["1:1 the file needs 'version: 1'", '1:11 services must be a mapping from names to services, not a list'],
      'a list of services',
    ],
    [
      'version: 1\nregions: []\nservices:\n  a b: {kind: package, version: 1.0.0}',
      [
        "2:1 'regions' in the file is not supported yet; remove it",
        "4:3 the name of a service has letters, digits, and - _ . after the first sign, at most 100 in all; 'a b' is none",
      ],
      'regions, and a name with a space',
    ],
    [
      'version: 1\nservices:\n  a: {kind: package, version: 1.0.0}\n  a: {kind: package, version: 1.0.0}\n  A: {kind: package, version: 1.0.0}',
      ["4:3 'a' is already defined, on line 3", "5:3 'A' differs from 'a' only by case; rename one"],
      'a service twice',
    ],
    [
      'version: 1\nservices:\n  a: {kind: appService, app: x}\n  b: {kind: appService, app: X}',
      ["4:3 b and a are both deployed to app 'X'"],
      'two services on one app',
    ],
    [
      'version: 1\nservices:\n  a: {kind: containerApp, app: x}\n  b: {kind: containerApp, app: X}\n  c: {kind: containerApp, app: x, resourceGroup: other}\n  d: {kind: staticWebApp, app: x}',
      ["4:3 b and a are both deployed to app 'X'"],
      'two container apps of one group with one name, which in another group is free',
    ],
    [
      'version: 1\ndeploys: [b, a, a]\nservices: { a: { kind: package, version: 1.0.0 } }',
      ["2:11 deploys[0]: unknown service 'b'", '2:17 deploys[2] names a twice; write it once'],
      'deploys of what is not there, and twice',
    ],
    [
      'version: 1\ndeploys: []\nservices: { a: { kind: package, version: 1.0.0 } }',
      ['2:10 deploys names no service; remove it, or name those that pipelines beside this file deploy'],
      'deploys of nothing',
    ],
    [
      'version: 1\nservices:\n  a: {kind: package, version: 2.5.0}\n  b: {kind: command, run: [x], dependsOn: [a@2.4.x, a]}',
      ['4:44 b needs a@2.4.x, but a is declared as 2.5.0', '4:53 b depends on a twice; write it once'],
      'a range that the declared version misses, and an edge twice',
    ],
    [
      'version: 1\nservices:\n  a: {kind: command, run: [x], dependsOn: [b]}\n  b: {kind: command, run: [x], dependsOn: [a]}',
      ['3:44 dependency cycle a -> b -> a; no order can satisfy it: remove one of these edges'],
      'a cycle',
    ],
    [
      'version: 1\nservices:\n  a: {kind: command, run: [x], dependsOn: [b, c]}\n  b: {kind: command, run: [x], dependsOn: [a]}\n  c: {kind: command, run: [x], dependsOn: [a]}',
      [
        '3:44 2 dependency cycles among a, b, c: a -> b -> a; a -> c -> a; no order can satisfy them: remove one edge of each',
      ],
      'two cycles in one tangle',
    ],
    [
      'version: 1\ndefaults: { slot: production, zone: 1 }\nservices: { a: { kind: package, version: 1.0.0 } }',
      [
        "2:19 defaults.slot must be the slot a release waits in, which cannot be production itself, not 'production'",
        "2:31 unknown key 'zone' in defaults; known are resourceGroup, connection, slot, probe",
      ],
      'wrong defaults',
    ],
    [
      'version: 1\nservices: { a: x, b: { kind: command, run: [x], dependsOn: [a, c] } }',
      [
        "2:16 services.a must be a mapping, not 'x'",
        "2:64 b depends on unknown service 'c'; add it under services, or remove the edge",
      ],
      "what is wrong with a service and with another's edges, in one run",
    ],
  ];
  for (const [text, expected, reason] of files)
    it(`refuses a file with ${reason}`, () => assert.deepEqual(messages(text), expected));

  it('names the services that a finding is about', () => {
    const { findings } = readCatalogue(
      'version: 1\nservices:\n  a: {kind: command, run: [x], dependsOn: [b]}\n  b: {kind: command, run: [x], dependsOn: [a]}',
      'g',
    );
    assert.deepEqual(findings[0]!.services, ['a', 'b']);
  });

  it('lets a path of a service replace the address of the defaults', () => {
    const { services } = good(
      'version: 1\ndefaults: { probe: { url: "https://x/" } }\nservices:\n  a: {kind: appService, app: a}\n  b: {kind: appService, app: b, probe: {path: /b}}',
    );
    const probes = services.map((service) => (service.kind === 'appService' ? service.probe : undefined));
    assert.deepEqual(
      probes.map((probe) => [probe?.url, probe?.path]),
      [
        ['https://x/', '/health'],
        [undefined, '/b'],
      ],
    );
  });

  it('keeps the edges of a service that is wrong, but not the service', () => {
    const draft = readDraft('version: 1\nservices:\n  a: {kind: package, version: 1.0.0, dependsOn: [b], x: 1}', 'g');
    assert.deepEqual([draft.findings.length, draft.nodes[0]!.dependsOn.length, draft.services.length], [1, 1, 0]);
  });

  it('leaves edges to the caller in a draft', () => {
    const draft = readDraft('version: 1\nservices:\n  a: {kind: command, run: [x], dependsOn: [nobody]}', 'g');
    assert.deepEqual([draft.findings.length, draft.nodes.length, draft.services.length], [0, 1, 1]);
  });

  it('stays short and quick on a file that is wrong in every line', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `  service${i}: {knd: 1, dependsOn: [servce${i}]}`);
    const started = cpuTime();
    assert.equal(messages(`version: 1\nservices:\n${lines.join('\n')}`).length, 200);
    assert.ok(cpuTime() - started < 2000);
  });
});
