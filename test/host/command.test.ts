import assert from 'node:assert/strict';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandHost } from '../../src/host/command.ts';

const NODE = process.execPath;

describe('commandHost', () => {
  let folder: string;
  before(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), 'safe-rollout-host-')))));
  after(() => rm(folder, { recursive: true, force: true }));
  const host = () => commandHost(folder, { PATH: process.env['PATH'], KEPT: 'base', OVER: 'base' });
  const node = (script: string, timeoutMs = 10_000, signal?: AbortSignal) =>
    host().run([NODE, '-e', script], timeoutMs, { OVER: 'own' }, signal);

  it('runs in its folder, with the given environment and nothing else', async () => {
    const { exitCode, output } = await node(
      'console.log(JSON.stringify([process.cwd(), process.env.KEPT, process.env.OVER, process.env.HOME ?? null]))',
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(output), [folder, 'base', 'own', null]);
  });

  for (const code of [1, 3, 255])
    it(`resolves for exit code ${code}`, async () =>
      assert.equal((await node(`process.exit(${code})`)).exitCode, code));

  it('keeps stdout and stderr together', async () => {
    const { output } = await node('console.error("to stderr"); console.log("to stdout")');
    assert.match(output, /to stderr/);
    assert.match(output, /to stdout/);
  });

  it('keeps the end of a long output, and no more', async () => {
    const { output } = await node(
      'for (let i = 0; i < 40000; i++) console.log("line " + i); console.log("the reason")',
    );
    assert.ok(output.length <= 16 * 1024, `${output.length}`);
    assert.match(output, /the reason/);
    assert.ok(!output.includes('line 10\n'));
  });

  it('hands over arguments as they are: there is no shell', async () => {
    const args = [
      '; touch pwned',
      '$(touch pwned)',
      '`touch pwned`',
      '&& touch pwned',
      '| cat',
      '%PATH%',
      '"',
      "'",
      '',
      '*',
    ];
    const { output } = await host().run(
      [NODE, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...args],
      10_000,
      {},
    );
    assert.deepEqual(JSON.parse(output), args);
    await assert.rejects(readFile(join(folder, 'pwned')), /ENOENT/);
  });

  it('says that a program could not be started', async () => {
    const missing = await host().run(['no-such-program-here'], 10_000, {});
    assert.equal(missing.exitCode, null);
    assert.match(missing.output, /no-such-program-here could not be started: .*ENOENT/);
    const elsewhere = await commandHost(join(folder, 'gone'), {}).run([NODE], 10_000, {});
    assert.equal(elsewhere.exitCode, null);
  });

  it('ends a program that takes too long, and says so', async () => {
    const { exitCode, output } = await node('console.log("begun"); setInterval(() => {}, 1000)', 400);
    assert.equal(exitCode, null);
    assert.match(output, /begun\n\nended after 0s, the limit$/);
  });

  it('has no exit code for a program that was killed', async () => {
    assert.equal((await node('process.kill(process.pid, "SIGKILL")')).exitCode, null);
  });

  const posix = process.platform === 'win32' ? it.skip : it;

  posix('ends the children of a program too', async () => {
    const file = join(folder, 'survived');
    const child = `setTimeout(() => require("fs").writeFileSync(${JSON.stringify(file)}, ""), 900)`;
    const parent = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "ignore" });`;
    await node(`${parent} setInterval(() => {}, 1000)`, 400);
    await new Promise((resolve) => setTimeout(resolve, 800));
    await assert.rejects(readFile(file), /ENOENT/);
  });

  posix('ends what a program left behind with its output open, instead of waiting for ever', async () => {
    const { output } = await node(
      'require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }).unref(); console.log("gone"); process.exit(0)',
      600,
    );
    assert.match(output, /gone/);
  });

  it('stops at the signal, and rejects with its reason', async () => {
    const stop = new AbortController();
    const file = join(folder, 'started');
    const running = node(
      `require("fs").writeFileSync(${JSON.stringify(file)}, ""); setInterval(() => {}, 1000)`,
      10_000,
      stop.signal,
    );
    setTimeout(() => stop.abort(new Error('stop')), 150);
    await assert.rejects(running, /^Error: stop$/);
  });

  it('starts nothing after the signal', async () => {
    const file = join(folder, 'late');
    await assert.rejects(
      node(`require("fs").writeFileSync(${JSON.stringify(file)}, "")`, 10_000, AbortSignal.abort(new Error('stop'))),
      /^Error: stop$/,
    );
    await assert.rejects(readFile(file), /ENOENT/);
  });
});
