import { createWebSiteManagement, type WebSiteManagementContext } from '@azure/arm-appservice/api';
import type { TokenCredential } from '@azure/identity';
import { RolloutError, type RolloutFacts } from '../../rollout/errors.ts';
import type { Clock } from '../../time/clock.ts';
import { formatDuration } from '../../time/duration.ts';
import { armMessage, refusalOf } from './arm-answer.ts';
import { connectionOf, type AzureEndpoints } from '../identity/credentials.ts';
import { failedExchange, retryAfterOf, type Exchange } from '../wire/exchange.ts';
import { understand } from './refusal.ts';
import { rightFor } from './rights.ts';

type Answered = Extract<Exchange, { kind: 'answered' }>;

/** Newest version that the SDK's own operations for sites speak. Contents are read by name, so another one would do as well. */
const API_VERSION = '2025-05-01';

/** How long one exchange may take, and how long a read may be repeated, in milliseconds. */
export interface ArmTimes {
  readonly exchangeMs: number;
  readonly readDeadlineMs: number;
}

export const ARM_TIMES: ArmTimes = { exchangeMs: 60_000, readDeadlineMs: 90_000 };

/** How long a sign-in host that gives no answer is asked again. */
const SIGN_IN_WITHIN_MS = 15_000;

/** Waits between repeated reads: decorrelated jitter between these two bounds. */
const SHORTEST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** A read that is repeated for longer is told of, and again so often. */
const SAID_AFTER_MS = 10_000;
const SAID_EVERY_MS = 60_000;

/** What a client is made of, whatever it is for. */
export interface ArmAccess {
  readonly credential: TokenCredential;
  readonly endpoints: AzureEndpoints;
  readonly clock: Clock;
  readonly times?: ArmTimes;
  /** Hears of a read that has to be repeated for longer than ten seconds, and then once a minute. */
  readonly waiting?: (message: string) => void;
}

export interface ArmRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Path below the resource manager, or the absolute address of an operation at the same origin. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Azure Resource Manager over the SDK's pipeline (tokens, TLS, keep-alive), with the SDK's retries and redirects off:
 * it re-sends a swap on 5xx and resets (measured), and a swap sent twice undoes itself.
 */
export class ArmClient {
  readonly #context: WebSiteManagementContext;
  readonly #clock: Clock;
  readonly #times: ArmTimes;
  readonly #random: () => number;
  readonly #origin: string;
  readonly #apiVersion: string;
  readonly #waiting: ArmAccess['waiting'];

  constructor(
    credential: TokenCredential,
    subscription: string,
    endpoints: AzureEndpoints,
    clock: Clock,
    options: {
      readonly times?: ArmTimes;
      readonly random?: () => number;
      readonly scope?: string;
      readonly apiVersion?: string;
      readonly waiting?: ArmAccess['waiting'];
    } = {},
  ) {
    this.#apiVersion = options.apiVersion ?? API_VERSION;
    this.#waiting = options.waiting;
    this.#clock = clock;
    this.#times = options.times ?? ARM_TIMES;
    this.#random = options.random ?? Math.random;
    this.#origin = new URL(endpoints.arm).origin;
    this.#context = createWebSiteManagement(credential, subscription, {
      endpoint: endpoints.arm.replace(/\/+$/, ''),
      credentials: { scopes: [options.scope ?? armScope(endpoints)] },
      retryOptions: { maxRetries: 0 },
      redirectOptions: { maxRetries: 0 },
      ...connectionOf(endpoints),
    });
  }

  /**
   * Sends one request, once. Never throws for what the network or the service does.
   * Rejects with the signal's reason when the signal is aborted.
   * @param withinMs when to give up on the answer, where that is sooner than an exchange may take anyway
   */
  async send(request: ArmRequest, signal?: AbortSignal, withinMs = Number.POSITIVE_INFINITY): Promise<Exchange> {
    signal?.throwIfAborted();
    const limitMs = Math.max(1, Math.floor(Math.min(this.#times.exchangeMs, withinMs)));
    const own = AbortSignal.timeout(limitMs);
    const abortSignal = signal === undefined ? own : AbortSignal.any([signal, own]);
    const absolute = request.path.startsWith('https://');
    const parameters = {
      abortSignal,
      ...(absolute ? {} : { queryParameters: { 'api-version': this.#apiVersion } }),
      ...(request.headers === undefined ? {} : { headers: request.headers }),
      ...(request.body === undefined
        ? {}
        : { body: request.body, contentType: request.headers?.['content-type'] ?? 'application/json' }),
    };
    try {
      const client = this.#context.pathUnchecked(request.path);
      const response = await (request.method === 'GET'
        ? client.get(parameters)
        : request.method === 'POST'
          ? client.post(parameters)
          : client.patch(parameters));
      return {
        kind: 'answered',
        status: Number(response.status),
        headers: response.headers,
        body: response.body as unknown,
      };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      return failedExchange(error, own.aborted, limitMs);
    }
  }

  /**
   * Reads a resource, repeating what passes by itself (429, 5xx, lost connections) until the read deadline.
   * @param what the resource in words, for messages
   * @throws RolloutError for 401, 403 and whatever is left at the deadline
   * @returns the body, or undefined for 404
   */
  async read(path: string, what: string, signal?: AbortSignal): Promise<unknown> {
    const begun = this.#clock.monotonic();
    const deadline = begun + this.#times.readDeadlineMs;
    let waitMs = SHORTEST_WAIT_MS;
    let sayAt = begun + SAID_AFTER_MS;
    for (;;) {
      const exchange = await this.send({ method: 'GET', path }, signal);
      if (exchange.kind === 'answered' && exchange.status === 200 && isRecord(exchange.body)) return exchange.body;
      const { message: detail } = understand(exchange, { method: 'GET', path });
      if (exchange.kind === 'not-sent' && exchange.why !== 'silent')
        throw new RolloutError(
          exchange.why === 'refused' ? { code: 'unauthenticated', detail } : { code: 'unreadable', what, detail },
        );
      if (exchange.kind === 'answered' && !isPassing(exchange)) {
        if (exchange.status !== 404) throw new RolloutError(factsOf(exchange, path, what, detail));
        if (refusalOf(exchange.body).code !== 'SubscriptionNotFound') return undefined;
        throw new RolloutError({ code: 'unreadable', what, detail });
      }
      waitMs = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS + this.#random() * (waitMs * 3 - SHORTEST_WAIT_MS));
      // `Retry-After: 0` is no leave to hammer: then our own pace counts.
      const askedMs = retryAfterOf(exchange) ?? 0;
      const nextMs = askedMs < SHORTEST_WAIT_MS ? waitMs : askedMs;
      // Without any token nothing was begun: a host that is misspelt is told soon, one that blinks is asked again.
      const until = exchange.kind === 'not-sent' ? Math.min(deadline, begun + SIGN_IN_WITHIN_MS) : deadline;
      const now = this.#clock.monotonic();
      if (now + nextMs > until) throw new RolloutError({ code: 'unreadable', what, detail });
      if (now + nextMs >= sayAt) {
        sayAt = now + nextMs + SAID_EVERY_MS;
        const left = formatDuration(Math.round((until - now) / 1000) * 1000);
        this.#waiting?.(
          `waiting: ${what} could not be read (${detail}); asked again for up to ${left}. Nothing is changed meanwhile`,
        );
      }
      await this.#clock.sleep(nextMs, signal);
    }
  }

  /** An operation's address is followed with our token, so it must lie where the resource manager is. */
  isOwnAddress(address: string): boolean {
    return URL.canParse(address) && new URL(address).origin === this.#origin;
  }
}

/** What tokens for the resource manager are asked for. */
export function armScope({ arm }: Pick<AzureEndpoints, 'arm'>): string {
  return `${arm.replace(/\/+$/, '')}/.default`;
}

/** A token that ended on its way is renewed by the next request. */
function isPassing({ status, body }: Answered): boolean {
  if (status === 401) return refusalOf(body).code === 'ExpiredAuthenticationToken';
  return status === 200 || status === 408 || status === 409 || status === 429 || status >= 500;
}

function factsOf(exchange: Answered, path: string, what: string, detail: string): RolloutFacts {
  switch (exchange.status) {
    case 401:
      return { code: 'unauthenticated', detail };
    case 403: {
      const right = rightFor('GET', path);
      const said = armMessage(exchange);
      return { code: 'forbidden', operation: `reading ${what}`, right, scope: scopeOf(path), detail: said };
    }
    default:
      return { code: 'unreadable', what, detail };
  }
}

function scopeOf(path: string): string {
  return path.replace(/\?.*$/, '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
