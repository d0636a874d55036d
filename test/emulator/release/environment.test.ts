import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  startEmulator,
  type Emulator,
  type EnvironmentCheck,
  type EnvironmentEnd,
} from '../../../src/emulator/start.ts';
import { ask, until, type Answer } from '../client.ts';

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('checks and approvals of an environment', () => {
  let emulator: Emulator;
  let server: Server;
  let asked: Asked[];
  let answers: [status: number, body: string][];

  before(async () => {
    emulator = await startEmulator({ pipelineMinuteMs: 10 });
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push({ path: request.url ?? '', headers: request.headers, body });
        const [status, text] = answers[Math.min(asked.length, answers.length) - 1]!;
        response.writeHead(status).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    asked = [];
    answers = [[200, '{"status":"pass"}']];
  });
  after(async () => {
    server.close();
    await emulator.close();
  });

  function enter(
    inputs: Readonly<Record<string, string>>,
    more: Partial<EnvironmentCheck> = {},
  ): Promise<EnvironmentEnd> {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const given = { connectedServiceName: 'gate', ...inputs };
    return emulator.enterEnvironment({
      checks: [{ name: 'health', inputs: given, timeout: 600, timeBetweenEvaluations: 1, ...more }],
      connections: { gate: { url, username: 'azure', password: 'hidden' } },
    });
  }
  const short = ({ stage, ends }: EnvironmentEnd): string =>
    `${stage}: ${ends.map(({ outcome, verdicts }) => `${outcome} ${verdicts.map(({ kind }) => kind).join(' ')}`.trim()).join(', ')}`;
  const criteria = { successCriteria: "eq(root['status'], 'pass')" };

  it('ask with the credentials of the connection, the body, and the headers of the built-in check', async () => {
    const end = await enter({ urlSuffix: '/check/health', body: '{"service": "payments"}' });
    assert.equal(short(end), 'runs: passed passed');
    const [{ path, headers, body } = assert.fail()] = asked;
    assert.deepEqual([path, body], ['/check/health', '{"service": "payments"}']);
    assert.equal(headers.authorization, `Basic ${Buffer.from('azure:hidden').toString('base64')}`);
    assert.equal(headers['planurl'], emulator.devOpsUrl);
    assert.equal(headers['hubname'], 'checks');
    assert.equal(headers['authtoken'], emulator.devOpsToken);
    assert.match(String(headers['taskinstanceid']), /^[\da-f-]{36}$/);
  });

  const rows: readonly (readonly [
    reason: string,
    answers: [number, string][],
    end: string,
    inputs?: Readonly<Record<string, string>>,
    more?: Partial<EnvironmentCheck>,
  ])[] = [
    ['what fails is asked again', [[412, '{}'], [412, '{}'], [200, '{"status":"pass"}']], 'runs: passed failed failed passed', criteria], // prettier-ignore
    ['what does not meet the criterion is asked again', [[200, '{"status":"pending"}'], [200, '{"status":"pass"}']], 'runs: passed failed passed', criteria], // prettier-ignore
    ['without a criterion the status decides', [[200, 'anything']], 'runs: passed passed'],
    ['what is asked once fails at once', [[412, '{}']], 'skipped: failed failed', {}, { timeBetweenEvaluations: 0 }],
    ['a time-out skips the stage', [[412, '{}']], 'skipped: timed-out failed', {}, { timeout: 30, timeBetweenEvaluations: 60 }], // prettier-ignore
    ['a callback that nobody sends skips it', [[200, '{}']], 'skipped: timed-out', { waitForCompletion: 'true' }, { timeout: 2 }], // prettier-ignore
    ['a callback that was refused is asked again', [[503, ''], [200, '{}']], 'skipped: timed-out failed', { waitForCompletion: 'true' }, { timeout: 30 }], // prettier-ignore
  ];
  for (const [reason, given, expected, inputs = {}, more] of rows)
    it(reason, async () => {
      answers = given;
      assert.equal(short(await enter(inputs, more)), expected);
    });

  async function complete(result: string, { headers } = asked.at(-1)!): Promise<Answer> {
    const [project, hub, plan] = ['projectid', 'hubname', 'planid'].map((name) => String(headers[name]));
    const url = `${emulator.devOpsUrl}${project}/_apis/distributedtask/hubs/${hub}/plans/${plan}/events?api-version=2.0-preview.1`;
    const body = { name: 'TaskCompleted', taskId: headers['taskinstanceid'], jobId: headers['jobid'], result };
    return await ask(emulator, url, {
      method: 'POST',
      headers: { authorization: `Bearer ${emulator.devOpsToken}` },
      body,
    });
  }

  it('wait for the callback, and ask again behind one that failed', async () => {
    const entered = enter({ waitForCompletion: 'true' });
    await until(() => asked.length === 1);
    await complete('failed');
    await until(() => asked.length === 2);
    const task = String(asked[1]!.headers['taskinstanceid']);
    assert.equal(emulator.plans().records.find(({ id }) => id === task)?.state, 'inProgress');
    await complete('succeeded');
    assert.equal(short(await entered), 'runs: passed failed passed');
    const record = emulator.plans().records.find(({ id }) => id === task);
    assert.deepEqual([record?.state, record?.result], ['completed', 'succeeded']);
  });

  it('know no callback of a gate of a classic release', async () => {
    const headers = { projectid: 'p', hubname: 'Gates', planid: 'plan', taskinstanceid: 't', jobid: 'j' };
    const answer = await complete('succeeded', { path: '', body: '', headers });
    assert.equal(answer.status, 500);
    assert.match(answer.text, /orchestration session plan was not found for hub Gates/);
  });

  describe('approvals', () => {
    const approvals = (query = ''): Promise<Answer> =>
      ask(emulator, `${emulator.devOpsUrl}p/_apis/pipelines/approvals?api-version=7.1${query}`, {
        headers: { authorization: `Bearer ${emulator.devOpsToken}` },
      });
    const decide = (approvalId: string, status: string): Promise<Answer> =>
      ask(emulator, `${emulator.devOpsUrl}p/_apis/pipelines/approvals?api-version=7.1`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${emulator.devOpsToken}` },
        body: [{ approvalId, status, comment: 'as said' }],
      });
    const pending = async (): Promise<string> => {
      await until(() => emulator.approvals().some(({ status }) => status === 'pending'));
      return String((await approvals('&state=pending')).json.value[0].id);
    };

    for (const [status, expected] of [
      ['approved', 'runs: passed'],
      ['rejected', 'skipped: rejected'],
    ] as const)
      it(`are ${status}`, async () => {
        const entered = emulator.enterEnvironment({ approvals: [{ approver: 'Ada', timeout: 60_000 }] });
        const id = await pending();
        assert.equal((await decide(id, status)).status, 200);
        assert.equal(short(await entered), expected);
        const { value } = (await approvals(`&approvalIds=${id}&$expand=steps`)).json;
        assert.equal(value[0].status, status);
        assert.deepEqual(
          [value[0].steps[0].assignedApprover.displayName, value[0].steps[0].comment],
          ['Ada', 'as said'],
        );
      });

    it('expire, whatever the checks say', async () => {
      const entered = emulator.enterEnvironment({ approvals: [{ approver: 'Ada', timeout: 3 }] });
      const id = await pending();
      assert.equal(short(await entered), 'skipped: timed-out');
      assert.equal((await approvals(`&approvalIds=${id}`)).json.value[0].status, 'timedOut');
      assert.equal((await decide(id, 'approved')).status, 501, 'what the service says to that was never recorded');
      assert.equal(emulator.approvals().at(-1)?.status, 'timedOut');
    });

    it('that nobody knows, and decisions that are none, are refused', async () => {
      assert.equal((await decide('nobody', 'approved')).status, 404);
      const entered = emulator.enterEnvironment({ approvals: [{ approver: 'Ada', timeout: 60_000 }] });
      const id = await pending();
      assert.equal((await decide(id, 'timedOut')).status, 400);
      await decide(id, 'rejected');
      await entered;
    });
  });
});
