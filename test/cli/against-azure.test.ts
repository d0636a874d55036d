import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { armClient, ask } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { builtProduct } from '../tasks/built-tasks.ts';
import { safeRollout, type CommandEnd } from './command-line.ts';

const GRAPH = `
version: 1
defaults: { resourceGroup: rg, probe: { path: /health, interval: 50ms, healthyThreshold: 2, startup: 0s } }
services:
  payments: { kind: appService, app: payments, slot: staging, package: payments.zip }
  store: { kind: appService, app: store, slot: staging, package: store.zip, dependsOn: [payments] }
`;

describe('the command line against Azure', function () {
  this.timeout(30_000);
  let cwd: string;
  let emulator: Emulator;

  before(async () => void (await builtProduct()));
  beforeEach(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'safe-rollout-cli-'));
    writeFileSync(join(cwd, 'service-graph.yml'), GRAPH);
    const sites = ['payments', 'store'].map((name) => ({ name, resourceGroup: 'rg' }));
    emulator = await startEmulator({ ...LIGHT, sites });
  });
  afterEach(async () => {
    await emulator.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  const quick = ['--bake', '100ms', '--settle', '500ms', '--gate-limit', '2s'];
  const run = (args: readonly string[], more: Parameters<typeof safeRollout>[1] = {}): Promise<CommandEnd> =>
    safeRollout(args, { cwd, env: emulator.environment(), ...more });
  const swap = (...more: string[]): string[] => [
    ...'swap --app-name payments --resource-group-name rg --health-path /health'.split(' '),
    '--health-interval',
    '50ms',
    '--startup-grace',
    '0s',
    ...quick,
    ...more,
  ];
  const upload = async (slot: 'payments' | 'payments-staging', release: string, health = 200): Promise<void> =>
    void (await (await armClient(emulator)).deploy(slot, await tinyApp(release, health)));
  const release = (name = 'payments') => emulator.siteState(name).slots['production']!.release;
  const swapsSent = () => emulator.requests({ method: 'POST', path: /slotsswap/ }).length;

  it('0: promotes, with progress on stderr and one document on stdout', async () => {
    await upload('payments', '1.0.0');
    await upload('payments-staging', '2.0.0');
    const end = await run(swap('--format', 'json'));
    assert.equal(end.exitCode, 0, end.stderr);
    const document = JSON.parse(end.stdout) as Record<string, unknown>;
    assert.deepEqual([document['ok'], document['outcome'], document['app']], [true, 'promoted', 'payments']);
    assert.match(end.stderr, /^\d\d:\d\d:\d\d payments gate: slot 'staging' is healthy/m);
    assert.equal(release(), '2.0.0');
    assert.ok(existsSync(join(cwd, '.safe-rollout/journal.jsonl')));
  });

  it('1: changes nothing when the gate does not open', async () => {
    await upload('payments', '1.0.0');
    await upload('payments-staging', '2.0.0', 503);
    const end = await run(swap());
    assert.equal(end.exitCode, 1, end.stderr);
    assert.match(end.stdout, /^Not swapped, payments: staging to production: .*did not pass its gate/);
    assert.equal(swapsSent(), 0);
  });

  it('2: explains credentials that Azure does not take', async () => {
    const end = await run(swap(), { env: { ...emulator.environment(), AZURE_CLIENT_SECRET: 'expired-secret' } });
    assert.equal(end.exitCode, 2);
    assert.match(end.stderr, /Azure did not accept the credentials/);
    assert.ok(!end.stderr.includes('expired-secret'));
  });

  it('4: cannot tell what was done when the journal is lost after the run has begun', async () => {
    await upload('payments', '1.0.0');
    await upload('payments-staging', '2.0.0');
    const journal = join(cwd, 'journal.jsonl');
    const end = await run(swap('--journal', './journal.jsonl', '--healthy-threshold', '10'), {
      onStart: async () => {
        while (!existsSync(journal) || readFileSync(journal, 'utf8') === '') await setTimeout(5);
        rmSync(journal);
        mkdirSync(journal);
      },
    });
    assert.equal(end.exitCode, 4, end.stderr);
    assert.match(end.stderr, /The journal could not be/);
    assert.equal(swapsSent(), 0);
  });

  it('4: says that a person is needed when the end of a swap stays unknown', async () => {
    await upload('payments', '1.0.0');
    await upload('payments-staging', '2.0.0');
    emulator.addFault({ match: { method: 'POST', path: 'slotsswap$' }, effect: { kind: 'swap-never-ends' } });
    const end = await run(swap('--swap-deadline', '1s', '--journal', './my journal.jsonl'));
    assert.equal(end.exitCode, 4, end.stderr);
    assert.match(end.stdout, /^What the slots hold is unknown/);
    assert.match(end.stderr, /in place now: 'production' holds .*operation \S+ is under way$/m);
    const [, name = ''] = /^run (\S+)$/m.exec(end.stderr) ?? [];
    const next = `safe-rollout rollback --run ${name} --services payments --journal "./my journal.jsonl"\n`;
    assert.ok(end.stdout.endsWith(next), end.stdout);
    assert.equal(swapsSent(), 1);
    const again = await run([
      ...['rollback', '--run', name, '--services', 'payments', '--journal', './my journal.jsonl'],
      ...['--swap-deadline', '1s'],
    ]);
    assert.equal(again.exitCode, 4, again.stderr);
    assert.match(
      again.stdout,
      /^payments {2}unknown {2}.*\nA person is needed: payments unknown: .*it is safe to repeat: /,
    );
    assert.ok(again.stdout.endsWith(next), again.stdout);
  });

  it('deploys in order, and ends with 3 when it had to take a run back', async () => {
    const arm = await armClient(emulator);
    for (const name of ['payments', 'store']) {
      await arm.deploy(name, await tinyApp('1.0.0'));
      writeFileSync(join(cwd, `${name}.zip`), await tinyApp('2.0.0'));
    }
    const plan = await run(['plan', '--format', 'json']);
    assert.deepEqual((JSON.parse(plan.stdout) as { waves: string[][] }).waves, [['payments'], ['store']]);
    const deployed = await run(['deploy', '--run', 'second', ...quick]);
    assert.equal(deployed.exitCode, 0, deployed.stderr);
    assert.match(deployed.stdout, /^payments {2}done[\s\S]*store {5}done/);
    assert.deepEqual([release('payments'), release('store')], ['2.0.0', '2.0.0']);

    const undone = await run(['rollback', '--services', 'payments', '--reason', 'INC-1', '--settle', '500ms']);
    assert.equal(undone.exitCode, 3, undone.stderr);
    assert.deepEqual([release('payments'), release('store')], ['1.0.0', '1.0.0']);
    const again = await run(['rollback', '--run', 'second', '--format', 'json']);
    assert.equal(again.exitCode, 0, again.stderr);
    assert.equal((JSON.parse(again.stdout) as { outcome: string }).outcome, 'nothing');
  });

  it('undoes all of a run that ended well when a person says so, and finds no run that there is not', async () => {
    await upload('payments', '1.0.0');
    writeFileSync(join(cwd, 'payments.zip'), await tinyApp('2.0.0'));
    const deployed = await run(['deploy', '--run', 'second', '--service', 'payments', ...quick]);
    assert.equal(deployed.exitCode, 0, deployed.stderr);
    const slip = await run(['rollback', '--run', 'secnd']);
    assert.equal(slip.exitCode, 2, slip.stdout);
    assert.match(slip.stderr, /journal\.jsonl holds no run 'secnd'; its newest: second\. /);
    const left = await run(['rollback']);
    assert.deepEqual([left.exitCode, release()], [0, '2.0.0']);
    assert.match(left.stdout, /left in production: payments\. .*rollback --run second --services payments/);
    const undone = await run(['rollback', '--run', 'second', '--scope', 'run', '--settle', '500ms']);
    assert.deepEqual([undone.exitCode, release()], [3, '1.0.0'], undone.stderr);
  });

  it('4: does not say that nothing is to be undone while an older run is open', async () => {
    await upload('payments', '1.0.0');
    await upload('payments-staging', '2.0.0');
    emulator.addFault({ match: { method: 'POST', path: 'slotsswap$' }, effect: { kind: 'swap-slow', ms: 1500 } });
    const journal = ['--journal', './other.jsonl'];
    await run(swap(...journal), {
      onStart: async (child) => {
        while (swapsSent() === 0) await setTimeout(10);
        child.kill('SIGKILL');
      },
    });
    const looked = await run(swap('--action', 'cancel', '--format', 'json', ...journal));
    assert.equal(looked.exitCode, 0, looked.stderr);
    const end = await run(['rollback', ...journal]);
    assert.equal(end.exitCode, 4, end.stderr);
    const [, open = ''] = /was left open \(safe-rollout ([^()]+)\)/.exec(end.stdout) ?? [];
    assert.match(open, /^rollback --run \S+ --journal \.\/other\.jsonl$/);
    assert.equal((await run([...open.split(' '), '--settle', '500ms', '--unseen', '2s'])).exitCode, 3);
    assert.equal(release(), '1.0.0');
  });

  it('4: names the journal that cannot be read', async () => {
    mkdirSync(join(cwd, 'folder'));
    const end = await run(['rollback', '--journal', './folder']);
    assert.equal(end.exitCode, 4, end.stderr);
    assert.match(end.stderr, /^The journal could not be listed: \.\/folder: EISDIR/);
  });

  it('stops at Ctrl-C before anything is changed, and says that nothing was', async () => {
    await upload('payments', '1.0.0');
    await upload('payments-staging', '2.0.0', 503);
    const end = await run(
      swap('--startup-grace', '1h').filter((arg, at, all) => !(arg === '0s' || all[at + 1] === '0s')),
      {
        onStart: async (child) => {
          while (emulator.served({ site: 'payments', host: 'staging' }).length === 0) await setTimeout(10);
          child.kill('SIGINT');
        },
      },
    );
    assert.match(end.stderr, /SIGINT: stopping at the next safe point/);
    assert.match(end.stdout, /^Run \S+ was stopped by SIGINT\. Nothing was changed\./);
    assert.equal(end.exitCode, 1);
  });

  it('stops at Ctrl-C while a swap is on its way, and says how to go on', async () => {
    await upload('payments', '1.0.0');
    await upload('payments-staging', '2.0.0');
    emulator.addFault({ match: { method: 'POST', path: 'slotsswap$' }, effect: { kind: 'swap-slow', ms: 1500 } });
    const end = await run(swap(), {
      onStart: async (child) => {
        while (swapsSent() === 0) await setTimeout(10);
        await setTimeout(100);
        child.kill('SIGINT');
      },
    });
    assert.equal(end.exitCode, 4, end.stderr);
    assert.match(end.stdout, /payments may be on its way into production\. .*safe-rollout rollback --run \S+/);
    const undone = await run(['rollback', '--settle', '500ms']);
    assert.equal(undone.exitCode, 3, undone.stderr);
    assert.equal(release(), '1.0.0');
    assert.equal(swapsSent(), 2);
  });
});

describe('safe-rollout emulator', function () {
  this.timeout(30_000);

  it('starts an Azure, prints how to reach it, and ends at Ctrl-C', async () => {
    let site = 0;
    const end = await safeRollout(['emulator', '--sites', 'payments', '--format', 'json'], {
      onStart: async (child, stdout) => {
        while (!stdout().includes('\n}')) await setTimeout(10);
        const { arm, control, environment } = JSON.parse(stdout()) as {
          arm: string;
          control: string;
          environment: Record<string, string>;
        };
        assert.equal(environment['SAFE_ROLLOUT_ARM_ENDPOINT'], arm);
        const { readFileSync } = await import('node:fs');
        const caPem = readFileSync(environment['NODE_EXTRA_CA_CERTS']!, 'utf8');
        const state = await ask({ caPem } as Emulator, `${control}/state`);
        site = (state.json as { sites: unknown[] }).sites.length;
        child.kill('SIGINT');
      },
    });
    assert.equal(site, 1);
    assert.equal(end.exitCode, 0, end.stderr);
    assert.doesNotThrow(() => void JSON.parse(end.stdout));
  });

  it('begins with the container apps of a graph file, and with images for them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'safe-rollout-emulator-command-'));
    try {
      mkdirSync(join(folder, 'orders'));
      writeFileSync(join(folder, 'orders/package.json'), '{"version":"1.0.0"}');
      writeFileSync(
        join(folder, 'orders/server.js'),
        "require('node:http').createServer((_, r) => r.end('1.0.0')).listen(process.env.PORT);",
      );
      writeFileSync(
        join(folder, 'service-graph.yml'),
        `version: 1
services:
  orders: { kind: containerApp, app: ca-orders, resourceGroup: rg, image: "contoso.azurecr.io/orders:{version}" }
  shipping: { kind: containerApp, app: ca-shipping, image: "contoso.azurecr.io/shipping:{version}" }
`,
      );
      const args = ['emulator', '--graph-file', 'service-graph.yml', '--format', 'json'];
      let apps: {
        name: string;
        resourceGroup: string;
        revisions: Record<string, { image: string; weight: number }>;
      }[] = [];
      const end = await safeRollout([...args, '--image', 'contoso.azurecr.io/orders:1.0.0=orders'], {
        cwd: folder,
        onStart: async (child, stdout) => {
          while (!stdout().includes('\n}')) await setTimeout(10);
          const { control, environment } = JSON.parse(stdout()) as {
            control: string;
            environment: Record<string, string>;
          };
          const caPem = readFileSync(environment['NODE_EXTRA_CA_CERTS']!, 'utf8');
          const state = await ask({ caPem } as Emulator, `${control}/state`);
          apps = (state.json as { containerApps: typeof apps }).containerApps;
          child.kill('SIGINT');
        },
      });
      assert.equal(end.exitCode, 0, end.stderr);
      assert.deepEqual(
        apps.map(({ name, resourceGroup, revisions }) => [
          name,
          resourceGroup,
          ...Object.values(revisions).map(({ image, weight }) => `${weight}% ${image}`),
        ]),
        [
          ['ca-orders', 'rg', '100% contoso.azurecr.io/orders:1.0.0'],
          ['ca-shipping', 'rg-emulator', '100% mcr.microsoft.com/k8se/quickstart:latest'],
        ],
      );
      const none = await safeRollout([...args, '--image', 'orders:1.0.0=nowhere,orders=orders'], { cwd: folder });
      assert.equal(none.exitCode, 2);
      assert.match(none.stderr + none.stdout, /--image: 'orders:1\.0\.0=nowhere' cannot be used: .*ENOENT/);
      assert.match(none.stderr + none.stdout, /An image is named as in contoso\/payments:1\.0, not 'orders'/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('prints what a client of Azure DevOps needs', async () => {
    const script = `
      const { WebApi, getHandlerFromToken } = require('azure-devops-node-api');
      const { SYSTEM_COLLECTIONURI: url, SYSTEM_ACCESSTOKEN: token } = process.env;
      new WebApi(url, getHandlerFromToken(token)).getTaskApi()
        .then((api) => api.getPlanAttachments('p', 'build', 'plan', 'safe-rollout'))
        .then((found) => console.log('attachments: ' + found.length), (error) => console.log(String(error)));`;
    let answer = '';
    let variables: Record<string, string> = {};
    const end = await safeRollout(['emulator', '--sites', 'payments'], {
      onStart: async (child, stdout) => {
        while (!stdout().endsWith('\n') || !stdout().includes('ENDPOINT_AUTH_SYSTEMVSSCONNECTION'))
          await setTimeout(10);
        const lines = [...stdout().matchAll(/^(?:export |\$env:)(\w+) ?= ?'([^']*)'$/gm)];
        variables = Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
        const env = { ...variables, PATH: process.env['PATH'] };
        answer = (await promisify(execFile)(process.execPath, ['-e', script], { env })).stdout;
        child.kill('SIGINT');
      },
    });
    assert.equal(answer, 'attachments: 0\n');
    assert.equal(variables['ENDPOINT_URL_SYSTEMVSSCONNECTION'], variables['SYSTEM_COLLECTIONURI']);
    assert.equal(
      JSON.parse(variables['ENDPOINT_AUTH_SYSTEMVSSCONNECTION']!).parameters.AccessToken,
      variables['SYSTEM_ACCESSTOKEN'],
    );
    assert.match(end.stderr, /Azure is at https:\S+, Azure DevOps at https:\S+\/devops\/contoso\/, /);
  });
});
