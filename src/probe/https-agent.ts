import { request as plainRequest, type AgentOptions } from 'node:http';
import { Agent, request as secureRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, TLSSocket, type ConnectionOptions } from 'node:tls';
import { systemClock } from '../time/clock.ts';
import { admittedLookup, type Admit } from './admitted.ts';
import { trusting } from './trust.ts';
import { isProxyRefusal, isRefusedForGood, proxyRefusal } from './proxy-refusal.ts';
import { isUntrusted, nameUntrusted, namingUntrusted } from './untrusted.ts';

/** A proxy by which servers are reached. */
export interface Proxy {
  /** `http://` or `https://`, host and port. */
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
}

/** The proxy for an address, or undefined where it is reached without one. */
export type ProxyFor = (address: string) => Proxy | undefined;

export interface Network {
  /** Extra certificate authorities in PEM, beside those that node trusts. */
  readonly ca?: readonly string[];
  readonly proxyFor?: ProxyFor;
  /** Connections to one host at most; without a limit when left out. */
  readonly connections?: number;
  /** Which addresses may be connected to; all when left out. Not for connections through a proxy, which resolves names itself. */
  readonly admit?: Admit;
}

/** How long a proxy may take to open a way, in milliseconds. */
const OPEN_WITHIN_MS = 30_000;

/**
 * Connections that are kept alive, verified by node's and the given authorities, and led through a proxy where there is
 * one. The SDK's own way through a proxy leaves private authorities out, and takes one proxy for all addresses.
 */
export function httpsAgent({ ca = [], proxyFor, connections, admit }: Network): NamingAgent {
  const options = {
    keepAlive: true,
    ...(connections === undefined ? {} : { maxSockets: connections }),
    ...(ca.length > 0 ? { secureContext: trusting(ca) } : {}),
    ...(admit === undefined ? {} : { lookup: admittedLookup(admit) }),
  };
  return proxyFor === undefined ? new NamingAgent(options) : new TunnelAgent(options, proxyFor);
}

/**
 * Connections that are kept for a next request, of all hosts together. A deployment asks two hosts a service and seldom
 * returns to those of one that is verified, and a connection holds some hundred kB that no garbage collection finds.
 */
const MOST_IDLE = 32;

type Created = NonNullable<Parameters<Agent['createConnection']>[1]>;

/**
 * An agent that knows which servers it did not trust, and to which no proxy let it: who asks through a library may be told of a
 * lost answer only.
 */
export class NamingAgent extends Agent {
  readonly #refused = new Map<string, Error>();

  /** Node's own hook (documented): the connection is returned, or handed to `created` later. */
  override createConnection(options: RequestOptions, created?: Created): Duplex | null | undefined {
    const connection = super.createConnection(options, created);
    return connection instanceof TLSSocket ? this.naming(connection, placeOf(options)) : connection;
  }

  /** Node's own hook (documented): may a connection stay that no request needs now? For another of its host, that is. */
  override keepSocketAlive(socket: Duplex): boolean {
    // It answers with true or false (documented), and is declared to answer with nothing.
    const kept = (super.keepSocketAlive as (one: Duplex) => boolean).call(this, socket);
    const idle = Object.values(this.freeSockets).flatMap((sockets = []) =>
      sockets.filter(({ destroyed }) => !destroyed),
    );
    if (kept && idle.length >= MOST_IDLE) idle[0]?.destroy();
    return kept;
  }

  /** Why a server was not spoken to when it was last to be connected to; once, since the next time may be another story. */
  takeRefusal(address: string): Error | undefined {
    const { hostname, port } = new URL(address);
    const place = `${hostname}:${port || 443}`;
    const refusal = this.#refused.get(place);
    this.#refused.delete(place);
    return refusal;
  }

  protected naming(connection: TLSSocket, place: string): TLSSocket {
    namingUntrusted(connection, place, (error) => this.refuse(place, error));
    return connection;
  }

  protected refuse(place: string, error: Error): void {
    this.#refused.set(place, error);
  }
}

class TunnelAgent extends NamingAgent {
  readonly #proxyFor: ProxyFor;

  constructor(options: AgentOptions, proxyFor: ProxyFor) {
    super(options);
    this.#proxyFor = proxyFor;
  }

  override createConnection(options: RequestOptions, created?: Created): Duplex | null | undefined {
    const place = placeOf(options);
    const proxy = this.#proxyFor(`https://${place}/`);
    if (proxy === undefined) return super.createConnection(options, created);
    const tls = options as ConnectionOptions;
    openTunnel(proxy, place, tls.secureContext).then(
      (socket) => created?.(null, this.naming(connect({ ...tls, socket }), place)),
      (error: Error) => {
        if (isUntrusted(error) || isProxyRefusal(error)) this.refuse(place, error);
        created?.(error, undefined as unknown as Duplex);
      },
    );
    return undefined;
  }
}

/** Has the proxy connect us (CONNECT, RFC 9110 section 9.3.6). What is then said to the server the proxy cannot read. */
function openTunnel(
  { address, username, password }: Proxy,
  place: string,
  secureContext: ConnectionOptions['secureContext'],
): Promise<Socket> {
  const { protocol, hostname, port, host } = new URL(address);
  const login = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
  return new Promise((resolve, reject) => {
    const settings = {
      method: 'CONNECT',
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port || (protocol === 'https:' ? 443 : 80),
      path: place,
      headers: { host: place, ...(username ? { 'proxy-authorization': `Basic ${login}` } : {}) },
      agent: false,
    };
    const asked =
      protocol === 'https:'
        ? secureRequest({ ...settings, ...(secureContext === undefined ? {} : { secureContext }) })
        : plainRequest(settings);
    const told = (status: number | undefined): Error =>
      isRefusedForGood(status)
        ? proxyRefusal(host, place, status, username ? 'given' : 'none')
        : new Error(`the proxy ${host} answered ${status} to ${place}`);
    asked.on('connect', ({ statusCode }, socket: Socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(told(statusCode));
    });
    asked.on('response', (response) => {
      response.destroy();
      reject(told(response.statusCode));
    });
    asked.on('error', (error) =>
      reject(
        isUntrusted(error)
          ? nameUntrusted(error, `the proxy ${host}`)
          : new Error(`the proxy ${host} was not reached: ${error.message}`, { cause: error }),
      ),
    );
    const over = new AbortController();
    for (const event of ['connect', 'close'] as const) asked.on(event, () => over.abort());
    systemClock.sleep(OPEN_WITHIN_MS, over.signal).then(
      () => asked.destroy(new Error(`it opened no way to ${place} in time`)),
      () => undefined,
    );
    asked.end();
  });
}

function placeOf({ host, port }: RequestOptions): string {
  const name = host ?? '';
  return `${name.includes(':') ? `[${name}]` : name}:${port ?? 443}`;
}

/** What a proxy is written as, for people. */
const PROXY_FORM = 'must be the http or https address of a proxy, such as http://proxy.example:8080';

/**
 * The address of a proxy as people write it: without a scheme it is http, as curl and az read it.
 * @returns what is wrong with the text, without the text: it may hold a password
 */
export function parseProxy(text: string): Proxy | string {
  const whole = text.includes('://') ? text.trim() : `http://${text.trim()}`;
  if (!URL.canParse(whole)) return PROXY_FORM;
  const { protocol, host, username, password, search, hash, pathname } = new URL(whole);
  if (!['http:', 'https:'].includes(protocol) || pathname + search + hash !== '/') return PROXY_FORM;
  if (username === '') return { address: `${protocol}//${host}` };
  try {
    const login = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    return { address: `${protocol}//${host}`, ...login };
  } catch {
    return 'must have its user and password percent-encoded: a % is written %25';
  }
}

/**
 * The proxy that an environment names, by the rules of Azure's SDK: HTTPS_PROXY before ALL_PROXY before HTTP_PROXY, in
 * either case; NO_PROXY lists hosts, or domains with a dot before them.
 * @returns what is wrong with which variable, where something is
 */
export function environmentProxy(
  env: Readonly<Record<string, string | undefined>>,
): ProxyFor | { readonly problem: string } | undefined {
  const nameOf = (name: string): string | undefined => [name, name.toLowerCase()].find((one) => env[one]);
  const name = nameOf('HTTPS_PROXY') ?? nameOf('ALL_PROXY') ?? nameOf('HTTP_PROXY');
  if (name === undefined) return undefined;
  const proxy = parseProxy(env[name] ?? '');
  if (typeof proxy === 'string') return { problem: `${name} ${proxy}` };
  const past = (env[nameOf('NO_PROXY') ?? ''] ?? '').split(',').map((one) => one.trim().toLowerCase());
  return (address) => {
    const { hostname } = new URL(address);
    const isPast = past.some(
      (one) => one === hostname || (one.startsWith('.') && (hostname.endsWith(one) || hostname === one.slice(1))),
    );
    return isPast ? undefined : proxy;
  };
}
