import { parseDirective } from '../../expression/directive.ts';
import { parseExpression } from '../../expression/parse.ts';
import { findReferences, type Reference } from '../../expression/references.ts';
import type { Expression } from '../../expression/syntax.ts';
import { soleExpression, splitTemplateText, type Segment } from '../../expression/template-text.ts';

/** A text in which expressions have been looked for. */
export type TemplateText =
  | { readonly kind: 'plain' }
  | { readonly kind: 'sole'; readonly source: string }
  | { readonly kind: 'mixed'; readonly segments: readonly Segment[] }
  | { readonly kind: 'broken'; readonly message: string };

export interface ParsedExpression {
  readonly tree: Expression;
  /** All that it names, whether that is evaluated or not. */
  readonly references: readonly Reference[];
  /** It looks at all variables together, and what a template sees of them is more than can be listed here. */
  readonly wholesale: boolean;
}

/** Reads texts and expressions, each once, however often it is used. */
export class ParsedExpressions {
  readonly #texts = new Map<string, TemplateText>();
  readonly #parsed = new Map<string, ParsedExpression | string>();
  readonly #directives = new Map<string, { readonly directive: ReturnType<typeof parseDirective> }>();

  /** The expressions in a text. */
  split(text: string): TemplateText {
    if (!text.includes('${{')) return { kind: 'plain' };
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const split = splitTemplateText(text);
    const made = 'error' in split ? { kind: 'broken' as const, message: split.error.message } : kindOf(split.segments);
    this.#texts.set(text, made);
    return made;
  }

  /** The directive that a key is; undefined when it is none. */
  directive(key: string): ReturnType<typeof parseDirective> {
    const known = this.#directives.get(key);
    if (known !== undefined) return known.directive;
    const text = this.split(key);
    const directive = text.kind === 'sole' ? parseDirective(text.source) : undefined;
    this.#directives.set(key, { directive });
    return directive;
  }

  /** An expression, or why it is none. @param names of loops that it may use */
  parse(source: string, names: readonly string[]): ParsedExpression | string {
    const key = `${names.join(',')}:${source}`;
    const known = this.#parsed.get(key);
    if (known !== undefined) return known;
    const result = parseExpression(source, { place: 'template', names });
    const made = 'error' in result ? result.error.message + noteOf(result.error.note) : asParsed(result.expression);
    this.#parsed.set(key, made);
    return made;
  }
}

function asParsed(tree: Expression): ParsedExpression {
  const every = /\bvariables\s*(?:\.\s*\*|\[\s*\*)/i.test(tree.source);
  const references = findReferences(tree);
  const wholesale = references.some(({ context, path }) => context === 'variables' && (path.length === 0 || every));
  return { tree, references, wholesale };
}

function kindOf(segments: readonly Segment[]): TemplateText {
  const sole = soleExpression(segments);
  return sole === undefined ? { kind: 'mixed', segments } : { kind: 'sole', source: sole.source };
}

function noteOf(note: string | undefined): string {
  return note === undefined ? '' : ` (${note})`;
}
