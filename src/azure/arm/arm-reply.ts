import type { MutationReply, OperationReading } from '../../rollout/ports.ts';
import { property } from './arm-answer.ts';
import type { ArmClient, ArmRequest } from './arm-client.ts';
import { retryAfterOf, type Exchange } from '../wire/exchange.ts';
import { understand } from './refusal.ts';

type Addresses = Pick<ArmClient, 'isOwnAddress'>;

/**
 * Pure but for the address check: what an answer to a mutation proves. Only a definite 4xx proves that nothing was
 * done, and words that say so; 408, 409 and 429 can come from a front end after the request was passed on, and 5xx
 * proves nothing at all.
 */
export function replyOf(exchange: Exchange, request: ArmRequest, arm: Addresses): MutationReply {
  const { message, nature } = understand(exchange, request);
  if (exchange.kind === 'not-sent') return { kind: 'refused', status: 401, message };
  const retryAfterMs = retryAfterOf(exchange);
  const unclear = { kind: 'ambiguous', message, retryAfterMs, swapRuns: tellsOfSwap(message) } as const;
  if (exchange.kind === 'lost') return unclear;
  const { status, headers, body } = exchange;
  // A page of a proxy can come with 200 too: then nobody knows whether the request was passed on.
  if (status >= 200 && status < 300 && isPage(body)) return unclear;
  if (status >= 200 && status < 300) {
    const location = headers['location'];
    return {
      kind: 'accepted',
      operation: location !== undefined && arm.isOwnAddress(location) ? location : undefined,
      retryAfterMs,
    };
  }
  const definite = nature === 'definite' || (status >= 400 && status < 500 && ![408, 409, 429].includes(status));
  return definite ? { kind: 'refused', status, message } : unclear;
}

/** Words quoted in public issues, with 409 and by older front ends with 429. Where the operation has no name it counts. */
function tellsOfSwap(message: string): boolean {
  if (!/another operation is in progress/i.test(message)) return false;
  const [, name] = /OperationName: ([^,]+)/i.exec(message) ?? [];
  return name === undefined || /swap/i.test(name);
}

/** Pure but for the address check: what one look at an operation shows. */
export function operationOf(exchange: Exchange, operation: string, arm: Addresses): OperationReading {
  const { message, nature } = understand(exchange, { method: 'GET', path: operation });
  const retryAfterMs = retryAfterOf(exchange);
  if (exchange.kind !== 'answered') return { kind: 'unreadable', message, retryAfterMs };
  const { status, headers, body } = exchange;
  const passing = nature === 'passing';
  switch (true) {
    case status === 202: {
      // Every answer carries a newly signed address; the latest is the one to follow (recorded).
      const next = headers['location'];
      return {
        kind: 'running',
        operation: next !== undefined && arm.isOwnAddress(next) ? next : operation,
        retryAfterMs,
      };
    }
    case status >= 200 && status < 300: {
      // A page of a proxy can come with 200 too, and says nothing of the operation.
      if (isPage(body)) return { kind: 'unreadable', message, retryAfterMs };
      // A 200 can carry a failed operation in its body; the status code alone is what misleads other tools.
      const state = property(body, 'status') ?? property(property(body, 'properties'), 'status');
      return typeof state === 'string' && /^(failed|canceled)$/i.test(state)
        ? { kind: 'failed', message: `the operation ended as ${state}: ${message}`, passing }
        : { kind: 'succeeded' };
    }
    case status === 404 || status === 410:
      return { kind: 'gone' };
    case status === 401 || status === 403 || status === 408 || status === 409 || status === 429 || status >= 500:
      return { kind: 'unreadable', message, retryAfterMs };
    default:
      return { kind: 'failed', message, passing };
  }
}

/** What is not JSON stays text; the service itself answers JSON or nothing. */
function isPage(body: unknown): boolean {
  return typeof body === 'string' && body.trim() !== '';
}
