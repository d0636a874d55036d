import { Agent, createServer, request } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Azurite } from './azurite.ts';

/** `applied`: Azurite has acted on the request when its reply is lost or replaced. */
export type StorageFault =
  | { readonly kind: 'reset'; readonly applied: boolean }
  /** Without a code it is the answer of a proxy, unless it is said to be the service's, which names what it answers. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly code?: string;
      readonly text?: string;
      readonly retryAfter?: string;
      readonly ofService?: boolean;
    }
  /** Something happens before the request goes on. */
  | { readonly kind: 'meanwhile'; readonly act: () => Promise<unknown> };

interface Rule {
  readonly match: RegExp;
  readonly fault: StorageFault;
  times: number;
}

/** A front of Azurite that makes the faults of a network and of a service under load. */
export interface StorageFront {
  readonly accountUrl: string;
  /** `PUT /container/blob?comp=lease acquire` of every request since the last fault was set. */
  readonly requests: string[];
  /** @param match against a line of `requests` */
  fault(match: RegExp, fault: StorageFault, times?: number): void;
  /** Changes the address of what goes on. */
  rewrite: (url: string) => string;
  clear(): void;
  close(): Promise<void>;
}

export async function startStorageFront(azurite: Azurite): Promise<StorageFront> {
  const rules: Rule[] = [];
  const target = new URL(azurite.accountUrl);
  const agent = new Agent({ keepAlive: true, ca: azurite.caPem });
  const front: Omit<StorageFront, 'accountUrl' | 'close'> = {
    requests: [],
    rewrite: (url) => url,
    fault: (match, fault, times = 1) => {
      front.requests.length = 0;
      rules.push({ match, fault, times });
    },
    clear: () => {
      rules.length = 0;
      front.requests.length = 0;
      front.rewrite = (url) => url;
    },
  };
  const forward = async (
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: object; body: Buffer }> => {
    const path = front.rewrite(incoming.url ?? '');
    const outgoing = request({
      host: target.hostname,
      port: target.port,
      path,
      method: incoming.method,
      headers: incoming.headers,
      agent,
    });
    outgoing.end(body);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
    });
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
  };
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const action = incoming.headers['x-ms-lease-action'];
    const line = `${incoming.method} ${decodeURIComponent(incoming.url ?? '')}${action === undefined ? '' : ` ${String(action)}`}`;
    front.requests.push(line);
    const body = await buffer(incoming);
    const rule = rules.find(({ match, times }) => times > 0 && match.test(line));
    if (rule !== undefined) rule.times -= 1;
    const fault = rule?.fault;
    if (fault?.kind === 'meanwhile') await fault.act();
    if (fault?.kind === 'answer') {
      const { status, code, text, retryAfter } = fault;
      const error = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${text ?? 'No.'}\nRequestId:1</Message></Error>`;
      outgoing.writeHead(status, {
        ...(code === undefined && fault.ofService !== true ? {} : { 'x-ms-request-id': '1' }),
        ...(code === undefined ? {} : { 'x-ms-error-code': code }),
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      });
      outgoing.end(code === undefined ? text : error);
      return;
    }
    if (fault?.kind === 'reset' && !fault.applied) {
      incoming.socket.destroy();
      return;
    }
    const answer = await forward(incoming, body);
    if (fault?.kind === 'reset') incoming.socket.destroy();
    else outgoing.writeHead(answer.status, { ...answer.headers }).end(answer.body);
  };
  const server = createServer({ cert: azurite.chainPem, key: azurite.keyPem }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(front, {
    accountUrl: `https://127.0.0.1:${port}${target.pathname}`,
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
