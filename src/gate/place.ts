import { isOneOf } from './host-pattern.ts';

/** The task that waits for a callback, by the headers that the built-in checks send (documented; defaults of their task.json). */
export interface TaskPlace {
  /** The collection, with a slash at its end. */
  readonly planUrl: string;
  readonly projectId: string;
  /** `build`, `release`, `gates` or `checks`. */
  readonly hub: string;
  readonly planId: string;
  readonly timelineId: string;
  readonly jobId: string;
  readonly taskId: string;
}

/** The place, and the token that speaks for the job: a secret. */
export interface CallbackHeaders {
  readonly place: TaskPlace;
  readonly token: string;
  /** When the token ends, in milliseconds since the epoch; undefined where it does not tell. */
  readonly tokenEndsAt: number | undefined;
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const HUB = /^[a-z]{1,32}$/i;
/** No space and no comma: a header that comes twice is joined by both. */
const ADDRESS = /^https:\/\/[\w.:[\]-]+(?:\/[\w.~%-]*)*$/i;
/** A real one has less than two thousand. */
const LONGEST_TOKEN = 12_000;
const UUIDS = { ProjectId: 'projectId', PlanId: 'planId', TimelineId: 'timelineId', JobId: 'jobId' } as const;

/** That a host is not allowed is told apart from what is malformed. */
export interface HeaderProblem {
  readonly kind: 'malformed' | 'host' | 'stale';
  readonly problem: string;
}

/**
 * Pure: the headers of a callback, whatever the case of their names, as Node gives them.
 * @param hosts where a token may be shown
 * @param now milliseconds since the epoch: a token that has ended is no window to come in by
 */
export function readCallbackHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  hosts: readonly string[],
  now: number,
): CallbackHeaders | HeaderProblem {
  const one = (name: string): string => {
    const value = headers[name.toLowerCase()];
    return typeof value === 'string' ? value.trim() : '';
  };
  const malformed = (problem: string): HeaderProblem => ({ kind: 'malformed', problem });
  const ids: Record<string, string> = {};
  for (const [header, name] of [...Object.entries(UUIDS), ['TaskInstanceId', 'taskId'] as const]) {
    if (!UUID.test(one(header))) return malformed(`header ${header} must be an id: ${HOW}`);
    ids[name] = one(header).toLowerCase();
  }
  const hub = one('HubName');
  if (!HUB.test(hub)) return malformed(`header HubName must be the host type of the plan: ${HOW}`);
  const address = one('PlanUrl');
  const url = ADDRESS.test(address) && URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) return malformed(`header PlanUrl must be the https address of the collection: ${HOW}`);
  if (!isOneOf(url.hostname, hosts))
    return {
      kind: 'host',
      problem: `PlanUrl is at ${url.hostname}, which is none of the hosts that a callback may go to (${hosts.join(', ')}). Add it to --callback-hosts if it is yours`,
    };
  const token = one('AuthToken');
  if (token === '' || token.length > LONGEST_TOKEN || !/^(?!\$\()[\x21-\x7E]+$/.test(token))
    return malformed(`header AuthToken must be the job's token: ${HOW}`);
  const tokenEndsAt = endOf(token);
  if (tokenEndsAt !== undefined && tokenEndsAt <= now)
    return {
      kind: 'stale',
      problem: `AuthToken ended at ${new Date(tokenEndsAt).toISOString()}: the request is old, or the clock of this machine is ahead`,
    };
  const place = { ...ids, hub, planUrl: `${url.origin}${url.pathname.replace(/\/*$/, '/')}` } as unknown as TaskPlace;
  return { place, token, tokenEndsAt };
}

const HOW = "leave the check's headers as they are by default, and add to them";

/** Pure: when a token says that it ends, if it is a JWT (RFC 7519). Nobody is trusted by it: it is the server's own to judge. */
function endOf(token: string): number | undefined {
  const [, claims, signature] = token.split('.');
  if (claims === undefined || signature === undefined) return undefined;
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { readonly exp?: unknown };
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
