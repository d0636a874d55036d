import { convertToText } from '../../expression/convert.ts';
import { evaluate } from '../../expression/evaluate.ts';
import { errorOf } from '../../expression/outcome.ts';
import { parseExpression } from '../../expression/parse.ts';
import { findReferences } from '../../expression/references.ts';
import type { Expression } from '../../expression/syntax.ts';
import { soleExpression, splitTemplateText, type Segment } from '../../expression/template-text.ts';
import type { Value } from '../../expression/value.ts';
import type { ScalarNode } from '../../yaml/node.ts';
import type { Budget } from './budget.ts';
import { Causes } from './causes.ts';
import { environmentOf, type Frame } from './frame.ts';
import type { Reporter } from './reporter.ts';
import type { Values } from './values.ts';

/** A text in which expressions have been looked for. */
export type TemplateText =
  | { readonly kind: 'plain' }
  | { readonly kind: 'sole'; readonly source: string }
  | { readonly kind: 'mixed'; readonly segments: readonly Segment[] }
  | { readonly kind: 'broken'; readonly message: string };

/** Nothing is known of a value, and whoever could say so has been told. */
export type Undecided = undefined;

/** Reads and evaluates the expressions of one expansion. The same text is parsed once, however often it is used. */
export class Expressions {
  readonly #texts = new Map<string, TemplateText>();
  readonly #parsed = new Map<string, Parsed | string>();
  readonly #reporter: Reporter;
  readonly #budget: Budget;

  readonly #causes: Causes;

  constructor(reporter: Reporter, budget: Budget, values: Values) {
    this.#reporter = reporter;
    this.#budget = budget;
    this.#causes = new Causes(values);
  }

  split(text: string): TemplateText {
    if (!text.includes('${{')) return { kind: 'plain' };
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const split = splitTemplateText(text);
    const made = 'error' in split ? { kind: 'broken' as const, message: split.error.message } : kindOf(split.segments);
    this.#texts.set(text, made);
    return made;
  }

  /**
   * The value of an expression that stands in `at`, or undefined: then it is faulty, which is reported, or not known
   * before the run, which is reported unless `inert`.
   */
  evaluate(source: string, frame: Frame, at: ScalarNode, inert: boolean): Value | Undecided {
    this.#budget.take(at);
    const expression = this.#parse(source, frame);
    if (typeof expression === 'string') {
      this.#reporter.fault(at, expression);
      return undefined;
    }
    const outcome = evaluate(expression.tree, environmentOf(frame), this.#budget.work);
    if (outcome.state === 'value' && outcome.value.kind !== 'unknown' && !expression.wholesale) return outcome.value;
    const error = errorOf(outcome);
    const ours = error?.code === 'limit' || error?.code === 'unmeasured';
    if (outcome.state === 'failed' && !ours) this.#reporter.fault(at, outcome.error.message);
    else {
      this.#causes.keep(at, expression.tree, frame, ours);
      if (!inert) this.#reporter.cannotTell(at, this.#causes.describe({ expression: expression.tree, frame, ours }));
    }
    return undefined;
  }

  /** Reports what stands undecided in a node, which was not worth a word where it was evaluated. */
  sayAgain(at: ScalarNode): void {
    const what = this.#causes.again(at);
    if (what !== undefined) this.#reporter.cannotTell(at, what);
  }

  /** The text of a scalar with its holes filled; undefined as in `evaluate`. */
  interpolate(segments: readonly Segment[], frame: Frame, at: ScalarNode, inert: boolean): string | Undecided {
    const parts: string[] = [];
    let decided = true;
    for (const segment of segments) {
      if (segment.type === 'text') {
        parts.push(segment.text);
        continue;
      }
      const value = this.evaluate(segment.source, frame, at, inert);
      const written = value === undefined ? undefined : convertToText(value);
      if (written?.state === 'failed') this.#reporter.fault(at, written.error.message);
      if (written?.state === 'value' && written.value.kind === 'string') parts.push(written.value.value);
      else decided = false;
    }
    this.#budget.takeText(
      at,
      parts.reduce((sum, part) => sum + part.length, 0),
    );
    return decided ? parts.join('') : undefined;
  }

  #parse(source: string, { loops }: Frame): Parsed | string {
    const key = `${[...loops.keys()].join(',')}:${source}`;
    const known = this.#parsed.get(key);
    if (known !== undefined) return known;
    const result = parseExpression(source, { place: 'template', names: loops.keys() });
    const made = 'error' in result ? result.error.message + noteOf(result.error.note) : asParsed(result.expression);
    this.#parsed.set(key, made);
    return made;
  }
}

interface Parsed {
  readonly tree: Expression;
  /** It looks at all variables together, and what a template sees of them is more than can be listed here. */
  readonly wholesale: boolean;
}

function asParsed(tree: Expression): Parsed {
  const every = /\bvariables\s*(?:\.\s*\*|\[\s*\*)/i.test(tree.source);
  const wholesale = findReferences(tree).some(
    ({ context, path }) => context === 'variables' && (path.length === 0 || every),
  );
  return { tree, wholesale };
}

function kindOf(segments: readonly Segment[]): TemplateText {
  const sole = soleExpression(segments);
  return sole === undefined ? { kind: 'mixed', segments } : { kind: 'sole', source: sole.source };
}

function noteOf(note: string | undefined): string {
  return note === undefined ? '' : ` (${note})`;
}
