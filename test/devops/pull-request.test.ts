import assert from 'node:assert/strict';
import { azurePullRequest } from '../../src/devops/pull-request.ts';
import { startEmulator, type Emulator, type FaultEffect, type PullRequestState } from '../../src/emulator/start.ts';
import { PullRequestRefusal, type NewThread, type Refusal } from '../../src/order/discuss/pull-request.ts';
import { ask } from '../emulator/client.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const REPOSITORY = 'b3e7e7c4-0000-4000-8000-00000000000a';
const COMMITS = ['1'.repeat(40), '2'.repeat(40)];

describe('azurePullRequest', () => {
  let emulator: Emulator;
  let number = 0;
  before(async () => void (emulator = await startEmulator()));
  after(() => emulator.close());
  beforeEach(() => {
    emulator.clearFaults();
    number += 1;
    emulator.addPullRequest({ repository: REPOSITORY, id: number, commits: COMMITS.slice(0, 1) });
  });

  const pullRequest = (change: { token?: string; sourceCommit?: string | undefined; pullRequestId?: number } = {}) =>
    azurePullRequest(
      {
        collectionUrl: emulator.devOpsUrl,
        token: emulator.devOpsToken,
        http: { cert: { caFile: emulator.caFile } },
        repositoryId: REPOSITORY,
        pullRequestId: number,
        sourceCommit: COMMITS[0],
        runUrl: 'https://127.0.0.1/run',
        ...change,
      },
      new FakeClock(),
    );
  const thread: NewThread = {
    mark: { check: 'check', finding: 'a', rule: 'missing-order' },
    place: { path: '/azure-pipelines.yml', line: 3, column: 5 },
    text: 'text',
  };
  const state = (): PullRequestState => emulator.pullRequests().find(({ id }) => id === number)!;
  const threads = () => state().threads.filter(({ status }) => status !== undefined);
  const spoil = (method: string, path: string, effect: FaultEffect, times: number | 'always' = 1): void =>
    void emulator.addFault({ match: { method, path, times }, effect });
  const refusal = async (work: Promise<unknown>): Promise<Refusal> => {
    const error = await work.then(
      () => assert.fail('it was done'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof PullRequestRefusal, String(error));
    return error.refusal;
  };

  const PASSING: [string, FaultEffect][] = [
    ['503', { kind: 'status', status: 503 }],
    ['429', { kind: 'throttle' }],
    ['a reset', { kind: 'reset' }],
    ['a page of a gateway', { kind: 'html' }],
    ['a page of a proxy that says it is well', { kind: 'html', status: 200 }],
  ];
  const LOST: [string, FaultEffect][] = [
    ['504', { kind: 'applied-then-status', status: 504 }],
    ['a reset', { kind: 'applied-then-reset' }],
    ['half an answer', { kind: 'truncated' }],
  ];
  for (const [name, effect] of [...PASSING, ...LOST])
    it(`begins a thread once, with ${name} in its way`, async () => {
      spoil('POST', 'threads$', effect);
      await pullRequest().create(thread);
      assert.equal(threads().length, 1);
    });

  for (const [name, effect] of [...PASSING, ['half an answer', { kind: 'truncated' }] as [string, FaultEffect]])
    it(`takes ${name} for no empty list`, async () => {
      await pullRequest().create(thread);
      spoil('GET', 'threads$', effect, 2);
      const seen = await pullRequest().look();
      assert.equal(seen.threads.filter(({ mark }) => mark?.finding === 'a').length, 1);
    });

  for (const [name, effect] of PASSING)
    it(`resolves, and posts its status, with ${name} in the way`, async () => {
      const pull = pullRequest();
      await pull.create(thread);
      spoil('PATCH', 'threads/', effect);
      spoil('POST', 'statuses$', effect);
      await pull.set(threads()[0]!.id, 'fixed');
      await pull.judge({ name: 'ci', passed: true, description: 'well' });
      assert.deepEqual([threads()[0]!.status, state().statuses.length], ['fixed', 1]);
    });

  it('gives up on what lasts, with its status', async () => {
    spoil('POST', 'threads$', { kind: 'status', status: 503 }, 'always');
    assert.deepEqual(await refusal(pullRequest().create(thread)), {
      kind: 'failed',
      status: 503,
      said: 'Failed request: (503)',
    });
    assert.equal(threads().length, 0);
  });

  it('tells a missing right from a pull request that is not seen', async () => {
    spoil('POST', 'pullRequests/', { kind: 'forbidden' }, 'always');
    const missing = await refusal(pullRequest().create(thread));
    assert.deepEqual([missing.kind, missing.status], ['forbidden', 403]);
    assert.match(missing.said, /^TF401027: .*'Build\\0ef135cb/);
    // No right would help a token that has ended.
    const { kind, status } = await refusal(pullRequest({ token: 'of another job' }).look());
    assert.deepEqual([kind, status], ['failed', 401]);
    assert.deepEqual(await refusal(pullRequest({ pullRequestId: 9999 }).look()), {
      kind: 'unseen',
      status: 404,
      said: 'it was not found',
    });
    assert.equal(emulator.requests({ method: 'POST', path: new RegExp(`pullRequests/${number}/`) }).length, 1);
  });

  it('does not take the missing right for a comment of somebody else', async () => {
    const pull = pullRequest();
    await pull.create(thread);
    spoil('PATCH', 'comments/', { kind: 'forbidden' });
    assert.equal((await refusal(pull.edit(threads()[0]!.id, 'new'))).kind, 'forbidden');
  });

  it('knows whether somebody has pushed since, and for which state it judges', async () => {
    emulator.addPullRequest({ repository: REPOSITORY, id: number, commits: COMMITS.slice(1) });
    assert.equal((await pullRequest().look()).movedOn, true);
    const judged = async (sourceCommit: string | undefined): Promise<number | undefined> => {
      const pull = pullRequest({ sourceCommit });
      assert.equal((await pull.look()).movedOn, false);
      await pull.judge({ name: 'ci', passed: true, description: 'well' });
      return state().statuses.at(-1)!.iterationId;
    };
    assert.equal(await judged(COMMITS[1]), 2);
    // A server that does not tell the commit: the status is of the pull request as a whole.
    assert.equal(await judged(undefined), undefined);
    assert.equal(await judged('f'.repeat(40)), undefined);
  });

  it('sees no deleted thread, and no text where ours was deleted and a reply is left', async () => {
    const pull = pullRequest();
    await pull.create(thread);
    await pull.create({ ...thread, mark: { ...thread.mark, finding: 'b' } });
    const [gone, left] = threads().map(
      ({ id }) =>
        `${emulator.devOpsUrl}_apis/git/repositories/${REPOSITORY}/pullRequests/${number}/threads/${id}/comments`,
    );
    const headers = { authorization: `Bearer ${emulator.devOpsToken}` };
    await ask(emulator, left!, { method: 'POST', headers, body: { content: 'a reply' } });
    for (const one of [gone, left]) {
      const { status } = await ask(emulator, `${one}/1`, { method: 'DELETE', headers });
      assert.equal(status, 200);
    }
    const seen = (await pull.look()).threads.filter(({ mark }) => mark !== undefined);
    assert.deepEqual(
      seen.map(({ mark, text }) => [mark!.finding, text]),
      [['b', undefined]],
    );
  });
});
