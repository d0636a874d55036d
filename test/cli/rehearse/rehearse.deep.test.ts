import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { buildPackages } from '../../../examples/contoso/build-packages.ts';
import type { Fault } from '../../../src/cli/rehearse/faults.ts';
import { faultsOf } from '../../../src/cli/rehearse/kinds/table.ts';
import { prepareRehearsal } from '../../../src/cli/rehearse/prepare.ts';
import { printRehearsal, rehearsalMarkdown } from '../../../src/cli/rehearse/print.ts';
import { promises, rehearse, type RehearsalResult } from '../../../src/cli/rehearse/rehearse.ts';
import type { Standing } from '../../../src/cli/rehearse/world.ts';
import { deploySettings } from '../../../src/rollout/deploy/deploy.settings.ts';
import { readSettings } from '../../../src/settings/read.ts';
import { safeRollout } from '../command-line.ts';

const CONTOSO = join(import.meta.dirname, '../../../examples/contoso');

describe('a rehearsal of examples/contoso', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'safe-rollout-rehearse-test-'));
    await cp(join(CONTOSO, 'service-graph.yml'), join(folder, 'service-graph.yml'));
    const releases = ['payments', 'notifications', 'store'].map((service) => ({ service, version: '2.4.0' }));
    await buildPackages({ source: CONTOSO, out: join(folder, 'packages'), releases });
  });
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

  async function rehearsed(
    services: string,
    faults: readonly (string | Fault)[],
    limitMs = 60_000,
  ): Promise<RehearsalResult> {
    const graphFile = join(folder, 'service-graph.yml');
    const given: Record<string, string> = { azureSubscription: 'none', graphFile, services };
    const reading = readSettings(deploySettings, (name) => given[name]);
    assert.ok(reading.ok);
    const chosen = faults.map((one) =>
      typeof one === 'string' ? faultsOf('appService').find(({ id }) => id === one)! : one,
    );
    const own = await mkdtemp(join(tmpdir(), 'safe-rollout-rehearsal-'));
    try {
      const rehearsal = await prepareRehearsal(reading.settings, own, { PATH: process.env['PATH'] });
      return await rehearse(
        rehearsal,
        () => chosen,
        limitMs,
        new AbortController().signal,
        () => undefined,
      );
    } finally {
      await rm(own, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  const table = ({ rows }: RehearsalResult): string[] =>
    rows.map(({ service, fault, outcome, production, kept }) =>
      [service, fault, outcome, ...Object.values(production), kept ? 'kept' : 'broken'].join(' '),
    );

  it('deploys, restores, and recovers from a death, with the real packages', async () => {
    const faults = ['none', 'gate-unhealthy', 'swap-reply-lost', 'unhealthy-after-swap', 'killed-after-swap'];
    const result = await rehearsed('payments', faults);
    assert.deepEqual(table(result), [
      'all none deployed new kept',
      'payments gate-unhealthy failed old kept',
      'payments swap-reply-lost deployed new kept',
      'payments unhealthy-after-swap rolled-back old kept',
      'payments killed-after-swap killed, then rolled-back old kept',
    ]);
    assert.deepEqual([result.ok, result.standIns, result.left], [true, [], []]);
  });

  it('judges how much is sick, what is the platform, what it can see, and what is still there', async () => {
    const faults = ['quarter-unhealthy', 'hiccup-after-swap', 'production-closed', 'swapped-by-another'];
    const result = await rehearsed('payments', faults);
    const why = JSON.stringify(result.rows.map(({ reason, broken }) => ({ reason, broken })));
    assert.deepEqual(
      table(result),
      [
        'payments quarter-unhealthy rolled-back old kept',
        'payments hiccup-after-swap deployed new kept',
        'payments production-closed failed old kept',
        'payments swapped-by-another person old kept',
      ],
      why,
    );
  });

  it('rolls dependents back, and plays without a fault once for all', async () => {
    const result = await rehearsed('payments,notifications', ['none', 'turns-unhealthy']);
    assert.deepEqual(table(result), [
      'all none deployed new new kept',
      'payments turns-unhealthy rolled-back old old kept',
      'notifications turns-unhealthy rolled-back new old kept',
    ]);
  });

  it('says that a package does not work, and that a promise is not kept', async () => {
    const file = join(folder, 'packages/store.zip');
    const good = await readFile(file);
    await writeFile(file, await brokenPackage());
    try {
      const result = await rehearsed('store', ['none']);
      assert.deepEqual(table(result), ['all none failed old broken']);
      assert.match(result.rows[0]?.broken.join() ?? '', /store holds the old release and not the new one.*status 500/);
      assert.equal(result.ok, false);
      assert.match(printRehearsal(result), /BROKEN {2}all .*\n.*status 500/);
      assert.match(rehearsalMarkdown(result), /\| all \| nothing goes wrong \| failed \| store old \| \*\*broken\*\*/);
    } finally {
      await writeFile(file, good);
    }
    const left: Fault = {
      id: 'left',
      title: 'left',
      ends: 'old',
      sick: 'users',
      policy: { onUnhealthy: 'abort' },
    };
    const result = await rehearsed('payments', [left]);
    assert.deepEqual(table(result), ['payments left person new broken']);
    assert.match(result.rows[0]?.broken.join() ?? '', /not verified,payments is not healthy in production/);
  });

  it('names what it had no time for, and is not content then', async () => {
    const result = await rehearsed('payments', ['none', 'swap-503'], 0);
    assert.deepEqual([result.ok, result.rows, result.left], [false, [], ['all none', 'payments swap-503']]);
    assert.match(printRehearsal(result), /Not rehearsed, since the time was over: all none, payments swap-503\./);
  });

  it('is a command: stand-ins for packages that are not there, a table, a page, and exit codes', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'safe-rollout-rehearse-test-'));
    try {
      await cp(join(CONTOSO, 'service-graph.yml'), join(cwd, 'service-graph.yml'));
      const args = ['rehearse', '--services', 'payments', '--faults', 'swap-fails', '--report-file', 'page.md'];
      const end = await safeRollout([...args, '--format', 'json'], { cwd });
      assert.equal(end.exitCode, 0, end.stderr);
      const document = JSON.parse(end.stdout) as RehearsalResult;
      assert.deepEqual(document.standIns, ['payments']);
      assert.deepEqual(table(document), ['payments swap-fails failed old kept']);
      assert.match(
        await readFile(join(cwd, 'page.md'), 'utf8'),
        /\| payments \| the swap fails in warm-up \| failed \|/,
      );
      const wrong = await safeRollout(['rehearse', '--faults', 'earthquake'], { cwd });
      assert.equal(wrong.exitCode, 2);
      assert.match(wrong.stderr, /there is no earthquake\. There are: none, upload-fails/);
    } finally {
      await rm(cwd, { recursive: true, force: true, maxRetries: 3 });
    }
  });
});

describe('the promises of a rehearsal', () => {
  const good: Standing = { service: 'payments', release: 'old', verified: false, healthy: true, promotions: 0 };
  const cases: [string, Partial<Standing>, Partial<Parameters<typeof promises>[2]>, string, RegExp | undefined][] = [
    ['the old release, healthy', {}, {}, 'failed', undefined],
    ['the new one, verified', { release: 'new', verified: true, promotions: 1 }, {}, 'deployed', undefined],
    ['the new one, not verified', { release: 'new' }, {}, 'person', /a new release that was not verified/],
    ['not healthy', { healthy: false }, {}, 'rolled-back', /is not healthy in production/],
    ['there, back and there again', { promotions: 3 }, {}, 'deployed', /users of payments were moved 3 times/],
    ['the old one where the new one must be', {}, { ends: 'new' }, 'failed', /not the new one \(failed: because\)/],
    [
      'the agent did not die',
      {},
      { kill: { call: 'swap', when: 'before' } },
      'failed, the agent lived',
      /was to die before its swap and never came there: because/,
    ],
  ];
  for (const [title, change, fault, outcome, expected] of cases)
    it(title, () => {
      const broken = promises([{ ...good, ...change }], 'payments', { ends: 'either', ...fault }, outcome, 'because');
      if (expected === undefined) assert.deepEqual(broken, []);
      else assert.match(broken.join(), expected);
    });
});

async function brokenPackage(): Promise<Buffer> {
  const archive = new ZipFile();
  const server = `require('node:http').createServer((_, response) => { response.statusCode = 500; response.end(); }).listen(process.env.PORT);`;
  archive.addBuffer(Buffer.from(server), 'server.js');
  archive.addBuffer(Buffer.from('{"name":"store","version":"2.4.0"}'), 'package.json');
  archive.end();
  return await buffer(archive.outputStream);
}
