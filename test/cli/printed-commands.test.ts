import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainBlob } from '../../src/azure/blob/blob-failure.ts';
import { explainRefusal } from '../../src/azure/arm/refusal.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { parseBlobAddress } from '../../src/journal/blob-address.ts';
import { TARGET } from '../journal/entries.ts';
import {
  clearRoutingRules,
  disableAutoSwap,
  endPreview,
  openScm,
  startSlot,
  swapOf,
} from '../../src/rollout/kinds/app-service/cures.ts';
import * as containerCures from '../../src/rollout/kinds/container-app/cures.ts';
import { RolloutError } from '../../src/rollout/errors.ts';
import { clientOf, sharedAzurite } from '../azure/blob/azurite.ts';
import { azureCli, type AzureCli } from '../emulator/azure-cli.ts';
import { armClient } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp, zipOf } from '../emulator/tiny-app.ts';
import { builtProduct } from '../tasks/built-tasks.ts';
import { safeRollout, type CommandEnd } from './command-line.ts';

/**
 * Every command that a text of ours tells people to type, as `file: words`, and how it is tried below. `documented`: the
 * az that runs here (2.45) is older than these commands, so they are held against the reference of az and not typed.
 */
const TRIED: Readonly<Record<string, 'az' | 'documented' | 'ours' | 'understood' | 'no command'>> = {
  'src/azure/blob/blob-failure.ts: az storage container create --account-name': 'az',
  'src/rollout/kinds/app-service/cures.ts: az webapp config access-restriction add': 'az',
  'src/rollout/kinds/app-service/cures.ts: az webapp deployment slot auto-swap --disable': 'az',
  'src/rollout/kinds/app-service/cures.ts: az webapp deployment slot create': 'az',
  'src/rollout/kinds/app-service/cures.ts: az webapp deployment slot swap --action reset': 'az',
  'src/rollout/kinds/app-service/cures.ts: az webapp log tail': 'az',
  'src/rollout/kinds/app-service/cures.ts: az webapp start': 'az',
  'src/rollout/kinds/app-service/cures.ts: az webapp traffic-routing clear': 'az',
  'src/rollout/kinds/container-app/cures.ts: az containerapp ingress enable': 'documented',
  'src/rollout/kinds/container-app/cures.ts: az containerapp ingress traffic set': 'documented',
  'src/rollout/kinds/container-app/cures.ts: az containerapp ingress traffic show': 'documented',
  'src/rollout/kinds/container-app/cures.ts: az containerapp logs show': 'documented',
  'src/rollout/kinds/container-app/cures.ts: az containerapp revision activate': 'documented',
  'src/rollout/kinds/container-app/cures.ts: az containerapp revision deactivate': 'documented',
  'src/rollout/kinds/container-app/cures.ts: az containerapp revision set-mode': 'documented',
  'src/pipeline/script/azure-calls.ts: az whose words are known only at run time': 'no command',
  'src/rollout/kinds/app-service/cures.ts: safe-rollout swap': 'ours',
  'src/rollout/kinds/app-service/cures.ts: safe-rollout swap --action': 'ours',
  'src/rollout/promotion/resume.ts: safe-rollout rollback --run': 'ours',
  'src/rollout/recover/roll-back-run.ts: safe-rollout rollback --run': 'ours',
  'src/rollout/recover/rollback-result.ts: safe-rollout rollback --run': 'ours',
  'src/cli/rollout-ports.ts: safe-rollout rollback': 'ours',
  'src/cli/rollout-ports.ts: safe-rollout journal explain': 'ours',
  'src/catalogue/draft.ts: safe-rollout init --schema': 'ours',
  'src/cli/init.command.ts: safe-rollout validate': 'ours',
  'src/cli/help.ts: safe-rollout --version': 'ours',
  'src/cli/main.ts: safe-rollout --help': 'ours',
  'src/cli/help.ts: safe-rollout demo': 'understood',
  'src/cli/order-files.ts: safe-rollout init': 'ours',
  'src/agent/rollout-ports.ts: safe-rollout rollback --run': 'understood',
  'src/order/validate.settings.ts: safe-rollout validate --write-baseline': 'understood',
};

/** A word is part of the command until a name, a quote or a bracket comes. */
const COMMAND = /(?<![\w$./-])(?:az|safe-rollout)(?: (?:--)?[a-z][a-z-]*)+/g;

function printedCommands(): string[] {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  assert.ok(files.length > 100);
  const found = files.flatMap((file) => {
    const text = readFileSync(join('src', file), 'utf8')
      .replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')
      // Examples on help pages, which have a test of their own.
      .replaceAll(/^\s*\[?\s*'safe-rollout .*',?.*$/gm, (line) => (file.endsWith('.command.ts') ? '' : line));
    return [...text.matchAll(COMMAND)].map(([words]) => `src/${file.replaceAll('\\', '/')}: ${words}`);
  });
  return [...new Set(found)];
}

describe('commands that we print', () => {
  it('are all tried here', () => assert.deepEqual(printedCommands().toSorted(), Object.keys(TRIED).toSorted()));

  it('are understood, the examples of help pages too', async () => {
    const examples = await Promise.all(
      Object.values(COMMANDS).map(async (one) => (await one.load()).default.examples.map(([line]) => line)),
    );
    const others = Object.entries(TRIED).filter(([, how]) => how === 'understood');
    const lines = [...examples.flat(), ...others.map(([key]) => key.split(': ')[1]!)];
    assert.ok(lines.length > 25);
    for (const line of lines) {
      const [, name = '', ...args] = line.replace(/ [|>].*$/, '').split(' ');
      const whole = args.flatMap((arg) => (arg === '...' ? '--app-name app --resource-group-name rg'.split(' ') : arg));
      // What comes behind these is a name.
      if (/--(run|write-baseline)$/.test(line)) whole.push('name');
      const { default: command } = await COMMANDS[name]!.load();
      assert.doesNotThrow(() => command.prepare(whole.map((arg) => arg.replaceAll('"', ''))), line);
    }
  });
});

/** Flags with what they take, by command: the reference of `az containerapp`, core of az since 2.74. */
const NAMES = { '--name': /^[a-z][a-z0-9-]*$/, '--resource-group': /^[\w.()-]+$/ };
const REVISION = { ...NAMES, '--revision': /^[a-z][a-z0-9-]*--[a-z0-9-]+$/ };
const REFERENCE: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'az containerapp ingress enable': { ...NAMES, '--type': /^(internal|external)$/, '--target-port': /^(\d+|PORT)$/ },
  // Several may stand behind one flag.
  'az containerapp ingress traffic set': { ...NAMES, '--revision-weight': /^([a-z0-9-]+=\d+( |$))+$/ },
  'az containerapp ingress traffic show': NAMES,
  'az containerapp logs show': {
    ...REVISION,
    '--type': /^(console|system)$/,
    '--tail': /^([0-9]|[1-9][0-9]|[12][0-9]{2}|300)$/,
  },
  'az containerapp revision activate': REVISION,
  'az containerapp revision deactivate': REVISION,
  'az containerapp revision set-mode': { ...NAMES, '--mode': /^(single|multiple)$/ },
};

describe('commands of az that we print for container apps', () => {
  const app = { app: 'orders', resourceGroup: 'rg-contoso' };
  const weights = new Map([
    ['orders--v1', 60],
    ['orders--v2', 40],
  ]);
  const printed: Readonly<Record<keyof typeof containerCures, string>> = {
    activate: containerCures.activate(app, 'orders--v1'),
    deactivate: containerCures.deactivate(app, 'orders--v1'),
    enableIngress: containerCures.enableIngress(app),
    setMultiple: containerCures.setMultiple(app),
    setTraffic: containerCures.setTraffic(app, weights),
    showEvents: containerCures.showEvents(app),
    showLog: containerCures.showLog(app, 'orders--v1'),
    showTraffic: containerCures.showTraffic(app),
  };

  it('are all here', () => {
    assert.deepEqual(Object.keys(printed).toSorted(), Object.keys(containerCures).toSorted());
    const documented = Object.entries(TRIED).filter(([, how]) => how === 'documented');
    assert.deepEqual(
      documented.map(([key]) => key.split(': ')[1]),
      Object.keys(REFERENCE),
    );
  });

  for (const [name, line] of Object.entries(printed))
    it(`${name}: ${line}`, () => {
      const [command = '', ...flags] = line.split(/ (?=--)/);
      const known = REFERENCE[command];
      assert.ok(known !== undefined, `the reference has no '${command}'`);
      const given = flags.map((flag) => flag.slice(0, flag.indexOf(' ')));
      for (const [at, flag] of given.entries()) {
        const value = flags[at]!.slice(flag.length + 1);
        assert.match(value, known[flag] ?? /^no such flag$/, flag);
      }
      assert.equal(new Set(given).size, given.length);
      for (const needed of ['--name', '--resource-group']) assert.ok(given.includes(needed), needed);
      // The system log is one of the whole app: az refuses a revision beside it.
      assert.ok(!(line.includes('--type system') && given.includes('--revision')));
      if (/revision (de)?activate/.test(command)) assert.ok(given.includes('--revision'));
    });
});

const PREVIEW = { targetSlot: 'production', preserveVnet: true };

/** The first command of a sentence. */
function commandIn(text: string): string {
  const [command] = /(?:az|safe-rollout) [^(),]*(?<![.\s])/.exec(text) ?? [];
  assert.ok(command !== undefined, text);
  return command;
}

function cureOf(status: number, message: string, slot: string): string {
  const path = `/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/sites/payments/slots/${slot}`;
  return commandIn(explainRefusal(status, 'x', message, path)?.cure ?? '');
}

describe('commands of az that we print, typed', function () {
  this.timeout(60_000);
  let emulator: Emulator;
  let cli: AzureCli | undefined;
  let arm: Awaited<ReturnType<typeof armClient>>;
  const az = (command: string, env?: Record<string, string>) => cli!.run(command.split(' ').slice(1), env);
  const slots = () => emulator.siteState('payments').slots;

  before(async function () {
    emulator = await startEmulator({ swapMs: 50 });
    arm = await armClient(emulator);
    cli = await azureCli(emulator);
    if (cli === undefined) return this.skip();
    await emulator.addSite({
      name: 'payments',
      resourceGroup: 'rg',
      autoSwap: { staging: 'production' },
      scmBasicAuth: true,
    });
  });
  after(async () => {
    await emulator.close();
    cli?.close();
  });

  it('az webapp start', async () => {
    for (const slot of ['production', 'staging']) await arm.site('POST', `payments/slots/${slot}/stop`);
    await az(startSlot(TARGET, 'production'));
    assert.deepEqual([slots()['production']!.running, slots()['staging']!.running], [true, false]);
    const refusal = await arm.swap('payments');
    await az(cureOf(refusal.status, refusal.json.Message, 'staging'));
    assert.equal(slots()['staging']!.running, true);
  });

  it('az webapp deployment slot auto-swap --disable', async () => {
    const wanted = async () =>
      (await arm.site('GET', 'payments/slots/staging/config/web')).json.properties.autoSwapSlotName;
    assert.equal(await wanted(), 'production');
    await az(disableAutoSwap(TARGET, 'staging'));
    assert.equal(await wanted(), '');
  });

  it('az webapp traffic-routing clear', async () => {
    const rule = { name: 'staging', actionHostName: 'x', reroutePercentage: 10 };
    await arm.site('PATCH', 'payments/config/web', { properties: { experiments: { rampUpRules: [rule] } } });
    assert.equal(emulator.siteState('payments').rampUpRules.length, 1);
    await az(clearRoutingRules(TARGET));
    assert.deepEqual(emulator.siteState('payments').rampUpRules, []);
  });

  it('az webapp config access-restriction add', async () => {
    await az(openScm(TARGET, 'staging').replace('ADDRESS', '198.51.100.7'));
    const { json } = await arm.site('GET', 'payments/slots/staging/config/web');
    const rules = json.properties.scmIpSecurityRestrictions as { name: string; ipAddress: string; action: string }[];
    const rule = rules.find(({ name }) => name === 'deploy');
    assert.deepEqual([rule?.ipAddress, rule?.action], ['198.51.100.7/32', 'Allow']);
  });

  it('az webapp deployment slot create', async () => {
    const facts = { code: 'app-not-found', app: 'payments', resourceGroup: 'rg', slot: 'blue' } as const;
    await az(commandIn(new RolloutError(facts).message.slice(facts.app.length + 20)));
    const missing = await arm.site('GET', 'payments/slots/green');
    const { code, message } = missing.json.error;
    await az(cureOf(404, `${code}: ${message}`, 'green'));
    assert.deepEqual(Object.keys(slots()), ['production', 'staging', 'blue', 'green']);
  });

  it('az webapp deployment slot swap --action reset', async () => {
    const write = () => arm.site('PUT', 'payments/slots/staging/config/appsettings', { properties: {} });
    const fails = async () => {
      emulator.addFault({ effect: { kind: 'swap-fails', leavesPrepared: true } });
      await arm.settle(await arm.swap('payments'));
    };
    for (const prepare of [fails, () => arm.site('POST', 'payments/slots/staging/applySlotConfig', PREVIEW)]) {
      await prepare();
      const refused = await write();
      assert.equal(refused.status, 409);
      await az(cureOf(refused.status, refused.json.Message, 'staging'));
      assert.deepEqual([slots()['staging']!.targetSwapSlot, slots()['production']!.targetSwapSlot], [null, null]);
      assert.equal((await write()).status, 200);
    }
    await arm.site('POST', 'payments/slots/staging/applySlotConfig', PREVIEW);
    const second = await arm.site('POST', 'payments/slots/staging/applySlotConfig', PREVIEW);
    await az(cureOf(second.status, second.json.Message, 'staging'));
    assert.equal(slots()['production']!.targetSwapSlot, null);
  });

  it('az webapp log tail', async () => {
    const app = `console.log('no database'); require('node:http').createServer().listen(process.env.PORT)`;
    await arm.deploy('payments-staging', await zipOf({ 'index.js': app }));
    while (slots()['staging']!.output === '') await new Promise((resolve) => setImmediate(resolve));
    const ping = "Cannot swap site slots for site 'x' because the 'staging' slot did not respond to http ping.";
    const child = cli!.start(cureOf(417, ping, 'staging').split(' ').slice(1));
    let said = '';
    for await (const text of child.stderr!.setEncoding('utf8') as AsyncIterable<string>)
      if ((said += text).includes('no database')) break;
    child.kill();
    assert.match(said, /no database/);
  });

  it('az storage container create', async () => {
    // az makes the host out of the account: a proxy of ours leads there, whatever it is called.
    const azurite = await sharedAzurite();
    const proxy = createServer().on('connect', (_, client) => {
      const server = connect(Number(new URL(azurite.accountUrl).port), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        server.pipe(client).pipe(server);
      });
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const address = parseBlobAddress('https://devstoreaccount1.blob.core.windows.net/printed');
      assert.ok(typeof address !== 'string');
      const headers = { 'x-ms-error-code': 'ContainerNotFound' };
      const missing = { kind: 'answered', status: 404, headers, body: '' } as const;
      await az(commandIn(explainBlob(missing, 'write', address)), {
        HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
        NO_PROXY: '127.0.0.1',
        AZURE_CLI_DISABLE_CONNECTION_VERIFICATION: '1',
      });
    } finally {
      proxy.close();
    }
    const query = { restype: 'container' };
    const found = await clientOf(azurite, 'printed').send({ method: 'GET', blob: null, query });
    assert.deepEqual([found.kind, found.kind === 'answered' && found.status], ['answered', 200]);
  });
});

describe('commands of ours that we print, typed', function () {
  this.timeout(30_000);
  let emulator: Emulator;
  let arm: Awaited<ReturnType<typeof armClient>>;
  let cwd: string;

  before(async () => void (await builtProduct()));
  beforeEach(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'safe-rollout-printed-'));
    emulator = await startEmulator({ ...LIGHT, sites: [{ name: 'payments', resourceGroup: 'rg' }] });
    arm = await armClient(emulator);
  });
  afterEach(async () => {
    await emulator.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  /** As printed; `quick` only shortens how long it looks. */
  const type = async (command: string, quick = ''): Promise<CommandEnd> =>
    await safeRollout(`${command} ${quick}`.trim().split(' ').slice(1), { cwd, env: emulator.environment() });
  const QUICK = '--bake 100ms --settle 500ms --health-interval 50ms';
  const releases = () => ['production', 'staging'].map((slot) => emulator.siteState('payments').slots[slot]!.release);
  const upload = async (): Promise<void> => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
  };

  it('safe-rollout swap', async () => {
    await upload();
    const end = await type(swapOf(TARGET), QUICK);
    assert.equal(end.exitCode, 0, end.stderr);
    assert.deepEqual(releases(), ['2.0.0', '1.0.0']);
  });

  it('safe-rollout swap --action complete, and cancel', async () => {
    await upload();
    const pending = () => emulator.siteState('payments').slots['production']!.targetSwapSlot;
    for (const [action, after] of [
      ['cancel', ['1.0.0', '2.0.0']],
      ['complete', ['2.0.0', '1.0.0']],
    ] as const) {
      await arm.site('POST', 'payments/slots/staging/applySlotConfig', PREVIEW);
      assert.equal(pending(), 'staging');
      const end = await type(endPreview(action, TARGET), QUICK);
      assert.equal(end.exitCode, 0, end.stderr);
      assert.deepEqual([pending(), releases()], [null, after]);
    }
  });

  it('safe-rollout rollback, as a run that is closed names it', async () => {
    await arm.deploy('payments', await tinyApp('1.0.0'));
    writeFileSync(join(cwd, 'payments.zip'), await tinyApp('2.0.0'));
    writeFileSync(
      join(cwd, 'service-graph.yml'),
      `version: 1
services:
  payments: { kind: appService, app: payments, resourceGroup: rg, slot: staging, package: payments.zip, probe: { path: /health, interval: 50ms, startup: 0s } }
`,
    );
    const deployed = await type('safe-rollout deploy --run second', '--bake 100ms --settle 500ms');
    assert.equal(deployed.exitCode, 0, deployed.stderr);
    const left = await type('safe-rollout rollback --run second');
    assert.deepEqual([left.exitCode, releases()], [0, ['2.0.0', '1.0.0']]);
    const undone = await type(commandIn(left.stdout), '--settle 500ms');
    assert.equal(undone.exitCode, 3, undone.stderr);
    assert.deepEqual(releases(), ['1.0.0', '2.0.0']);
  });

  it('safe-rollout journal explain, as a journal that is damaged names it, and the rollback that this names', async () => {
    await upload();
    assert.equal((await type(swapOf(TARGET), QUICK)).exitCode, 0);
    const file = join(cwd, '.safe-rollout/journal.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"reason":"swapped at', '"reason":"not swapped at'));
    const verified = await type('safe-rollout journal verify');
    assert.equal(verified.exitCode, 1, verified.stderr);
    const [printed = ''] = /safe-rollout journal .*$/m.exec(verified.stdout) ?? [];
    const explained = await type(printed);
    assert.equal(explained.exitCode, 1, explained.stderr);
    assert.match(explained.stdout, /^ {2}payments: promoted and verified$/m);
    const [undo = ''] = /safe-rollout rollback .*? --scope run/.exec(explained.stdout) ?? [];
    const undone = await type(undo, '--settle 500ms');
    assert.equal(undone.exitCode, 4, 'undone, and a person has to look at the journal');
    assert.deepEqual(releases(), ['1.0.0', '2.0.0']);
  });

  it('safe-rollout init --schema, validate, --help and --version', async () => {
    const schema = JSON.parse((await type('safe-rollout init --schema')).stdout) as Record<string, unknown>;
    assert.ok('properties' in schema || '$defs' in schema);
    writeFileSync(
      join(cwd, 'azure-pipelines.yml'),
      `steps:
  - task: AzureWebApp@1
    inputs: { azureSubscription: c, appName: payments, package: payments.zip }
`,
    );
    const drafted = await type('safe-rollout init');
    assert.equal(drafted.exitCode, 0, drafted.stderr);
    const checked = await type(commandIn(drafted.stdout.slice(drafted.stdout.indexOf('then run'))));
    assert.equal(checked.exitCode, 0, checked.stdout + checked.stderr);
    assert.match((await type('safe-rollout --help')).stdout, /^Usage: safe-rollout <command>/m);
    assert.match((await type('safe-rollout --version')).stdout, /^\d/);
  });
});
