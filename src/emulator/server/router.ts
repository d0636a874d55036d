import type { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';

export type Parameters = Readonly<Record<string, string>>;
export type Handler = (exchange: Exchange, parameters: Parameters) => Reply | Promise<Reply>;

export interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handle: Handler;
}

/** `route('GET /subscriptions/:subscription', handler)`: literals match without regard to case, as in Azure. */
export function route(operation: string, handle: Handler): Route {
  const [method = '', pattern = ''] = operation.split(' ');
  return { method, segments: pattern.split('/').filter((one) => one !== ''), handle };
}

export function findRoute(
  routes: readonly Route[],
  exchange: Exchange,
): { route: Route; parameters: Parameters } | undefined {
  for (const one of routes) {
    if (one.method !== exchange.method) continue;
    const parameters = matchSegments(one.segments, exchange.segments);
    if (parameters !== undefined) return { route: one, parameters };
  }
  return undefined;
}

/**
 * The operation that a path stands for, without the names in it: `POST Microsoft.Web/sites/slots/slotsswap`. For the
 * 501 of what is not implemented.
 */
export function operationName(exchange: Pick<Exchange, 'method' | 'path' | 'segments'>): string {
  const lower = exchange.segments.map((one) => one.toLowerCase());
  const provider = lower.lastIndexOf('providers');
  if (provider === -1) return `${exchange.method} ${exchange.path}`;
  const [namespace = '', ...rest] = exchange.segments.slice(provider + 1);
  // Types and names alternate; the last segment is an action when it stands where a type would.
  const types = rest.filter((_, index) => index % 2 === 0);
  return `${exchange.method} ${[namespace, ...types].join('/')}`;
}

/** The right that an operation needs, as roles list it: `Microsoft.Web/sites/slots/slotsswap/action`. */
export function actionOf(exchange: Pick<Exchange, 'method' | 'path' | 'segments'>): string {
  const [, operation = ''] = operationName(exchange).split(' ');
  const verbs: Record<string, string> = { GET: 'read', PUT: 'write', PATCH: 'write', DELETE: 'delete' };
  return `${operation}/${verbs[exchange.method] ?? 'action'}`;
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Parameters | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (expected.startsWith(':')) parameters[expected.slice(1)] = actual;
    else if (expected.toLowerCase() !== actual.toLowerCase()) return undefined;
  }
  return parameters;
}
