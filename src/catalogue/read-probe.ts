import {
  fieldsOf,
  oneOrMore,
  optional,
  text,
  textLike,
  textMap,
  duration,
  wholeNumber,
  type Read,
  type Report,
} from './fields.ts';
import type { ProbePolicy, VersionEndpoint } from './model.ts';
import { describeNode, type YamlNode } from '../yaml/node.ts';

/** What is asked when the file says nothing. */
export const DEFAULT_PROBE: ProbePolicy = {
  path: '/health',
  url: undefined,
  headers: {},
  statuses: range(200, 299),
  json: {},
  contains: undefined,
  intervalMs: 5000,
  timeoutMs: 2000,
  healthyThreshold: 3,
  unhealthyThreshold: 2,
  // One bad instance of four answers every fourth request: this finds it in ten answers, and one bad one is outlived.
  unhealthyShare: 0.1,
  instanceHeader: undefined,
  startupMs: 600_000,
};

export const PROBE_KEYS = {
  known: [
    'path',
    'url',
    'headers',
    'statuses',
    'json',
    'contains',
    'interval',
    'timeout',
    'healthyThreshold',
    'unhealthyThreshold',
    'unhealthyShare',
    'instanceHeader',
    'startup',
  ],
  later: ['audience', 'via'],
};

export const JSON_PATH = /^\$(?:\.[A-Za-z_][\w-]*|\[\d+\]|\['[^']*'\])*$/;
const jsonPath = textLike(JSON_PATH, 'a path such as $.status or $.checks[0].name');
/** No space or control sign: what is sent is exactly what is written here. */
export const URL_PATH = /^\/[\x21-\x7E]*$/;
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
export const HEADER_VALUE = /^[\x20-\x7E]+$/;
export const SHARE = /^(\d{1,3}(?:\.\d)?)\s*%$/;
const urlPath = textLike(URL_PATH, 'a path that begins with /');
const headerValue = textLike(HEADER_VALUE, 'one line of plain text');
const headers = textMap(HEADER_NAME, 'the name of a header', headerValue);
const conditions = textMap(JSON_PATH, 'a path such as $.status', text);
export const MOST_IN_A_ROW = 1000;

/** Reads a `probe`; what it leaves out comes from `base`. A map (`headers`, `json`) replaces that of the base whole. */
export function readProbe(base: ProbePolicy): Read<ProbePolicy> {
  return (node, what, report) => {
    const fields = fieldsOf(node, what, PROBE_KEYS, report);
    if (fields === undefined) return undefined;
    const path = optional(fields, 'path', urlPath, report);
    const url = optional(fields, 'url', textLike(isHttpUrl, 'an http or https address without a user'), report);
    const both = fields.entries.get('url');
    if (both !== undefined && fields.entries.has('path'))
      report(both.key, `${what} has both 'path' (on the service's own host) and 'url' (anywhere); write one of them`);
    return {
      path: path ?? base.path,
      url: url ?? (path === undefined ? base.url : undefined),
      headers: optional(fields, 'headers', headers, report) ?? base.headers,
      statuses: optional(fields, 'statuses', statuses, report) ?? base.statuses,
      json: optional(fields, 'json', conditions, report) ?? base.json,
      contains: optional(fields, 'contains', text, report) ?? base.contains,
      intervalMs: optional(fields, 'interval', duration(1), report) ?? base.intervalMs,
      timeoutMs: optional(fields, 'timeout', duration(1), report) ?? base.timeoutMs,
      healthyThreshold:
        optional(fields, 'healthyThreshold', wholeNumber(1, MOST_IN_A_ROW), report) ?? base.healthyThreshold,
      unhealthyThreshold:
        optional(fields, 'unhealthyThreshold', wholeNumber(1, MOST_IN_A_ROW), report) ?? base.unhealthyThreshold,
      unhealthyShare: optional(fields, 'unhealthyShare', share, report) ?? base.unhealthyShare,
      instanceHeader:
        optional(fields, 'instanceHeader', textLike(HEADER_NAME, 'the name of a header'), report) ??
        base.instanceHeader,
      startupMs: optional(fields, 'startup', duration(0), report) ?? base.startupMs,
    };
  };
}

/** Where an appService tells its version: `version: { path: /api/version, json: $.version }`. */
export const versionEndpoint: Read<VersionEndpoint> = (node, what, report) => {
  const fields = fieldsOf(node, what, { known: ['path', 'json'] }, report);
  if (fields === undefined) return undefined;
  const path = optional(fields, 'path', urlPath, report);
  if (!fields.entries.has('path')) report(fields.place, `${what} needs 'path': where the service tells its version`);
  return path === undefined ? undefined : { path, json: optional(fields, 'json', jsonPath, report) };
};

/** `200`, `200-299`, or a list of both, as single codes in ascending order. */
const statuses: Read<number[]> = (node, what, report) => {
  const found = oneOrMore(statusRange)(node, what, report)?.flat() ?? [];
  if (node.kind === 'sequence' && node.items.length === 0) report(node, `${what} must accept at least one status`);
  return found.length === 0 ? undefined : [...new Set(found)].sort((a, b) => a - b);
};

/** `10%`, as a share of 1. */
const share: Read<number> = (node, what, report) => {
  const percent = node.kind === 'scalar' ? Number(SHARE.exec(node.text)?.[1]) : Number.NaN;
  if (percent >= 1 && percent <= 100) return percent / 100;
  report(node, `${what} must be a share from 1% to 100%, such as 10%, not ${describeNode(node)}`);
  return undefined;
};

function statusRange(node: YamlNode, what: string, report: Report): number[] | undefined {
  const match = node.kind === 'scalar' ? /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(node.text) : null;
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (match !== null && from <= to) return range(from, to);
  report(node, `${what} must be a status such as 200 or a range such as 200-299, not ${describeNode(node)}`);
  return undefined;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
