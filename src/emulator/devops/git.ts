import { readJson, type Exchange } from '../server/exchange.ts';
import { json, type Reply } from '../server/reply.ts';
import type { Parameters } from '../server/router.ts';
import { findPullRequest, type PullRequestState, type PullRequestThread } from './pull-request.ts';
import { refuse } from './refuse.ts';
import { describeComment, describeStatus, describeThread } from './git-answers.ts';

type Body = Readonly<Record<string, unknown>>;
type Handle = (exchange: Exchange, parameters: Parameters, author: string) => Reply | Promise<Reply>;

/** In the order of their numbers, from 0 (documented); the wire takes both and answers names. */
const THREAD_STATUSES = ['unknown', 'active', 'fixed', 'wontFix', 'closed', 'byDesign', 'pending'];
const STATUS_STATES = ['notSet', 'pending', 'succeeded', 'failed', 'error', 'notApplicable', 'partiallySucceeded'];
/** Documented: of one comment, and of one thread. */
const LONGEST_COMMENT = 150_000;
const MOST_COMMENTS = 500;

/**
 * Comments and statuses of pull requests, addressed with and without the project (both documented). Documented or recorded
 * are the shapes, numbers and names, that properties are answered with their types, that a thread may lie in any file, and
 * the texts of TF401180 and TF401027. That another identity's comment is refused with 403 is known, its text is not.
 */
export function gitHandlers(collection: string, pullRequests: readonly PullRequestState[]): [string, Handle][] {
  const of = ({ repository = '', pull = '' }: Parameters): PullRequestState => {
    const found = findPullRequest(pullRequests, repository, Number(pull));
    if (found !== undefined) return found;
    throw refuse(404, 'GitPullRequestNotFoundException', 'TF401180: The requested pull request was not found.');
  };
  const threadOf = (parameters: Parameters): PullRequestThread => {
    const found = of(parameters).threads.find(({ id }) => id === Number(parameters['thread']));
    if (found !== undefined) return found;
    throw refuse(404, 'GitPullRequestCommentThreadNotFoundException', 'The comment thread was not found.');
  };
  const list = (value: readonly unknown[]): Reply => json(200, { count: value.length, value });
  const handlers: Record<string, Handle> = {
    'GET /threads': (_, parameters) => list(of(parameters).threads.map(describeThread)),
    'POST /threads': async (exchange, parameters, author) =>
      json(200, describeThread(createThread(of(parameters), await bodyOf(exchange), author))),
    'PATCH /threads/:thread': async (exchange, parameters) => {
      const [thread, { status, ...rest }] = [threadOf(parameters), await bodyOf(exchange)];
      if (Object.keys(rest).length > 0) throw unimplemented(`a change of ${Object.keys(rest).join(', ')} of a thread`);
      thread.status = nameOf(status, THREAD_STATUSES, 'status');
      return json(200, describeThread(thread));
    },
    'POST /threads/:thread/comments': async (exchange, parameters, author) => {
      const thread = threadOf(parameters);
      addComment(thread, await bodyOf(exchange), author);
      return json(200, describeComment(thread.comments.at(-1)!));
    },
    'PATCH /threads/:thread/comments/:comment': async (exchange, parameters, author) => {
      const comment = threadOf(parameters).comments.find(({ id }) => id === Number(parameters['comment']));
      if (comment === undefined || comment.isDeleted)
        throw refuse(404, 'GitPullRequestCommentNotFoundException', 'The comment was not found.');
      if (comment.author !== author)
        throw refuse(403, 'GitPullRequestCommentCannotBeUpdatedException', 'The comment cannot be updated.');
      comment.content = contentOf(await bodyOf(exchange));
      comment.updatedAt = new Date().toISOString();
      return json(200, describeComment(comment));
    },
    'DELETE /threads/:thread/comments/:comment': (_, parameters) => {
      const thread = threadOf(parameters);
      for (const one of thread.comments) if (one.id === Number(parameters['comment'])) one.isDeleted = true;
      // Documented: a thread is deleted when all of its comments are.
      thread.isDeleted = thread.comments.every(({ isDeleted }) => isDeleted);
      return { status: 200 };
    },
    'GET /iterations': (_, parameters) =>
      list(
        of(parameters).iterations.map((commitId, at) => ({
          id: at + 1,
          reason: 'push',
          sourceRefCommit: { commitId },
        })),
      ),
    'GET /statuses': (_, parameters) => list(of(parameters).statuses.map(describeStatus)),
    'POST /statuses': async (exchange, parameters, author) =>
      json(200, describeStatus(createStatus(of(parameters), await bodyOf(exchange), author))),
  };
  return ['', '/:project'].flatMap((project) =>
    Object.entries(handlers).map(([operation, handle]): [string, Handle] => {
      const [method, path] = operation.split(' ');
      return [`${method} ${collection}${project}/_apis/git/repositories/:repository/pullRequests/:pull${path}`, handle];
    }),
  );
}

function createThread(pull: PullRequestState, body: Body, author: string): PullRequestThread {
  const { comments, status, threadContext = null, properties = {} } = body;
  if (!Array.isArray(comments) || comments.length === 0)
    throw refuse(400, 'ArgumentNullException', 'Value cannot be null.\r\nParameter name: comments');
  if (body['pullRequestThreadContext']) throw unimplemented('a thread with an iteration of its own');
  const thread: PullRequestThread = {
    id: pull.threads.length + 1,
    comments: [],
    status: status === undefined ? undefined : nameOf(status, THREAD_STATUSES, 'status'),
    threadContext: threadContext as PullRequestThread['threadContext'],
    properties: Object.fromEntries(Object.entries(properties as Body).map(([name, value]) => [name, plain(value)])),
    isDeleted: false,
  };
  for (const comment of comments) addComment(thread, comment as Body, author);
  pull.threads.push(thread);
  return thread;
}

function addComment(thread: PullRequestThread, body: Body, author: string): void {
  if (thread.comments.length >= MOST_COMMENTS)
    throw refuse(400, 'CodeReviewMaxCommentCountException', `A thread has ${MOST_COMMENTS} comments at most.`);
  const at = new Date().toISOString();
  const content = contentOf(body);
  const id = thread.comments.length + 1;
  thread.comments.push({ id, author, commentType: 'text', content, isDeleted: false, publishedAt: at, updatedAt: at });
}

function contentOf({ content }: Body): string {
  if (typeof content === 'string' && content !== '' && content.length <= LONGEST_COMMENT) return content;
  throw refuse(400, 'ArgumentException', `A comment has 1 to ${LONGEST_COMMENT} characters.`);
}

function createStatus(pull: PullRequestState, body: Body, author: string): PullRequestState['statuses'][number] {
  const { state, description = '', context, targetUrl, iterationId } = body;
  const { genre = '', name } = (context ?? {}) as Body;
  if (typeof name !== 'string' || name === '')
    throw refuse(400, 'ArgumentException', 'The name of the context of a status cannot be null or empty.');
  if (iterationId !== undefined && pull.iterations[Number(iterationId) - 1] === undefined)
    throw refuse(
      404,
      'GitPullRequestIterationNotFoundException',
      `There is no iteration ${JSON.stringify(iterationId)}.`,
    );
  const status = {
    id: pull.statuses.length + 1,
    state: nameOf(state, STATUS_STATES, 'state'),
    description: String(description),
    context: { genre: String(genre), name },
    targetUrl: typeof targetUrl === 'string' ? targetUrl : undefined,
    iterationId: typeof iterationId === 'number' ? iterationId : undefined,
    createdAt: new Date().toISOString(),
    createdBy: author,
  };
  pull.statuses.push(status);
  return status;
}

/** Texts and whole numbers may come bare or with their type (documented); others are for another day. */
function plain(value: unknown): string | number {
  const bare = typeof value === 'object' && value !== null ? (value as Body)['$value'] : value;
  if (typeof bare === 'string' || Number.isInteger(bare)) return bare as string | number;
  throw unimplemented(`a property that is ${JSON.stringify(value)}`);
}

function nameOf(value: unknown, names: readonly string[], what: string): string {
  const name = typeof value === 'number' ? names[value] : names.find((one) => one === value);
  if (name !== undefined) return name;
  throw refuse(400, 'InvalidArgumentValueException', `The ${what} ${JSON.stringify(value)} is none.`);
}

async function bodyOf(exchange: Exchange): Promise<Body> {
  return (await readJson(exchange)) as Body;
}

function unimplemented(what: string): Error {
  return refuse(501, 'NotImplementedException', `The emulator does not implement ${what}.`);
}
