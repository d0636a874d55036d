import { fromNumber, type Decimal } from './decimal.ts';
import { fold } from './fold.ts';

/** The kinds of value of the language (documented, measured): there is no null literal, but null is a value. */
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'version' | 'array' | 'object';

export const ALL_KINDS: readonly Kind[] = ['null', 'boolean', 'number', 'string', 'version', 'array', 'object'];

export interface ArrayValue {
  readonly kind: 'array';
  readonly items: readonly Value[];
  /** Made by `*`: a later access then applies to each item and leaves out those that have nothing there (measured). */
  readonly filtered: boolean;
}

export interface ObjectValue {
  readonly kind: 'object';
  /** By the key in the form in which it is looked up, in written order. */
  readonly entries: ReadonlyMap<string, Entry>;
  /**
   * Measured: contexts ignore the case of a key (`variables`, the top level of `parameters`, `resources`), objects
   * inside a parameter do not.
   */
  readonly keys: 'exact' | 'ignoreCase';
  /**
   * What a key that is not there yields: null nearly everywhere, an error at the top level of `parameters` (measured).
   * An unknown value says that not all keys are known, so that nothing is concluded from counting them.
   */
  readonly missing: Value | 'error';
}

export interface Entry {
  readonly key: string;
  readonly value: Value;
}

/** A value of the language that is known, though an array or object may hold parts that are not. */
export type Known =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: Decimal }
  | { readonly kind: 'string'; readonly value: string }
  /** Two to four parts; a literal has three or four (measured). Missing parts count as less than zero. */
  | { readonly kind: 'version'; readonly parts: readonly number[] }
  | ArrayValue
  | ObjectValue;

/** How a text can be asked about, in a form from which a text can be made that answers yes. */
export interface Shape {
  readonly by: 'eq' | 'startsWith' | 'endsWith' | 'contains';
  /** Case does not count, as everywhere in the language. */
  readonly literal: string;
}

/** A question with two answers about a value that somebody chooses. */
export interface Question {
  /** The answer for one value. */
  holds(value: Known): boolean;
  /** Undefined where no text can be made from the question. */
  readonly shape: Shape | undefined;
}

/**
 * A value that is chosen when a run is queued. It is not known, and yet it is the same wherever it is asked for: so one
 * question has one answer in all of the pipeline.
 */
export interface Choice {
  /** Undefined: it depends on what is chosen. Whoever chooses has then been told of the question. */
  ask(question: Question): boolean | undefined;
}

/** A value that is not known before the run: any value of one of these kinds. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly kinds: readonly Kind[];
  /** Who can be asked about it. */
  readonly choice?: Choice;
  /** A text that may stand for it where it does nothing but name things. */
  readonly stand?: string;
  /** The text that it has, whatever it is. */
  readonly written?: string;
}

export type Value = Known | Unknown;

export const NULL: Known = { kind: 'null' };
export const TRUE: Known = { kind: 'boolean', value: true };
export const FALSE: Known = { kind: 'boolean', value: false };

/** Anything at all. */
export const UNKNOWN: Unknown = { kind: 'unknown', kinds: ALL_KINDS };
/** A variable or output that may be set or not: variables are strings (documented), a missing one is null. */
export const UNKNOWN_TEXT: Unknown = { kind: 'unknown', kinds: ['null', 'string'] };

/** Some value of the kinds named. */
export function unknownOf(...kinds: readonly Kind[]): Unknown {
  return { kind: 'unknown', kinds: ALL_KINDS.filter((kind) => kinds.includes(kind)) };
}

export function text(value: string): Known {
  return { kind: 'string', value };
}

export function boolean(value: boolean): Known {
  return value ? TRUE : FALSE;
}

export function number(value: Decimal): Known {
  return { kind: 'number', value };
}

export function array(items: readonly Value[]): ArrayValue {
  return { kind: 'array', items, filtered: false };
}

/** An object inside a parameter: keys in their exact case, null where there is nothing. */
export function object(entries: Iterable<readonly [string, Value]>): ObjectValue {
  return makeObject(entries, 'exact', NULL);
}

/**
 * A context such as `variables` or `dependencies`, or an object below one: keys in any case. Give `missing` as
 * `UNKNOWN_TEXT` for variables that may be set where we cannot see, and as `'error'` for `parameters`.
 */
export function context(entries: Iterable<readonly [string, Value]>, missing: Value | 'error' = NULL): ObjectValue {
  return makeObject(entries, 'ignoreCase', missing);
}

/**
 * A parameter's value as YAML wrote it (text, numbers, booleans, lists, plain objects). A null there is the empty string
 * (measured). What has no meaning in the language, such as a date, becomes unknown and not a guess.
 */
export function fromYaml(data: unknown): Value {
  if (data === null || data === undefined) return text('');
  if (typeof data === 'string') return text(data);
  if (typeof data === 'boolean') return boolean(data);
  if (typeof data === 'number') {
    const decimal = fromNumber(data);
    return decimal === undefined ? unknownOf('number', 'string') : number(decimal);
  }
  if (Array.isArray(data)) return array(data.map(fromYaml));
  if (typeof data === 'object' && isPlain(data))
    return object(Object.entries(data).map(([key, value]) => [key, fromYaml(value)] as const));
  return UNKNOWN;
}

/** The entry of an object under a key, in the case rule of the object. */
export function lookUp(target: ObjectValue, key: string): Value | 'error' {
  return target.entries.get(target.keys === 'exact' ? key : fold(key))?.value ?? target.missing;
}

/** Whether an object may hold keys that we do not see. */
export function isOpen(target: ObjectValue): boolean {
  return target.missing !== 'error' && target.missing.kind === 'unknown';
}

export function isUnknown(value: Value): value is Unknown {
  return value.kind === 'unknown';
}

export function kindsOf(value: Value): readonly Kind[] {
  return value.kind === 'unknown' ? value.kinds : [value.kind];
}

/** The least that is true of both: the value itself when they are the same, else some value of their kinds. */
export function either(a: Value, b: Value): Value {
  return a === b || sameScalar(a, b) ? a : unknownOf(...kindsOf(a), ...kindsOf(b));
}

function sameScalar(a: Value, b: Value): boolean {
  if (a.kind === 'null') return b.kind === 'null';
  if (a.kind === 'boolean' || a.kind === 'number' || a.kind === 'string')
    return a.kind === b.kind && a.value === b.value;
  return false;
}

function makeObject(
  entries: Iterable<readonly [string, Value]>,
  keys: 'exact' | 'ignoreCase',
  missing: Value | 'error',
): ObjectValue {
  const byKey = new Map<string, Entry>();
  for (const [key, value] of entries) byKey.set(keys === 'exact' ? key : fold(key), { key, value });
  return { kind: 'object', entries: byKey, keys, missing };
}

function isPlain(data: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === Object.prototype || prototype === null;
}
