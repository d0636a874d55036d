import assert from 'node:assert/strict';
import type { NewThread, PullRequest, PullRequestStatus, Thread } from '../../src/order/discuss/pull-request.ts';

export interface PullRequestRig {
  readonly pullRequest: PullRequest;
  /** A thread with this mark whose first comment another identity has written. */
  byAnother(thread: NewThread): Promise<void>;
  /** The statuses that were posted, the last one last. */
  statuses(): readonly Pick<PullRequestStatus, 'name' | 'passed' | 'description'>[];
}

/** What every pull request does, in memory and over the wire. */
export function pullRequestContract(make: () => Promise<PullRequestRig>): void {
  const thread = (finding: string, text = 'text'): NewThread => ({
    mark: { check: 'check', finding, rule: 'missing-order' },
    place: { path: '/azure-pipelines.yml', line: 3, column: 5 },
    text,
  });
  let rig: PullRequestRig;
  beforeEach(async () => void (rig = await make()));
  const marked = async (): Promise<Thread[]> =>
    (await rig.pullRequest.look()).threads.filter(({ mark }) => mark !== undefined);

  it('shows the threads that were begun, with their marks', async () => {
    await rig.pullRequest.create(thread('a', 'one\n\n**two**'));
    await rig.pullRequest.create({ ...thread('b'), place: undefined });
    const [a, b, ...others] = await marked();
    assert.deepEqual(others, []);
    const { mark, state, text } = a!;
    assert.deepEqual([mark, state, text], [thread('a').mark, 'active', 'one\n\n**two**']);
    assert.ok(a!.id < b!.id, 'the first one has the lower number');
  });

  it('resolves and opens again, however often', async () => {
    await rig.pullRequest.create(thread('a'));
    const [{ id }] = (await marked()) as [Thread];
    for (const state of ['fixed', 'fixed', 'active', 'active'] as const) {
      await rig.pullRequest.set(id, state);
      assert.equal((await marked())[0]!.state, state);
    }
  });

  it('writes its own comment anew, and no other', async () => {
    await rig.pullRequest.create(thread('a'));
    await rig.byAnother(thread('b', 'theirs'));
    const [own, other] = (await marked()) as [Thread, Thread];
    assert.equal(await rig.pullRequest.edit(own.id, 'new'), true);
    assert.equal(await rig.pullRequest.edit(other.id, 'new'), false);
    assert.deepEqual(
      (await marked()).map(({ text }) => text),
      ['new', 'theirs'],
    );
  });

  it('keeps the statuses in their order', async () => {
    await rig.pullRequest.look();
    await rig.pullRequest.judge({ name: 'ci', passed: false, description: 'no' });
    await rig.pullRequest.judge({ name: 'ci', passed: true, description: 'yes' });
    assert.deepEqual(
      rig.statuses().map(({ name, passed, description }) => [name, passed, description]),
      [
        ['ci', false, 'no'],
        ['ci', true, 'yes'],
      ],
    );
  });
}
