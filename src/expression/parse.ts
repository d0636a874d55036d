import { isSpace, readToken, type Token } from './lexer.ts';
import { arityOf, functionAt, isContextAt, whyNotAt, type Arity, type FunctionName, type Place } from './places.ts';
import { MAX_DEPTH, MAX_LENGTH, refuse, refuseWhole, type ExpressionError } from './syntax-error.ts';
import type { Call, ContextName, Expression, Node, Span, Step } from './syntax.ts';

export interface ParseOptions {
  readonly place: Place;
  /** Names beyond the contexts of the place: the loop variables of `each`. Case does not matter (measured). */
  readonly names?: Iterable<string>;
}

/**
 * The tree of the text between `${{` and `}}` or `$[` and `]`, or of a condition; or the first refusal, in the
 * service's words and with its place in `text`. Never throws; time is linear in the length.
 *
 * Measured: in a template an unknown name is refused only when nothing else is wrong, elsewhere where it stands.
 */
export function parseExpression(
  text: string,
  options: ParseOptions,
): { readonly expression: Expression } | { readonly error: ExpressionError } {
  const within = trim(text);
  if (within.start === within.end) return { error: refuseWhole('empty', within) };
  if (within.end - within.start > MAX_LENGTH) return { error: refuseWhole('too-long', within) };
  const parser = new Parser(text, within, options.place, options.names ?? []);
  try {
    return { expression: { source: text, place: options.place, root: parser.parse() } };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { error: thrown.error };
    throw thrown;
  }
}

/** Carries the first refusal out of the recursion; it never leaves this file. */
class Refusal extends Error {
  readonly error: ExpressionError;
  constructor(error: ExpressionError) {
    super(error.message);
    this.error = error;
  }
}

/** One pass over the tokens. The functions and indexes that are open are on a stack, for their depth and their names. */
class Parser {
  readonly #source: string;
  readonly #within: Span;
  readonly #place: Place;
  readonly #names: ReadonlySet<string>;
  readonly #open: { readonly code: 'unclosed-function' | 'unclosed-index'; readonly token: Span }[] = [];
  #token: Token | undefined;
  #last: Token | undefined;
  #unknownName: ExpressionError | undefined;

  constructor(source: string, within: Span, place: Place, names: Iterable<string>) {
    this.#source = source;
    this.#within = within;
    this.#place = place;
    this.#names = new Set([...names].map((name) => name.toLowerCase()));
  }

  parse(): Node {
    this.#token = readToken(this.#source, this.#within.start, this.#within.end, undefined);
    const root = this.#value();
    if (this.#token !== undefined) throw this.#unexpected(this.#token);
    if (this.#unknownName !== undefined) throw new Refusal(this.#unknownName);
    return root;
  }

  #value(): Node {
    const token = this.#token ?? this.#unclosed();
    if (token.type === 'literal') {
      this.#advance();
      return { type: 'literal', value: token.value, start: token.start, end: token.end };
    }
    if (token.type !== 'word') throw this.#unexpected(token);
    const target = this.#name(token.raw, token);
    const path: Step[] = [];
    for (let step = this.#step(); step !== undefined; step = this.#step()) path.push(step);
    const end = path.at(-1)?.end;
    return end === undefined ? target : { type: 'access', target, path, start: token.start, end };
  }

  /** A function or a context. What is neither is read on as what it looks like, to find other faults first. */
  #name(raw: string, token: Span): Call | ContextName {
    this.#advance();
    const name = functionAt(this.#place, raw);
    if (name !== undefined) {
      if (this.#token?.type !== '(') throw this.#refusal('parenthesis-expected', token);
      return this.#call(name, arityOf(name, this.#place), token);
    }
    const known = isContextAt(this.#place, raw) || this.#names.has(raw.toLowerCase());
    if (!known) {
      const refusal = this.#refusal('unrecognized-value', token, whyNotAt(this.#place, raw));
      if (this.#place !== 'template') throw refusal;
      this.#unknownName ??= refusal.error;
      // Only to read on: a tree with an unknown name never leaves the parser.
      if (this.#token?.type === '(') return this.#call('always', { least: 0, most: Number.POSITIVE_INFINITY }, token);
    }
    return { type: 'context', name: raw.toLowerCase(), start: token.start, end: token.end };
  }

  #call(name: FunctionName, arity: Arity, token: Span): Call {
    this.#push('unclosed-function', token);
    const args: Node[] = [];
    while (this.#token?.type !== ')' || args.length > 0) {
      args.push(this.#value());
      const next = this.#token ?? this.#unclosed();
      if (next.type === ')') break;
      if (next.type !== ',' || args.length >= arity.most) throw this.#unexpected(next);
      this.#advance();
    }
    const close = this.#token ?? this.#unclosed();
    if (args.length < arity.least || args.length > arity.most) throw this.#unexpected(close);
    this.#pop();
    return { type: 'call', name, args, start: token.start, end: close.end };
  }

  /** What follows a point or stands in brackets. Literals take neither (the open SDK). */
  #step(): Step | undefined {
    const token = this.#token;
    if (token?.type === '.') {
      const next = this.#advance();
      if (next === undefined) throw this.#refusal('property-expected', token);
      const span = { start: token.start, end: next.end };
      this.#advance();
      if (next.type === '*') return { type: 'wildcard', ...span };
      if (next.type === 'property') return { type: 'member', name: next.raw, ...span };
      throw this.#refusal('unexpected-symbol', next);
    }
    if (token?.type !== '[') return undefined;
    this.#push('unclosed-index', token);
    const wildcard = this.#token?.type === '*';
    if (wildcard) this.#advance();
    const index = wildcard ? undefined : this.#value();
    const close = this.#token ?? this.#unclosed();
    if (close.type !== ']') throw this.#unexpected(close);
    this.#pop();
    const span = { start: token.start, end: close.end };
    return index === undefined ? { type: 'wildcard', ...span } : { type: 'index', index, ...span };
  }

  /** Past an opening bracket. Measured: forty-nine may be open, the fiftieth is refused. */
  #push(code: 'unclosed-function' | 'unclosed-index', token: Span): void {
    this.#open.push({ code, token });
    if (this.#open.length >= MAX_DEPTH) throw new Refusal(refuseWhole('too-deep', token));
    this.#advance();
  }

  #pop(): void {
    this.#open.pop();
    this.#advance();
  }

  #advance(): Token | undefined {
    this.#last = this.#token;
    const from = this.#token?.end ?? this.#within.start;
    this.#token = readToken(this.#source, from, this.#within.end, this.#last);
    return this.#token;
  }

  #unexpected(token: Token): Refusal {
    if (token.type === 'broken') return this.#refusal('unrecognized-value', token);
    const eager = token.type === 'word' && this.#place !== 'template' && !this.#isKnown(token.raw);
    return this.#refusal(eager ? 'unrecognized-value' : 'unexpected-symbol', token);
  }

  #isKnown(raw: string): boolean {
    return (
      functionAt(this.#place, raw) !== undefined || isContextAt(this.#place, raw) || this.#names.has(raw.toLowerCase())
    );
  }

  /** The text ends while a bracket is open: the service names the innermost. */
  #unclosed(): never {
    const open = this.#open.at(-1);
    if (open === undefined) throw new Error('the text ended before its first token');
    throw this.#refusal(open.code, open.token);
  }

  #refusal(code: Parameters<typeof refuse>[0], token: Span, note?: string): Refusal {
    return new Refusal(refuse(code, { source: this.#source, ...this.#within }, token, note));
  }
}

function trim(source: string): Span {
  let start = 0;
  let end = source.length;
  while (start < end && isSpace(source.charAt(start))) start++;
  while (end > start && isSpace(source.charAt(end - 1))) end--;
  return { start, end };
}
