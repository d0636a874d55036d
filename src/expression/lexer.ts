import { parseLiteral } from './decimal.ts';
import { parseVersion } from './convert.ts';
import type { Span } from './syntax.ts';
import { FALSE, number, text, TRUE, type Known } from './value.ts';

/**
 * `word`: a name, or anything else that is neither punctuation, text nor number; the service calls it by what stands
 * before it, and so `==`, `"x"` and `!true` are words. `broken`: begins as a number or text and is none (measured).
 */
export type Token =
  | ({ readonly type: 'literal'; readonly value: Known } & Span)
  | ({ readonly type: 'word'; readonly raw: string } & Span)
  | ({ readonly type: 'property'; readonly raw: string } & Span)
  | ({ readonly type: '(' | ')' | '[' | ']' | ',' | '.' | '*' | 'broken' } & Span);

const PUNCTUATION = new Set(['(', ')', '[', ']', ',', '*']);
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
// The white space of .NET: unlike JavaScript's it has U+0085 and lacks the byte order mark.
const SPACE = /[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/;

export function isSpace(char: string): boolean {
  return SPACE.test(char);
}

/**
 * The token at or after `index`, undefined at the end. The token before it decides two things (the open SDK, agreeing
 * with all that was measured): a point begins a number where a value may stand, and a word after a point is a property.
 */
export function readToken(source: string, index: number, end: number, last: Token | undefined): Token | undefined {
  let start = index;
  while (start < end && isSpace(source.charAt(start))) start++;
  if (start >= end) return undefined;
  const char = source.charAt(start);
  if (PUNCTUATION.has(char)) return { type: char as '(', start, end: start + 1 };
  if (char === "'") return readText(source, start, end);
  if (char === '.' && last !== undefined && ![',', '[', '('].includes(last.type))
    return { type: '.', start, end: start + 1 };
  if (char === '.' || char === '-' || (char >= '0' && char <= '9')) return readNumber(source, start, end);
  return readWord(source, start, end, last);
}

/** In quotes; a quote inside is doubled. */
function readText(source: string, start: number, end: number): Token {
  let from = start + 1;
  let value = '';
  for (;;) {
    const quote = source.indexOf("'", from);
    if (quote === -1 || quote >= end) return { type: 'broken', start, end };
    value += source.slice(from, quote);
    if (quote + 1 >= end || source.charAt(quote + 1) !== "'")
      return { type: 'literal', value: text(value), start, end: quote + 1 };
    value += "'";
    from = quote + 2;
  }
}

/** A number has at most one point, a version two or three. */
function readNumber(source: string, start: number, end: number): Token {
  let stop = start + 1;
  let points = source.charAt(start) === '.' ? 1 : 0;
  while (stop < end && (source.charAt(stop) === '.' || !isBoundary(source.charAt(stop)))) {
    if (source.charAt(stop) === '.') points++;
    stop++;
  }
  const raw = source.slice(start, stop);
  if (points <= 1) {
    const value = parseLiteral(raw);
    return value === undefined
      ? { type: 'broken', start, end: stop }
      : { type: 'literal', value: number(value), start, end: stop };
  }
  const parts = raw.startsWith('-') ? undefined : parseVersion(raw);
  return parts === undefined
    ? { type: 'broken', start, end: stop }
    : { type: 'literal', value: { kind: 'version', parts }, start, end: stop };
}

function readWord(source: string, start: number, end: number, last: Token | undefined): Token {
  let stop = start + 1;
  while (stop < end && !isBoundary(source.charAt(stop))) stop++;
  const raw = source.slice(start, stop);
  if (last?.type === '.' && IDENTIFIER.test(raw)) return { type: 'property', raw, start, end: stop };
  const folded = raw.length > 5 ? '' : raw.toLowerCase();
  if (folded === 'true') return { type: 'literal', value: TRUE, start, end: stop };
  if (folded === 'false') return { type: 'literal', value: FALSE, start, end: stop };
  return { type: 'word', raw, start, end: stop };
}

function isBoundary(char: string): boolean {
  return char === '.' || (char !== '*' && PUNCTUATION.has(char)) || isSpace(char);
}
