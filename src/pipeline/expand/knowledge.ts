import { toText } from '../../expression/convert.ts';
import { formatDecimal, parseText } from '../../expression/decimal.ts';
import { fold } from '../../expression/fold.ts';
import { number, text, type Known, type Question, type Shape } from '../../expression/value.ts';

/** What one case knows of a value that is chosen when a run is queued. Never changed; a split makes new ones. */
export type Knowledge =
  /** One of these, each written as one would give it on the command line. */
  | { readonly kind: 'values'; readonly possible: readonly Possible[]; readonly all: readonly Possible[] }
  /** Any text, or any number, of which this is known. */
  | { readonly kind: 'text' | 'number'; readonly answers: readonly Answer[]; readonly fallback: string | undefined };

export interface Possible {
  readonly written: string;
  readonly value: Known;
}

/** Whether a text is, begins with, ends with or contains another. */
export interface Answer {
  readonly shape: Shape;
  readonly yes: boolean;
}

/** Stands in no literal, so that what is put together with it is nothing but that. */
const BETWEEN = '\u0000';
/** Subsets of what a text may contain double with each; a pipeline that asks more than this is not split by it. */
const MOST_PARTS = 6;
const MOST_CANDIDATES = 2048;

/**
 * The one answer that all values left have, or undefined. Of the endless many texts those are looked at that stand for
 * all others: to every set of answers that some text gives, one of them gives the same (see `candidatesOf`).
 */
export function answerOf(knowledge: Knowledge, question: Question): boolean | undefined {
  const values = valuesOf(knowledge, normal(knowledge, question.shape));
  const first = values?.[0];
  if (values === undefined || first === undefined) return undefined;
  const answer = question.holds(first);
  return values.every((value) => question.holds(value) === answer) ? answer : undefined;
}

/** The value, once no other is left; of a text that is known to be equal to a literal, the literal. */
export function onlyValue(knowledge: Knowledge): Known | undefined {
  if (knowledge.kind === 'values') return knowledge.possible.length === 1 ? knowledge.possible[0]!.value : undefined;
  const equal = knowledge.answers.find(({ shape, yes }) => yes && shape.by === 'eq');
  return equal === undefined ? undefined : valueFrom(knowledge.kind, equal.shape.literal);
}

/** The default, where it fits what is known. */
export function fallbackOf(knowledge: Knowledge): string | undefined {
  if (knowledge.kind === 'values' || knowledge.fallback === undefined) return undefined;
  const fits = knowledge.answers.every(({ shape, yes }) => answers(knowledge.fallback!, shape) === yes);
  return fits ? knowledge.fallback : undefined;
}

/** The cases that a question makes of what is known, the default's own first: two, or none when it cannot be told apart. */
export function splitBy(knowledge: Knowledge, question: Question): readonly Knowledge[] {
  if (knowledge.kind === 'values') {
    const parts = [true, false].map((yes) => ({
      ...knowledge,
      possible: knowledge.possible.filter(({ value }) => question.holds(value) === yes),
    }));
    const made = parts.filter(({ possible }) => possible.length > 0);
    const isDefault = ({ possible }: { readonly possible: readonly Possible[] }): boolean =>
      possible.includes(knowledge.possible[0]!);
    return made.length < 2 ? [] : made.sort((a, b) => Number(isDefault(b)) - Number(isDefault(a)));
  }
  const shape = normal(knowledge, question.shape);
  if (shape === undefined) return [];
  const made = [true, false]
    .map((yes) => ({ ...knowledge, answers: [...knowledge.answers, { shape, yes }] }))
    .filter(isPossible);
  const isDefault = (one: Knowledge): number => Number(fallbackOf(one) !== undefined);
  return made.length < 2 ? [] : made.sort((a, b) => isDefault(b) - isDefault(a));
}

/** One case for each value; none where there is only one, or where they have no end. */
export function splitByValue(knowledge: Knowledge): readonly Knowledge[] {
  if (knowledge.kind !== 'values' || knowledge.possible.length < 2) return [];
  return knowledge.possible.map((one) => ({ ...knowledge, possible: [one] }));
}

/** Whether some value is left. */
export function isPossible(knowledge: Knowledge): boolean {
  const values = valuesOf(knowledge, undefined);
  return values === undefined || values.length > 0;
}

/** What is known by both; the two are about the same choice. */
export function both(one: Knowledge, other: Knowledge): Knowledge {
  if (one.kind === 'values')
    return other.kind === 'values'
      ? {
          ...one,
          possible: one.possible.filter(({ written }) => other.possible.some((value) => value.written === written)),
        }
      : one;
  return other.kind === 'values' ? one : { ...one, answers: [...one.answers, ...other.answers] };
}

/**
 * In words, after the name: `=prod`, `=test or =prod`, ` starting with 'refs/heads/'`, ` other than 'main'`. Undefined when nothing is known.
 */
export function describeKnowledge(knowledge: Knowledge): string | undefined {
  if (knowledge.kind === 'values') {
    const { possible, all } = knowledge;
    if (possible.length === all.length) return undefined;
    const left = all.filter(({ written }) => !possible.some((one) => one.written === written));
    if (left.length < possible.length) return ` other than ${left.map(({ written }) => written).join(', ')}`;
    return possible.map(({ written }) => `=${written}`).join(' or ');
  }
  const only = onlyValue(knowledge);
  if (only !== undefined) return `=${toText(only) === '' ? "''" : toText(only)}`;
  const said = knowledge.answers.map(({ shape, yes }) => ({ ...shape, yes }));
  const isnt = said.filter(({ by, yes }) => by === 'eq' && !yes).map(({ literal }) => quote(literal));
  const like = said
    .filter(({ by }) => by !== 'eq')
    .map(({ by, literal, yes }) => `${yes ? '' : 'not '}${WORDS[by]} ${quote(literal)}`);
  const parts = [...like, ...(isnt.length > 0 ? [`other than ${isnt.join(', ')}`] : [])];
  return parts.length === 0 ? undefined : ` ${parts.join(' and ')}`;
}

/** Of a number the one way of writing it; nothing is zero where a number is wanted. */
function normal({ kind }: Knowledge, shape: Shape | undefined): Shape | undefined {
  if (kind !== 'number' || shape === undefined) return shape;
  const parsed = parseText(shape.literal === '' ? '0' : shape.literal);
  return parsed === undefined ? shape : { ...shape, literal: formatDecimal(parsed) };
}

const WORDS = { eq: 'being', startsWith: 'starting with', endsWith: 'ending with', contains: 'containing' } as const;

function quote(literal: string): string {
  return `'${literal}'`;
}

function valueFrom(kind: 'text' | 'number', literal: string): Known | undefined {
  if (kind === 'text') return text(literal);
  const parsed = parseText(literal);
  return parsed === undefined ? undefined : number(parsed);
}

/** Values that stand for all that are left; undefined when there are too many to look at. */
function valuesOf(knowledge: Knowledge, asked: Shape | undefined): readonly Known[] | undefined {
  if (knowledge.kind === 'values') return knowledge.possible.map(({ value }) => value);
  const shapes = [...knowledge.answers.map(({ shape }) => shape), ...(asked === undefined ? [] : [asked])];
  const candidates = knowledge.kind === 'text' ? candidatesOf(shapes) : numbersOf(shapes);
  const left = candidates?.filter((one) => knowledge.answers.every(({ shape, yes }) => answers(one, shape) === yes));
  return left?.flatMap((one) => valueFrom(knowledge.kind, one) ?? []);
}

function answers(content: string, { by, literal }: Shape): boolean {
  const [whole, part] = [fold(content), fold(literal)];
  switch (by) {
    case 'eq':
      return whole === part;
    case 'startsWith':
      return whole.startsWith(part);
    case 'endsWith':
      return whole.endsWith(part);
    case 'contains':
      return whole.includes(part);
  }
}

/**
 * Texts that give every set of answers that any text gives. A text that is none of those asked for by `eq` answers
 * like its longest known beginning, all known parts that it contains and its longest known end, put together with a
 * character of no literal between them: a literal lies in the one exactly when it lies in the other.
 */
function candidatesOf(shapes: readonly Shape[]): readonly string[] | undefined {
  const of = (by: Shape['by']): string[] => [
    ...new Map(shapes.filter((shape) => shape.by === by).map(({ literal }) => [fold(literal), literal])).values(),
  ];
  const parts = of('contains');
  const [starts, ends] = [
    ['', ...of('startsWith')],
    ['', ...of('endsWith')],
  ];
  if (parts.length > MOST_PARTS || starts.length * ends.length * 2 ** parts.length > MOST_CANDIDATES) return undefined;
  const middles = Array.from({ length: 2 ** parts.length }, (_, set) =>
    parts.filter((__, at) => (set >> at) % 2 === 1),
  );
  const made = starts.flatMap((start) =>
    middles.flatMap((middle) => ends.map((end) => [start, ...middle, end].join(BETWEEN))),
  );
  return [...of('eq'), ...made];
}

/** Of numbers nothing is asked but whether they are equal: those asked for, and one that is none of them. */
function numbersOf(shapes: readonly Shape[]): readonly string[] | undefined {
  if (shapes.some(({ by }) => by !== 'eq')) return undefined;
  const literals = new Set(shapes.map(({ literal }) => literal));
  let other = 7919;
  while (literals.has(String(other))) other++;
  return [...literals, String(other)];
}
