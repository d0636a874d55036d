import { fold } from '../../expression/fold.ts';
import { findReferences, type Reference } from '../../expression/references.ts';
import type { Expression } from '../../expression/syntax.ts';
import type { Value } from '../../expression/value.ts';
import { describeNode, excerpt, type ScalarNode, type YamlNode } from '../../yaml/node.ts';
import type { Frame } from './frame.ts';
import { isOpen, type Values } from './values.ts';
import { isPredefined } from './variables.ts';

/** An expression that came to nothing, and what it could see. */
interface Undecided {
  readonly expression: Expression;
  readonly frame: Frame;
  /** This check gave it up: no choice would help. */
  readonly ours: boolean;
}

/** A value that is not known hangs on others; chains that are longer than this are not followed. */
const LONGEST_CHAIN = 12;
/** Nobody reads more than these in one message. */
const MOST_CHOICES = 4;

/**
 * Why an expression cannot be told, and what to give so that it can. The reason often lies in other files: an argument
 * was an expression itself, or a variable got its value from one. So every undecided expression is kept by its node.
 */
export class Causes {
  readonly #undecided = new WeakMap<ScalarNode, Undecided>();
  readonly #values: Values;

  constructor(values: Values) {
    this.#values = values;
  }

  /** Keeps an expression that stands undecided in `at`. */
  keep(at: ScalarNode, expression: Expression, frame: Frame, ours: boolean): void {
    if (!this.#undecided.has(at)) this.#undecided.set(at, { expression, frame, ours });
  }

  /** The sentence for what is kept of a node. */
  again(at: ScalarNode): string | undefined {
    const undecided = this.#undecided.get(at);
    return undecided && this.describe(undecided);
  }

  /** The sentence for an expression. */
  describe({ expression, frame, ours }: Undecided): string {
    const head = `'${excerpt(expression.source.trim())}' cannot be told before the run`;
    if (ours) return `${head}: it takes more than this check spends on expressions, or does what nobody has measured`;
    const choices = new Set<string>();
    this.#collect(expression, frame, choices, 0);
    const listed = [...choices].slice(0, MOST_CHOICES);
    if (choices.size > listed.length) listed.push('...');
    const give = listed.length === 0 ? '' : `; to choose, give ${listed.join(' ')}`;
    return `${head}${this.#reason(expression, frame)}${give}`;
  }

  /** The first part of an expression that is not known, in words; nothing when its name says it already. */
  #reason(expression: Expression, frame: Frame): string {
    for (const reference of findReferences(expression)) {
      const [name] = reference.path;
      if (reference.context.toLowerCase() === 'variables' && name !== undefined) {
        if (frame.variables.knows(name)) continue;
        if (isPredefined(name) && !frame.variables.names(name)) return '';
        const source = frame.variables.sourceOf(name);
        if (source === undefined) return `: a template does not see what variable '${name}' is`;
        return `: variable '${name}' is set by ${describeNode(source)} of ${source.file}:${source.line}`;
      }
      const unknown = this.#unknownOf(reference, frame);
      if (unknown === undefined) continue;
      const { what, source } = unknown;
      if (source !== undefined) return `: ${what} is ${describeNode(source)} of ${source.file}:${source.line}`;
      if (what.startsWith('parameter') && frame.include !== undefined) return `: ${what} is not known`;
      return '';
    }
    return '';
  }

  /** A parameter or loop variable whose value is not known, and the node that it comes from. */
  #unknownOf(
    { context, path }: Reference,
    { parameters, loops }: Frame,
  ): { readonly what: string; readonly source: YamlNode | undefined } | undefined {
    const loop = loops.get(context.toLowerCase());
    const [name, ...inner] = path;
    if (loop !== undefined) return this.#openAt('', context, loop, path);
    if (context.toLowerCase() !== 'parameters' || name === undefined) return undefined;
    const known = parameters.kind === 'object' ? parameters.entries.get(fold(name))?.value : undefined;
    const unknown = { what: `parameter '${name}'`, source: undefined };
    if (known === undefined) return unknown;
    return this.#openAt('parameter ', name, known, inner) ?? (known.kind === 'unknown' ? unknown : undefined);
  }

  /** The node of the first value on a path that is not wholly known. */
  #openAt(
    kind: string,
    called: string,
    value: Value,
    path: Reference['path'],
  ): { readonly what: string; readonly source: YamlNode } | undefined {
    const source = this.#values.authored(value);
    const open = source !== undefined && (value.kind === 'unknown' || openIn(source) !== undefined);
    const [name, ...rest] = path;
    const inner =
      value.kind === 'object' && name !== undefined
        ? (value.entries.get(name) ?? value.entries.get(fold(name)))?.value
        : undefined;
    if (inner !== undefined) return this.#openAt(kind, `${called}.${name!}`, inner, rest);
    return open ? { what: `${kind}'${called}'`, source } : undefined;
  }

  /** The flags that would have to be given, through as many files as it takes. */
  #collect(expression: Expression, frame: Frame, choices: Set<string>, depth: number): void {
    if (depth > LONGEST_CHAIN || choices.size > MOST_CHOICES) return;
    for (const reference of findReferences(expression)) {
      const [name] = reference.path;
      if (reference.context.toLowerCase() === 'variables') {
        if (name === undefined || frame.variables.knows(name)) continue;
        if (frame.variables.names(name)) this.#follow(frame.variables.sourceOf(name), choices, depth);
        else if (isPredefined(name)) choices.add(`--variable ${name}=VALUE`);
        continue;
      }
      const unknown = this.#unknownOf(reference, frame);
      if (unknown === undefined) continue;
      if (unknown.source !== undefined) this.#follow(unknown.source, choices, depth);
      else if (frame.include === undefined && name !== undefined) choices.add(`--parameter ${name}=VALUE`);
    }
  }

  #follow(node: YamlNode | undefined, choices: Set<string>, depth: number): void {
    const open = node === undefined ? undefined : openIn(node);
    const undecided = open === undefined ? undefined : this.#undecided.get(open);
    if (undecided !== undefined) this.#collect(undecided.expression, undecided.frame, choices, depth + 1);
  }
}

/** The first text in a node that could not be expanded. Looks a few thousand nodes far. */
function openIn(node: YamlNode): ScalarNode | undefined {
  const waiting: YamlNode[] = [node];
  for (let seen = 0; seen < 5000; seen++) {
    const next = waiting.pop();
    if (next === undefined) return undefined;
    if (next.kind === 'scalar') {
      if (isOpen(next)) return next;
    } else if (next.kind === 'sequence') waiting.push(...next.items.toReversed());
    else for (const { key, value } of next.entries.toReversed()) waiting.push(value, key);
  }
  return undefined;
}
