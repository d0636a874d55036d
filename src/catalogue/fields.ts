import { didYouMean } from '../finding/nearest.ts';
import type { Position } from '../finding/finding.ts';
import { parseDuration } from '../time/duration.ts';
import { describeNode, excerpt, isNull, type MappingEntry, type YamlNode } from '../yaml/node.ts';

/** Takes what is wrong and where; reading goes on, so that one run tells everything. */
export type Report = (place: Position, message: string) => void;

/** Reads one value. Undefined means that it was wrong and has been reported. `what` names it: `services.pay.slot`. */
export type Read<T> = (node: YamlNode, what: string, report: Report) => T | undefined;

/** A mapping whose keys have been checked. */
export interface Fields {
  readonly what: string;
  readonly place: Position;
  readonly entries: ReadonlyMap<string, MappingEntry>;
}

export interface Keys {
  readonly known: readonly string[];
  /** Keys of the file format that this version cannot honour: refused, since ignoring one would be a lie. */
  readonly later?: readonly string[];
  /** Keys that are right elsewhere, with the place where they belong. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** Reads a mapping and refuses every key it should not have. */
export function fieldsOf(node: YamlNode, what: string, keys: Keys, report: Report): Fields | undefined {
  if (node.kind !== 'mapping') {
    report(node, `${what} must be a mapping, not ${describeNode(node)}`);
    return undefined;
  }
  const entries = new Map<string, MappingEntry>();
  for (const entry of node.entries) {
    const key = entry.key.text;
    // A key that is written twice has been reported with the syntax; the first one counts.
    if (entries.has(key)) continue;
    if (keys.known.includes(key)) entries.set(key, entry);
    else report(entry.key, refuseKey(key, what, keys));
  }
  return { what, place: node, entries };
}

function refuseKey(key: string, what: string, { known, later = [], elsewhere = {} }: Keys): string {
  if (later.includes(key)) return `'${key}' in ${what} is not supported yet; remove it`;
  if (Object.hasOwn(elsewhere, key)) return `'${key}' in ${what} belongs to ${elsewhere[key]}`;
  const hint = didYouMean(key, [...known, ...later, ...Object.keys(elsewhere)]);
  return `unknown key '${excerpt(key)}' in ${what}${hint === '' ? `; known are ${known.join(', ')}` : hint}`;
}

/** The value of a key, or undefined when it is absent or wrong. */
export function optional<T>(fields: Fields, key: string, read: Read<T>, report: Report): T | undefined {
  const entry = fields.entries.get(key);
  return entry === undefined ? undefined : read(entry.value, `${fields.what}.${key}`, report);
}

/** As `optional`, but absence is reported too; `cure` says what to write. */
export function required<T>(fields: Fields, key: string, read: Read<T>, report: Report, cure: string): T | undefined {
  if (!fields.entries.has(key)) report(fields.place, `${fields.what} needs '${key}': ${cure}`);
  return optional(fields, key, read, report);
}

/** Any text that says something. Numbers and truth values count as the text they are written with. */
export const text: Read<string> = (node, what, report) => {
  if (node.kind === 'scalar' && !isNull(node) && node.text.trim() !== '') return node.text;
  report(node, `${what} must be text, not ${describeNode(node)}`);
  return undefined;
};

/** Text that a test accepts; `shape` ends the sentence "must be ...". */
export function textLike(test: RegExp | ((text: string) => boolean), shape: string): Read<string> {
  return (node, what, report) => {
    const value = text(node, what, report);
    if (value === undefined || (test instanceof RegExp ? test.test(value) : test(value))) return value;
    report(node, `${what} must be ${shape}, not ${describeNode(node)}`);
    return undefined;
  };
}

/** A duration in milliseconds of at least `leastMs`. */
export function duration(leastMs: number): Read<number> {
  return (node, what, report) => {
    const ms = node.kind === 'scalar' ? parseDuration(node.text) : undefined;
    if (ms !== undefined && ms >= leastMs) return ms;
    const shape = ms === undefined ? 'a duration such as 200ms, 5s or 10m, of at most 7 days' : 'longer than nothing';
    report(node, `${what} must be ${shape}, not ${describeNode(node)}`);
    return undefined;
  };
}

export function wholeNumber(least: number, most: number): Read<number> {
  return (node, what, report) => {
    const value = node.kind === 'scalar' && node.plain && /^\d{1,9}$/.test(node.text) ? Number(node.text) : Number.NaN;
    if (value >= least && value <= most) return value;
    report(node, `${what} must be a whole number from ${least} to ${most}, not ${describeNode(node)}`);
    return undefined;
  };
}

export const truth: Read<boolean> = (node, what, report) => {
  const word = node.kind === 'scalar' && node.plain ? node.text.toLowerCase() : '';
  if (word === 'true' || word === 'false') return word === 'true';
  report(node, `${what} must be true or false, not ${describeNode(node)}`);
  return undefined;
};

/** A list; what is wrong with one item does not hide the others. */
export function listOf<T>(read: Read<T>): Read<T[]> {
  return (node, what, report) => {
    if (node.kind === 'sequence')
      return node.items.flatMap((item, at) => read(item, `${what}[${at}]`, report) ?? ([] as T[]));
    report(node, `${what} must be a list, not ${describeNode(node)}`);
    return undefined;
  };
}

/** A list, or one item without the list around it. */
export function oneOrMore<T>(read: Read<T>): Read<T[]> {
  return (node, what, report) => {
    if (node.kind === 'sequence') return listOf(read)(node, what, report);
    const one = read(node, what, report);
    return one === undefined ? undefined : [one];
  };
}

/** A mapping from names that `key` accepts to text. */
export function textMap(key: RegExp, keyShape: string, value: Read<string>): Read<Record<string, string>> {
  return (node, what, report) => {
    if (node.kind !== 'mapping') {
      report(node, `${what} must be a mapping, not ${describeNode(node)}`);
      return undefined;
    }
    const pairs: [string, string][] = [];
    for (const entry of node.entries) {
      if (!key.test(entry.key.text)) report(entry.key, `${what}: ${describeNode(entry.key)} must be ${keyShape}`);
      const read = value(entry.value, `${what}.${entry.key.text}`, report);
      if (read !== undefined) pairs.push([entry.key.text, read]);
    }
    return Object.fromEntries(pairs);
  };
}
