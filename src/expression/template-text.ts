import type { Span } from './syntax.ts';

/** A piece of a YAML scalar: plain text, or the inside of `${{ }}` with its place. */
export type Segment =
  | ({ readonly type: 'text'; readonly text: string } & Span)
  /** `start` and `end` include the braces; `source` is what to parse, and begins at index `inside`. */
  | ({ readonly type: 'expression'; readonly source: string; readonly inside: number } & Span);

/** The service's sentence (measured), at the braces that are not closed. */
export interface UnclosedExpression extends Span {
  readonly message: string;
}

/**
 * The pieces of a scalar, in order and without gaps. Braces in a quoted text of an expression neither open nor close
 * one, so `${{ 'my${{value }}' }}` is a single expression (documented, measured). Linear.
 */
export function splitTemplateText(
  source: string,
): { readonly segments: readonly Segment[] } | { readonly error: UnclosedExpression } {
  const segments: Segment[] = [];
  let index = 0;
  while (index < source.length) {
    const open = source.indexOf('${{', index);
    const stop = open === -1 ? source.length : open;
    if (stop > index) segments.push({ type: 'text', text: source.slice(index, stop), start: index, end: stop });
    if (open === -1) break;
    const close = findClose(source, open + 3);
    if (close === undefined) return { error: unclosed(open) };
    segments.push({
      type: 'expression',
      source: source.slice(open + 3, close),
      inside: open + 3,
      start: open,
      end: close + 2,
    });
    index = close + 2;
  }
  return { segments };
}

/**
 * The expression that a scalar consists of entirely, whose value then keeps its kind: an object or list is inserted as
 * such. Measured: a single space around the braces makes it text with a hole, into which no object goes; the way it is
 * quoted in YAML does not matter.
 */
export function soleExpression(segments: readonly Segment[]): Extract<Segment, { type: 'expression' }> | undefined {
  const [only, ...others] = segments;
  return only?.type === 'expression' && others.length === 0 ? only : undefined;
}

/** The inside of `$[ ]` where it is a variable's whole value, as it must be (documented), and where it begins. */
export function runtimeExpression(source: string): { readonly source: string; readonly inside: number } | undefined {
  const start = source.length - source.trimStart().length;
  const end = source.trimEnd().length;
  if (end - start < 3 || !source.startsWith('$[', start) || source.charAt(end - 1) !== ']') return undefined;
  return { source: source.slice(start + 2, end - 1), inside: start + 2 };
}

/** The first `}}` outside of quotes. A doubled quote ends a text and begins the next, which comes to the same. */
function findClose(source: string, from: number): number | undefined {
  let quoted = false;
  for (let index = from; index < source.length; index++) {
    const char = source.charAt(index);
    if (char === "'") quoted = !quoted;
    else if (!quoted && char === '}' && source.charAt(index + 1) === '}') return index;
  }
  return undefined;
}

function unclosed(open: number): UnclosedExpression {
  const message =
    'The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found.';
  return { message, start: open, end: open + 3 };
}
