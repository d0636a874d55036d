import { convertToText, toNumber, toText } from './convert.ts';
import { toIndex } from './decimal.ts';
import { done, failed, settle, type EvaluationError, type Outcome } from './outcome.ts';
import {
  isOpen,
  isUnknown,
  lookUp,
  NULL,
  UNKNOWN,
  unknownOf,
  type ArrayValue,
  type Known,
  type ObjectValue,
  type Value,
} from './value.ts';
import { TOO_MUCH, type Work } from './work.ts';

const SOME_ARRAY = unknownOf('array');

/**
 * `target.key` and `target[key]`, which are one (measured). What is not there is null, and so is anything inside null
 * or inside a text; only the top level of `parameters` fails. An index into an array is rounded down; a negative, far or
 * non-numeric one finds nothing. After `*` the access applies to every item and leaves out those without (measured).
 */
export function access(target: Value, key: Value, work: Work): Outcome {
  if (isUnknown(target)) return done(hasMembers(target) ? UNKNOWN : NULL);
  if (target.kind === 'object') return fromObject(target, key);
  if (target.kind !== 'array') return done(NULL);
  if (target.filtered) return mapItems(target, key, work);
  if (isUnknown(key)) return done(target.items.length === 0 ? NULL : UNKNOWN);
  return done(itemAt(target, key) ?? NULL);
}

/**
 * `target.*` and `target[*]`: the items of an array or the values of an object in written order; nothing for all else;
 * a second one flattens one level (measured for each).
 */
export function filter(target: Value, work: Work): Outcome {
  if (isUnknown(target)) return done(hasMembers(target) ? SOME_ARRAY : filtered([]));
  if (target.kind !== 'object' && target.kind !== 'array') return done(filtered([]));
  const sources = target.kind === 'array' && target.filtered ? target.items : [target];
  const items: Value[] = [];
  for (const source of sources) {
    if (isUnknown(source) ? hasMembers(source) : source.kind === 'object' && isOpen(source)) return done(SOME_ARRAY);
    if (!work.take(1 + sizeOf(source))) return settle(SOME_ARRAY, TOO_MUCH);
    if (source.kind === 'array') for (const item of source.items) items.push(item);
    else if (source.kind === 'object') for (const { value } of source.entries.values()) items.push(value);
  }
  return done(filtered(items));
}

function fromObject(target: ObjectValue, key: Value): Outcome {
  const name = convertToText(key);
  const mayMiss: EvaluationError | undefined = target.missing === 'error' ? keyNotFound(undefined) : undefined;
  if (name.state === 'failed') return settle(NULL, mayMiss);
  if (name.value.kind !== 'string') {
    const nothing = target.entries.size === 0 && target.missing !== 'error' && target.missing.kind === 'null';
    return settle(nothing ? NULL : UNKNOWN, mayMiss);
  }
  const found = lookUp(target, name.value.value);
  return found === 'error' ? failed(keyNotFound(name.value.value)) : done(found);
}

function mapItems(target: ArrayValue, key: Value, work: Work): Outcome {
  const items: Value[] = [];
  for (const item of target.items) {
    if (!work.take(1)) return settle(SOME_ARRAY, TOO_MUCH);
    if (isUnknown(item)) {
      if (hasMembers(item)) return done(SOME_ARRAY);
      continue;
    }
    if (item.kind !== 'array' && item.kind !== 'object') continue;
    if (isUnknown(key)) return done(SOME_ARRAY);
    if (item.kind === 'object' && isOpen(item)) return done(SOME_ARRAY);
    const found = item.kind === 'array' ? itemAt(item, key) : entryAt(item, key);
    if (found !== undefined) items.push(found);
  }
  return done(filtered(items));
}

function itemAt(target: ArrayValue, key: Known): Value | undefined {
  const position = toNumber(key);
  const index = position === undefined ? undefined : toIndex(position);
  return index === undefined ? undefined : target.items[index];
}

function entryAt(target: ObjectValue, key: Known): Value | undefined {
  const name = toText(key);
  if (name === undefined) return undefined;
  const closed: ObjectValue = { ...target, missing: 'error' };
  const found = lookUp(closed, name);
  return found === 'error' ? undefined : found;
}

function hasMembers(target: Value): boolean {
  return target.kind === 'unknown' && target.kinds.some((kind) => kind === 'array' || kind === 'object');
}

function sizeOf(value: Value): number {
  if (value.kind === 'array') return value.items.length;
  return value.kind === 'object' ? value.entries.size : 0;
}

function filtered(items: readonly Value[]): ArrayValue {
  return { kind: 'array', items, filtered: true };
}

/** The service's sentence, measured at the top level of `parameters`. */
function keyNotFound(key: string | undefined): EvaluationError {
  return { code: 'key-not-found', message: key === undefined ? 'Key not found' : `Key not found '${key}'` };
}
