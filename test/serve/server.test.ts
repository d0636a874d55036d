import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Check, Verdict } from '../../src/gate/verdict.ts';
import { jsonLog } from '../../src/serve/log.ts';
import { runGate } from '../../src/serve/run-gate.ts';
import { systemClock } from '../../src/time/clock.ts';
import { FakeTask } from '../fakes/fake-task.ts';
import { MemoryNotes } from '../fakes/memory-notes.ts';
import { post, SECRET, withSecret } from '../scenarios/gate-service.ts';

const ID = '0ef135cb-8cdd-4557-a536-e6f20b82b4b9';
const TOKEN = 'the-token-of-the-job';
const TASK = {
  ...withSecret,
  PlanUrl: 'https://dev.azure.com/contoso/',
  ProjectId: ID,
  HubName: 'checks',
  PlanId: ID,
  JobId: ID,
  TimelineId: ID,
  TaskInstanceId: ID,
  AuthToken: TOKEN,
};

describe('the gate service', () => {
  let url: string;
  let stop: AbortController;
  let ended: Promise<void>;
  let store: MemoryNotes;
  let task: FakeTask;
  let lines: string[];
  let answer: (signal: AbortSignal) => Promise<Verdict>;

  const check: Check = {
    name: 'health',
    read: ({ service }) =>
      service === undefined
        ? { problems: ["the body needs 'service'"] }
        : { subject: `the health of ${service as string}`, pauseMs: 1000, ask: (_, signal) => answer(signal) },
  };
  beforeEach(async () => {
    stop = new AbortController();
    store = new MemoryNotes();
    task = new FakeTask();
    lines = [];
    answer = () => Promise.resolve({ kind: 'pass', reason: 'healthy' });
    url = await new Promise<string>((resolve, reject) => {
      ended = runGate(
        { host: '127.0.0.1', port: 0, tls: undefined, requests: 3, evaluations: 2, timeoutMs: 60_000 },
        {
          checks: new Map([[check.name, check]]),
          secrets: [SECRET],
          callbackHosts: ['dev.azure.com'],
          store,
          callback: () => task,
          clock: systemClock,
          log: jsonLog(
            (line) => void lines.push(line),
            () => 0,
          ),
          listening: resolve,
        },
        stop.signal,
      );
      ended.catch(reject);
    });
  });
  afterEach(async () => {
    stop.abort(new Error('over'));
    await ended;
  });

  const verdicts: [Verdict['kind'], number, string][] = [
    ['pass', 200, 'pass'],
    ['fail', 412, 'fail'],
    ['not-yet', 412, 'pending'],
  ];
  for (const [kind, code, status] of verdicts)
    it(`answers ${kind} with ${code}: without a success criterion, nothing else passes`, async () => {
      answer = () => Promise.resolve({ kind, reason: 'because' });
      const { status: found, json } = await post(`${url}/check/health`, { service: 'payments' }, withSecret);
      assert.equal(found, code);
      assert.deepEqual(json, { status, check: 'health', subject: 'the health of payments', reason: 'because' });
    });

  it('answers that it is not known yet when a check cannot be made, and when it takes too long', async () => {
    answer = () => Promise.reject(new Error('Azure is away'));
    const failed = await post(`${url}/check/health`, { service: 'payments' }, withSecret);
    assert.deepEqual(
      [failed.status, failed.json.status, failed.json.reason],
      [412, 'pending', 'it could not be asked: Azure is away'],
    );
    answer = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const late = await post(`${url}/check/health`, { service: 'payments' }, withSecret);
    assert.deepEqual([late.status, late.json.status], [412, 'pending']);
    assert.match(late.json.reason, /no verdict within 2\.5s; use a callback \(\/callback\/health\)/);
  });

  const shown: [string, Record<string, string>, string][] = [
    ['in its header', withSecret, ''],
    [
      'as the password of a service connection',
      { authorization: `Basic ${Buffer.from(`gate:${SECRET}`).toString('base64')}` },
      '',
    ],
    ['as a token', { authorization: `Bearer ${SECRET.replaceAll(' ', '')}` }, ''],
    ['as the key of an Azure Function', {}, `?code=${encodeURIComponent(SECRET)}`],
  ];
  for (const [how, headers, query] of shown)
    it(`takes the secret ${how}`, async () => {
      const answered = await post(`${url}/check/health${query}`, { service: 'payments' }, headers);
      // A bearer token has no spaces, and this secret has.
      assert.equal(answered.status, how === 'as a token' ? 401 : 200);
      assert.ok(!lines.join('').includes(SECRET) && !lines.join('').includes(encodeURIComponent(SECRET)));
    });

  describe('refuses', () => {
    const large = JSON.stringify({ service: 'x'.repeat(17 * 1024) });
    const cases: [string, () => ReturnType<typeof post>, number, RegExp][] = [
      [
        'who shows no secret',
        () => post(`${url}/check/health`, { service: 'a' }),
        401,
        /secret is missing or wrong.*X-Safe-Rollout-Secret/,
      ],
      [
        'a wrong secret',
        () => post(`${url}/check/health`, { service: 'a' }, { 'x-safe-rollout-secret': `${SECRET}x` }),
        401,
        /secret/,
      ],
      [
        'an empty secret',
        () => post(`${url}/check/health`, { service: 'a' }, { 'x-safe-rollout-secret': '' }),
        401,
        /secret/,
      ],
      ['to tell strangers what there is', () => post(`${url}/nothing`, {}), 401, /secret/],
      ['a check that there is none of', () => post(`${url}/check/weather`, {}, withSecret), 404, /one of health/],
      ['another address', () => post(`${url}/admin`, {}, withSecret), 404, /\/check\/NAME/],
      ['another method', () => post(`${url}/check/health`, '', withSecret, 'PUT'), 405, /POST/],
      ['a body that is too large', () => post(`${url}/check/health`, large, withSecret), 413, /16 KiB/],
      [
        'a body that grows too large on its way',
        () =>
          post(`${url}/check/health`, large, {
            ...withSecret,
            'transfer-encoding': 'chunked',
          }),
        413,
        /16 KiB/,
      ],
      ['a body that is no JSON', () => post(`${url}/check/health`, '{"service":', withSecret), 400, /must be JSON/],
      ['a body that is no object', () => post(`${url}/check/health`, '["service"]', withSecret), 400, /JSON object/],
      ['a question that lacks something', () => post(`${url}/check/health`, {}, withSecret), 400, /needs 'service'/],
      [
        'a timeout without a unit',
        () => post(`${url}/callback/health`, { service: 'a', timeout: '5' }, TASK),
        400,
        /'timeout' must be a duration/,
      ],
      [
        'a callback without a task',
        () => post(`${url}/callback/health`, { service: 'a' }, withSecret),
        400,
        /must be an id/,
      ],
      [
        'a callback to another host',
        () => post(`${url}/callback/health`, { service: 'a' }, { ...TASK, PlanUrl: 'https://evil.example/c/' }),
        403,
        /evil\.example.*--callback-hosts/,
      ],
      [
        'a callback as plain text',
        () => post(`${url}/callback/health`, { service: 'a' }, { ...TASK, PlanUrl: 'http://dev.azure.com/c/' }),
        400,
        /https/,
      ],
    ];
    for (const [what, ask, code, reason] of cases)
      it(what, async () => {
        const { status, json } = await ask();
        assert.equal(status, code, json.reason);
        assert.equal(json.status, 'refused');
        assert.match(json.reason, reason);
        assert.equal(store.notes.size, 0);
        const said = lines.join('\n');
        assert.match(said, /"a request was refused"/);
        assert.ok(!said.includes(SECRET) && !said.includes(TOKEN));
      });

    it('a request that was answered, when it comes again', async () => {
      const first = await post(`${url}/callback/health`, { service: 'a' }, TASK);
      assert.deepEqual([first.status, first.json.status], [200, 'accepted']);
      while (!lines.some((line) => line.includes('an evaluation has ended')))
        await new Promise((resolve) => setImmediate(resolve));
      const again = await post(`${url}/callback/health`, { service: 'a' }, TASK);
      assert.deepEqual([again.status, task.results], [409, ['succeeded']]);
      assert.match(again.json.reason, /answered already: succeeded/);
    });

    it('headers without end', async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('error', () => undefined);
      socket.write(`POST /check/health HTTP/1.1\r\nhost: x\r\nx-filler: ${'a'.repeat(20_000)}\r\n\r\n`);
      await new Promise((resolve) => socket.on('close', resolve));
      assert.match(text, /^HTTP\/1\.1 431/);
    });

    it('more at once than it may answer, and says that it is busy', async () => {
      let open = 0;
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      answer = async () => {
        open += 1;
        await released;
        return { kind: 'pass', reason: 'healthy' };
      };
      const asked = [1, 2, 3].map(() => post(`${url}/check/health`, { service: 'a' }, withSecret));
      while (open < 3) await new Promise((resolve) => setImmediate(resolve));
      const busy = await post(`${url}/check/health`, { service: 'a' }, withSecret);
      assert.equal(busy.status, 503);
      assert.match(busy.json.reason, /--max-requests/);
      release();
      assert.deepEqual(
        (await Promise.all(asked)).map(({ status }) => status),
        [200, 200, 200],
      );
    });

    it('more evaluations than it may keep', async () => {
      answer = () => Promise.resolve({ kind: 'not-yet', reason: 'starts' });
      const ask = (at: number) =>
        post(`${url}/callback/health`, { service: 'a' }, { ...TASK, TaskInstanceId: `${ID.slice(0, -1)}${at}` });
      assert.deepEqual([(await ask(1)).status, (await ask(2)).status, (await ask(3)).status], [200, 200, 503]);
      assert.match((await ask(3)).json.reason, /--max-evaluations/);
      assert.deepEqual((await ask(2)).json.status, 'accepted', 'what is kept already is no more');
    });

    it('a callback that cannot be written down', async () => {
      store.create = () => Promise.reject(new Error('ENOSPC: no space left on device'));
      const { status, json } = await post(`${url}/callback/health`, { service: 'a' }, TASK);
      assert.deepEqual([status, task.results], [503, []]);
      assert.match(json.reason, /its log says why/);
      assert.match(lines.join('\n'), /ENOSPC/);
    });
  });

  it('tells how it is, and counts, to whoever asks', async () => {
    await post(`${url}/check/health`, { service: 'a' }, withSecret);
    await post(`${url}/check/health`, { service: 'a' });
    const health = await post(`${url}/healthz`, '', {}, 'GET');
    assert.deepEqual([health.status, health.json], [200, { status: 'ok', evaluations: 0 }]);
    const { text } = await post(`${url}/metrics`, '', {}, 'GET');
    assert.match(text, /^safe_rollout_gate_requests_total\{check="health",completion="response",answer="pass"\} 1$/m);
    assert.match(text, /^safe_rollout_gate_refused_total\{reason="secret"\} 1$/m);
    assert.match(text, /^safe_rollout_gate_evaluations_open 0$/m);
    assert.match(text, /^safe_rollout_gate_answer_seconds_count 1$/m);
    for (const line of text.trim().split('\n'))
      assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{[^{}]*\})? [\d.e+-]+)$/);
  });

  it('says the answer before the result, and shows the evaluation in its log', async () => {
    const order: string[] = [];
    task.complete = (result) => {
      order.push('completed');
      task.results.push(result);
      return Promise.resolve({ kind: 'taken', reason: '' });
    };
    const { json } = await post(`${url}/callback/health`, { service: 'a' }, TASK);
    order.unshift('answered');
    assert.equal(json.status, 'accepted');
    while (task.results.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(order, ['answered', 'completed']);
    const accepted = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ event }) => event === 'a callback was accepted');
    assert.equal(accepted?.['evaluation'], json.evaluation);
  });
});
