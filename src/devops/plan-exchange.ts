import { request, type Agent } from 'node:https';
import { USER_AGENT } from './server.ts';

/** What came of one request. `lost`: it may have arrived, or not. */
export type PlanAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  | { readonly kind: 'lost'; readonly reason: string };

export interface PlanRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly token: string;
  readonly body?: { readonly type: string; readonly text: string };
}

const WITHIN_MS = 15_000;
/** A timeline of a large run has some hundred kB. */
const LARGEST_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Sends one request, once. The typed client has no events, follows redirects and repeats by itself. Node's own follows
 * none: the token is shown to the host of the address and to no other.
 */
export function planExchange({ method, url, token, body }: PlanRequest, agent: Agent): Promise<PlanAnswer> {
  return new Promise((resolve) => {
    const bytes = body === undefined ? undefined : Buffer.from(body.text);
    const lost = (error: Error): void => resolve({ kind: 'lost', reason: wordsOf(error) });
    const outgoing = request(
      url,
      {
        method,
        agent,
        signal: AbortSignal.timeout(WITHIN_MS),
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${token}`,
          'user-agent': USER_AGENT,
          // Without it a token that is not taken is answered with a page to sign in at.
          'x-tfs-fedauthredirect': 'Suppress',
          ...(bytes !== undefined && { 'content-type': body!.type, 'content-length': String(bytes.length) }),
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > LARGEST_ANSWER_BYTES) incoming.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        incoming.on('error', lost);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ kind: 'answered', status: incoming.statusCode ?? 0, text });
        });
      },
    );
    outgoing.on('error', lost);
    outgoing.end(bytes);
  });
}

/** The server's own words, as far as they are any. */
export function saidBy({ status, text }: { readonly status: number; readonly text: string }): string {
  let message = '';
  try {
    const found = (JSON.parse(text) as { readonly message?: unknown } | null)?.message;
    if (typeof found === 'string') message = found;
  } catch {
    // a page of a proxy says nothing that is worth to be repeated
  }
  return `status ${status}${message === '' ? '' : `: ${message.slice(0, 300)}`}`;
}

function wordsOf(error: Error): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${WITHIN_MS / 1000}s`;
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${code}: ${error.message}`;
}
