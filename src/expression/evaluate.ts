import { access, filter } from './access.ts';
import { equals } from './compare.ts';
import { convertToText, toTruth, type Truth } from './convert.ts';
import { readFormat, specifiersFail } from './format.ts';
import { EAGER, fromTruth, opposite, takeComparison } from './functions.ts';
import { after, done, errorOf, failed, settle, type EvaluationError, type Outcome } from './outcome.ts';
import { isStatusFunction, type StatusFunction } from './places.ts';
import type { Access, Call, Expression, Node } from './syntax.ts';
import { either, FALSE, NULL, text, TRUE, UNKNOWN, unknownOf, type Known, type Value } from './value.ts';
import { TOO_MUCH, Work } from './work.ts';

/** What an expression can see. */
export interface Environment {
  /** Contexts and loop variables by their name in lower case. One that is not here is unknown, never empty. */
  readonly contexts: ReadonlyMap<string, Value>;
  /**
   * The answer of a status function for these names of stages or jobs, none for all that come before; a name that is
   * not known before the run is undefined. Without it every answer is unknown. `always()` is not asked.
   */
  readonly status?: (name: Exclude<StatusFunction, 'always'>, names: readonly (string | undefined)[]) => Truth;
}

/** An environment from names in any case. */
export function environment(contexts: Readonly<Record<string, Value>>, status?: Environment['status']): Environment {
  const byName = new Map(Object.entries(contexts).map(([name, value]) => [name.toLowerCase(), value]));
  return status === undefined ? { contexts: byName } : { contexts: byName, status };
}

/**
 * The value of an expression. Where something is unknown, the value is what is certain about it: a value that is known
 * is the same for every value of the unknowns, and a failure that may or may not happen is `doubtful`.
 *
 * Order and short circuits as measured: `and`, `or`, `in`, `notIn` and `coalesce` stop at the first argument that
 * decides, `iif` evaluates all three.
 * @param work shared by evaluations that must not cost much together; each has its own otherwise
 */
export function evaluate(expression: Expression, within: Environment, work = new Work()): Outcome {
  return new Evaluator(within, work).node(expression.root);
}

class Evaluator {
  readonly #within: Environment;
  readonly #work: Work;

  constructor(within: Environment, work: Work) {
    this.#within = within;
    this.#work = work;
  }

  node(node: Node): Outcome {
    switch (node.type) {
      case 'literal':
        return done(node.value);
      case 'context':
        return done(this.#within.contexts.get(node.name) ?? UNKNOWN);
      case 'access':
        return this.#access(node);
      case 'call':
        return locate(this.#call(node), node.start);
    }
  }

  #access(node: Access): Outcome {
    let current = this.node(node.target);
    for (const step of node.path) {
      if (current.state === 'failed') return current;
      const { value } = current;
      const next = step.type === 'wildcard' ? filter(value, this.#work) : this.#member(value, step);
      current = after(errorOf(current), locate(next, step.start));
    }
    return current;
  }

  #member(target: Value, step: Exclude<Access['path'][number], { type: 'wildcard' }>): Outcome {
    if (step.type === 'member') return access(target, text(step.name), this.#work);
    const index = this.node(step.index);
    if (index.state === 'failed') {
      // The open SDK does not evaluate an index into what has no members, so there the failure is not certain.
      const mayHaveMembers = target.kind === 'array' || target.kind === 'object';
      return mayHaveMembers ? index : settle(NULL, index.error);
    }
    return after(errorOf(index), access(target, index.value, this.#work));
  }

  #call(call: Call): Outcome {
    const { name, args } = call;
    switch (name) {
      case 'and':
        return this.#first(args, (value) => opposite(toTruth(value)), FALSE, TRUE);
      case 'or':
        return this.#first(args, toTruth, TRUE, FALSE);
      case 'coalesce':
        return this.#first(args, hasContent, undefined, NULL);
      case 'in':
        return this.#among(args, TRUE, FALSE);
      case 'notIn':
        return this.#among(args, FALSE, TRUE);
      case 'format':
        return this.#format(args);
      default:
        return isStatusFunction(name) ? this.#status(name, args) : this.#eager(name, args);
    }
  }

  /** Evaluates until an argument decides. Yields `found`, or the argument itself; `none` when no argument does. */
  #first(args: readonly Node[], decides: (value: Value) => Truth, found: Value | undefined, none: Value): Outcome {
    let possible: Value | undefined;
    let error: EvaluationError | undefined;
    for (const arg of args) {
      const outcome = this.node(arg);
      error ??= errorOf(outcome);
      if (outcome.state === 'failed') return settle(possible, error);
      const decision = decides(outcome.value);
      if (decision === 'false') continue;
      const result = found ?? outcome.value;
      possible = possible === undefined ? result : either(possible, result);
      if (decision === 'true') return settle(possible, error);
    }
    return settle(possible === undefined ? none : either(possible, none), error);
  }

  #among([first, ...rest]: readonly Node[], found: Value, none: Value): Outcome {
    const left = first === undefined ? done(UNKNOWN) : this.node(first);
    if (left.state === 'failed') return left;
    let tooMuch: EvaluationError | undefined;
    const same = (value: Value): Truth => {
      if (takeComparison(left.value, value, this.#work)) return equals(left.value, value);
      tooMuch = TOO_MUCH;
      return 'unknown';
    };
    const outcome = this.#first(rest, same, found, none);
    return after(errorOf(left) ?? tooMuch, outcome);
  }

  /** The open SDK evaluates an argument when the text refers to it; so the failure of one never referred to is doubt. */
  #format([first, ...rest]: readonly Node[]): Outcome {
    const some = unknownOf('string');
    const format = first === undefined ? done(UNKNOWN) : toTextOutcome(this.node(first));
    if (format.state === 'failed') return format;
    let error = errorOf(format);
    const args = rest.map((arg) => this.node(arg));
    if (format.value.kind !== 'string')
      return settle(some, error ?? { code: 'format', message: 'The format string may be invalid.' });
    const pieces = this.#work.take(format.value.value.length) ? readFormat(format.value.value, args.length) : TOO_MUCH;
    if ('code' in pieces) return pieces === TOO_MUCH ? settle(some, TOO_MUCH) : failed(pieces);
    for (const arg of args) error ??= errorOf(arg);
    const parts: (string | undefined)[] = [];
    let length = 0;
    for (const piece of pieces) {
      const part = piece.type === 'text' ? done(text(piece.text)) : formatted(args[piece.index], piece.specifiers);
      error ??= errorOf(part);
      if (part.state === 'failed') return failed(error ?? part.error);
      const content = part.value.kind === 'string' ? part.value.value : undefined;
      parts.push(content);
      length += content?.length ?? 0;
    }
    if (!this.#work.takeText(length)) return settle(some, error ?? TOO_MUCH);
    return settle(parts.includes(undefined) ? some : text(parts.join('')), error);
  }

  #status(name: StatusFunction, args: readonly Node[]): Outcome {
    if (name === 'always') return done(TRUE);
    const names: (string | undefined)[] = [];
    let error: EvaluationError | undefined;
    for (const arg of args) {
      const outcome = toTextOutcome(this.node(arg));
      error ??= errorOf(outcome);
      if (outcome.state === 'failed') return failed(error ?? outcome.error);
      names.push(outcome.value.kind === 'string' ? outcome.value.value : undefined);
    }
    return settle(fromTruth(this.#within.status?.(name, names) ?? 'unknown'), error);
  }

  #eager(name: keyof typeof EAGER, args: readonly Node[]): Outcome {
    const values: Value[] = [];
    let error: EvaluationError | undefined;
    for (const arg of args) {
      const outcome = this.node(arg);
      error ??= errorOf(outcome);
      if (outcome.state === 'failed') return failed(error ?? outcome.error);
      values.push(outcome.value);
    }
    const [first, ...rest] = values;
    if (first === undefined) throw new Error(`${name} was parsed without arguments`);
    return after(error, EAGER[name]([first, ...rest], this.#work));
  }
}

/** `coalesce` passes over null and the empty text only; false and zero are content (measured). */
function hasContent(value: Value): Truth {
  if (value.kind !== 'unknown') return isNothing(value) ? 'false' : 'true';
  const empty = value.choice?.ask({ holds: isNothing, shape: { by: 'eq', literal: '' } });
  if (empty !== undefined) return empty ? 'false' : 'true';
  if (value.kinds.every((kind) => kind === 'null')) return 'false';
  return value.kinds.some((kind) => kind === 'null' || kind === 'string') ? 'unknown' : 'true';
}

function isNothing(value: Known): boolean {
  return value.kind === 'null' || (value.kind === 'string' && value.value === '');
}

function toTextOutcome(outcome: Outcome): Outcome {
  return outcome.state === 'failed' ? outcome : after(errorOf(outcome), convertToText(outcome.value));
}

function formatted(arg: Outcome | undefined, specifiers: string): Outcome {
  const outcome = toTextOutcome(arg ?? done(NULL));
  if (specifiers === '' || outcome.state === 'failed' || arg === undefined || arg.state === 'failed') return outcome;
  const wrong = specifiersFail(specifiers, arg.value.kind);
  return arg.value.kind === 'unknown' ? settle(unknownOf('string'), errorOf(wrong)) : after(errorOf(outcome), wrong);
}

function locate(outcome: Outcome, offset: number): Outcome {
  const error = errorOf(outcome);
  if (error === undefined || error.offset !== undefined) return outcome;
  const located = { ...error, offset };
  return outcome.state === 'failed' ? failed(located) : settle(outcome.value, located);
}
