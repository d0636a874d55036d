import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { FaultEffect } from '../faults/fault.ts';
import { armError } from './errors.ts';
import { Refusal } from './reply.ts';

/** Everything but a package fits into this; a larger body is refused before it is read to its end. */
const LARGEST_BODY = 1024 * 1024;

/** One request as the handlers see it: its path decoded and free of doubled slashes, its body read within a bound. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly stream: IncomingMessage;
  readonly requestId: string;
  /** The fault that a rule has put on this request, for handlers whose operation outlives the reply. */
  readonly fault: FaultEffect | undefined;
}

export async function readBytes(exchange: Exchange, limit = LARGEST_BODY): Promise<Buffer> {
  const declared = Number(exchange.headers['content-length'] ?? 0);
  if (declared > limit) throw tooLarge(limit);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of exchange.stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export async function readText(exchange: Exchange): Promise<string> {
  return (await readBytes(exchange)).toString('utf8');
}

/** The body as JSON; an empty body reads as an empty object, anything unreadable is the caller's mistake. */
export async function readJson(exchange: Exchange): Promise<unknown> {
  const body = await readText(exchange);
  if (body.trim() === '') return {};
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw new Refusal(
      armError(
        400,
        'InvalidRequestContent',
        `The request content was invalid and could not be deserialized: ${String(cause)}`,
      ),
    );
  }
}

export function tooLarge(limit: number): Refusal {
  return new Refusal(armError(413, 'RequestEntityTooLarge', `The request body is larger than ${limit} bytes.`));
}

/** Path and query of a request target. Doubled slashes count once: `az` joins its base URL and paths that way. */
export function splitTarget(target: string): { path: string; segments: string[]; query: string } {
  const [rawPath = '', ...rest] = target.split('?');
  const segments = rawPath
    .split('/')
    .filter((one) => one !== '')
    .map(decode);
  return { path: `/${segments.join('/')}`, segments, query: rest.join('?') };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
