import type { PullRequestComment, PullRequestStatusRecord, PullRequestThread } from './pull-request.ts';

/** As Azure Repos answers them (recorded): names instead of numbers, properties with their types. */
export function describeThread(thread: PullRequestThread): Record<string, unknown> {
  const { id, comments, status, threadContext, properties, isDeleted } = thread;
  const first = comments[0]!.publishedAt;
  const typed = Object.entries(properties).map(([name, value]) => [
    name,
    { $type: typeof value === 'number' ? 'System.Int32' : 'System.String', $value: value },
  ]);
  return {
    pullRequestThreadContext: null,
    id,
    publishedDate: first,
    lastUpdatedDate: comments.at(-1)!.updatedAt,
    comments: comments.map(describeComment),
    ...(status !== undefined && { status }),
    threadContext,
    properties: typed.length === 0 ? null : Object.fromEntries(typed),
    identities: null,
    isDeleted,
  };
}

export function describeComment(comment: PullRequestComment): Record<string, unknown> {
  const { id, author, commentType, content, isDeleted, publishedAt, updatedAt } = comment;
  return {
    id,
    parentCommentId: id === 1 ? 0 : 1,
    author: { displayName: author },
    ...(isDeleted ? { isDeleted } : { content }),
    publishedDate: publishedAt,
    lastUpdatedDate: updatedAt,
    lastContentUpdatedDate: updatedAt,
    commentType,
    usersLiked: [],
  };
}

export function describeStatus(status: PullRequestStatusRecord): Record<string, unknown> {
  const { id, state, description, context, targetUrl, iterationId, createdAt, createdBy } = status;
  return {
    ...(iterationId !== undefined && { iterationId }),
    id,
    state,
    description,
    context,
    creationDate: createdAt,
    updatedDate: createdAt,
    createdBy: { displayName: createdBy },
    ...(targetUrl !== undefined && { targetUrl }),
  };
}
