/** An expression of a server task as a tree: the language of conditions, over an answer (documented). */
export type ExpressionNode =
  | { readonly type: 'literal'; readonly value: string | number | boolean | null }
  | { readonly type: 'context'; readonly name: ContextName }
  | { readonly type: 'call'; readonly name: FunctionName; readonly args: readonly ExpressionNode[] }
  | { readonly type: 'item'; readonly of: ExpressionNode; readonly index: ExpressionNode };

/** `root` is the answer; `response` has the status and the headers beside it, in a chain alone (seen in published tasks). */
const CONTEXT_NAMES = ['root', 'response', 'taskInputs', 'variables'] as const;
export type ContextName = (typeof CONTEXT_NAMES)[number];

/** How many arguments each function takes, `+` for more. The last row is of published server tasks, the others of conditions. */
const ARGUMENTS = {
  and: '2+', or: '2+', in: '2+', notIn: '2+', coalesce: '2+', not: '1', xor: '2',
  eq: '2', ne: '2', lt: '2', le: '2', gt: '2', ge: '2',
  contains: '2', containsValue: '2', startsWith: '2', endsWith: '2',
  length: '1', lower: '1', upper: '1', trim: '1', join: '2', split: '2', replace: '3',
  count: '1', intersect: '2', isNullOrEmpty: '1', isUrl: '1', jsonpath: '1',
} as const; // oxfmt-ignore
export type FunctionName = keyof typeof ARGUMENTS;

interface Token {
  readonly kind: 'text' | 'number' | 'word' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

/** A text in single quotes, where two are one; a number; a word; a sign. */
const TOKEN = /\s*(?:('(?:[^']|'')*')|(-?\d+(?:\.\d+)?)(?![\w.])|([A-Za-z_]\w*)|([(),[\]]))/y;

/**
 * The tree of an expression in which no template is left.
 * @throws Error for what is no expression, with its place, and for functions that nobody has shown a server to know
 */
export function parseExpression(source: string): ExpressionNode {
  const tokens = tokensOf(source);
  let next = 0;
  const here = (): Token => tokens[next]!;
  const wrong = (wanted: string): Error => {
    const { kind, text, at } = here();
    return new Error(`expected ${wanted} at ${at}, found ${kind === 'end' ? 'the end' : `'${text}'`}`);
  };
  const isAt = (sign: string): boolean => here().kind === 'sign' && here().text === sign;
  const take = (sign: string): void => {
    if (!isAt(sign)) throw wrong(`'${sign}'`);
    next += 1;
  };

  const value = (): ExpressionNode => {
    let node = operand();
    while (isAt('[')) {
      take('[');
      const index = value();
      take(']');
      node = { type: 'item', of: node, index };
    }
    return node;
  };
  const operand = (): ExpressionNode => {
    const { kind, text, at } = here();
    if (kind === 'text' || kind === 'number') {
      next += 1;
      return { type: 'literal', value: kind === 'number' ? Number(text) : text.slice(1, -1).replaceAll("''", "'") };
    }
    if (kind !== 'word') throw wrong('a value');
    const literal = LITERALS.get(text.toLowerCase());
    const context = named(CONTEXT_NAMES, text);
    const name = named(Object.keys(ARGUMENTS) as FunctionName[], text);
    if (literal === undefined && context === undefined && name === undefined)
      throw wrong(`a function or one of ${CONTEXT_NAMES.join(', ')}`);
    next += 1;
    if (literal !== undefined) return { type: 'literal', value: literal };
    return context === undefined ? call(name!, at) : { type: 'context', name: context };
  };
  const call = (name: FunctionName, at: number): ExpressionNode => {
    take('(');
    const args = [value()];
    while (isAt(',')) {
      take(',');
      args.push(value());
    }
    take(')');
    const [least, more] = [Number.parseInt(ARGUMENTS[name], 10), ARGUMENTS[name].endsWith('+')];
    if (args.length < least || (args.length > least && !more))
      throw new Error(`${name} at ${at} takes ${least}${more ? ' or more' : ''} arguments, not ${args.length}`);
    return { type: 'call', name, args };
  };

  const node = value();
  if (here().kind !== 'end') throw wrong('nothing more');
  return node;
}

const LITERALS = new Map<string, boolean | null>([['true', true], ['false', false], ['null', null]]); // oxfmt-ignore

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const end = source.trimEnd().length;
  let at = 0;
  while (at < end) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match === null) throw new Error(`expected a value or a sign at ${at}, found '${source.slice(at, at + 20)}'`);
    const [whole, text, number, word, sign] = match;
    const found = text ?? number ?? word ?? sign ?? '';
    const kind = text !== undefined ? 'text' : number !== undefined ? 'number' : word !== undefined ? 'word' : 'sign';
    tokens.push({ kind, text: found, at: at + whole.length - found.length });
    at += whole.length;
  }
  return [...tokens, { kind: 'end', text: '', at: source.length }];
}

function named<N extends string>(names: readonly N[], text: string): N | undefined {
  return names.find((one) => one.toLowerCase() === text.toLowerCase());
}
