import type { MutationReply, OperationReading } from '../../rollout/ports.ts';
import { property, refusalOf } from '../arm/arm-answer.ts';
import type { ArmClient, ArmRequest } from '../arm/arm-client.ts';
import { operationOf, replyOf } from '../arm/arm-reply.ts';
import type { Exchange } from '../wire/exchange.ts';

type Addresses = Pick<ArmClient, 'isOwnAddress'>;

/** The address that tells in words how an operation is; the other one answers with the app (recorded). */
const STATUSES = 'azure-asyncoperation';

/** Pure but for the address check: what an answer to a change of a container app proves. */
export function containerReply(exchange: Exchange, request: ArmRequest, arm: Addresses): MutationReply {
  const reply = replyOf(exchange, request, arm);
  if (exchange.kind !== 'answered') return reply;
  const { status, headers, body } = exchange;
  // One change of an app at a time: the second is turned away before anything of it is done (recorded code).
  if (status === 409 && refusalOf(body).code === 'ContainerAppOperationInProgress')
    return {
      kind: 'refused',
      status,
      message: 'message' in reply ? reply.message : 'another change is under way',
      passing: true,
    };
  // Revisions are activated at once, and answered with a word in quotes, which is no page of a proxy (recorded).
  if (status === 200 && typeof body === 'string' && /^"?\w+ succeeded"?$/i.test(body.trim()))
    return { kind: 'accepted', operation: undefined, retryAfterMs: undefined };
  if (reply.kind !== 'accepted') return reply;
  const address = headers[STATUSES];
  return address !== undefined && arm.isOwnAddress(address) ? { ...reply, operation: address } : reply;
}

/** Pure but for the address check: what one look at an operation of a container app shows. */
export function asyncOperationOf(exchange: Exchange, operation: string, arm: Addresses): OperationReading {
  const reading = operationOf(exchange, operation, arm);
  // Azure gave up on it by itself, and not for what it was asked for: the same may be asked for again.
  if (reading.kind === 'failed')
    return { ...reading, passing: reading.passing || /operation expired/i.test(reading.message) };
  if (exchange.kind !== 'answered' || exchange.status !== 200) return reading;
  const status = property(exchange.body, 'status');
  if (typeof status !== 'string' || /^(succeeded|failed|canceled)$/i.test(status)) return reading;
  const next = exchange.headers[STATUSES];
  return {
    kind: 'running',
    operation: next !== undefined && arm.isOwnAddress(next) ? next : operation,
    retryAfterMs: undefined,
  };
}
