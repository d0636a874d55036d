import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import functions from '@azure/functions';
import { bundleFunctions } from '../../src/build/functions.ts';
import { gateProcess, type GateProcess } from '../../src/functions/gate-process.ts';
import { register, type FunctionApp } from '../../src/functions/register.ts';
import type { FunctionResponse } from '../../src/functions/forward.ts';
import { SECRET, startPatient, withSecret, type Patient } from '../scenarios/gate-service.ts';
import { builtProduct } from '../tasks/built-tasks.ts';

/** The host of functions as far as it is used: it keeps what is declared, and calls it. */
class Host implements FunctionApp {
  readonly said: string[] = [];
  #answer: Parameters<FunctionApp['http']>[1]['handler'] | undefined;
  #wake: (() => Promise<void>) | undefined;
  #end: (() => Promise<void>) | undefined;
  readonly hook = { appTerminate: (act: () => Promise<void>): void => void (this.#end = act) };

  http(_: string, { route, authLevel, handler }: Parameters<FunctionApp['http']>[1]): void {
    assert.deepEqual([route, authLevel], ['{*path}', 'anonymous']);
    this.#answer = handler;
  }

  timer(_: string, { schedule, handler }: Parameters<FunctionApp['timer']>[1]): void {
    assert.equal(schedule.split(' ').length, 6);
    this.#wake = handler;
  }

  ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<FunctionResponse> {
    const bodyOf = method === 'GET' ? {} : { body: { string: body } };
    return this.#answer!(
      new functions.HttpRequest({ method, url: `https://gate.contoso.com${path}`, headers, ...bodyOf }),
    );
  }

  readonly wake = (): Promise<void> => this.#wake!();
  readonly end = (): Promise<void> => this.#end!();
}

describe('the gate service as functions', function () {
  this.timeout(60_000);
  let folder: string;
  let patient: Patient;
  let gate: GateProcess;
  let host: Host;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'safe-rollout-functions-'));
    mkdirSync(join(folder, 'cli'));
    cpSync(join(await builtProduct(), 'cli/safe-rollout.js'), join(folder, 'cli/safe-rollout.js'));
    await bundleFunctions(process.cwd(), folder);
    patient = await startPatient();
    patient.statuses.set('/health', 200);
  });
  after(async () => {
    await patient.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    const flags = ['--probe-hosts', '127.0.0.1', '--internal-addresses', '127.0.0.1', '--state', join(folder, 'state')];
    [host, gate] = begin(flags, { SAFE_ROLLOUT_GATE_SECRET: SECRET });
  });
  afterEach(() => host.end());

  function begin(flags: readonly string[], env: Record<string, string>): [Host, GateProcess] {
    const made = new Host();
    const program = [process.execPath, join(folder, 'functions/safe-rollout.js')] as const;
    const say = (line: string): void => void made.said.push(line);
    const one = gateProcess(program, flags, { PATH: process.env['PATH'], ...env }, folder, say);
    register(made, one, say);
    return [made, one];
  }
  const health = (): string => JSON.stringify({ url: `${patient.url}/health`, probe: { interval: '10ms' } });

  it('answer as the service does, with its own authentication', async () => {
    assert.equal((await host.ask('GET', '/healthz')).status, 200);
    const refused = await host.ask('POST', '/check/health', {}, health());
    assert.equal(refused.status, 401);
    assert.match(refused.headers['www-authenticate'] ?? '', /^Basic/);
    const passed = await host.ask('POST', '/check/health', { ...withSecret, host: 'gate.contoso.com' }, health());
    assert.deepEqual([passed.status, (JSON.parse(passed.body) as { status: string }).status], [200, 'pass']);
    // As the check for an Azure Function shows it.
    const byKey = await host.ask('POST', `/check/health?code=${encodeURIComponent(SECRET)}`, {}, health());
    assert.equal(byKey.status, 200);
    assert.equal((await host.ask('GET', '/check/health', withSecret)).status, 405);
    assert.equal((await host.ask('POST', '/check/health', withSecret, 'x'.repeat(20_000))).status, 413);
    assert.equal((await host.ask('POST', '/check/health', withSecret, 'x'.repeat(100_000))).status, 413);
    assert.ok(host.said.some((line) => line.includes('"a check was answered"')));
  });

  it('start one service however many ask, and another when that has ended', async () => {
    const urls = await Promise.all([gate.url(), gate.url(), host.wake().then(() => gate.url())]);
    assert.equal(new Set(urls).size, 1);
    await gate.stop();
    await host.wake();
    assert.notEqual(await gate.url(), urls[0]);
    assert.equal((await host.ask('GET', '/healthz')).status, 200);
  });

  it('leave a service alone that listens, and give up one that does not, when the time to start is over', async () => {
    const run = (script: string): GateProcess =>
      gateProcess([process.execPath, '-e', script, '--'], [], {}, folder, () => undefined, 500);
    const well = run(
      "const s = require('http').createServer((_, r) => r.end('well')).listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${s.address().port}`))",
    );
    const url = await well.url();
    // Its own time is over when that of one that was started later is.
    await assert.rejects(
      run('process.stdin.resume(); setInterval(() => 0, 1000)').url(),
      /did not listen within 0\.5 s/,
    );
    assert.equal(await well.url(), url);
    assert.equal(await (await fetch(url)).text(), 'well');
    await well.stop();
  });

  it('say in the log why there is no answer, and not to whoever asks', async () => {
    const [lost] = begin(['--graph-file', 'nowhere.yml'], { SAFE_ROLLOUT_GATE_SECRET: SECRET });
    const { status, body } = await lost.ask('POST', '/check/health', withSecret, health());
    assert.equal(status, 503);
    assert.doesNotMatch(body, /nowhere/);
    assert.match(lost.said.join('\n'), /the gate service did not start: .*nowhere\.yml/s);
    await assert.rejects(lost.wake(), /did not start/);
  });

  it('are a folder that needs nothing but Node and its host', async () => {
    const { outputs } = await bundleFunctions(process.cwd(), folder);
    const builtin = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    const others = Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    assert.deepEqual(
      others.filter((path) => !builtin.has(path)),
      ['@azure/functions-core'],
    );
    const { main } = JSON.parse(readFileSync(join(folder, 'functions/package.json'), 'utf8')) as { main: string };
    assert.match(readFileSync(join(folder, 'functions', main), 'utf8'), /safe-rollout\.js/);
  });
});
