/** One comment of a thread. Only who has written it may change it. */
export interface PullRequestComment {
  readonly id: number;
  readonly author: string;
  readonly commentType: 'text' | 'system';
  content: string;
  isDeleted: boolean;
  readonly publishedAt: string;
  updatedAt: string;
}

export interface PullRequestThread {
  readonly id: number;
  readonly comments: PullRequestComment[];
  /** Threads of the system itself have none. */
  status: string | undefined;
  readonly threadContext: Readonly<Record<string, unknown>> | null;
  /** By name, as they were sent: texts and whole numbers. */
  readonly properties: Readonly<Record<string, string | number>>;
  isDeleted: boolean;
}

export interface PullRequestStatusRecord {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly context: { readonly genre: string; readonly name: string };
  readonly targetUrl: string | undefined;
  readonly iterationId: number | undefined;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** A pull request as far as comments and statuses go: no branches, no files. */
export interface PullRequestState {
  readonly repository: string;
  readonly id: number;
  /** The commit of the source branch in each iteration, the first one first. */
  readonly iterations: string[];
  readonly threads: PullRequestThread[];
  readonly statuses: PullRequestStatusRecord[];
}

export interface PullRequestSpec {
  /** The repository's id, as `Build.Repository.ID` names it. */
  readonly repository: string;
  readonly id: number;
  /** What was pushed to the source branch: one commit an iteration. */
  readonly commits: readonly string[];
}

/** Who the job token stands for, as Azure DevOps calls it. */
export const BUILD_SERVICE = 'Contoso Build Service (contoso)';

export function addPullRequest(
  all: PullRequestState[],
  { repository, id, commits }: PullRequestSpec,
): PullRequestState {
  const there = findPullRequest(all, repository, id);
  const state = there ?? { repository, id, iterations: [], threads: [], statuses: [] };
  if (there === undefined) all.push(state);
  for (const commit of commits) push(state, commit);
  return state;
}

export function findPullRequest(
  all: readonly PullRequestState[],
  repository: string,
  id: number,
): PullRequestState | undefined {
  return all.find((one) => one.repository.toLowerCase() === repository.toLowerCase() && one.id === id);
}

/** A push begins an iteration, and the system says so in a thread of its own (recorded). */
function push(state: PullRequestState, commit: string): void {
  state.iterations.push(commit);
  const at = new Date().toISOString();
  state.threads.push({
    id: state.threads.length + 1,
    comments: [
      {
        id: 1,
        author: 'Microsoft.VisualStudio.Services.TFS',
        commentType: 'system',
        content: 'The reference refs/heads/topic was updated.',
        isDeleted: false,
        publishedAt: at,
        updatedAt: at,
      },
    ],
    status: undefined,
    threadContext: null,
    properties: { CodeReviewThreadType: 'RefUpdate', CodeReviewRefNewHeadCommit: commit },
    isDeleted: false,
  });
}
