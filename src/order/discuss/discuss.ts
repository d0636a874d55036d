import { planThreads, type ThreadPlan, type ThreadSituation } from './plan-threads.ts';
import { PullRequestRefusal, type PullRequest, type PullRequestStatus, type Refusal } from './pull-request.ts';

/** What was done in a pull request, for whoever tells it. */
export interface Discussion {
  readonly state: 'told' | 'moved-on' | 'refused';
  readonly created: number;
  readonly edited: number;
  readonly resolved: number;
  readonly reopened: number;
  /** Threads whose text is old, because another identity has written it. */
  readonly foreign: number;
  /** Undefined when the pull request was not read. */
  readonly plan: ThreadPlan | undefined;
  /** Why it ended before its end; what was done until then stands, and the next run does the rest. */
  readonly refusal: Refusal | undefined;
}

export interface DiscussionRequest extends Omit<ThreadSituation, 'threads'> {
  /** @param plan what is about to be done: the status tells what has found no thread */
  readonly status: (plan: ThreadPlan) => PullRequestStatus;
  readonly signal?: AbortSignal;
}

/**
 * Brings the threads of a pull request up to the findings of now, then posts the verdict. Stops at the first refusal: who
 * lacks the right gets nothing half written, since then the first change is refused. Never throws but for the signal.
 */
export async function discuss(pullRequest: PullRequest, request: DiscussionRequest): Promise<Discussion> {
  const done = { created: 0, edited: 0, resolved: 0, reopened: 0, foreign: 0 };
  let plan: ThreadPlan | undefined;
  try {
    const { threads, movedOn } = await pullRequest.look();
    // An older run that ends later would write over what a newer one has said.
    if (movedOn) return { state: 'moved-on', ...done, plan, refusal: undefined };
    plan = planThreads({ ...request, threads });
    for (const change of plan.changes) {
      request.signal?.throwIfAborted();
      switch (change.kind) {
        case 'create':
          await pullRequest.create(change.thread);
          done.created += 1;
          break;
        case 'edit':
          if (await pullRequest.edit(change.id, change.text)) done.edited += 1;
          else done.foreign += 1;
          break;
        case 'resolve':
          await pullRequest.set(change.id, 'fixed');
          done.resolved += 1;
          break;
        case 'reopen':
          await pullRequest.set(change.id, 'active');
          done.reopened += 1;
          break;
      }
    }
    await pullRequest.judge(request.status(plan));
    return { state: 'told', ...done, plan, refusal: undefined };
  } catch (error) {
    if (!(error instanceof PullRequestRefusal)) throw error;
    return { state: 'refused', ...done, plan, refusal: error.refusal };
  }
}
