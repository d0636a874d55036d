import { isObject } from '../json/json.ts';
import { parseExpression, type ContextName, type ExpressionNode, type FunctionName } from './expression-syntax.ts';
import { selectJson } from './json-path.ts';

/** What an expression of a server task sees. */
export interface Answer {
  /** The body as it came. It is read as JSON when the expression asks for it. */
  readonly body: string;
  /** In a chain alone: the status by its name, headers by their names in lower case. */
  readonly response: { readonly statuscode: string; readonly headers: Readonly<Record<string, string>> } | undefined;
  readonly taskInputs: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The value of an expression, as JSON has values.
 * @throws Error for whatever the service would not evaluate, or is not known to: an error is never a pass
 */
export function evaluate(source: string, answer: Answer): unknown {
  const document = once(() => JSON.parse(answer.body) as unknown);
  const contexts: Record<ContextName, () => unknown> = {
    root: document,
    taskInputs: () => answer.taskInputs,
    variables: () => answer.variables,
    response: () => {
      if (answer.response === undefined) throw new Error("'response' is known in a chain alone");
      // `content` only where it can be had: an expression may ask for the status alone.
      return { ...answer.response, ...contentOf(document) };
    },
  };
  const valueOf = (node: ExpressionNode): unknown => {
    switch (node.type) {
      case 'literal':
        return node.value;
      case 'context':
        return contexts[node.name]();
      case 'item':
        return itemOf(valueOf(node.of), valueOf(node.index));
      case 'call':
        return call(node.name, node.args, valueOf, document);
    }
  };
  return valueOf(parseExpression(source));
}

export function holds(source: string, answer: Answer): boolean {
  return toTruth(evaluate(source, answer));
}

function call(
  name: FunctionName,
  nodes: readonly ExpressionNode[],
  valueOf: (node: ExpressionNode) => unknown,
  document: () => unknown,
): unknown {
  // These stop at the first argument that decides.
  if (name === 'and') return nodes.every((node) => toTruth(valueOf(node)));
  if (name === 'or') return nodes.some((node) => toTruth(valueOf(node)));
  if (name === 'coalesce') return nodes.map(valueOf).find((one) => !isNothing(one)) ?? null;
  const args = nodes.map(valueOf);
  const [first, second, third] = args;
  const texts = (): readonly string[] => args.map(mustBeText);
  const [a = '', b = ''] = PAIRS_OF_TEXTS.has(name) ? texts().map((one) => one.toLowerCase()) : [];
  switch (name) {
    case 'not':
      return !toTruth(first);
    case 'xor':
      return toTruth(first) !== toTruth(second);
    case 'eq':
      return equal(first, second);
    case 'ne':
      return !equal(first, second);
    case 'lt':
      return order(first, second) < 0;
    case 'le':
      return order(first, second) <= 0;
    case 'gt':
      return order(first, second) > 0;
    case 'ge':
      return order(first, second) >= 0;
    case 'in':
      return args.slice(1).some((one) => equal(first, one));
    case 'notIn':
      return !args.slice(1).some((one) => equal(first, one));
    case 'contains':
      return a.includes(b);
    case 'startsWith':
      return a.startsWith(b);
    case 'endsWith':
      return a.endsWith(b);
    case 'containsValue':
      return (isObject(first) ? Object.values(first) : listOf(first, name)).some((one) => equal(one, second));
    case 'length':
      return Array.isArray(first) ? first.length : mustBeText(first).length;
    case 'lower':
      return mustBeText(first).toLowerCase();
    case 'upper':
      return mustBeText(first).toUpperCase();
    case 'trim':
      return mustBeText(first).trim();
    case 'join':
      return (Array.isArray(second) ? second : [second]).map(mustBeText).join(mustBeText(first));
    case 'split':
      return cut(mustBeText(first), mustBeText(second));
    case 'replace':
      return mustBeText(first).replaceAll(mustBeText(second), () => mustBeText(third));
    case 'count':
      return listOf(first, name).length;
    case 'intersect': {
      const others = listOf(second, name).map(mustBeText);
      return listOf(first, name).filter((one) => others.includes(mustBeText(one)));
    }
    case 'isNullOrEmpty':
      return isNothing(first);
    case 'isUrl':
      return typeof first === 'string' && URL.canParse(first);
    case 'jsonpath':
      return selectJson(document(), mustBeText(first));
  }
}

const PAIRS_OF_TEXTS: ReadonlySet<FunctionName> = new Set(['contains', 'startsWith', 'endsWith']);

/** The right side becomes what the left is, and cannot be equal where that fails; letter case tells nothing (documented). */
function equal(left: unknown, right: unknown): boolean {
  if (typeof left === 'boolean') return left === toTruth(right);
  if (typeof left === 'number') return left === toNumber(right);
  if (typeof left === 'string') return left.toLowerCase() === toText(right)?.toLowerCase();
  return isNothing(left) && isNothing(right);
}

/** @throws Error when the right side cannot become what the left is (documented) */
function order(left: unknown, right: unknown): number {
  if (typeof left === 'string') {
    const [a, b] = [left.toLowerCase(), mustBeText(right).toLowerCase()];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (typeof left === 'boolean') return Number(left) - Number(toTruth(right));
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a === undefined || b === undefined) throw unable(a === undefined ? left : right, 'a number');
  return a - b;
}

/** What is not there is null, as in conditions. */
function itemOf(of: unknown, index: unknown): unknown {
  if (Array.isArray(of)) return of[Number(mustBeText(index))] ?? null;
  if (!isObject(of)) return null;
  const name = mustBeText(index);
  return Object.hasOwn(of, name) ? (of[name] ?? null) : null;
}

/** Whether several signs are one cut or many is not documented: only one sign is known. */
function cut(text: string, at: string): string[] {
  if (at.length !== 1) throw new Error(`split is known at one sign, not at '${at}'`);
  return text.split(at);
}

function toTruth(value: unknown): boolean {
  return !(value === null || value === undefined || value === false || value === 0 || value === '');
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (isNothing(value)) return 0;
  return typeof value === 'string' && /^\s*-?\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

function toText(value: unknown): string | undefined {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function mustBeText(value: unknown): string {
  const text = toText(value);
  if (text === undefined) throw unable(value, 'a text');
  return text;
}

function unable(value: unknown, into: string): Error {
  return new Error(`Unable to convert ${JSON.stringify(value)?.slice(0, 80)} into ${into}`);
}

function listOf(value: unknown, name: FunctionName): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} takes a list, not ${JSON.stringify(value)?.slice(0, 80)}`);
  return value;
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

function contentOf(document: () => unknown): { content?: unknown } {
  try {
    return { content: document() };
  } catch {
    return {};
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
