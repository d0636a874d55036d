import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtProduct } from '../tasks/built-tasks.ts';
import { safeRollout } from './command-line.ts';

const CONTOSO = join(process.cwd(), 'examples/contoso');

describe('the commands that need no Azure', function () {
  this.timeout(30_000);
  before(async () => void (await builtProduct()));

  it('validate: passes the good pipeline and shows the mistake of the other at its place', async () => {
    const good = await safeRollout(['validate'], { cwd: CONTOSO });
    assert.equal(good.exitCode, 0, good.stdout + good.stderr);
    assert.match(good.stdout, /^The order holds for \d+ deployments\.\n$/);
    const wrong = await safeRollout(['validate', 'azure-pipelines.wrong-order.yml'], { cwd: CONTOSO });
    assert.equal(wrong.exitCode, 1);
    assert.match(
      wrong.stdout,
      /^azure-pipelines\.wrong-order\.yml:\d+:\d+: error missing-order: .*\n +\d+ \| .*\n +\| *\^\n/,
    );
    assert.match(wrong.stdout, /The order is not proven: \d errors\.\n$/);
  });

  it('validate: says the same as a document', async () => {
    const { stdout, exitCode } = await safeRollout(
      ['validate', 'azure-pipelines.wrong-order.yml', '--format', 'json'],
      {
        cwd: CONTOSO,
      },
    );
    const document = JSON.parse(stdout) as {
      ok: boolean;
      findings: { rule: string; line: number }[];
      deployments: unknown[];
    };
    assert.equal(exitCode, 1);
    assert.equal(document.ok, false);
    assert.ok(document.findings.every(({ rule, line }) => rule === 'missing-order' && line > 1));
    assert.ok(document.deployments.length > 0);
    assert.deepEqual(Object.keys(document), ['ok', 'findings', 'deployments', 'unresolved', 'preconditions']);
  });

  describe('init', () => {
    let folder: string;
    beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'safe-rollout-init-'))));
    afterEach(async () => await rm(folder, { recursive: true, force: true }));
    const inFolder = (...args: string[]) => safeRollout(['init', ...args], { cwd: folder });

    it('drafts a graph that its pipeline respects, and leaves a file that is there alone', async () => {
      await copyFile(join(CONTOSO, 'azure-pipelines.yml'), join(folder, 'azure-pipelines.yml'));
      for (const command of ['validate', 'migrate']) {
        const without = await safeRollout([command], { cwd: folder });
        assert.equal(without.exitCode, 2);
        assert.match(
          without.stdout + without.stderr,
          /service-graph\.yml.* To draft one from the pipeline: safe-rollout init$/m,
        );
      }
      const drafted = await inFolder();
      assert.equal(drafted.exitCode, 0, drafted.stderr);
      assert.match(drafted.stdout, /^Wrote service-graph\.yml with 3 services \(payments, notifications, store\)/);
      const checked = await safeRollout(['validate'], { cwd: folder });
      assert.deepEqual([checked.exitCode, checked.stdout], [0, 'The order holds for 3 deployments.\n']);
      const before = await readFile(join(folder, 'service-graph.yml'), 'utf8');
      const again = await inFolder();
      assert.equal(again.exitCode, 2);
      assert.match(again.stderr, /service-graph\.yml: is there already, and is left as it is/);
      assert.equal(await readFile(join(folder, 'service-graph.yml'), 'utf8'), before);
    });

    it('imports a file of another tool, and prints the draft when asked to', async () => {
      await writeFile(join(folder, 'compose.yaml'), 'services: { a: { depends_on: [b] }, b: {} }');
      const printed = await inFolder('--from', 'compose.yaml', '--graph-file', '-');
      assert.equal(printed.exitCode, 0, printed.stderr);
      assert.match(printed.stdout, /^ {2}a:\n {4}kind: containerApp\n {4}app: a\n {4}dependsOn: \[b\]$/m);
      const document = JSON.parse((await inFolder('--from', 'compose.yaml', '--format', 'json')).stdout) as {
        file: string;
      };
      assert.equal(document.file, 'service-graph.yml');
    });

    it('prints the schema that is committed', async () => {
      const { stdout, exitCode } = await inFolder('--schema');
      assert.equal(exitCode, 0);
      assert.deepEqual(JSON.parse(stdout), JSON.parse(await readFile('schema/service-graph.schema.json', 'utf8')));
    });

    const bad: [string, string | Buffer, RegExp, string][] = [
      ['compose.yaml', Buffer.from([0x73, 0xff, 0xfe]), /compose\.yaml: is not UTF-8 text/, 'text that is not UTF-8'],
      [
        'compose.yaml',
        'services: { a: {}, a: {} }',
        /compose\.yaml:1:20: import-file: 'a' is already defined/,
        'a key twice',
      ],
      ['catalog-info.yaml', 'kind: Group', /has no Component/, 'a file without services'],
    ];
    for (const [name, content, expected, reason] of bad)
      it(`refuses ${reason}`, async () => {
        await writeFile(join(folder, name), content);
        const { exitCode, stderr } = await inFolder('--from', name);
        assert.equal(exitCode, 2);
        assert.match(stderr, expected);
        assert.doesNotMatch(stderr, /^\s+at /m);
      });

    it('refuses a pipeline that deploys nothing', async () => {
      await writeFile(join(folder, 'azure-pipelines.yml'), 'steps:\n- script: npm test');
      const { exitCode, stderr } = await inFolder();
      assert.equal(exitCode, 2);
      assert.match(
        stderr,
        /^azure-pipelines\.yml: nothing in it deploys \(1 job, 1 step\), so that there is no order to prove\./,
      );
    });

    it('says of a pipeline that it could not read to the end what was not read', async () => {
      await writeFile(
        join(folder, 'azure-pipelines.yml'),
        'resources: { repositories: [{ repository: r }] }\nsteps:\n- template: t.yml@r\n',
      );
      const { exitCode, stderr } = await inFolder();
      assert.equal(exitCode, 2);
      assert.match(stderr, /nothing that deploys was found in what could be read of it/);
      assert.match(stderr, /Not read: azure-pipelines\.yml:3: .* give|--repo r=FOLDER/);
    });

    it('drafts a pipeline whose apps only the run knows, by their jobs', async () => {
      await writeFile(
        join(folder, 'azure-pipelines.yml'),
        'stages:\n- stage: S\n  jobs:\n  - job: J\n    steps:\n    - template: t.yml\n',
      );
      await writeFile(join(folder, 't.yml'), 'steps:\n- { task: AzureWebApp@1, inputs: { appName: $(name) } }\n');
      const drafted = await inFolder();
      assert.equal(drafted.exitCode, 0, drafted.stderr);
      const graph = await readFile(join(folder, 'service-graph.yml'), 'utf8');
      assert.match(graph, /AzureWebApp@1 in stage S, job J, t\.yml:2 deploys what cannot be told from here/);
      assert.match(graph, /app: "\$\(name\)"\n {4}deployedBy: \{ stage: S, job: J \}/);
      const checked = await safeRollout(['validate'], { cwd: folder });
      assert.deepEqual([checked.exitCode, checked.stdout], [0, 'The order holds for 1 deployment.\n']);
    });
  });

  it('migrate shows a change, and writes it when asked to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'safe-rollout-migrate-'));
    try {
      const before =
        'stages:\n- stage: S\n  jobs:\n  - job: B\n    steps:\n    - script: npm test\n- stage: P\n  jobs:\n  - job: J\n    steps:\n' +
        '    - task: AzureAppServiceManage@0\n      inputs:\n        azureSubscription: c\n        WebAppName: app-p\n        SourceSlot: s\n';
      await writeFile(join(folder, 'azure-pipelines.yml'), before);
      await writeFile(
        join(folder, 'service-graph.yml'),
        'version: 1\nservices: { p: { kind: appService, app: app-p } }\n',
      );
      const shown = await safeRollout(['migrate'], { cwd: folder });
      assert.equal(shown.exitCode, 0, shown.stderr);
      assert.match(shown.stdout, /^-    - task: AzureAppServiceManage@0\n\+    - task: SafeRolloutSwap@1\n/m);
      assert.match(shown.stdout, /\n2 changes, 0 left to you\. The order holds for 1 deployment\.\n$/);
      assert.equal(await readFile(join(folder, 'azure-pipelines.yml'), 'utf8'), before);
      const written = await safeRollout(['migrate', '--write', '--format', 'json'], { cwd: folder });
      const document = JSON.parse(written.stdout) as { ok: boolean; written: boolean; changes: unknown[] };
      assert.deepEqual([document.ok, document.written, document.changes.length], [true, true, 2]);
      assert.match(
        await readFile(join(folder, 'azure-pipelines.yml'), 'utf8'),
        /SafeRolloutValidate@1[\s\S]*healthPath: \/health/,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  const drawings: [string[], RegExp][] = [
    [['graph'], /^flowchart LR\n[\s\S]*n\d\["payments-core \(package\)"\]/],
    [['graph', '--as', 'dot'], /^digraph services \{\n/],
    [['graph', 'service-graph.yml', '--format', 'json'], /"waves": \[/],
  ];
  for (const [args, expected] of drawings)
    it(args.join(' '), async () => {
      const end = await safeRollout(args, { cwd: CONTOSO });
      assert.equal(end.exitCode, 0, end.stderr);
      assert.match(end.stdout, expected);
    });
});
