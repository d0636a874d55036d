import { armError } from '../server/errors.ts';
import { Refusal, type Reply } from '../server/reply.ts';
import type { Handler } from '../server/router.ts';

export interface Control {
  readonly operation: string;
  /** For the index. */
  readonly does: string;
  readonly example?: unknown;
  readonly handle: Handler;
}

export async function orBadRequest(act: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return await act();
  } catch (cause) {
    throw cause instanceof Refusal ? cause : badRequest(cause);
  }
}

export function badRequest(cause: unknown): Refusal {
  return new Refusal(armError(400, 'BadRequest', cause instanceof Error ? cause.message : String(cause)));
}
