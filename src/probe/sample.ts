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
 * response itself proves which instance answered (App Service's affinity cookie), `version` when the release said it.
 */
export interface Sample {
  readonly kind: 'good' | 'bad' | 'unmade';
  readonly reason: string;
  readonly instance: string | undefined;
  readonly version: string | undefined;
}

/** Asks once for health, and for the version where one is declared. Rejects only when `signal` is aborted. */
export async function takeSample(target: ProbeTarget, http: HttpGet, signal?: AbortSignal): Promise<Sample> {
  const ask = { headers: target.headers, timeoutMs: target.timeoutMs };
  const health = await http.get({ ...ask, url: target.url }, signal);
  const judged = judgeHealth(health, target);
  if (judged.kind !== 'good' || target.version === undefined) return judged;
  const answer = await http.get({ ...ask, url: target.version.url }, signal);
  return { ...judgeVersion(answer, target.version), instance: judged.instance };
}

/** Pure: what a health answer is worth under the expectations. */
export function judgeHealth(answer: HttpAnswer, expected: Pick<ProbeTarget, 'statuses' | 'json' | 'contains'>): Sample {
  if (answer.kind !== 'answer') return noAnswer(answer);
  const instance = affinityOf(answer);
  const bad = (reason: string): Sample => ({ kind: 'bad', reason, instance, version: undefined });
  if (!expected.statuses.includes(answer.status)) {
    const location = answer.status >= 300 && answer.status < 400 ? ', a redirect, which is not followed' : '';
    return bad(`status ${answer.status}${location}, expected ${printStatuses(expected.statuses)}`);
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
  return { kind: 'good', reason: `status ${answer.status}`, instance, version: undefined };
}

/** Pure: what a version answer is worth. A release that reports another version than the expected one is bad. */
export function judgeVersion(answer: HttpAnswer, probe: VersionProbe): Sample {
  if (answer.kind !== 'answer') return noAnswer(answer);
  const bad = (reason: string, version?: string): Sample => ({ kind: 'bad', reason, instance: undefined, version });
  if (answer.status < 200 || answer.status > 299)
    return bad(`the version was asked for and answered with status ${answer.status}`);
  const version = readVersion(answer.body, probe.json);
  if (version === undefined) return bad(`no version found at ${probe.json ?? 'the body'}`);
  if (probe.expected !== undefined && !sameVersion(version, probe.expected))
    return bad(`reports version ${version}, expected ${probe.expected}`, version);
  return { kind: 'good', reason: `healthy, version ${version}`, instance: undefined, version };
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
  const kind = answer.kind === 'silent' ? 'bad' : 'unmade';
  return { kind, reason: answer.reason, instance: undefined, version: undefined };
}

/** App Service names the instance in the ARRAffinity cookie of every answer, unless client affinity is off. */
function affinityOf(answer: Extract<HttpAnswer, { kind: 'answer' }>): string | undefined {
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
