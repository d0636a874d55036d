import assert from 'node:assert/strict';
import { GitApi } from 'azure-devops-node-api/GitApi.js';
import {
  CommentThreadStatus,
  CommentType,
  GitStatusState,
  type GitPullRequestCommentThread,
} from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { getBasicHandler, getBearerHandler } from 'azure-devops-node-api/WebApi.js';
import { startEmulator, type Emulator } from '../../../src/emulator/start.ts';
import { ask } from '../client.ts';

const REPOSITORY = 'b3e7e7c4-0000-4000-8000-00000000000a';
const COMMITS = ['1'.repeat(40), '2'.repeat(40)];

/** With the typed client of Azure DevOps, which the product does not use for this. */
describe('emulator: pull requests', () => {
  let emulator: Emulator;
  let api: GitApi;
  let person: GitApi;
  before(async () => {
    emulator = await startEmulator();
    const options = { cert: { caFile: emulator.caFile }, allowRetries: false };
    api = new GitApi(emulator.devOpsUrl, [getBearerHandler(emulator.devOpsToken)], options);
    person = new GitApi(emulator.devOpsUrl, [getBasicHandler('Alice', emulator.devOpsToken)], options);
    emulator.addPullRequest({ repository: REPOSITORY, id: 42, commits: COMMITS });
  });
  after(() => emulator.close());

  const begin = (more: GitPullRequestCommentThread = {}): Promise<GitPullRequestCommentThread> =>
    api.createThread(
      {
        comments: [{ parentCommentId: 0, content: 'text', commentType: CommentType.Text }],
        status: CommentThreadStatus.Active,
        ...more,
      },
      REPOSITORY,
      42,
    );

  it('hold threads with places, texts and typed properties', async () => {
    const at = { line: 5, offset: 1 };
    const threadContext = { filePath: '/new.yml', rightFileStart: at, rightFileEnd: at };
    const sent = await begin({ threadContext, properties: { Name: 'text', Count: 1 } });
    const found = (await api.getThreads(REPOSITORY, 42, 'project')).find(({ id }) => id === sent.id)!;
    assert.deepEqual(found.threadContext, threadContext);
    assert.equal(found.status, CommentThreadStatus.Active);
    assert.deepEqual(found.properties, {
      Name: { $type: 'System.String', $value: 'text' },
      Count: { $type: 'System.Int32', $value: 1 },
    });
    const [comment] = found.comments!;
    assert.deepEqual(
      [comment!.id, comment!.content, comment!.commentType, comment!.author!.displayName],
      [1, 'text', CommentType.Text, 'Contoso Build Service (contoso)'],
    );
    assert.ok(comment!.publishedDate instanceof Date);
  });

  it('have threads of the system, without a status, for each push', async () => {
    const system = (await api.getThreads(REPOSITORY, 42)).filter(({ comments }) =>
      comments!.every(({ commentType }) => commentType === CommentType.System),
    );
    assert.equal(system.length, COMMITS.length);
    for (const { status } of system) assert.equal(status, undefined);
    const iterations = await api.getPullRequestIterations(REPOSITORY, 42);
    assert.deepEqual(
      iterations.map(({ id, sourceRefCommit }) => [id, sourceRefCommit!.commitId]),
      [
        [1, COMMITS[0]],
        [2, COMMITS[1]],
      ],
    );
  });

  it('let a thread be closed by anybody, and a comment be changed by its author alone', async () => {
    const { id } = await begin();
    await person.createComment({ content: 'a reply', parentCommentId: 1 }, REPOSITORY, 42, id!);
    await person.updateThread({ status: CommentThreadStatus.WontFix }, REPOSITORY, 42, id!);
    await api.updateComment({ content: 'new' }, REPOSITORY, 42, id!, 1);
    await assert.rejects(api.updateComment({ content: 'new' }, REPOSITORY, 42, id!, 2), { statusCode: 403 });
    const found = (await api.getThreads(REPOSITORY, 42)).find((one) => one.id === id)!;
    assert.equal(found.status, CommentThreadStatus.WontFix);
    assert.deepEqual(
      found.comments!.map(({ content, author }) => [content, author!.displayName]),
      [
        ['new', 'Contoso Build Service (contoso)'],
        ['a reply', 'Alice'],
      ],
    );
  });

  it('delete a thread with its last comment', async () => {
    const { id } = await begin();
    await api.deleteComment(REPOSITORY, 42, id!, 1);
    const found = (await api.getThreads(REPOSITORY, 42)).find((one) => one.id === id)!;
    assert.deepEqual([found.isDeleted, found.comments![0]!.content], [true, undefined]);
  });

  it('hold statuses of iterations that there are', async () => {
    const status = { state: GitStatusState.Failed, context: { genre: 'g', name: 'n' }, iterationId: 2 };
    const sent = await api.createPullRequestStatus({ ...status, description: 'no' }, REPOSITORY, 42);
    assert.deepEqual([sent.state, sent.context, sent.iterationId], [GitStatusState.Failed, status.context, 2]);
    assert.equal((await api.getPullRequestStatuses(REPOSITORY, 42)).length, 1);
    await assert.rejects(api.createPullRequestStatus({ ...status, context: { name: '' } }, REPOSITORY, 42), {
      statusCode: 400,
    });
    // The client makes null of 404.
    assert.equal(await api.createPullRequestStatus({ ...status, iterationId: 3 }, REPOSITORY, 42), null);
  });

  it('refuse what is none, and name what they do not know', async () => {
    assert.equal(await api.getThreads(REPOSITORY, 43), null);
    await assert.rejects(begin({ comments: [] }), { statusCode: 400 });
    await assert.rejects(begin({ status: 9 as CommentThreadStatus }), { statusCode: 400 });
    await assert.rejects(begin({ properties: { odd: [1] } }), { statusCode: 501, message: /does not implement/ });
    const url = `${emulator.devOpsUrl}_apis/git/repositories/${REPOSITORY}/pullRequests/42/labels`;
    const headers = { authorization: `Bearer ${emulator.devOpsToken}` };
    assert.equal((await ask(emulator, url, { headers })).status, 501);
  });

  it('answer as Azure DevOps does to a job without the right', async () => {
    emulator.addFault({ match: { method: 'POST', path: 'pullRequests/' }, effect: { kind: 'forbidden' } });
    await assert.rejects(begin(), { statusCode: 403, message: /^TF401027: You need the Git 'PullRequestContribute'/ });
    await begin();
  });
});
