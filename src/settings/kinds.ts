import { didYouMean } from '../finding/nearest.ts';
import { formatDuration, LONGEST_DURATION_MS, parseDuration } from '../time/duration.ts';
import type { Description, Kind, Parsed, Setting } from './setting.ts';

/** A pattern that a text must match, and the rule in words: `must be ...`. */
export interface Pattern {
  readonly matches: RegExp;
  readonly rule: string;
}

/** Any text, or one that matches a pattern. */
export function text(about: Description & { pattern?: Pattern; secret?: boolean }): Setting<string> {
  const { pattern, secret = false, ...description } = about;
  const parse = (given: string): Parsed<string> =>
    pattern === undefined || pattern.matches.test(given) ? pass(given) : fail(pattern.rule);
  return { ...setting('text', description, parse), secret };
}

/** A whole number from `min` to `max`, both included. */
export function int(about: Description & { min: number; max: number }): Setting<number> {
  const { min, max, ...description } = about;
  return setting('int', description, (given) => {
    const value = Number(given);
    const whole = /^-?\d+$/.test(given) && value >= min && value <= max;
    return whole ? pass(value) : fail(`must be a whole number from ${min} to ${max}`);
  });
}

/** `true` or `false`, in any letter case, as Azure Pipelines and command lines write them. */
export function boolean(about: Description): Setting<boolean> {
  const read = setting('boolean', about, (given) => {
    const lower = given.toLowerCase();
    return lower === 'true' || lower === 'false' ? pass(lower === 'true') : fail('must be true or false');
  });
  return { ...read, choices: ['true', 'false'] };
}

/** A duration with its unit (`200ms`, `5s`, `10m`, `1h`), read as milliseconds. */
export function duration(about: Description & { minMs?: number; maxMs?: number }): Setting<number> {
  const { minMs = 0, maxMs = LONGEST_DURATION_MS, ...description } = about;
  return setting('duration', description, (given) => {
    const ms = parseDuration(given);
    if (ms === undefined) return fail('must be a duration with its unit, such as 500ms, 5s, 10m or 1h');
    if (ms < minMs) return fail(`must be at least ${formatDuration(minMs)}`);
    return ms <= maxMs ? pass(ms) : fail(`must be at most ${formatDuration(maxMs)}`);
  });
}

/**
 * One of a closed set of values, in any letter case. `synonyms` are other spellings people bring along; `notYet` are
 * values that the product knows but does not serve, so that the refusal can say so.
 */
export function oneOf<const C extends string>(
  choices: readonly C[],
  about: Description & { synonyms?: Readonly<Record<string, C>>; notYet?: readonly string[] },
): Setting<C> {
  const { synonyms = {}, notYet = [], ...description } = about;
  const spellings = new Map<string, C>([
    ...choices.map((choice) => [choice.toLowerCase(), choice] as const),
    ...Object.entries(synonyms).map(([spelling, choice]) => [spelling.toLowerCase(), choice] as const),
  ]);
  const later = new Set(notYet.map((value) => value.toLowerCase()));
  const read = setting('oneOf', description, (given) => {
    const choice = spellings.get(given.toLowerCase());
    if (choice !== undefined) return pass(choice);
    const known = choices.length === 1 ? `only '${choices[0]}'` : `one of ${choices.join(', ')}`;
    if (later.has(given.toLowerCase())) return fail(`is not supported yet: it can be ${known}`);
    return fail(`must be ${known}${didYouMean(given, choices)}`);
  });
  return { ...read, choices };
}

/** Several values, separated by commas or line ends; empty ones are dropped, repeated ones are refused. */
export function list(about: Description & { item?: Pattern }): Setting<readonly string[]> {
  const { item, ...description } = about;
  return setting('list', description, (given) => {
    const items = given
      .split(/[,\n]/)
      .map((one) => one.trim())
      .filter((one) => one !== '');
    const wrong = items.find((one) => item !== undefined && !item.matches.test(one));
    if (wrong !== undefined) return fail(`holds '${wrong}', which ${item?.rule ?? ''}`);
    const twice = items.find((one, index) => items.indexOf(one) !== index);
    return twice === undefined ? pass(items) : fail(`names '${twice}' twice`);
  });
}

/** A list of `name=value`, read as a record without a prototype: names come from outside. */
export function pairs(about: Description): Setting<Readonly<Record<string, string>>> {
  const items = list({ ...about, item: { matches: /^[^=\s]+=\S.*$/, rule: 'must be written name=value' } });
  return setting('list', about, (given) => {
    const parsed = items.parse(given);
    if (!parsed.ok) return parsed;
    const values = Object.create(null) as Record<string, string>;
    for (const one of parsed.value) {
      const name = one.slice(0, one.indexOf('='));
      if (name in values) return fail(`names '${name}' twice`);
      values[name] = one.slice(name.length + 1).trim();
    }
    return pass(values);
  });
}

/** `name=value`, one a line or one a flag: unlike in `pairs`, a value may be empty and hold commas, as JSON does. */
export function assignments(about: Description): Setting<Readonly<Record<string, string>>> {
  return setting('lines', about, (given) => {
    const values = Object.create(null) as Record<string, string>;
    for (const line of given.split('\n').filter((one) => one.trim() !== '')) {
      const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=(.*)$/.exec(line) ?? [];
      if (name === '') return fail(`holds '${line.trim()}', which must be written name=value`);
      if (name in values) return fail(`names '${name}' twice`);
      values[name] = value.trim();
    }
    return pass(values);
  });
}

/** A file of this machine, absolute or relative to the working folder. That it exists is for its reader to say. */
export function path(about: Description): Setting<string> {
  return setting('path', about, (given) =>
    given.includes('\0') ? fail('must not hold a NUL character') : pass(given),
  );
}

/** The name or id of an Azure Resource Manager service connection, as the agent hands it over. */
export function armConnection(about: Description): Setting<string> {
  return setting('armConnection', about, pass);
}

/** A setting with a parser of its own: for a value that has a shape, such as `auto` or a path. */
export function setting<T>(kind: Kind, about: Description, parse: (given: string) => Parsed<T>): Setting<T> {
  return { ...about, kind, presence: { state: 'required' }, choices: [], secret: false, parse };
}

export function pass<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function fail(rule: string): Parsed<never> {
  return { ok: false, rule };
}
