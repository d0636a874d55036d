import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands.ts';
import { makeCertificate } from '../../src/emulator/server/certificate.ts';
import { builtProduct } from '../tasks/built-tasks.ts';
import { safeRollout } from './command-line.ts';

const GRAPH = `
version: 1
services:
  payments: { kind: appService, app: payments, slot: staging, resourceGroup: rg, package: payments.zip, probe: { path: / } }
`;
const SUBSCRIPTION = { AZURE_SUBSCRIPTION_ID: 'b29c5ee4-5a3b-4f8f-8a57-6f5b7a4b9d11' };

describe('the command line, given what it cannot use', function () {
  this.timeout(30_000);
  let cwd: string;
  before(async () => {
    await builtProduct();
    cwd = mkdtempSync(join(tmpdir(), 'safe-rollout-cli-'));
    writeFileSync(join(cwd, 'graph.yml'), GRAPH);
    writeFileSync(join(cwd, 'typo.yml'), GRAPH.replace('dependsOn', 'x').replace('package:', 'pakage:'));
    writeFileSync(join(cwd, 'payments.zip'), 'no zip at all');
    writeFileSync(join(cwd, 'latin.yml'), Buffer.from([0xe4, 0xf6, 0xfc]));
    writeFileSync(join(cwd, 'ca.pem'), 'no certificate');
    const { caPem } = makeCertificate(new Date());
    writeFileSync(join(cwd, 'line.pem'), caPem.replaceAll('\n', ' '));
    writeFileSync(join(cwd, 'cut.pem'), caPem.replace(/\n.*\n(?=-----END)/, '\n'));
    writeFileSync(join(cwd, 'azure-pipelines.yml'), 'steps: [{ script: echo }]\n');
  });
  after(() => rmSync(cwd, { recursive: true, force: true }));

  const swap = ['swap', '--app-name', 'payments', '--resource-group-name', 'rg'];
  const cases: [string[], RegExp, string, Record<string, string>?][] = [
    [[], /^Safe Rollout: proves/, 'nothing'],
    [['swpa'], /^'swpa' is not a command; did you mean 'swap'\?/, 'a command that is none'],
    [['constructor'], /^'constructor' is not a command/, 'a name that every object has'],
    [
      [...swap, '--bak', '5s'],
      /^--bak is not a flag of this command; did you mean '--bake'\?\nSee /,
      'a mistyped flag',
    ],
    [[...swap, 'now'], /^argument: 'now' is one too many/, 'an argument too many'],
    [[...swap, '--bake', '5'], /^--bake: '5' must be a duration with its unit/, 'a wrong type'],
    [
      ['swap', '--source-slot', '../x'],
      /^--app-name is required[\s\S]*--resource-group-name is required[\s\S]*--source-slot: '..\/x' must be a slot name/,
      'several wrong things, all of them named',
    ],
    [
      [...swap, '--target-slot', 'Staging'],
      /^--target-slot: 'Staging' is the source slot too/,
      'a slot swapped with itself',
    ],
    [[...swap, '--action', 'Restart'], /^--action: 'Restart' must be one of/, 'an action that is none'],
    [
      ['demo', '--scenario', 'contosso'],
      /^--scenario: 'contosso' must be one of contoso, (?:.*, )?all; did you mean 'contoso'\?\n/,
      'a scenario that is none',
    ],
    [swap, /^AZURE_SUBSCRIPTION_ID is required/, 'no subscription'],
    [
      swap,
      /^AZURE_CLIENT_SECRET: '\*\*\*' needs AZURE_TENANT_ID and AZURE_CLIENT_ID beside it/,
      'half an identity, without its secret shown',
      { ...SUBSCRIPTION, AZURE_CLIENT_SECRET: 'hunter2hunter2' },
    ],
    [
      [...swap, '--arm-endpoint', 'http://x'],
      /^--arm-endpoint: 'http:\/\/x' must be an https address/,
      'http',
      SUBSCRIPTION,
    ],
    [
      [...swap, '--ca-file', 'no.pem'],
      /^--ca-file: 'no.pem' cannot be used: ENOENT/,
      'a missing CA file',
      SUBSCRIPTION,
    ],
    [
      [...swap, '--ca-file', 'line.pem'],
      /^--ca-file: 'line.pem' cannot be used: it must have the line breaks of PEM/,
      'a CA file pasted into one line',
      SUBSCRIPTION,
    ],
    [
      [...swap, '--ca-file', 'cut.pem'],
      /^--ca-file: 'cut.pem' cannot be used: its certificate cannot be read \(/,
      'a CA file that lost a line',
      SUBSCRIPTION,
    ],
    [
      swap,
      /^HTTPS_PROXY must be the http or https address of a proxy, such as http:\/\/proxy\.example:8080\n$/,
      'a proxy that is none, without its password shown',
      { ...SUBSCRIPTION, HTTPS_PROXY: 'http://user:hunter2@proxy:port' },
    ],
    [
      [...swap, '--ca-file', 'ca.pem'],
      /^--ca-file: 'ca.pem' cannot be used: holds no certificate/,
      'a CA file without a certificate',
      SUBSCRIPTION,
    ],
    [
      [...swap, '--journal', 'attachments'],
      /^--journal: 'attachments' is kept by a pipeline run/,
      'a journal of pipelines',
      SUBSCRIPTION,
    ],
    [
      [...swap, '--journal', 'atachments'],
      /^--journal: 'atachments' must be auto, attachments or the path/,
      'a mistyped journal',
    ],
    [
      [...swap, '--journal', './graph.yml/x.jsonl'],
      /^The journal could not be written \(plan done\).*EEXIST/m,
      'a journal that cannot be',
      { ...SUBSCRIPTION, AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 'hunter2hunter2' },
    ],
    [
      ['plan'],
      /^service-graph.yml: does not exist\. Check the path; it is relative to the working folder\.$/m,
      'a missing graph file',
    ],
    [
      ['plan', '--graph-file', '/nowhere/graph.yml'],
      /^\/nowhere\/graph.yml: does not exist\. Check the path\.$/m,
      'a missing graph file that is named in full',
    ],
    [['plan', '--graph-file', '.'], /^\.: is a folder/, 'a folder for a file'],
    [['plan', '--graph-file', 'latin.yml'], /^latin.yml: is not UTF-8/, 'a file that is no text'],
    [
      ['plan', '--graph-file', 'typo.yml'],
      /^typo.yml:4:\d+: graph-file: .*pakage.*package/,
      'an unknown key of the graph',
    ],
    [['plan', '--graph-file', 'graph.yml'], /^payments: Package .*payments.zip/, 'a package that is no zip'],
    [
      ['plan', '--graph-file', 'graph.yml', '--services', 'payment'],
      /'payment' is not a service of graph.yml/,
      'an unknown service',
    ],
    [['graph', 'typo.yml'], /^typo.yml:4:\d+: graph-file/, 'a broken graph to draw'],
    [['rollback'], /^--journal: .*journal.jsonl holds no run/, 'nothing to roll back', SUBSCRIPTION],
    [['rollback', '--run', '../x'], /^--run: '..\/x' must be a name/, 'a run that is no name', SUBSCRIPTION],
    [
      ['emulator', '--image', 'orders=payments.zip'],
      /^--image: 'orders=payments.zip' cannot be used: An image is named as in/,
      'no tag',
    ],
    [
      ['emulator', '--image', 'orders:1=none.zip'],
      /^--image: 'orders:1=none.zip' cannot be used: ENOENT/,
      'an image that is not there',
    ],
    [['emulator', '--port', '99999'], /^--port: '99999' must be a whole number from 0 to 65535/, 'a port that is none'],
  ];
  for (const [args, said, what, env = {}] of cases)
    it(`ends with 2 and says so: ${what}`, async () => {
      const end = await safeRollout(args, { cwd, env });
      assert.match(end.stderr, said);
      assert.equal(end.exitCode, 2);
      assert.equal(end.stdout, '');
      assert.ok(!end.stderr.includes('hunter2') && !/\n\s+at /.test(end.stderr), end.stderr);
    });

  it('prints one document all the same with --format json', async () => {
    const cases: [string[], object][] = [
      [[...swap, '--bake', '5', '--format', 'json'], { ok: false }],
      [['plan', '--format=json'], { ok: false }],
      [
        ['validate', '--colour', '--format', 'json'],
        { ok: false, findings: [], deployments: [], unresolved: [], preconditions: [] },
      ],
    ];
    for (const [args, expected] of cases) {
      const end = await safeRollout(args, { cwd });
      const { error, ...document } = JSON.parse(end.stdout) as { error: { code: string; problems: string[] } };
      assert.deepEqual(document, expected);
      assert.equal(error.code, 'bad-input');
      assert.ok(error.problems.length > 0);
      assert.equal(end.exitCode, 2);
    }
  });

  it('keeps the document of validate when a file is missing', async () => {
    const end = await safeRollout(['validate', '--graph-file', 'no.yml', '--format', 'json'], { cwd });
    const document = JSON.parse(end.stdout) as { findings: { rule: string; file: string; line: number }[] };
    assert.deepEqual(
      document.findings.map(({ rule, file, line }) => [rule, file, line]),
      [['graph-file', 'no.yml', 1]],
    );
    assert.equal(end.exitCode, 2);
  });

  it('teaches: each command has its page, with examples and every flag', async () => {
    const overview = await safeRollout(['--help']);
    assert.equal(overview.exitCode, 0);
    for (const name of Object.keys(COMMANDS)) {
      assert.match(overview.stdout, new RegExp(`^  ${name} +\\w`, 'm'));
      const page = await safeRollout([name, '--help']);
      assert.equal(page.exitCode, 0);
      assert.match(
        page.stdout,
        new RegExp(`^Usage: safe-rollout ${name}[\\s\\S]*Examples[\\s\\S]*--format text\\|json[\\s\\S]*Exit codes`),
      );
      assert.ok(
        page.stdout.split('\n').every((line) => line.length <= 120),
        `${name} has a long line`,
      );
    }
  });

  it('tells its version', async () => {
    const end = await safeRollout(['--version']);
    assert.match(end.stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
