import { LONGEST_DURATION_MS, parseDuration } from '../time/duration.ts';
import { isToken } from './entra-token.ts';
import { isSecret } from './secret.ts';
import type { Question } from './verdict.ts';

/** A request as it came in, without its body. Names of headers are in lower case, as Node gives them. */
export interface Came {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Which way the answer goes: with the response, or by a callback. */
export type Completion = 'check' | 'callback';

export interface Route {
  readonly completion: Completion;
  readonly check: string;
}

/** Pure: `/check/health` asks now, `/callback/health` asks for a callback. Undefined for every other address. */
export function routeOf({ target }: Came): Route | undefined {
  const [path = ''] = target.split('?', 1);
  const [, completion, check] = /^\/(check|callback)\/([a-z][a-z-]{0,39})\/?$/.exec(path) ?? [];
  return completion === undefined || check === undefined ? undefined : { completion: completion as Completion, check };
}

/** The header for a secret that no service connection brings. */
export const SECRET_HEADER = 'x-safe-rollout-secret';

/**
 * Pure: does the request show the secret? As the built-in checks can: a generic service connection with the secret as its
 * password sends Basic credentials, the check for an Azure Function writes its key behind `?code=`, and whoever writes headers
 * writes one.
 */
export function showsSecret({ headers, target }: Came, secrets: readonly string[]): boolean {
  const shown: string[] = [];
  const header = headers[SECRET_HEADER];
  if (typeof header === 'string') shown.push(header);
  const [scheme = '', credentials = ''] = String(headers['authorization'] ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') shown.push(credentials);
  if (scheme.toLowerCase() === 'basic') {
    const text = Buffer.from(credentials, 'base64').toString('utf8');
    shown.push(text.slice(text.indexOf(':') + 1));
  }
  const at = target.indexOf('?');
  const code = at === -1 ? null : new URLSearchParams(target.slice(at)).get('code');
  if (code !== null) shown.push(code);
  return shown.some((one) => isSecret(one, secrets));
}

/** Pure: the token of Entra that a request shows, if it shows one. */
export function shownToken({ headers }: Came): string | undefined {
  const [scheme = '', credentials = '', ...rest] = String(headers['authorization'] ?? '').split(' ');
  return scheme.toLowerCase() === 'bearer' && rest.length === 0 && isToken(credentials) ? credentials : undefined;
}

/** What a body asks. `timeoutMs`: for how long a callback is evaluated, where the body says it. */
export interface Asked {
  readonly question: Question;
  readonly timeoutMs: number | undefined;
}

/** A body of the built-in checks has 2,000 characters at the most. */
export const LARGEST_BODY_BYTES = 16 * 1024;

/** Pure: a body as a question. @returns what is wrong with it, as a sentence */
export function readAsked(text: string): Asked | string {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return 'the body must be JSON, such as {"service": "payments"}';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'the body must be a JSON object, such as {"service": "payments"}';
  const { timeout, ...question } = value as Record<string, unknown>;
  if (depthOf(question) > 8) return 'the body is nested too deep';
  if (timeout === undefined) return { question, timeoutMs: undefined };
  const timeoutMs = typeof timeout === 'string' ? parseDuration(timeout) : undefined;
  if (timeoutMs === undefined || timeoutMs < 1000 || timeoutMs > LONGEST_DURATION_MS)
    return "'timeout' must be a duration with its unit, such as 30m";
  return { question, timeoutMs };
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/**
 * Pure: reads members of a question that are texts.
 * @returns the texts, or what is wrong: what is unknown is refused, since a misspelt condition would not be asked
 */
export function readTexts<N extends string>(
  question: Question,
  names: readonly N[],
  others: readonly string[] = [],
): { readonly texts: Readonly<Partial<Record<N, string>>>; readonly problems: readonly string[] } {
  const texts: Partial<Record<N, string>> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(question)) {
    if (others.includes(name)) continue;
    if (!(names as readonly string[]).includes(name)) {
      const known = [...names, ...others, 'timeout'].join(', ');
      problems.push(`'${name.slice(0, 40)}' is not known to this check: it knows ${known}`);
    } else if (typeof value !== 'string' || value === '' || value.length > 500)
      problems.push(`'${name}' must be a text`);
    else if (/\$\([\w.]+\)/.test(value))
      problems.push(`'${name}' holds '${value.slice(0, 80)}', which the server has not replaced`);
    else texts[name as N] = value;
  }
  return { texts, problems };
}
