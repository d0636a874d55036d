import {
  PullRequestRefusal,
  type NewThread,
  type PullRequest,
  type Refusal,
  type Thread,
  type ThreadMark,
  type ThreadState,
} from '../order/discuss/pull-request.ts';
import { systemClock, type Clock } from '../time/clock.ts';
import { gitResource, ITERATIONS, listed, STATUSES, THREAD_COMMENTS, THREADS, type Answer } from './git-resource.ts';
import { isPassing, PAUSES_MS, persistently, type Server } from './server.ts';

/** The pull request that a run is for, from the agent's variables. */
export interface PullRequestAddress extends Server {
  /** A repository has its id for itself: no project is named, since the pipeline's own may be another. */
  readonly repositoryId: string;
  readonly pullRequestId: number;
  /** The commit of the source branch that this run has checked out; undefined where the server does not tell. */
  readonly sourceCommit: string | undefined;
  /** Where the status leads: the page of the run. */
  readonly runUrl: string;
}

/** Of our properties in a thread's bag. Texts come back as `{$type, $value}` (documented). */
const MARK = { check: 'SafeRollout.Check', finding: 'SafeRollout.Finding', rule: 'SafeRollout.Rule' } as const;
/** As the threads of the web page have it (recorded). */
const IS_MARKDOWN = { 'Microsoft.TeamFoundation.Discussion.SupportsMarkdown': 1 };
const GENRE = 'safe-rollout';
/** Of the comment that a thread begins with, in each thread (recorded). Another one is not ours, whoever wrote it. */
const FIRST_COMMENT = 1;
const LONGEST_SAID = 400;

/**
 * The threads and statuses of a pull request in Azure Repos, with the job's own token. Needs the right to contribute to
 * pull requests (`PullRequestContribute`); to read them is enough for `look`.
 */
export function azurePullRequest(address: PullRequestAddress, clock: Clock = systemClock): PullRequest {
  const { repositoryId, pullRequestId, sourceCommit, runUrl } = address;
  const git = gitResource(address);
  const pull = { repositoryId, pullRequestId };
  // Of the state that this run has checked; known once the pull request was looked at.
  let iteration: number | undefined;

  const read = (resource: string): Promise<readonly Answer[]> =>
    persistently(clock, async () => listed(await git('get', resource, pull)));
  const threads = async (): Promise<Thread[]> =>
    (await read(THREADS)).filter(({ isDeleted }) => isDeleted !== true).flatMap(threadOf);
  const isThere = async ({ check, finding }: ThreadMark): Promise<boolean> =>
    (await threads()).some(({ mark }) => mark?.check === check && mark.finding === finding);

  return {
    look: () =>
      refusing(async () => {
        const iterations = (await read(ITERATIONS)).map(iterationOf);
        const newest = Math.max(0, ...iterations.map(({ id }) => id));
        const own = iterations.findLast(({ commit }) => commit !== undefined && commit === sourceCommit);
        iteration = own?.id;
        return { threads: await threads(), movedOn: iteration !== undefined && iteration < newest };
      }),
    create: (thread) =>
      refusing(async () => {
        const pauses = [...PAUSES_MS];
        for (;;) {
          try {
            await git('create', THREADS, pull, asSent(thread));
            return;
          } catch (error) {
            const pause = pauses.shift();
            if (pause === undefined || !isPassing(error)) throw error;
            await clock.sleep(pause);
            // A lost reply may have been a thread begun: the list knows, and a second one would stay.
            if (await isThere(thread.mark)) return;
          }
        }
      }),
    edit: (threadId, content) =>
      refusing(async () => {
        const first = { ...pull, threadId, commentId: FIRST_COMMENT };
        try {
          await persistently(clock, () => git('update', THREAD_COMMENTS, first, { content }));
          return true;
        } catch (error) {
          // Whoever lacks the right to comment at all is told so by the code of that right.
          if (statusOf(error) === 403 && !isMissingRight(messageOf(error))) return false;
          throw error;
        }
      }),
    set: (threadId, status) =>
      refusing(
        async () => void (await persistently(clock, () => git('update', THREADS, { ...pull, threadId }, { status }))),
      ),
    judge: ({ name, passed, description }) =>
      refusing(async () => {
        const status = {
          state: passed ? 'succeeded' : 'failed',
          description,
          context: { genre: GENRE, name },
          targetUrl: runUrl,
          ...(iteration !== undefined && { iterationId: iteration }),
        };
        await persistently(clock, () => git('create', STATUSES, pull, status));
      }),
  };
}

/** No `pullRequestThreadContext`: the server takes the newest state, and a file that the pull request leaves alone too. */
function asSent({ mark, place, text }: NewThread): object {
  const { check, finding, rule } = mark;
  const at = place && { line: place.line, offset: place.column };
  return {
    comments: [{ parentCommentId: 0, content: text, commentType: 'text' }],
    status: 'active',
    properties: { ...IS_MARKDOWN, [MARK.check]: check, [MARK.finding]: finding, [MARK.rule]: rule },
    ...(place && { threadContext: { filePath: place.path, rightFileStart: at, rightFileEnd: at } }),
  };
}

function iterationOf({ id, sourceRefCommit }: Answer): { readonly id: number; readonly commit: string | undefined } {
  return { id: typeof id === 'number' ? id : 0, commit: textOf(partOf(sourceRefCommit)['commitId']) };
}

/** @returns one thread, or none where it has no number */
function threadOf({ id, status, comments, properties }: Answer): Thread[] {
  if (typeof id !== 'number') return [];
  const first = (Array.isArray(comments) ? comments : []).map(partOf).find((one) => one['id'] === FIRST_COMMENT);
  const bag = partOf(properties);
  const [check, finding, rule] = [MARK.check, MARK.finding, MARK.rule].map((name) => propertyOf(bag[name]));
  const isOurs = check !== undefined && finding !== undefined;
  return [
    {
      id,
      mark: isOurs ? { check, finding, rule: rule ?? '' } : undefined,
      // A state that is none of ours is somebody's decision.
      state: STATES.find((one) => one === status) ?? (status === undefined ? 'active' : 'closed'),
      text: first === undefined || first['isDeleted'] === true ? undefined : textOf(first['content']),
    },
  ];
}

const STATES: readonly ThreadState[] = ['active', 'pending', 'fixed', 'wontFix', 'closed', 'byDesign'];

function propertyOf(property: unknown): string | undefined {
  return textOf(property) ?? textOf(partOf(property)['$value']);
}

function partOf(value: unknown): Answer {
  return typeof value === 'object' && value !== null ? (value as Answer) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function refusing<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new PullRequestRefusal(refusalOf(error), error);
  }
}

function refusalOf(error: unknown): Refusal {
  const [status, said] = [statusOf(error), messageOf(error)];
  if (status === 403 || isMissingRight(said)) return { kind: 'forbidden', status, said };
  return { kind: status === 404 ? 'unseen' : 'failed', status, said };
}

/** Recorded: `TF401027: You need the Git 'PullRequestContribute' permission to perform this action.` */
function isMissingRight(said: string): boolean {
  return said.includes('TF401027');
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | null)?.statusCode;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_SAID);
}
