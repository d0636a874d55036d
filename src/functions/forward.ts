import { request as httpRequest, type Agent } from 'node:http';

/** A request as the host of functions hands it over. */
export interface FunctionRequest {
  readonly method: string;
  /** Whole, with its query. */
  readonly url: string;
  readonly headers: { forEach(act: (value: string, name: string) => void): void };
  arrayBuffer(): Promise<ArrayBuffer>;
}

export interface FunctionResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** More than the service reads: a body that is too large gets its own answer from it, and no more memory than this. */
const LARGEST_BODY_BYTES = 64 * 1024;
const LARGEST_ANSWER_BYTES = 1024 * 1024;
/** The answer of the service comes within three seconds; a state that is far away takes longer. */
const ANSWER_WITHIN_MS = 15_000;
/** Of one connection, and not of the request (RFC 9110, 7.6.1); the length is that of the body that is sent on. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'host',
  'content-length',
  'expect',
]);

/**
 * Hands a request on to the service at `to`, as it came, and its answer back.
 * @param to `http://127.0.0.1:PORT`
 * @throws Error when there is no whole answer
 */
export async function forward(asked: FunctionRequest, to: string, agent: Agent): Promise<FunctionResponse> {
  const { pathname, search } = new URL(asked.url);
  const headers: Record<string, string> = {};
  asked.headers.forEach((value, name) => {
    if (!OF_THE_CONNECTION.has(name.toLowerCase())) headers[name] = value;
  });
  const body = Buffer.from(await asked.arrayBuffer());
  if (body.length > LARGEST_BODY_BYTES)
    return answer(413, { status: 'refused', reason: `the body is larger than ${LARGEST_BODY_BYTES / 1024} KiB` });
  return await new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const options = {
      method: asked.method,
      headers: { ...headers, 'content-length': String(body.length) },
      agent,
      signal,
    };
    const request = httpRequest(`${to}${pathname}${search}`, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > LARGEST_ANSWER_BYTES) request.destroy(new Error('the answer of the gate service is too large'));
        else chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        const kept = Object.entries(response.headers).flatMap(([name, value]): [string, string][] =>
          OF_THE_CONNECTION.has(name) || value === undefined ? [] : [[name, String(value)]],
        );
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 502, headers: Object.fromEntries(kept), body: text });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

/** An answer in the form of the service's own. */
export function answer(status: number, body: object): FunctionResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
