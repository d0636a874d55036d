import { json, Refusal, type Reply } from '../server/reply.ts';

/** An error as Azure DevOps words it: the type is what clients tell errors apart by. */
export function refuse(status: number, typeKey: string, message: string): Refusal {
  return new Refusal(errorOf(status, typeKey, message));
}

/** The name of the build service as errors have it: behind the domain an id, of the project or of the collection. */
const IDENTITY = 'Build\\0ef135cb-8cdd-4557-a536-e6f20b82b4b9';

/** 403 for an identity without the right to comment (recorded). */
export function needsPermission(): Reply {
  const message = `TF401027: You need the Git 'PullRequestContribute' permission to perform this action. Details: identity '${IDENTITY}', scope 'repository'.`;
  return errorOf(403, 'GitNeedsPermissionException', message);
}

function errorOf(status: number, typeKey: string, message: string): Reply {
  return json(status, { $id: '1', innerException: null, message, typeKey, errorCode: 0, eventId: 3000 });
}
