import type { Span } from './syntax.ts';

/** What is wrong with an expression: the service's own kinds of refusal. */
export type SyntaxErrorCode =
  | 'unrecognized-value'
  | 'unexpected-symbol'
  | 'property-expected'
  | 'parenthesis-expected'
  | 'unclosed-function'
  | 'unclosed-index'
  | 'too-deep'
  | 'too-long'
  | 'empty';

export interface ExpressionError extends Span {
  readonly code: SyntaxErrorCode;
  /** The service's sentence, measured but for `unclosed-index` and `too-long` (the open SDK). */
  readonly message: string;
  /** What the sentence leaves out, where we know it. */
  readonly note?: string;
}

/** Open calls and indexes at once, exactly as measured; a chain of accesses does not count. */
export const MAX_DEPTH = 50;
/** The open SDK's limit, whose refusal GitHub's users see; in this service it was seen at 2,000 in 2018. */
export const MAX_LENGTH = 21_000;

/** Measured: the service cuts a message at 500 characters and says so. */
const LONGEST_MESSAGE = 500;

const SENTENCES: Record<Exclude<SyntaxErrorCode, 'too-deep' | 'too-long' | 'empty'>, string> = {
  'unrecognized-value': 'Unrecognized value',
  'unexpected-symbol': 'Unexpected symbol',
  'property-expected': "Expected a property name to follow the dereference operator '.'",
  'parenthesis-expected': "Expected '(' to follow a function",
  'unclosed-function': 'Unclosed function',
  'unclosed-index': 'Unclosed indexer',
};

/** The part of a text between white space, of which alone the service speaks (measured). */
export interface Trimmed extends Span {
  readonly source: string;
}

/** A refusal that names a token and counts its position from one, within the trimmed text. */
export function refuse(code: keyof typeof SENTENCES, within: Trimmed, token: Span, note?: string): ExpressionError {
  const raw = within.source.slice(token.start, token.end);
  const expression = within.source.slice(within.start, within.end);
  const position = token.start - within.start + 1;
  const message = `${SENTENCES[code]}: '${raw}'. Located at position ${position} within expression: '${expression}'.`;
  const shown = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}[...]` : message;
  return { code, message: shown, start: token.start, end: token.end, ...(note === undefined ? {} : { note }) };
}

/** The refusals that name no position. */
export function refuseWhole(code: 'too-deep' | 'too-long' | 'empty', at: Span): ExpressionError {
  const message = {
    'too-deep': `Exceeded max expression depth ${MAX_DEPTH}.`,
    'too-long': `Exceeded max expression length ${MAX_LENGTH}.`,
    empty: 'An expression was expected',
  }[code];
  return { code, message, start: at.start, end: at.end };
}
