import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Without connections that are kept: one that is cut in between would be no answer of the other end's. */
const AGENT = new Agent({ keepAlive: false });

/** One request, by http or https. @throws Error when there is no answer in time */
export async function send({ method, url, headers, body }: Sent, ca: string, withinMs: number): Promise<Received> {
  const signal = AbortSignal.timeout(withinMs);
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const options = { method, headers: { ...headers, ...length }, signal };
  return await new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(signal.aborted ? new Error(`no answer within ${withinMs} ms`) : error);
    const outgoing = url.startsWith('http:')
      ? httpRequest(url, options)
      : httpsRequest(url, { ...options, ca, agent: AGENT });
    outgoing.on('error', failed);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', failed);
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.end(body === '' ? undefined : body);
  });
}
