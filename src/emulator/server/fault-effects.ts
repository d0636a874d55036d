import type { ServerResponse } from 'node:http';
import { systemClock } from '../../time/clock.ts';
import { throttled } from './errors.ts';
import type { FaultEffect } from '../faults/fault.ts';
import { send } from './listener.ts';
import { html, json, text, type Reply } from './reply.ts';

/** The part of a fault that comes before the request has any effect. `answered`: nothing more is to be done. */
export async function spoilBefore(
  effect: FaultEffect,
  response: ServerResponse,
  signal: AbortSignal,
  forbidden: () => Reply,
): Promise<'answered' | 'go-on'> {
  switch (effect.kind) {
    case 'reset':
      response.socket?.destroy();
      return 'answered';
    case 'hang':
      return 'answered';
    case 'delay':
      await systemClock.sleep(effect.ms, signal).catch(() => undefined);
      return 'go-on';
    case 'status':
      send(response, statusReply(effect));
      return 'answered';
    case 'throttle':
      send(response, throttled(effect.retryAfter ?? null));
      return 'answered';
    case 'forbidden':
      send(response, forbidden());
      return 'answered';
    case 'html':
      send(
        response,
        html(
          effect.status ?? 502,
          '502 - Web server received an invalid response.',
          'There is a problem with the page you are looking for.',
        ),
      );
      return 'answered';
    case 'applied-then-status':
    case 'applied-then-reset':
    case 'applied-then-hang':
    case 'truncated':
    case 'swap-slow':
    case 'swap-never-ends':
    case 'swap-fails':
    case 'swap-half-done':
    case 'app-conflict':
    case 'app-update-slow':
    case 'app-update-never-ends':
    case 'app-update-fails':
    case 'app-no-revision':
    case 'app-revision-slow':
    case 'app-revision-crashes':
    case 'app-host-gone':
      return 'go-on';
  }
}

/** The part that comes when the request has had its effect and `reply` would be its answer. */
export function spoilAfter(
  effect: FaultEffect | undefined,
  response: ServerResponse,
  reply: Reply,
  extra: Readonly<Record<string, string>>,
): void {
  switch (effect?.kind) {
    case 'applied-then-reset':
      response.socket?.destroy();
      return;
    case 'applied-then-hang':
      return;
    case 'applied-then-status':
      send(response, statusReply(effect), extra);
      return;
    case 'truncated':
      truncate(response, reply, extra);
      return;
    default:
      send(response, reply, extra);
  }
}

function statusReply({
  status,
  body,
  headers,
  retryAfter,
}: Extract<FaultEffect, { kind: 'status' | 'applied-then-status' }>): Reply {
  const all = { ...headers, ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }) };
  if (body === undefined) return { status, headers: all };
  return typeof body === 'string' ? text(status, body, all) : json(status, body, all);
}

/** Announces the whole body, sends half of it and drops the connection. */
function truncate(response: ServerResponse, reply: Reply, extra: Readonly<Record<string, string>>): void {
  const body = Buffer.from(reply.body ?? '');
  response.writeHead(reply.status, { ...extra, ...reply.headers, 'content-length': String(Math.max(body.length, 2)) });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
  response.flushHeaders();
}
