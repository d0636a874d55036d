import type { HttpAnswer, HttpGet } from './http.ts';
import { readJsonPath } from './json-path.ts';

/** What one slot is asked, and what a healthy release answers. */
export interface ProbeTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Accepted status codes. */
  readonly statuses: readonly number[];
  /** JSON path to the text form that its value must have. */
  readonly json: Readonly<Record<string, string>>;
  /** Text that the body must contain, or undefined. */
  readonly contains: string | undefined;
  /** Header of the answer that names the instance which gave it, in lower case, or undefined. */
  readonly instanceHeader: string | undefined;
  /** Statuses beside 502 and 503 that the platform answers for itself while traffic moves. */
  readonly frontStatuses?: readonly number[];
  /** Where the release tells its version, and which one it must be (undefined: any, but it is recorded). */
  readonly version: VersionProbe | undefined;
}

export interface VersionProbe {
  readonly url: string;
  readonly json: string | undefined;
  readonly expected: string | undefined;
}

/**
 * One look at a release. `unmade` is neither good nor bad: the agent could not ask. `instance` is set only when the
 * response itself proves which instance answered (App Service's affinity cookie, or the header that the probe names),
 * `version` when the release said it.
 */
export interface Sample {
  readonly kind: 'good' | 'bad' | 'unmade';
  readonly reason: string;
  readonly origin: Origin;
  readonly instance: string | undefined;
  readonly version: string | undefined;
}

/**
 * Whose answer it is, as far as it shows. `release`: the app's own. `front`: 502 or 503, which the platform also answers
 * for itself, after a swap for some twenty seconds. `way`: something on the way to the app that turns away who asks: a
 * sign-in, an access restriction, a redirect, no connection at all. `cut`: the connection was closed in the middle.
 */
export type Origin = 'release' | 'front' | 'way' | 'cut';

/** Pure: does the sample say nothing of the release, so that the next release would answer no better? */
export function isBlind({ kind, origin }: Sample): boolean {
  return kind !== 'good' && (origin === 'way' || origin === 'cut');
}

/** Asks once for health, and for the version where one is declared. Rejects only when `signal` is aborted. */
export async function takeSample(target: ProbeTarget, http: HttpGet, signal?: AbortSignal): Promise<Sample> {
  const ask = { headers: target.headers, timeoutMs: target.timeoutMs };
  const health = await http.get({ ...ask, url: target.url }, signal);
  const judged = judgeHealth(health, target);
  if (judged.kind !== 'good' || target.version === undefined) return judged;
  const answer = await http.get({ ...ask, url: target.version.url }, signal);
  return { ...judgeVersion(answer, target.version, target.frontStatuses), instance: judged.instance };
}

/** Pure: what a health answer is worth under the expectations. */
export function judgeHealth(
  answer: HttpAnswer,
  expected: Pick<ProbeTarget, 'statuses' | 'json' | 'contains' | 'instanceHeader' | 'frontStatuses'>,
): Sample {
  if (answer.kind !== 'answer') return noAnswer(answer);
  const instance = instanceOf(answer, expected.instanceHeader);
  const bad = (reason: string, origin: Origin = 'release'): Sample => {
    return { kind: 'bad', reason, origin, instance, version: undefined };
  };
  if (!expected.statuses.includes(answer.status)) {
    const reason = `status ${answer.status}, expected ${printStatuses(expected.statuses)}`;
    return bad(`${reason}${usualReason(answer)}`, originOf(answer.status, expected.frontStatuses));
  }
  if (expected.contains !== undefined && !answer.body.includes(expected.contains))
    return bad(`the body does not contain '${expected.contains}'`);
  const conditions = Object.entries(expected.json);
  if (conditions.length > 0) {
    const document = parseJson(answer.body);
    if (document === undefined) return bad('the body is not JSON');
    for (const [path, text] of conditions) {
      const found = readJsonPath(document.value, path);
      if (printValue(found) !== text) return bad(`${path} is ${printValue(found)}, expected ${text}`);
    }
  }
  return { kind: 'good', reason: `status ${answer.status}`, origin: 'release', instance, version: undefined };
}

/** Pure: what a version answer is worth. A release that reports another version than the expected one is bad. */
export function judgeVersion(answer: HttpAnswer, probe: VersionProbe, front?: readonly number[]): Sample {
  if (answer.kind !== 'answer') return noAnswer(answer);
  const bad = (reason: string, version?: string, origin: Origin = 'release'): Sample => {
    return { kind: 'bad', reason, origin, instance: undefined, version };
  };
  if (answer.status < 200 || answer.status > 299) {
    const reason = `the version was asked for and answered with status ${answer.status}${usualReason(answer)}`;
    return bad(reason, undefined, originOf(answer.status, front));
  }
  const version = readVersion(answer.body, probe.json);
  if (version === undefined) return bad(`no version found at ${probe.json ?? 'the body'}`);
  if (probe.expected !== undefined && !sameVersion(version, probe.expected))
    return bad(`reports version ${version}, expected ${probe.expected}`, version);
  return { kind: 'good', reason: `healthy, version ${version}`, origin: 'release', instance: undefined, version };
}

/** `v2.4.1` and `2.4.1` are the same version: tags carry the letter and packages do not. */
export function sameVersion(a: string, b: string): boolean {
  const plain = (text: string): string => text.trim().replace(/^v(?=\d)/, '');
  return plain(a) === plain(b);
}

function readVersion(body: string, path: string | undefined): string | undefined {
  if (path === undefined) return body.trim().slice(0, 200) || undefined;
  const value = readJsonPath(parseJson(body)?.value, path);
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 200) : undefined;
}

function noAnswer(answer: Exclude<HttpAnswer, { kind: 'answer' }>): Sample {
  const { reason } = answer;
  const rest = { reason, instance: undefined, version: undefined };
  switch (answer.kind) {
    case 'silent':
      return { kind: 'bad', origin: 'release', ...rest };
    case 'cut':
      return { kind: 'bad', origin: 'cut', ...rest };
    case 'unreachable':
      return { kind: 'unmade', origin: 'way', ...rest };
  }
}

type Answered = Extract<HttpAnswer, { kind: 'answer' }>;

function originOf(status: number, front: readonly number[] = []): Origin {
  if (status === 502 || status === 503 || front.includes(status)) return 'front';
  return status === 401 || status === 403 || (status >= 300 && status < 400) ? 'way' : 'release';
}

/** What usually stands behind an answer that is not the release's own. The texts are those of App Service's own pages. */
function usualReason({ status, headers, body }: Answered): string {
  if (status >= 300 && status < 400) {
    const to = redirectedTo(headers.location);
    return ` (a redirect${to}, which is not followed: usually a sign-in, or a host name of its own; give a path that answers by itself, or probe headers)`;
  }
  if (status === 401) return ' (usually a sign-in before the app: give probe headers, or leave the path out of it)';
  if (status !== 403) return '';
  if (/ip forbidden|blocked your access/i.test(body.slice(0, 8192)))
    return ' (an access restriction or a private endpoint turns this agent away: let it in, or use an agent inside the network)';
  if (/web app is stopped|site is disabled/i.test(body.slice(0, 8192))) return ' (the app is stopped: start it)';
  return ' (usually an access restriction, a private endpoint, or an app that is stopped)';
}

/** Without the query, which can hold what is nobody's business. */
function redirectedTo(location: string | undefined): string {
  if (location === undefined) return '';
  const place = URL.canParse(location) ? new URL(location).origin : (location.split(/[?#]/)[0] ?? '');
  return ` to ${place.slice(0, 100)}`;
}

/** App Service names the instance in the ARRAffinity cookie of every answer, unless client affinity is off. */
function instanceOf(answer: Answered, header: string | undefined): string | undefined {
  const named = header === undefined ? undefined : answer.headers[header];
  if (typeof named === 'string' && named !== '') return named;
  for (const cookie of answer.headers['set-cookie'] ?? []) {
    const match = /^ARRAffinity=([^;]+)/.exec(cookie);
    if (match?.[1] !== undefined) return match[1];
  }
  return undefined;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function printValue(value: unknown): string {
  if (value === undefined) return 'absent';
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'absent');
}

/** `200, 204, 300-302`: neighbours drawn together, so that a default of a hundred codes stays one word. */
export function printStatuses(statuses: readonly number[]): string {
  const sorted = [...new Set(statuses)].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const status of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === status - 1) last[1] = status;
    else runs.push([status, status]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
}
