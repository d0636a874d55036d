import { equals, order } from './compare.ts';
import { convertToText, toNumber, toText, toTruth, type Truth } from './convert.ts';
import { toIndex, whole } from './decimal.ts';
import { fold, toLower, toUpper } from './fold.ts';
import { toJson } from './json.ts';
import { after, done, errorOf, settle, type EvaluationError, type Outcome } from './outcome.ts';
import type { FunctionName, StatusFunction } from './places.ts';
import { array, boolean, either, isOpen, kindsOf, number, text, unknownOf, type Known, type Value } from './value.ts';
import { TOO_MUCH, type Work } from './work.ts';

/** The functions whose arguments are not all evaluated, or not all in order: the evaluator has them. */
export type LazyFunction = 'and' | 'or' | 'in' | 'notIn' | 'coalesce' | 'format' | StatusFunction;
export type EagerFunction = Exclude<FunctionName, LazyFunction>;

/** The parser has counted the arguments, so the defaults below only satisfy the compiler. */
type Apply = (args: readonly [Value, ...Value[]], work: Work) => Outcome;

const ANY_TEXT = unknownOf('string');
const ANY_NUMBER = unknownOf('number');

/** What each function does with its evaluated arguments. */
export const EAGER: Record<EagerFunction, Apply> = {
  eq: ([left, right = left], work) => compared(left, right, (same) => same, work),
  ne: ([left, right = left], work) => compared(left, right, opposite, work),
  lt: ([left, right = left], work) => ordered('lt', left, right, work),
  le: ([left, right = left], work) => ordered('le', left, right, work),
  gt: ([left, right = left], work) => ordered('gt', left, right, work),
  ge: ([left, right = left], work) => ordered('ge', left, right, work),
  not: ([value]) => done(fromTruth(opposite(toTruth(value)))),
  xor: ([left, right = left]) => done(exactlyOne(toTruth(left), toTruth(right))),
  // Measured: both branches are evaluated, whichever is chosen.
  iif: ([condition, yes = condition, no = condition]) => done(choose(toTruth(condition), yes, no)),
  contains: (args, work) => search('contains', args, work, (content, part) => content.includes(part)),
  startsWith: (args, work) => search('startsWith', args, work, (content, part) => content.startsWith(part)),
  endsWith: (args, work) => search('endsWith', args, work, (content, part) => content.endsWith(part)),
  containsValue: ([target, wanted = target], work) => containsValue(target, wanted, work),
  lower: (args, work) => inOtherCase(args, work, toLower),
  upper: (args, work) => inOtherCase(args, work, toUpper),
  trim: (args, work) => onTexts(args, ANY_TEXT, work, ([value]) => text(value.trim())),
  replace: (args, work) => replace(args, work),
  split: (args, work) => onTexts(args, unknownOf('array'), work, ([value, by = '']) => split(value, by)),
  join: ([separator, list = separator], work) => join(separator, list, work),
  length: ([value]) => lengthOf(value),
  substring: (args, work) => substring(args, work),
  convertToJson: ([value], work) => json(value, work),
  // A number that the service keeps for each prefix, and nobody else knows.
  counter: () => done(ANY_NUMBER),
};

export function opposite(value: Truth): Truth {
  if (value === 'unknown') return 'unknown';
  return value === 'true' ? 'false' : 'true';
}

export function fromTruth(value: Truth): Value {
  return value === 'unknown' ? unknownOf('boolean') : boolean(value === 'true');
}

/** Takes the work of comparing two texts; what is not text costs nothing to speak of. */
export function takeComparison(left: Value, right: Value, work: Work): boolean {
  const cost = (left.kind === 'string' ? left.value.length : 1) + (right.kind === 'string' ? right.value.length : 1);
  return work.take(cost);
}

function compared(left: Value, right: Value, then: (same: Truth) => Truth, work: Work): Outcome {
  if (!takeComparison(left, right, work)) return settle(unknownOf('boolean'), TOO_MUCH);
  return done(fromTruth(then(equals(left, right))));
}

function ordered(ordering: Parameters<typeof order>[0], left: Value, right: Value, work: Work): Outcome {
  return takeComparison(left, right, work) ? order(ordering, left, right) : settle(unknownOf('boolean'), TOO_MUCH);
}

function exactlyOne(left: Truth, right: Truth): Value {
  return left === 'unknown' || right === 'unknown' ? unknownOf('boolean') : boolean(left !== right);
}

function choose(condition: Truth, yes: Value, no: Value): Value {
  if (condition === 'unknown') return either(yes, no);
  return condition === 'true' ? yes : no;
}

/** Both arguments become text, and case does not count (documented, measured: an array fails). */
function search(
  by: 'contains' | 'startsWith' | 'endsWith',
  args: readonly Value[],
  work: Work,
  found: (text: string, part: string) => boolean,
): Outcome {
  const [content, part] = args;
  if (content?.kind === 'unknown' && part !== undefined && part.kind !== 'unknown') {
    const literal = toText(part);
    const holds = (value: Known): boolean => found(fold(toText(value) ?? ''), fold(literal ?? ''));
    const answer = literal === undefined ? undefined : content.choice?.ask({ holds, shape: { by, literal } });
    if (answer !== undefined) return done(boolean(answer));
  }
  return onTexts(args, unknownOf('boolean'), work, ([value, part = '']) => boolean(found(fold(value), fold(part))));
}

/** Applies to the arguments as texts; to any unknown one, some value of the result's kind. */
function onTexts(
  args: readonly Value[],
  some: Value,
  work: Work,
  apply: (texts: readonly [string, ...string[]]) => Value,
): Outcome {
  const outcomes = args.map((arg) => convertToText(arg));
  const stopped = outcomes.find((outcome) => outcome.state === 'failed');
  if (stopped !== undefined) return stopped;
  const error = outcomes.map(errorOf).find((one) => one !== undefined);
  const texts = outcomes.flatMap((outcome) =>
    outcome.state !== 'failed' && outcome.value.kind === 'string' ? [outcome.value.value] : [],
  );
  const [first, ...rest] = texts;
  if (first === undefined || texts.length < args.length) return settle(some, error);
  const cost = texts.reduce((sum, one) => sum + one.length, 1);
  return work.take(cost) ? settle(apply([first, ...rest]), error) : settle(some, TOO_MUCH);
}

/** A text that is chosen answers every question as it does in another case, since case does not count. */
function inOtherCase(args: readonly Value[], work: Work, change: (text: string) => string): Outcome {
  const [value] = args;
  if (value?.kind !== 'unknown' || value.choice === undefined || value.kinds.some((kind) => kind !== 'string'))
    return onTexts(args, ANY_TEXT, work, ([content]) => text(change(content)));
  const { stand, ...rest } = value;
  return done(stand === undefined ? rest : { ...rest, stand: change(stand) });
}

/**
 * Each item is converted to the kind of the wanted value; measured: values of an object count too, and anything else
 * contains nothing.
 */
function containsValue(target: Value, wanted: Value, work: Work): Outcome {
  if (target.kind === 'unknown') {
    const contains = target.kinds.some((kind) => kind === 'array' || kind === 'object');
    return done(contains ? unknownOf('boolean') : boolean(false));
  }
  if (target.kind !== 'array' && target.kind !== 'object') return done(boolean(false));
  const items = target.kind === 'array' ? target.items : [...target.entries.values()].map((entry) => entry.value);
  let result: Truth = target.kind === 'object' && isOpen(target) ? 'unknown' : 'false';
  for (const item of items) {
    if (!takeComparison(wanted, item, work)) return settle(unknownOf('boolean'), TOO_MUCH);
    const same = equals(wanted, item);
    if (same === 'true') return done(boolean(true));
    if (same === 'unknown') result = 'unknown';
  }
  return done(fromTruth(result));
}

/** Case counts here, and searching for nothing replaces nothing (measured). */
function replace(args: readonly Value[], work: Work): Outcome {
  let fits = true;
  const outcome = onTexts(args, ANY_TEXT, work, ([value, old = '', by = '']) => {
    if (old === '') return text(value);
    const parts = value.split(old);
    fits = work.takeText(value.length + (parts.length - 1) * (by.length - old.length));
    return fits ? text(parts.join(by)) : ANY_TEXT;
  });
  return fits ? outcome : settle(ANY_TEXT, TOO_MUCH);
}

/** By the whole delimiter, keeping empty parts; an empty delimiter does not split (measured). */
function split(value: string, by: string): Value {
  return array((by === '' ? [value] : value.split(by)).map(text));
}

/** Arrays and objects inside become empty texts; what is no array becomes text itself (documented, measured). */
function join(separator: Value, list: Value, work: Work): Outcome {
  const by = convertToText(separator);
  if (by.state === 'failed') return by;
  if (list.kind === 'unknown') return after(errorOf(by), settle(ANY_TEXT, errorOf(joinScalar(list))));
  if (list.kind !== 'array') return after(errorOf(by), joinScalar(list));
  if (by.value.kind !== 'string') return settle(ANY_TEXT, errorOf(by));
  const between = by.value.value;
  const texts: string[] = [];
  for (const item of list.items) {
    if (item.kind === 'unknown') return done(ANY_TEXT);
    texts.push(toText(item) ?? '');
  }
  const length = texts.reduce((sum, one) => sum + one.length + between.length, 0);
  return work.takeText(length) ? done(text(texts.join(between))) : settle(ANY_TEXT, TOO_MUCH);
}

/** Nobody measured an object there: it fails, or it is some text. */
function joinScalar(value: Value): Outcome {
  const converted = convertToText(value);
  return converted.state === 'failed' ? settle(ANY_TEXT, converted.error) : converted;
}

/** Of a text, an array or an object (measured, the last undocumented). Of anything else nobody knows. */
function lengthOf(value: Value): Outcome {
  if (value.kind === 'string') return done(number(whole(value.value.length)));
  if (value.kind === 'array') return done(number(whole(value.items.length)));
  if (value.kind === 'object') return done(isOpen(value) ? ANY_NUMBER : number(whole(value.entries.size)));
  const other = kindsOf(value).find((kind) => kind !== 'string' && kind !== 'array' && kind !== 'object');
  return settle(ANY_NUMBER, other === undefined ? undefined : inferred(`the length of a ${other} value`));
}

/** `substring(text, start, length)`. Undocumented: inside the text it is certain, at its edges it may fail. */
function substring(args: readonly Value[], work: Work): Outcome {
  const doubtful = settle(ANY_TEXT, inferred('a substring that reaches beyond its text'));
  const [source, start, length] = args;
  const from = positionOf(start);
  const count = positionOf(length);
  if (source === undefined || from === undefined || count === undefined) return doubtful;
  const outcome = onTexts([source], ANY_TEXT, work, ([content]) => text(content.slice(from, from + count)));
  if (outcome.state !== 'value' || outcome.value.kind !== 'string') return doubtful;
  return outcome.value.value.length === count ? outcome : doubtful;
}

function positionOf(value: Value | undefined): number | undefined {
  if (value === undefined || value.kind === 'unknown') return undefined;
  const position = toNumber(value);
  return position === undefined ? undefined : toIndex(position);
}

/** A point that nobody has measured: the service may fail there, and we say so and do not guess. */
function inferred(what: string): EvaluationError {
  return { code: 'unmeasured', message: `It is not known what the service makes of ${what}.` };
}

function json(value: Value, work: Work): Outcome {
  const written = toJson(value, work);
  if (written === 'too-much') return settle(ANY_TEXT, TOO_MUCH);
  return done(written === 'unknown' ? ANY_TEXT : text(written.text));
}
