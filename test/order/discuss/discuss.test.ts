import assert from 'node:assert/strict';
import { discuss, type Discussion } from '../../../src/order/discuss/discuss.ts';
import type { NewThread } from '../../../src/order/discuss/pull-request.ts';
import { FakePullRequest } from '../../fakes/fake-pull-request.ts';

const want = (finding: string, text = 'text'): NewThread => ({
  mark: { check: 'check', finding, rule: 'missing-order' },
  place: undefined,
  text,
});
const run = (pullRequest: FakePullRequest, wanted: readonly NewThread[], signal?: AbortSignal): Promise<Discussion> =>
  discuss(pullRequest, {
    check: 'check',
    wanted,
    isSettled: () => true,
    status: ({ beyond }) => ({ name: 'ci', passed: wanted.length === 0, description: `${beyond} more` }),
    ...(signal && { signal }),
  });

describe('a discussion in a pull request', () => {
  it('makes what was planned, counts it, and judges last', async () => {
    const pull = new FakePullRequest();
    await run(pull, [want('a'), want('b')]);
    const second = await run(pull, [want('b', 'other'), want('c')]);
    assert.deepEqual(
      [second.state, second.created, second.edited, second.resolved, second.reopened],
      ['told', 1, 1, 1, 0],
    );
    assert.equal((await run(pull, [want('a'), want('b', 'other'), want('c')])).reopened, 1);
    assert.deepEqual(
      pull.threads.map(({ mark, state, text }) => [mark!.finding, state, text]),
      [
        ['a', 'active', 'text'],
        ['b', 'active', 'other'],
        ['c', 'active', 'text'],
      ],
    );
    assert.equal(pull.statuses.length, 3);
  });

  it('stops at the first refusal: nothing is half written where the right is missing', async () => {
    const pull = new FakePullRequest();
    pull.refuseFrom = 1;
    const { state, refusal, created } = await run(pull, [want('a'), want('b')]);
    assert.deepEqual([state, refusal, created], ['refused', pull.refusal, 0]);
    assert.deepEqual([pull.changes, pull.threads, pull.statuses], [1, [], []]);
  });

  it('says how far it came, and does the rest the next time', async () => {
    const pull = new FakePullRequest();
    pull.refuseFrom = 2;
    const { created } = await run(pull, [want('a'), want('b')]);
    assert.equal(created, 1);
    pull.refuseFrom = undefined;
    assert.equal((await run(pull, [want('a'), want('b')])).created, 1);
    assert.equal(pull.threads.length, 2);
  });

  it('writes nothing where somebody has pushed since', async () => {
    const pull = new FakePullRequest();
    pull.movedOn = true;
    assert.equal((await run(pull, [want('a')])).state, 'moved-on');
    assert.equal(pull.changes, 0);
  });

  it('begins nothing after the job was cancelled', async () => {
    const pull = new FakePullRequest();
    await assert.rejects(run(pull, [want('a')], AbortSignal.abort(new Error('cancelled'))), /cancelled/);
    assert.equal(pull.changes, 0);
  });

  it('lets a bug be one', async () => {
    const pull = new FakePullRequest();
    pull.create = () => Promise.reject(new TypeError('a bug'));
    await assert.rejects(run(pull, [want('a')]), /a bug/);
  });
});
