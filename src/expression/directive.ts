import { isSpace } from './lexer.ts';

/** A piece of a directive and where it begins in the text that was read. */
export interface DirectivePart {
  readonly source: string;
  readonly inside: number;
}

/** What the text between `${{` and `}}` of a mapping key tells the template engine to do. */
export type Directive =
  | { readonly kind: 'if' | 'elseif'; readonly condition: DirectivePart }
  | { readonly kind: 'else' }
  | { readonly kind: 'insert' }
  | { readonly kind: 'each'; readonly name: DirectivePart; readonly collection: DirectivePart };

const COUNTS = { each: 3, else: 0, insert: 0 } as const;
const WORDS = new Set(['if', 'elseif', 'else', 'each', 'insert']);

/** Whether the text begins with the word of a directive. Only lower case counts (measured). */
export function isDirective(source: string): boolean {
  return WORDS.has(/^\s*([a-z]+)(?=\s|$)/.exec(source)?.[1] ?? '');
}

/**
 * The directive in the text, undefined when it is an ordinary expression, or the service's sentence (measured).
 * Parameters are units of the expression language and not words: `in(a, 'x in y')` is one. A wrong count is a fault of
 * its own for `each`, `else` and `insert`; after `if` and `elseif` the whole text is read as an expression instead.
 */
export function parseDirective(source: string): Directive | { readonly error: string } | undefined {
  const [word, ...rest] = splitUnits(source);
  const kind = word?.source ?? '';
  if (kind === 'if' || kind === 'elseif') {
    const [condition] = rest;
    return condition === undefined || rest.length > 1 ? undefined : { kind, condition };
  }
  if (kind !== 'each' && kind !== 'else' && kind !== 'insert') return undefined;
  if (rest.length !== COUNTS[kind])
    return {
      error: `Exactly ${COUNTS[kind]} parameter(s) were expected following the directive '${kind}'. Actual parameter count: ${rest.length}`,
    };
  const [name, separator, collection] = rest;
  if (kind !== 'each' || name === undefined || separator === undefined || collection === undefined)
    return kind === 'else' ? { kind } : { kind: 'insert' };
  if (separator.source !== 'in')
    return {
      error: `The value '${separator.source}' is unexpected. The expected format of an 'each' expression is: \${ each <identifier> in <value> }`,
    };
  return { kind, name, collection };
}

/** White space parts units, but not inside of brackets or quotes, nor around what only continues a unit. */
function splitUnits(source: string): DirectivePart[] {
  const units: DirectivePart[] = [];
  let start: number | undefined;
  let end = 0;
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < source.length; index++) {
    const char = source.charAt(index);
    if (!quoted && isSpace(char)) continue;
    // The word of the directive is a unit whatever follows it; any other goes on with its brackets and points.
    const continues = units.length > 0 && ('([.,'.includes(char) || source.charAt(end - 1) === '.');
    if (start !== undefined && depth === 0 && !quoted && index > end && !continues) {
      units.push({ source: source.slice(start, end), inside: start });
      start = undefined;
    }
    start ??= index;
    end = index + 1;
    if (char === "'") quoted = !quoted;
    else if (!quoted && '(['.includes(char)) depth++;
    else if (!quoted && ')]'.includes(char)) depth = Math.max(0, depth - 1);
  }
  if (start !== undefined) units.push({ source: source.slice(start, end), inside: start });
  return units;
}
