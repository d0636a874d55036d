import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { azureHosts } from '../../src/azure/hosts.ts';
import { azureAlerts } from '../../src/azure/monitor/alerts.ts';
import { credentialFor } from '../../src/azure/identity/any-credential.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { admitting } from '../../src/gate/addresses.ts';
import type { QualityGate } from '../../src/gate/sources.ts';
import { whyNot, type Check, type Inquiry, type Verdict } from '../../src/gate/verdict.ts';
import { commandHost } from '../../src/host/command.ts';
import { orderAtCommit } from '../../src/host/order-at-commit.ts';
import { sonarqube } from '../../src/host/sonarqube.ts';
import type { JournalReading } from '../../src/journal/entry.ts';
import { httpGet, type HttpGet } from '../../src/probe/http.ts';
import { checkTable, type CheckPorts } from '../../src/serve/checks/table.ts';
import { systemClock } from '../../src/time/clock.ts';
import { endpointsOf } from '../azure/hosts.ts';
import { armClient } from '../emulator/client.ts';
import { LIGHT, lightPackage } from '../emulator/light-app.ts';
import { entryOf } from '../journal/entries.ts';
import { startPatient, type Patient } from '../scenarios/gate-service.ts';
import { builtProduct } from '../tasks/built-tasks.ts';

const GRAPH = `version: 1
defaults:
  resourceGroup: rg
services:
  payments:
    kind: appService
    app: payments
    probe: { path: /health }
    version: { path: /health, json: $.version }
  orders:
    kind: containerApp
    app: orders
    image: contoso/orders:{version}
  schema:
    kind: command
    run: [node, expand.mjs]
`;
const { catalogue } = readCatalogue(GRAPH, 'service-graph.yml');
const signal = new AbortController().signal;

describe('the checks of the gate service', () => {
  let emulator: Emulator;
  let patient: Patient;
  let ports: CheckPorts;
  before(async () => {
    emulator = await startEmulator({
      ...LIGHT,
      sites: [{ name: 'payments', resourceGroup: 'rg' }],
      images: { 'contoso/orders:1.0.0': await lightPackage('1.0.0') },
      containerApps: [{ name: 'orders', resourceGroup: 'rg', image: 'contoso/orders:1.0.0', suffix: 'one' }],
    });
    patient = await startPatient();
    const { deploy, swap, settle } = await armClient(emulator);
    await deploy('payments-staging', await lightPackage('2.4.0'));
    await settle(await swap('payments'));
    const endpoints = endpointsOf(emulator);
    const { tenantId, clientId, clientSecret } = emulator;
    const credential = credentialFor({ kind: 'secret', tenantId, clientId, clientSecret }, endpoints);
    const azure = { credential, endpoints, clock: systemClock };
    const admit = admitting(['127.0.0.1']);
    ports = {
      clock: systemClock,
      http: httpGet({ ca: [emulator.caPem], admit }),
      admit,
      probeHosts: ['127.0.0.1'],
      catalogue,
      account: { subscription: emulator.subscriptionId, resourceGroup: undefined },
      hosts: azureHosts(azure),
      alerts: azureAlerts(azure),
      readRun: undefined,
      quality: undefined,
      order: undefined,
    };
  });
  after(async () => {
    await patient.close();
    await emulator.close();
  });

  const inquiryOf = (name: string, question: Record<string, unknown>, change: Partial<CheckPorts> = {}): Inquiry => {
    const read = (checkTable({ ...ports, ...change }).get(name) as Check).read(question);
    assert.ok('ask' in read, JSON.stringify(read));
    return read;
  };
  const ask = (name: string, question: Record<string, unknown>, change: Partial<CheckPorts> = {}): Promise<Verdict> =>
    inquiryOf(name, question, change).ask('now', signal);
  const problemsOf = (name: string, question: Record<string, unknown>, change: Partial<CheckPorts> = {}): string => {
    const read = (checkTable({ ...ports, ...change }).get(name) as Check).read(question);
    assert.ok(!('ask' in read), 'it is refused');
    return whyNot(read);
  };

  describe('health', () => {
    it('asks a service where users see it, and insists on a version', async () => {
      const good = await ask('health', { service: 'payments' });
      assert.deepEqual([good.kind, /version 2\.4\.0/.test(good.reason)], ['pass', true], good.reason);
      assert.equal((await ask('health', { service: 'payments', expectedVersion: '2.4.0' })).kind, 'pass');
      const other = await ask('health', { service: 'payments', expectedVersion: '2.5.0' });
      assert.deepEqual([other.kind, /reports version 2\.4\.0, expected 2\.5\.0/.test(other.reason)], ['fail', true]);
      assert.equal((await ask('health', { service: 'orders' })).kind, 'pass');
    });

    it('judges an address as a probe of the graph file would', async () => {
      patient.statuses.set('/good', 200).set('/bad', 500);
      assert.equal((await ask('health', { url: `${patient.url}/good` })).kind, 'pass');
      assert.equal((await ask('health', { url: `${patient.url}/bad` })).kind, 'fail');
      const probe = { json: { '$.status': 'down' } };
      const other = await ask('health', { url: `${patient.url}/good`, probe });
      assert.match(other.reason, /\$\.status is up, expected down/);
      assert.equal((await ask('health', { url: `${patient.url}/bad`, probe: { statuses: [500] } })).kind, 'pass');
    });

    it('lets a release start up when it looks over time, and remembers what it saw', async () => {
      patient.statuses.delete('/slow');
      const inquiry = inquiryOf('health', { url: `${patient.url}/slow`, probe: { healthyThreshold: 2 } });
      const looks: string[] = [];
      for (let look = 0; look < 3; look += 1) looks.push((await inquiry.ask('over-time', signal)).kind);
      patient.statuses.set('/slow', 200);
      for (let look = 0; look < 2; look += 1) looks.push((await inquiry.ask('over-time', signal)).kind);
      assert.deepEqual(looks, ['not-yet', 'not-yet', 'not-yet', 'not-yet', 'pass']);
    });

    it('does not take what cannot be reached for bad, and never for good', async () => {
      const { kind, reason } = await ask('health', { url: 'http://127.0.0.1:1/' });
      assert.deepEqual([kind, /could not be made/.test(reason)], ['not-yet', true], reason);
    });

    it('connects to no internal address, whatever name leads there', async () => {
      const http = httpGet({ admit: admitting([]) });
      const change = { http, admit: admitting([]), probeHosts: ['localhost', '127.0.0.1', '*.internal'] };
      const port = new URL(patient.url).port;
      const before = [...patient.asked.values()].reduce((sum, one) => sum + one, 0);
      const named = await ask('health', { url: `http://localhost:${port}/good` }, change);
      assert.deepEqual([named.kind, /internal address/.test(named.reason)], ['not-yet', true], named.reason);
      assert.match(problemsOf('health', { url: `http://127.0.0.1:${port}/good` }, change), /--internal-addresses/);
      assert.equal(
        [...patient.asked.values()].reduce((sum, one) => sum + one, 0),
        before,
      );
    });

    const refused: [string, Record<string, unknown>, RegExp][] = [
      ['nothing', {}, /needs 'service'.*or 'url'/],
      ['both', { service: 'payments', url: 'https://127.0.0.1/' }, /one of the two/],
      [
        'an unknown service',
        { service: 'payment' },
        /no service of service-graph\.yml; did you mean 'payments'\? It has: payments/,
      ],
      ['what has no health', { service: 'schema' }, /a command cannot be asked/],
      ['a host that is not listed', { url: 'https://evil.example/' }, /--probe-hosts/],
      ['the metadata service', { url: 'http://169.254.169.254/metadata' }, /no host that a request may name/],
      ['another scheme', { url: 'file:///etc/passwd' }, /http or https/],
      ['a user in the address', { url: 'https://a:b@127.0.0.1/' }, /without a user/],
      ['a misspelt member', { service: 'payments', expectedversion: '1' }, /'expectedversion' is not known/],
      ['a variable that was not replaced', { service: '$(service)' }, /has not replaced/],
      ['a probe that is none', { url: 'http://127.0.0.1/', probe: { healthyThreshold: 'many' } }, /healthyThreshold/],
      ['headers of a probe', { url: 'http://127.0.0.1/', probe: { headers: { cookie: 'a' } } }, /graph file/],
      ['a probe of a service', { service: 'payments', probe: {} }, /stand in the graph file/],
      ['a version that nobody tells', { url: 'http://127.0.0.1/', expectedVersion: '1' }, /needs 'version'/],
    ];
    for (const [what, question, problem] of refused)
      it(`refuses ${what}`, () => assert.match(problemsOf('health', question), problem));

    it('says how it gets to know a graph file, and Azure', () => {
      assert.match(problemsOf('health', { service: 'payments' }, { catalogue: undefined }), /--graph-file/);
      assert.match(problemsOf('health', { service: 'payments' }, { hosts: undefined }), /AZURE_SUBSCRIPTION_ID/);
    });
  });

  describe('routing', () => {
    it('passes an app at rest, and names what is not', async () => {
      const { site } = await armClient(emulator);
      assert.equal((await ask('routing', { service: 'payments' })).kind, 'pass');
      const host = new URL(emulator.siteUrl('payments', 'staging')).host;
      const rule = (percent: number) =>
        site('PATCH', 'payments/config/web', {
          properties: {
            experiments: { rampUpRules: [{ name: 'staging', actionHostName: host, reroutePercentage: percent }] },
          },
        });
      await rule(20);
      const routed = await ask('routing', { service: 'payments' });
      assert.deepEqual(
        [routed.kind, /staging 20%.*az webapp traffic-routing clear/.test(routed.reason)],
        ['not-yet', true],
        routed.reason,
      );
      await rule(0);
      await site('POST', 'payments/slots/staging/applySlotConfig', { targetSlot: 'production', preserveVnet: true });
      const pending = await ask('routing', { service: 'payments' });
      assert.match(pending.reason, /a swap with preview of .* is pending .*--action cancel/);
      await site('POST', 'payments/slots/staging/resetSlotConfig', {});
      assert.equal((await ask('routing', { service: 'payments' })).kind, 'pass');
    });

    it('passes a container app whose traffic goes one way', async () => {
      const { containerApp, ended } = await armClient(emulator);
      assert.equal((await ask('routing', { service: 'orders' })).kind, 'pass');
      const traffic = (weights: readonly number[]) => ({
        properties: {
          configuration: {
            ingress: {
              traffic: [
                { revisionName: 'orders--one', weight: weights[0] },
                { latestRevision: true, weight: weights[1] },
              ],
            },
          },
        },
      });
      await ended(await containerApp('PATCH', 'orders', traffic([50, 50])));
      const split = await ask('routing', { service: 'orders' });
      assert.deepEqual([split.kind, /several revisions/.test(split.reason)], ['not-yet', true], split.reason);
    });

    it('is not yet when Azure does not let it look', async () => {
      emulator.addFault({ effect: { kind: 'forbidden' }, match: { path: '/sites/payments$' } });
      await assert.rejects(ask('routing', { service: 'payments' }), /lacks the right Microsoft\.Web\/sites\/read/);
      emulator.clearFaults();
    });

    it('refuses what has no traffic', () => assert.match(problemsOf('routing', { service: 'schema' }), /no traffic/));
  });

  describe('alerts', () => {
    it('passes without an open one, and names those that there are', async () => {
      const idOf = (site: string): string =>
        `/subscriptions/${emulator.subscriptionId}/resourceGroups/RG/providers/Microsoft.Web/sites/${site}`;
      const firedAt = new Date(Date.now() - 60_000);
      const alert = { targetResource: idOf('payments'), rule: 'too-slow', severity: 'Sev2', firedAt } as const;
      emulator.addAlert({ ...alert, resolvedAt: new Date() });
      emulator.addAlert({ ...alert, alertState: 'Closed' });
      emulator.addAlert({ ...alert, targetResource: idOf('store') });
      assert.equal((await ask('alerts', { service: 'payments' })).kind, 'pass');
      assert.equal((await ask('alerts', { resourceGroup: 'rg' })).kind, 'not-yet', 'of all the group');
      emulator.addAlert(alert);
      const open = await ask('alerts', { service: 'payments' });
      assert.deepEqual(
        [open.kind, /^1 open: too-slow \(Sev2 since \d{4}/.test(open.reason)],
        ['not-yet', true],
        open.reason,
      );
      assert.equal((await ask('alerts', { service: 'payments', severity: 'Sev1' })).kind, 'pass', 'of no account');
      for (let more = 0; more < 120; more += 1) emulator.addAlert({ ...alert, severity: 'Sev3' });
      assert.match(
        (await ask('alerts', { service: 'payments' })).reason,
        /^121 open: .* and 116 more$/,
        'on two pages',
      );
    });

    it('refuses what is not clear', () => {
      assert.match(problemsOf('alerts', {}), /one of the two/);
      assert.match(problemsOf('alerts', { service: 'payments', severity: 'high' }), /Sev0 to Sev4/);
      assert.match(problemsOf('alerts', { service: 'payments' }, { alerts: undefined }), /AZURE_SUBSCRIPTION_ID/);
    });
  });

  describe('rollout-state', () => {
    const release = { version: '2.4.0', digest: null };
    const entry = (sequence: number, action: string, phase: string, more: object = {}) =>
      entryOf({
        sequence,
        action: action as never,
        phase: phase as never,
        service: 'payments',
        promotion: 'p',
        release,
        ...more,
      });
    const promoted = [entry(1, 'promote', 'intent'), entry(2, 'promote', 'done')];
    const close = entry(9, 'close', 'done', { promotion: null, service: null });
    const cases: [string, readonly ReturnType<typeof entryOf>[], Verdict['kind'], RegExp][] = [
      ['nothing yet', [], 'not-yet', /no entry/],
      ['an intent', promoted.slice(0, 1), 'not-yet', /not known yet/],
      ['a promotion', promoted, 'not-yet', /not verified/],
      ['a promotion of a run that is over', [...promoted, close], 'fail', /not verified, and the run is over/],
      ['a verified one', [...promoted, entry(3, 'verify', 'done')], 'pass', /verified at 2\.4\.0/],
      [
        'one that was put back',
        [...promoted, entry(3, 'undo', 'intent'), entry(4, 'undo', 'done')],
        'fail',
        /put back/,
      ],
      [
        'one that a rollback is about',
        [...promoted, entry(3, 'verify', 'done'), entry(4, 'roll-back', 'intent', { promotion: null })],
        'not-yet',
        /rollback of the run was begun/,
      ],
      [
        'another service',
        [entry(1, 'promote', 'intent', { service: 'store' }), close],
        'fail',
        /has not been promoted, and the run is over/,
      ],
    ];
    for (const [what, entries, kind, reason] of cases)
      it(`says ${kind} of ${what}`, async () => {
        const readRun = (): Promise<JournalReading> => Promise.resolve({ entries, problems: [] });
        const verdict = await ask('rollout-state', { run: '4711', service: 'payments' }, { readRun });
        assert.equal(verdict.kind, kind, verdict.reason);
        assert.match(verdict.reason, reason);
      });

    it('takes nothing from a journal that is not whole, and insists on a version', async () => {
      const entries = [...promoted, entry(3, 'verify', 'done')];
      const torn = { readRun: () => Promise.resolve({ entries, problems: ['entry 2 is missing'] }) };
      const question = { run: '4711', service: 'payments' };
      assert.match((await ask('rollout-state', question, torn)).reason, /not whole.*entry 2 is missing/);
      const whole = { readRun: () => Promise.resolve({ entries, problems: [] }) };
      assert.equal((await ask('rollout-state', { ...question, version: '2.5.0' }, whole)).kind, 'not-yet');
      assert.equal((await ask('rollout-state', { ...question, version: '2.4.0' }, whole)).kind, 'pass');
    });

    it('refuses what it cannot know', () => {
      assert.match(problemsOf('rollout-state', { run: '4711' }), /'service'/);
      assert.match(problemsOf('rollout-state', { run: '../x', service: 'a' }), /letters, digits/);
      assert.match(problemsOf('rollout-state', { run: '4711', service: 'a' }), /--journal/);
    });
  });

  describe('sonarqube', () => {
    const answering = (status: number, body: unknown): HttpGet & { asked: string[] } => {
      const asked: string[] = [];
      return {
        asked,
        get: ({ url, headers }) => {
          asked.push(`${url} ${headers['authorization'] ?? ''}`);
          return Promise.resolve({
            kind: 'answer',
            status,
            headers: {},
            body: typeof body === 'string' ? body : JSON.stringify(body),
          });
        },
      };
    };
    const gate = (status: string): object => ({
      projectStatus: {
        status,
        conditions: [
          { status: 'ERROR', metricKey: 'new_coverage', actualValue: '71.2', errorThreshold: '80' },
          { status: 'OK', metricKey: 'bugs', actualValue: '0', errorThreshold: '0' },
        ],
      },
    });
    const verdictOf = async (status: QualityGate['status']) => {
      const quality = sonarqube('https://sonar.test', 'squ_token', answering(200, gate(status)));
      return await ask('sonarqube', { project: 'contoso:payments', branch: 'release/2.4' }, { quality });
    };

    it('passes a gate that is passed, and nothing else', async () => {
      assert.equal((await verdictOf('OK')).kind, 'pass');
      const failed = await verdictOf('ERROR');
      assert.deepEqual(
        [failed.kind, failed.reason],
        ['fail', 'the quality gate is not passed: new_coverage is 71.2, limit 80'],
      );
      for (const status of ['NONE', 'WARN', '']) assert.equal((await verdictOf(status)).kind, 'not-yet', status);
    });

    it('asks by project and branch, or by analysis, with its token', async () => {
      const http = answering(200, gate('OK'));
      const quality = sonarqube('https://sonar.test', 'squ_token', http);
      await ask('sonarqube', { project: 'a b', branch: 'release/2.4' }, { quality });
      await ask('sonarqube', { analysis: 'AX-1' }, { quality });
      assert.deepEqual(http.asked, [
        'https://sonar.test/api/qualitygates/project_status?projectKey=a+b&branch=release%2F2.4 Bearer squ_token',
        'https://sonar.test/api/qualitygates/project_status?analysisId=AX-1 Bearer squ_token',
      ]);
    });

    it('is not yet when the server says nothing that could be read', async () => {
      const answers: [HttpGet, RegExp][] = [
        [answering(401, ''), /SONAR_TOKEN/],
        [answering(404, ''), /no such project/],
        [answering(200, '<html>'), /no quality gate/],
        [answering(200, {}), /no quality gate/],
        [{ get: () => Promise.resolve({ kind: 'unreachable', reason: 'ENOTFOUND' }) }, /ENOTFOUND/],
      ];
      for (const [http, reason] of answers) {
        const quality = sonarqube('https://sonar.test', 'squ_token', http);
        await assert.rejects(ask('sonarqube', { project: 'a' }, { quality }), reason);
      }
    });

    it('refuses what is not clear', () => {
      assert.match(problemsOf('sonarqube', {}), /'project'/);
      assert.match(problemsOf('sonarqube', { analysis: 'a', branch: 'b' }), /'analysis'/);
      assert.match(problemsOf('sonarqube', { project: 'a' }), /--sonarqube-url.*SONAR_TOKEN/);
    });
  });

  describe('order', () => {
    let folder: string;
    let commits: string[];
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'safe-rollout-clones-'));
      const clone = join(folder, 'contoso');
      mkdirSync(clone);
      const git = (...args: string[]): string =>
        execFileSync('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
          encoding: 'utf8',
        }).trim();
      git('init', '--quiet');
      commits = ['azure-pipelines.yml', 'azure-pipelines.wrong-order.yml'].map((pipeline) => {
        cpSync(join('examples/contoso', pipeline), join(clone, 'azure-pipelines.yml'));
        cpSync('examples/contoso/service-graph.yml', join(clone, 'service-graph.yml'));
        git('add', '--all');
        git('commit', '--quiet', '--message', pipeline);
        return git('rev-parse', 'HEAD');
      });
      // What lies about in the clone is not what was committed.
      writeFileSync(join(clone, 'service-graph.yml'), 'broken: [');
      execFileSync('git', ['clone', '--quiet', '--bare', clone, join(folder, 'bare.git')]);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));
    const orderOf = async () =>
      orderAtCommit(
        folder,
        [process.execPath, join(await builtProduct(), 'cli/safe-rollout.js')],
        commandHost('.', process.env),
      );

    it('checks a pipeline as it is at a commit, in a clone with or without a work tree', async () => {
      const order = await orderOf();
      for (const repository of ['contoso', 'bare']) {
        const good = await ask('order', { repository, commit: commits[0] }, { order });
        assert.deepEqual([good.kind, /order/i.test(good.reason)], ['pass', true], good.reason);
        const bad = await ask('order', { repository, commit: commits[1] }, { order });
        assert.equal(bad.kind, 'fail', bad.reason);
      }
    });

    it('waits for a commit that is not there yet, and passes no file that is missing', async () => {
      const order = await orderOf();
      const unknown = await ask('order', { repository: 'contoso', commit: 'f'.repeat(40) }, { order });
      assert.deepEqual([unknown.kind, /fetch it/.test(unknown.reason)], ['not-yet', true], unknown.reason);
      const nowhere = await ask('order', { repository: 'elsewhere', commit: commits[0] }, { order });
      assert.match(nowhere.reason, /no clone of 'elsewhere'/);
      const missing = await ask(
        'order',
        { repository: 'contoso', commit: commits[0], graphFile: 'other.yml' },
        { order },
      );
      assert.equal(missing.kind, 'not-yet', missing.reason);
    });

    it('refuses what leads out of a repository', () => {
      const order = () => Promise.reject(new Error('not asked'));
      const commit = 'f'.repeat(40);
      for (const question of [
        { repository: '..', commit },
        { repository: 'a/b', commit },
        { repository: 'a', commit: 'HEAD' },
        { repository: 'a', commit, pipelineFile: '../x.yml' },
        { repository: 'a', commit, graphFile: '/etc/passwd' },
        { repository: 'a', commit, graphFile: '--help' },
      ])
        problemsOf('order', question, { order });
      assert.match(problemsOf('order', { repository: 'a', commit }), /--repositories/);
    });
  });

  it('are each named in the table by what they are', () => {
    assert.deepEqual(
      [...checkTable(ports).keys()],
      ['health', 'routing', 'rollout-state', 'alerts', 'sonarqube', 'order'],
    );
  });
});
