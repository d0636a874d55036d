import { formatDecimal, parseText, whole, type Decimal } from './decimal.ts';
import { done, failed, settle, type EvaluationError, type Outcome } from './outcome.ts';
import { FALSE, kindsOf, NULL, text, TRUE, unknownOf, type Kind, type Known, type Value } from './value.ts';

/** True, false, or not to be told before the run. */
export type Truth = 'true' | 'false' | 'unknown';

/** The kinds that a value is converted to. */
export type Target = 'number' | 'string' | 'version';

const LARGEST_PART = 2 ** 31 - 1;
const VERSION_PART = /^[\t-\r ]*\+?(\d{1,10})[\t-\r ]*$/;

/**
 * Whether every, some or no value of a kind converts. The chart of the documentation, row by row; arrays and objects
 * convert to nothing (measured), and to boolean everything converts.
 */
const CONVERTS: Record<Target, Record<Kind, 'all' | 'some' | 'none'>> = {
  number: {
    null: 'all',
    boolean: 'all',
    number: 'all',
    string: 'some',
    version: 'none',
    array: 'none',
    object: 'none',
  },
  string: { null: 'all', boolean: 'all', number: 'all', string: 'all', version: 'all', array: 'none', object: 'none' },
  version: {
    null: 'none',
    boolean: 'none',
    number: 'some',
    string: 'some',
    version: 'all',
    array: 'none',
    object: 'none',
  },
};

/**
 * Truthiness, for every kind measured: null, false, zero and the empty string are false; any other number or text, and
 * every version, array and object (empty ones too), is true. So the text `false` is true.
 */
export function toBoolean(value: Known): boolean {
  switch (value.kind) {
    case 'null':
      return false;
    case 'boolean':
      return value.value;
    case 'number':
      return value.value !== 0n;
    case 'string':
      return value.value !== '';
    case 'version':
    case 'array':
    case 'object':
      return true;
  }
}

/** Truthiness of a value that may be unknown. */
export function toTruth(value: Value): Truth {
  if (value.kind !== 'unknown') return truth(toBoolean(value));
  const answer = value.choice?.ask({ holds: toBoolean, shape: { by: 'eq', literal: '' } });
  if (answer !== undefined) return truth(answer);
  if (value.kinds.every((kind) => kind === 'version' || kind === 'array' || kind === 'object')) return 'true';
  return value.kinds.every((kind) => kind === 'null') ? 'false' : 'unknown';
}

export function truth(value: boolean): Truth {
  return value ? 'true' : 'false';
}

/** Text to number also reads decimals and thousands separators: measured, against the documentation's `Int32`. */
export function toNumber(value: Known): Decimal | undefined {
  switch (value.kind) {
    case 'null':
      return 0n;
    case 'boolean':
      return whole(value.value ? 1 : 0);
    case 'number':
      return value.value;
    case 'string':
      return value.value === '' ? 0n : parseText(value.value);
    case 'version':
    case 'array':
    case 'object':
      return undefined;
  }
}

/** `True` and `False` with a capital, null as the empty string (documented, measured). */
export function toText(value: Known): string | undefined {
  switch (value.kind) {
    case 'null':
      return '';
    case 'boolean':
      return value.value ? 'True' : 'False';
    case 'number':
      return formatDecimal(value.value);
    case 'string':
      return value.value;
    case 'version':
      return value.parts.join('.');
    case 'array':
    case 'object':
      return undefined;
  }
}

/** Two to four parts; a number converts through its text, so a whole number does not (measured). */
export function toVersion(value: Known): readonly number[] | undefined {
  if (value.kind === 'version') return value.parts;
  if (value.kind !== 'number' && value.kind !== 'string') return undefined;
  return parseVersion(toText(value) ?? '');
}

/** The parts of a version in a text, at most four of at most 2^31-1, as .NET reads them. */
export function parseVersion(source: string): readonly number[] | undefined {
  if (source.length > 64) return undefined;
  const parts = source.split('.').map((part) => VERSION_PART.exec(part)?.[1]);
  if (parts.length < 2 || parts.length > 4) return undefined;
  const numbers = parts.map((part) => (part === undefined ? Number.NaN : Number(part)));
  return numbers.every((part) => part <= LARGEST_PART) ? numbers : undefined;
}

/** A value as text; an array or object, which is no text, fails the evaluation (measured). */
export function convertToText(value: Value): Outcome {
  if (value.kind !== 'unknown') {
    const converted = toText(value);
    return converted === undefined ? failed(conversionError(value.kind, 'string', value)) : done(text(converted));
  }
  if (value.written !== undefined) return done(text(value.written));
  const stuck = value.kinds.find((kind) => CONVERTS.string[kind] === 'none');
  if (stuck === undefined) return done(unknownOf('string'));
  const hopeless = value.kinds.every((kind) => CONVERTS.string[kind] === 'none');
  return settle(hopeless ? undefined : unknownOf('string'), conversionError(stuck, 'string'));
}

/** Whether a value, or some value of a kind, converts: always, for some, or never. */
export function converts(value: Known | Kind, target: Target): 'all' | 'some' | 'none' {
  if (typeof value === 'string') return CONVERTS[target][value];
  const converted = target === 'number' ? toNumber(value) : target === 'string' ? toText(value) : toVersion(value);
  return converted === undefined ? 'none' : 'all';
}

/** The service's sentence, measured for text to number and for arrays and objects to text. */
export function conversionError(from: Kind, to: Target, value?: Known): EvaluationError {
  const shown = value === undefined || value.kind !== from ? undefined : showValue(value);
  return {
    code: 'conversion',
    message: `Unable to convert from ${title(from)} to ${title(to)}.${shown === undefined ? '' : ` Value: ${shown}`}`,
  };
}

/** The kinds a value may have, with the few values of null and boolean spelled out. */
export function instances(value: Value): readonly (Known | Kind)[] {
  if (value.kind !== 'unknown') return [value];
  return kindsOf(value).flatMap((kind): (Known | Kind)[] => {
    if (kind === 'null') return [NULL];
    return kind === 'boolean' ? [TRUE, FALSE] : [kind];
  });
}

function showValue(value: Known): string {
  const LONGEST = 100;
  if (value.kind === 'array' || value.kind === 'object' || value.kind === 'null') return title(value.kind);
  const shown = toText(value) ?? '';
  const cut = shown.length > LONGEST ? `${shown.slice(0, LONGEST)}[...]` : shown;
  return value.kind === 'string' ? `'${cut.replace(/'/g, "''")}'` : cut;
}

function title(kind: Kind): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}
