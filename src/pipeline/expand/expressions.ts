import { convertToText, toTruth, type Truth } from '../../expression/convert.ts';
import { evaluate } from '../../expression/evaluate.ts';
import { errorOf } from '../../expression/outcome.ts';
import type { Segment } from '../../expression/template-text.ts';
import { UNKNOWN, type Known, type Value } from '../../expression/value.ts';
import type { ScalarNode } from '../../yaml/node.ts';
import type { Budget } from './budget.ts';
import type { Wanted } from './needs.ts';
import type { Causes } from './causes.ts';
import { environmentOf, type Frame, type Spot } from './frame.ts';
import type { Reporter } from './reporter.ts';
import type { TemplateText } from './parsed-expressions.ts';
import type { Sharing } from './sharing.ts';
import type { Traces } from './traces.ts';

/** Nothing is known of a value, and whoever could say so has been told. */
export type Undecided = undefined;

/** Reads and evaluates the expressions of one expansion. The same text is parsed once, however often it is used. */
export class Expressions {
  readonly #reporter: Reporter;
  readonly #budget: Budget;
  readonly #causes: Causes;
  readonly #sharing: Sharing;
  readonly #traces: Traces | undefined;

  constructor(reporter: Reporter, budget: Budget, causes: Causes, sharing: Sharing, traces?: Traces) {
    this.#reporter = reporter;
    this.#budget = budget;
    this.#causes = causes;
    this.#sharing = sharing;
    this.#traces = traces;
  }

  split(text: string): TemplateText {
    return this.#sharing.expressions.split(text);
  }

  /**
   * The value of an expression that stands in `at`, or undefined: then it is faulty, which is reported, or not known
   * before the run, which is reported unless `inert`.
   */
  evaluate(source: string, frame: Frame, at: ScalarNode, inert: boolean): Value | Undecided {
    // The place is the same in every round of a loop, and the reason is not.
    const own = { ...at };
    const value = this.#evaluate(source, frame, own);
    if (value === 'faulty' || isKnown(value)) return value === 'faulty' ? undefined : value;
    this.#causes.same(own, at);
    if (!inert) this.sayAgain(own);
    return undefined;
  }

  /** Whether the condition of a directive is true; unknown as in `evaluate`. */
  truth(source: string, frame: Frame, at: ScalarNode, inert: boolean): Truth {
    const own = { ...at };
    const value = this.#evaluate(source, frame, own, 'truth');
    const truth = value === 'faulty' ? 'unknown' : toTruth(value);
    if (truth !== 'unknown' || value === 'faulty') return truth;
    this.#causes.same(own, at);
    if (!inert) this.sayAgain(own);
    return 'unknown';
  }

  /**
   * A scalar whose whole text is an expression: its value, or the scalar as it was written. That one remembers what may be
   * asked of it, and what may stand for it where it only names something: then nothing is reported.
   */
  fill(source: string, frame: Frame, at: ScalarNode, spot: Spot): Value | ScalarNode {
    const own = { ...at };
    const value = this.#evaluate(source, frame, own);
    if (value === 'faulty') return at;
    if (value.kind !== 'unknown' || value.written !== undefined) return value;
    const open = this.#standing(own, value.stand, spot);
    this.#sharing.values.keepOpen(open, value);
    return open;
  }

  /** A scalar with what stands for its text, where something does. */
  #standing(own: ScalarNode, stand: string | undefined, spot: Spot): ScalarNode {
    const open = stand === undefined ? own : { ...own, stand };
    this.#causes.placed(own, open, spot);
    if (!spot.inert && !(spot.names && stand !== undefined)) this.sayAgain(open);
    return open;
  }

  /** The value of an expression, also when it is not known; then why is kept by `at`. */
  #evaluate(source: string, frame: Frame, at: ScalarNode, wanted: Wanted = 'value'): Value | 'faulty' {
    this.#budget.take(at);
    const expression = this.#sharing.expressions.parse(source, [...frame.loops.keys()]);
    if (typeof expression === 'string') {
      this.#reporter.fault(at, expression);
      return 'faulty';
    }
    if (this.#traces !== undefined) for (const one of expression.references) this.#traces.look(frame, one);
    const outcome = evaluate(expression.tree, environmentOf(frame), this.#budget.work);
    const hasText = (value: Value): boolean => isKnown(value) || (wanted === 'value' && value.written !== undefined);
    if (outcome.state === 'value' && hasText(outcome.value) && !expression.wholesale) return outcome.value;
    const error = errorOf(outcome);
    const ours = error?.code === 'limit' || error?.code === 'unmeasured';
    // How much is left to spend is not a thing that one looks at.
    if (error?.code === 'limit') this.#traces?.spoil();
    if (outcome.state === 'failed' && !ours) {
      this.#reporter.fault(at, outcome.error.message);
      return 'faulty';
    }
    this.#causes.keep(at, { expression: expression.tree, frame, ours, wanted });
    return outcome.state === 'value' && !isKnown(outcome.value) ? outcome.value : UNKNOWN;
  }

  /** Reports what stands undecided in a node, which was not worth a word where it was evaluated. */
  sayAgain(at: ScalarNode): void {
    for (const what of this.#causes.sentences(at)) this.#reporter.cannotTell(at, what);
  }

  /** The text of a scalar with its holes filled, or the scalar as in `fill`. */
  interpolate(segments: readonly Segment[], frame: Frame, at: ScalarNode, spot: Spot): string | ScalarNode {
    const own = { ...at };
    const parts: string[] = [];
    let state: 'told' | 'standing' | 'open' = 'told';
    for (const segment of segments) {
      if (segment.type === 'text') {
        parts.push(segment.text);
        continue;
      }
      const value = this.#evaluate(segment.source, frame, own);
      const written = value === 'faulty' ? undefined : convertToText(value);
      if (written?.state === 'failed') this.#reporter.fault(at, written.error.message);
      if (written?.state === 'value' && written.value.kind === 'string') parts.push(written.value.value);
      else if (value !== 'faulty' && value.kind === 'unknown' && value.stand !== undefined) {
        parts.push(value.stand);
        if (state === 'told') state = 'standing';
      } else state = 'open';
    }
    this.#budget.takeText(
      at,
      parts.reduce((sum, part) => sum + part.length, 0),
    );
    if (state === 'told') return parts.join('');
    return this.#standing(own, state === 'open' ? undefined : parts.join(''), spot);
  }
}

function isKnown(value: Value): value is Known {
  return value.kind !== 'unknown';
}
