import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTOSO, scratchFolder } from './running-app.ts';

const SCRIPT = join(CONTOSO, 'db/expand.mjs');

describe('the expand step of the payments database', () => {
  let scratch: { path: string; remove: () => Promise<void> };
  let file: string;

  beforeEach(async () => {
    scratch = await scratchFolder();
    file = join(scratch.path, 'db', 'payments.json');
    await mkdir(join(scratch.path, 'db'));
  });
  afterEach(() => scratch.remove());

  it('adds to what is there and does nothing the second time', async () => {
    await writeFile(file, JSON.stringify({ schema: 1, payments: [{ id: 'a', amount: 12.34 }], note: 'kept' }));
    const first = expand({ CONTOSO_DB_FILE: file });
    assert.equal(first.status, 0, first.stderr);
    assert.match(
      first.stdout,
      /added the table ledgerEntries\n.*filled the column amountMinor of 1 payments\n.*schema 2/,
    );
    const expanded = await readFile(file, 'utf8');
    assert.deepEqual(JSON.parse(expanded), {
      schema: 2,
      payments: [{ id: 'a', amount: 12.34, amountMinor: 1234 }],
      note: 'kept',
      ledgerEntries: [],
    });

    const second = expand({ CONTOSO_DB_FILE: file });
    assert.equal(second.status, 0);
    assert.match(second.stdout, /nothing to do/);
    assert.equal(await readFile(file, 'utf8'), expanded);
    assert.deepEqual(await readdir(join(scratch.path, 'db')), ['payments.json']);
  });

  it('fills in the rows that the old release wrote after the first run', async () => {
    await writeFile(
      file,
      JSON.stringify({ schema: 2, payments: [{ id: 'b', amount: 5 }], ledgerEntries: [{ id: 1 }] }),
    );
    assert.match(expand({ CONTOSO_DB_FILE: file }).stdout, /filled the column amountMinor of 1 payments\n$/);
    const { payments, ledgerEntries } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(payments, [{ id: 'b', amount: 5, amountMinor: 500 }]);
    assert.deepEqual(ledgerEntries, [{ id: 1 }]);
  });

  it('starts a database where there is none, by default beside the other local state', async () => {
    const made = expand({});
    assert.equal(made.status, 0, made.stderr);
    const standard = join(scratch.path, '.safe-rollout', 'contoso-db.json');
    assert.deepEqual(JSON.parse(await readFile(standard, 'utf8')), { schema: 2, payments: [], ledgerEntries: [] });
  });

  const broken: [text: string, message: RegExp, reason: string][] = [
    ['{"schema": 1, "paym', /the file is not JSON/, 'half a file'],
    ['', /the file is not JSON/, 'an empty file'],
    ['null', /not a payments database/, 'no object'],
    ['{"payments": []}', /not a payments database/, 'no schema'],
    ['{"schema": 1, "payments": {}}', /not a payments database/, 'payments that are no list'],
    ['{"schema": 3, "payments": []}', /schema 3 is newer/, 'a schema of the future'],
    ['{"schema": 1, "payments": [{"amount": 1}, {}]}', /payment 2 has no amount/, 'a row without an amount'],
  ];
  for (const [text, message, reason] of broken) {
    it(`fails on ${reason} and leaves it as it is`, async () => {
      await writeFile(file, text);
      const run = expand({ CONTOSO_DB_FILE: file });
      assert.equal(run.status, 1);
      assert.match(run.stderr, message);
      assert.equal(run.stdout, '');
      assert.equal(await readFile(file, 'utf8'), text);
    });
  }

  it('fails when the database cannot be written', () => {
    const run = expand({ CONTOSO_DB_FILE: join(scratch.path, 'db') });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /EISDIR/);
  });

  function expand(env: Record<string, string>) {
    return spawnSync(process.execPath, [SCRIPT], { cwd: scratch.path, env, encoding: 'utf8' });
  }
});
