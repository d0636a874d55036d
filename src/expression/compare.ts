import {
  conversionError,
  converts,
  instances,
  toBoolean,
  toNumber,
  toText,
  toVersion,
  truth,
  type Target,
  type Truth,
} from './convert.ts';
import { fold } from './fold.ts';
import { done, settle, type EvaluationError, type Outcome } from './outcome.ts';
import { boolean, unknownOf, type Kind, type Known, type Value, type Question } from './value.ts';

/**
 * `eq`: the right side is converted to the kind of the left, and what does not convert is unequal (documented,
 * measured). Text compares without regard to case; arrays and objects are equal only to themselves (measured), so two
 * equal lists written twice are not. Certain only when every value that an unknown side may have agrees.
 */
export function equals(left: Value, right: Value): Truth {
  if (left.kind !== 'unknown' && right.kind !== 'unknown') return truth(equalKnown(left, right));
  const answer = askEqual(left, right);
  if (answer !== undefined) return truth(answer);
  const rights = instances(right);
  let found: Truth | undefined;
  for (const a of instances(left)) {
    for (const b of rights) {
      const one = equalInstances(a, b);
      if (one === 'unknown' || (found !== undefined && found !== one)) return 'unknown';
      found = one;
    }
  }
  return found ?? 'unknown';
}

/** What a value that is chosen says of being equal to one that is known. */
function askEqual(left: Value, right: Value): boolean | undefined {
  if (left.kind === 'unknown')
    return right.kind === 'unknown'
      ? undefined
      : left.choice?.ask({ holds: (value) => equalKnown(value, right), shape: equalTo(right) });
  return right.kind === 'unknown'
    ? right.choice?.ask({ holds: (value) => equalKnown(left, value), shape: reverseOf(left) })
    : undefined;
}

/** A chosen text on the left: the right is taken as text. */
function equalTo(right: Known): Question['shape'] {
  const literal = toText(right);
  return literal === undefined ? undefined : { by: 'eq', literal };
}

/** A chosen text on the right becomes what the left is; of many a number no text can be made, as `1` and `1.0` are both. */
function reverseOf(left: Known): Question['shape'] {
  if (left.kind === 'string') return { by: 'eq', literal: left.value };
  return left.kind === 'null' || left.kind === 'boolean' ? { by: 'eq', literal: '' } : undefined;
}

export type Ordering = 'lt' | 'le' | 'gt' | 'ge';

/**
 * `lt`, `le`, `gt`, `ge`: the right side is converted to the kind of the left, and what does not convert fails the
 * evaluation (documented, measured). A null, array or object on the left is itself converted to a number first, which
 * fails for arrays and objects (measured; for null inferred from the open SDK).
 */
export function order(ordering: Ordering, left: Value, right: Value): Outcome {
  if (left.kind !== 'unknown' && right.kind !== 'unknown') {
    const sign = compareKnown(left, right);
    return typeof sign === 'number' ? done(boolean(holds(ordering, sign))) : settle(undefined, sign);
  }
  let error: EvaluationError | undefined;
  let possible = false;
  for (const a of instances(left)) {
    for (const b of instances(right)) {
      const success = comparable(a, b);
      possible ||= success !== 'none';
      if (success !== 'all') error ??= conversionError(kindOf(b), targetOf(kindOf(a)) ?? 'number');
    }
  }
  return settle(possible ? unknownOf('boolean') : undefined, error);
}

function equalKnown(left: Known, right: Known): boolean {
  switch (left.kind) {
    case 'null':
      return right.kind === 'null' || (right.kind === 'string' && right.value === '');
    case 'boolean':
      return left.value === toBoolean(right);
    case 'number':
      return left.value === toNumber(right);
    case 'string': {
      const other = toText(right);
      return other !== undefined && (left.value === other || fold(left.value) === fold(other));
    }
    case 'version': {
      const other = toVersion(right);
      return other !== undefined && compareParts(left.parts, other) === 0;
    }
    case 'array':
    case 'object':
      return left === right;
  }
}

/** Equality where a side may be no more than a kind, other than null and boolean. */
function equalInstances(left: Known | Kind, right: Known | Kind): Truth {
  if (typeof left !== 'string' && typeof right !== 'string') return truth(equalKnown(left, right));
  switch (kindOf(left)) {
    case 'null':
      return kindOf(right) === 'string' ? 'unknown' : 'false';
    case 'boolean':
      if (typeof left !== 'string' && ['version', 'array', 'object'].includes(kindOf(right)))
        return truth(toBoolean(left));
      return 'unknown';
    case 'number':
      return converts(right, 'number') === 'none' ? 'false' : 'unknown';
    case 'string':
      return converts(right, 'string') === 'none' ? 'false' : 'unknown';
    case 'version':
      return converts(right, 'version') === 'none' ? 'false' : 'unknown';
    case 'array':
    case 'object':
      return kindOf(left) === kindOf(right) ? 'unknown' : 'false';
  }
}

function compareKnown(left: Known, right: Known): number | EvaluationError {
  switch (left.kind) {
    case 'boolean':
      return Number(left.value) - Number(toBoolean(right));
    case 'string': {
      const other = toText(right);
      return other === undefined ? conversionError(right.kind, 'string', right) : compareText(left.value, other);
    }
    case 'version': {
      const other = toVersion(right);
      return other === undefined ? conversionError(right.kind, 'version', right) : compareParts(left.parts, other);
    }
    case 'null':
    case 'number':
    case 'array':
    case 'object': {
      const mine = toNumber(left);
      if (mine === undefined) return conversionError(left.kind, 'number', left);
      const other = toNumber(right);
      if (other === undefined) return conversionError(right.kind, 'number', right);
      return mine < other ? -1 : mine > other ? 1 : 0;
    }
  }
}

function comparable(left: Known | Kind, right: Known | Kind): 'all' | 'some' | 'none' {
  const target = targetOf(kindOf(left));
  if (target === undefined) return 'all';
  const own = kindOf(left) === target ? 'all' : converts(left, target);
  return own === 'none' ? 'none' : converts(right, target);
}

/** The kind in which a left side of this kind is ordered; undefined for boolean, to which everything converts. */
function targetOf(left: Kind): Target | undefined {
  if (left === 'boolean') return undefined;
  return left === 'string' || left === 'version' ? left : 'number';
}

function kindOf(value: Known | Kind): Kind {
  return typeof value === 'string' ? value : value.kind;
}

function compareText(a: string, b: string): number {
  const [left, right] = [fold(a), fold(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Part by part; a part that is not there is less than zero, so `1.2` is less than `1.2.0` (measured). */
function compareParts(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < 4; index++) {
    const difference = (a[index] ?? -1) - (b[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

function holds(ordering: Ordering, sign: number): boolean {
  switch (ordering) {
    case 'lt':
      return sign < 0;
    case 'le':
      return sign <= 0;
    case 'gt':
      return sign > 0;
    case 'ge':
      return sign >= 0;
  }
}
