import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../../src/emulator/start.ts';
import { until } from '../emulator/client.ts';
import { post, startGate, startPatient, taskHeaders, withSecret, type GateProcess } from './gate-service.ts';

/**
 * Callbacks that are under way when the service is killed: each ends with exactly one TaskCompleted. Some are decided before
 * the kill, some behind it, some fail, some run out of time; some answers of the server are lost.
 * @returns what was measured, in milliseconds
 */
export async function killInTheMiddle(count: number): Promise<{ acceptMs: number[]; answerMs: number[] }> {
  const emulator = await startEmulator();
  const patient = await startPatient();
  const state = await mkdtemp(join(tmpdir(), 'safe-rollout-gate-'));
  let gate: GateProcess | undefined;
  try {
    gate = await startGate(emulator, state);
    const tasks = Array.from({ length: count }, (_, at) => ({ id: randomUUID(), path: `/app-${at}` }));
    const probe = {
      interval: count > 20 ? '1s' : '200ms',
      timeout: '5s',
      healthyThreshold: 2,
      unhealthyThreshold: 3,
      startup: '10m',
    };
    const ask = (at: number, url: string) =>
      post(
        `${url}/callback/health`,
        { url: `${patient.url}${tasks[at]!.path}`, probe, timeout: late(at) ? (count > 20 ? '40s' : '12s') : '10m' },
        taskHeaders(emulator, tasks[at]!.id),
      );
    const acceptMs = await Promise.all(
      tasks.map(async (_, at) => {
        const begun = performance.now();
        const answer = await ask(at, gate!.url);
        assert.deepEqual([answer.status, answer.json.status], [200, 'accepted'], answer.text);
        return performance.now() - begun;
      }),
    );
    // While they are all under way, who waits is answered.
    patient.statuses.set('/now', 200);
    const answerMs: number[] = [];
    for (let time = 0; time < 21; time += 1) {
      const begun = performance.now();
      const answer = await post(`${gate.url}/check/health`, { url: `${patient.url}/now` }, withSecret);
      assert.equal(answer.json.status, 'pass', answer.text);
      answerMs.push(performance.now() - begun);
    }
    // One in five is decided before the kill, and of some of those the server's answer is lost.
    emulator.addFault({
      effect: { kind: 'applied-then-reset' },
      match: { method: 'POST', path: '/events$', times: Math.ceil(count / 10) },
    });
    for (const [at, { path }] of tasks.entries()) if (at % 5 === 0) patient.statuses.set(path, 200);
    await until(() => emulator.plans().events.length >= Math.ceil(count / 10));
    await gate.end('SIGKILL');
    assert.ok(emulator.plans().events.length < count, 'some are still under way');
    emulator.clearFaults();

    gate = await startGate(emulator, state);
    assert.ok(gate.log().some(({ event, open }) => event === 'the service listens' && open > 0));
    // Asked for again by a server that had no answer: the same evaluation.
    const again = await ask(count - 1, gate.url);
    assert.equal(again.status, 200, again.text);
    for (const [at, { path }] of tasks.entries()) if (!late(at)) patient.statuses.set(path, 200);
    const deadline = performance.now() + 120_000;
    await until(() => emulator.plans().events.length >= count || performance.now() > deadline);
    // Whatever comes twice would come now: the notes of all evaluations say that they have ended.
    let notes: string[] = [];
    const look = async (): Promise<boolean> => {
      // What was half-written when the process died is removed when it is a minute old.
      notes = (await readdir(state)).filter((name) => !name.endsWith('.tmp'));
      return (
        notes.filter((name) => name.endsWith('.ended')).length >= count &&
        !notes.some((name) => name.includes('.posting-') || name.endsWith('.accepted'))
      );
    };
    while (!(await look()) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));

    const byTask = new Map<string, (string | undefined)[]>();
    for (const { taskId, result } of emulator.plans().events)
      byTask.set(taskId, [...(byTask.get(taskId) ?? []), result]);
    for (const [at, { id }] of tasks.entries())
      assert.deepEqual(byTask.get(id), [late(at) ? 'failed' : 'succeeded'], `task ${at} of ${count}`);
    const ends = await Promise.all(
      notes.map(
        async (name) =>
          JSON.parse(await readFile(join(state, name), 'utf8')) as { ended?: { outcome: string; reason: string } },
      ),
    );
    assert.equal(ends.length, count);
    assert.deepEqual([...new Set(ends.map(({ ended }) => ended?.outcome))], ['delivered']);
    assert.ok(
      ends.some(({ ended }) => ended?.reason.includes('the answer was lost') === true),
      'an answer was lost',
    );
    // Nothing that was said or kept holds the token or the secret.
    const said = JSON.stringify([gate.log(), ends]);
    assert.ok(!said.includes(emulator.devOpsToken) && !said.includes(withSecret['x-safe-rollout-secret']));
    return { acceptMs, answerMs };
  } finally {
    await gate?.end('SIGKILL');
    await patient.close();
    await emulator.close();
    await rm(state, { recursive: true, force: true });
  }
}

/** One in ten never is healthy. */
function late(at: number): boolean {
  return at % 10 === 3;
}
