import { readToken, type Token } from '../expression/lexer.ts';
import type { Known } from '../expression/value.ts';

/**
 * Expressions of server tasks: the language of conditions, over an answer. Words, texts and numbers are those of
 * `expression/`; what differs is what may be named.
 */
export type ServerNode =
  | { readonly type: 'literal'; readonly value: Known }
  | { readonly type: 'context'; readonly name: Context }
  | { readonly type: 'call'; readonly name: ServerFunction; readonly args: readonly ServerNode[] }
  | { readonly type: 'index'; readonly target: ServerNode; readonly index: ServerNode };

/** `root` is the answer; in a chain `response` has its status and headers too (seen in published tasks). */
const CONTEXTS = ['root', 'response', 'taskInputs', 'variables'] as const;
type Context = (typeof CONTEXTS)[number];

/** From how many to how many arguments. The first block is documented for conditions, the second seen in published tasks. */
const FUNCTIONS = {
  and: [2, 99],
  coalesce: [2, 99],
  contains: [2, 2],
  containsValue: [2, 2],
  endsWith: [2, 2],
  eq: [2, 2],
  ge: [2, 2],
  gt: [2, 2],
  in: [2, 99],
  join: [2, 2],
  le: [2, 2],
  length: [1, 1],
  lower: [1, 1],
  lt: [2, 2],
  ne: [2, 2],
  not: [1, 1],
  notIn: [2, 99],
  or: [2, 99],
  replace: [3, 3],
  split: [2, 2],
  startsWith: [2, 2],
  trim: [1, 1],
  upper: [1, 1],
  xor: [2, 2],

  count: [1, 1],
  intersect: [2, 2],
  isNullOrEmpty: [1, 1],
  isUrl: [1, 1],
  jsonpath: [1, 1],
} as const satisfies Record<string, readonly [number, number]>;
export type ServerFunction = keyof typeof FUNCTIONS;

/**
 * The tree of an expression in which no template is left.
 * @throws Error that says what is wrong, and where
 */
export function parseServerExpression(source: string): ServerNode {
  const reading = new Reading(source);
  const node = reading.value();
  reading.end();
  return node;
}

class Reading {
  readonly #source: string;
  #token: Token | undefined;

  constructor(source: string) {
    this.#source = source;
    this.#token = readToken(source, 0, source.length, undefined);
  }

  value(): ServerNode {
    let node = this.#operand();
    while (this.#token?.type === '[') {
      this.#take('[');
      const index = this.value();
      this.#take(']');
      node = { type: 'index', target: node, index };
    }
    return node;
  }

  end(): void {
    if (this.#token !== undefined) throw this.#wrong('nothing more');
  }

  #operand(): ServerNode {
    const token = this.#token;
    if (token?.type === 'literal') {
      this.#advance();
      return { type: 'literal', value: token.value };
    }
    if (token?.type !== 'word') throw this.#wrong('a value');
    const name = functionOf(token.raw);
    const context = CONTEXTS.find((one) => one.toLowerCase() === token.raw.toLowerCase());
    if (name === undefined && context === undefined) throw this.#wrong(`a function or one of ${CONTEXTS.join(', ')}`);
    this.#advance();
    return name === undefined ? { type: 'context', name: context ?? 'root' } : this.#call(name, token.start);
  }

  #call(name: ServerFunction, start: number): ServerNode {
    this.#take('(');
    const args = [this.value()];
    while (this.#token?.type === ',') {
      this.#take(',');
      args.push(this.value());
    }
    this.#take(')');
    const [least, most] = FUNCTIONS[name];
    if (args.length < least || args.length > most)
      throw new Error(
        `${name} at ${start} takes ${least === most ? least : `at least ${least}`} arguments, not ${args.length}`,
      );
    return { type: 'call', name, args };
  }

  #take(type: Token['type']): void {
    if (this.#token?.type !== type) throw this.#wrong(`'${type}'`);
    this.#advance();
  }

  #advance(): void {
    const last = this.#token;
    this.#token = readToken(this.#source, last?.end ?? 0, this.#source.length, last);
  }

  #wrong(expected: string): Error {
    const { start, end } = this.#token ?? { start: this.#source.length, end: this.#source.length };
    const found = this.#token === undefined ? 'its end' : `'${this.#source.slice(start, end)}'`;
    return new Error(`expected ${expected} at ${start}, found ${found}`);
  }
}

function functionOf(word: string): ServerFunction | undefined {
  return (Object.keys(FUNCTIONS) as ServerFunction[]).find((name) => name.toLowerCase() === word.toLowerCase());
}
