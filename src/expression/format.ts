import { failed, type EvaluationError, type Outcome } from './outcome.ts';

/** A piece of a format string: text, or the number of an argument with what follows its colon. */
export type Piece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'argument'; readonly index: number; readonly specifiers: string };

/** A format string refers to at most 256 arguments (the open SDK reads the number into a byte). */
const LAST_ARGUMENT = 255;

/**
 * The pieces of a format string: `{0}` in any order and number, braces doubled stand for themselves, `{0:yyyyMMdd}`
 * formats a date (all measured or documented). A lone brace and an argument that was not given fail (measured).
 */
export function readFormat(format: string, argumentCount: number): readonly Piece[] | EvaluationError {
  const pieces: Piece[] = [];
  let literal = '';
  let index = 0;
  while (index < format.length) {
    const brace = nextBrace(format, index);
    literal += format.slice(index, brace);
    index = brace;
    if (brace >= format.length) break;
    const char = format.charAt(brace);
    if (format.charAt(brace + 1) === char) {
      literal += char;
      index = brace + 2;
      continue;
    }
    const argument = char === '{' ? readArgument(format, brace + 1) : undefined;
    if (argument === undefined) return formatError('The following format string is invalid', format);
    if (argument.index >= argumentCount)
      return formatError('The following format string references more arguments than were supplied', format);
    if (literal !== '') pieces.push({ type: 'text', text: literal });
    literal = '';
    pieces.push({ type: 'argument', index: argument.index, specifiers: argument.specifiers });
    index = argument.end;
  }
  if (literal !== '') pieces.push({ type: 'text', text: literal });
  return pieces;
}

/** Specifiers are for dates, which exist before no run; any other value with some fails (the open SDK). */
export function specifiersFail(specifiers: string, kind: string): Outcome {
  const type = kind.charAt(0).toUpperCase() + kind.slice(1);
  return failed({
    code: 'format',
    message: `The format specifiers '${specifiers}' are not valid for objects of type '${type}'`,
  });
}

function nextBrace(format: string, from: number): number {
  for (let index = from; index < format.length; index++) {
    const char = format.charAt(index);
    if (char === '{' || char === '}') return index;
  }
  return format.length;
}

function readArgument(format: string, start: number): { index: number; specifiers: string; end: number } | undefined {
  const digits = /\d{1,20}/y;
  digits.lastIndex = start;
  const number = digits.exec(format)?.[0];
  if (number === undefined || Number(number) > LAST_ARGUMENT) return undefined;
  let at = start + number.length;
  if (format.charAt(at) === '}') return { index: Number(number), specifiers: '', end: at + 1 };
  if (format.charAt(at) !== ':') return undefined;
  let specifiers = '';
  for (at += 1; at < format.length; at++) {
    const char = format.charAt(at);
    if (char === '}') {
      if (format.charAt(at + 1) !== '}') return { index: Number(number), specifiers, end: at + 1 };
      at++;
    }
    specifiers += char;
  }
  return undefined;
}

function formatError(sentence: string, format: string): EvaluationError {
  return { code: 'format', message: `${sentence}: ${format.slice(0, 500)}` };
}
