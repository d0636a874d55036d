import { Agent, request } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { IncomingHttpHeaders } from 'node:http';
import type { Emulator } from '../../src/emulator/start.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies freely
  readonly json: any;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** For an emulator whose apps must start, however busy the machine is: what does not is ended by the test's own limit. */
export const PATIENT = { startupMs: 60_000, warmUpTimeoutMs: 60_000 } as const;

/** Looks until it is so; what never is so is ended by the test's own limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Each request has a connection of its own; what is trusted and TLS sessions are remembered for each emulator. */
function agentOf(emulator: Emulator): Agent {
  const found = AGENTS.get(emulator.caPem);
  if (found !== undefined) return found;
  const made = new Agent({ keepAlive: false, secureContext: createSecureContext({ ca: emulator.caPem }) });
  AGENTS.set(emulator.caPem, made);
  return made;
}

const AGENTS = new Map<string, Agent>();

/** A plain client: one request, the emulator's own authority trusted, nothing retried, nothing followed. */
export function ask(
  emulator: Emulator,
  url: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const bytes = raw === undefined ? undefined : Buffer.from(raw);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        agent: agentOf(emulator),
        headers: { ...(bytes === undefined ? {} : { 'content-length': String(bytes.length) }), ...headers },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            get json() {
              return JSON.parse(text) as unknown;
            },
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

export async function tokenOf(emulator: Emulator): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: emulator.clientId,
    client_secret: emulator.clientSecret,
    scope: `${emulator.armUrl}/.default`,
  });
  const answer = await ask(emulator, `${emulator.authorityUrl}/${emulator.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  return String(answer.json.access_token);
}

/** A client of ARM and Kudu with a token. */
export async function armClient(emulator: Emulator, group = 'rg') {
  const token = await tokenOf(emulator);
  const headers = { authorization: `Bearer ${token}` };
  const sites = `${emulator.armUrl}/subscriptions/${emulator.subscriptionId}/resourceGroups/${group}/providers/Microsoft.Web/sites`;
  const containerApps = sites.replace('Microsoft.Web/sites', 'Microsoft.App/containerApps');
  const call = (url: string, options: Ask = {}): Promise<Answer> =>
    ask(emulator, url, { ...options, headers: { ...headers, 'content-type': 'application/json', ...options.headers } });
  return {
    token,
    call,
    /** `site('GET', 'payments/slots/staging')` */
    site: (method: string, path: string, body?: unknown): Promise<Answer> =>
      call(`${sites}/${path}${path.includes('?') ? '&' : '?'}api-version=2024-11-01`, {
        method,
        ...(body === undefined ? {} : { body }),
      }),
    deploy: (label: string, zip: Buffer, query = 'type=zip'): Promise<Answer> =>
      call(`${emulator.armUrl}/scm/${label}/api/publish?${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: zip,
      }),
    swap: (name: string, source = 'staging', target = 'production'): Promise<Answer> =>
      call(`${sites}/${name}/slots/${source}/slotsswap?api-version=2024-11-01`, {
        method: 'POST',
        body: { targetSlot: target, preserveVnet: true },
      }),
    /** `containerApp('GET', 'orders/revisions')` */
    containerApp: (method: string, path: string, body?: unknown): Promise<Answer> =>
      call(`${containerApps}/${path}${path.includes('?') ? '&' : '?'}api-version=2025-07-01`, {
        method,
        ...(body === undefined ? {} : { body }),
      }),
    /** Asks how an operation on a container app goes until it has ended, and answers its last state. */
    // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies freely
    ended: async (first: Answer): Promise<any> => {
      for (;;) {
        const { json } = await call(String(first.headers['azure-asyncoperation']));
        if (json.status !== 'InProgress') return json;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    /** Polls until the operation has ended; pauses briefly, whatever Retry-After says. */
    settle: async (first: Answer): Promise<Answer> => {
      let answer = first;
      while (answer.status === 202) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        answer = await call(String(answer.headers.location));
      }
      return answer;
    },
  };
}
