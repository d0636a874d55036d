import { formatDecimal } from '../../expression/decimal.ts';
import { fold } from '../../expression/fold.ts';
import type { Value } from '../../expression/value.ts';
import type { Frame } from './frame.ts';

/** One look at what surrounds a node: a parameter, a loop variable or a variable of its frame; or all parameters. */
export interface Look {
  readonly key: string;
  readonly context: 'parameter' | 'parameters' | 'loop' | 'variable';
  readonly name: string;
}

/** Tells what is seen from a frame, in a form in which the same is equal in all cases of a pipeline. */
export class Sight {
  readonly #ids = new WeakMap<object, number>();
  #count = 0;

  /** What a look sees. */
  at({ parameters, loops, variables }: Frame, { context, name }: Look): string | number {
    switch (context) {
      case 'parameter': {
        const value = parameters.kind === 'object' ? parameters.entries.get(name)?.value : undefined;
        return value === undefined ? `no ${this.#missingIn(parameters)}` : this.#idOf(value);
      }
      case 'parameters':
        return this.#number(parameters);
      case 'loop': {
        const value = loops.get(name);
        return value === undefined ? '' : this.#idOf(value);
      }
      case 'variable': {
        const { value, source, isSet } = variables.seen(name);
        return `${String(isSet)} ${this.#idOf(value)} ${source === undefined ? '' : this.#number(source)}`;
      }
    }
  }

  /** What a parameter is that is not there. */
  #missingIn(parameters: Value): string | number {
    if (parameters.kind !== 'object') return this.#idOf(parameters);
    return parameters.missing === 'error' ? 'error' : this.#idOf(parameters.missing);
  }

  #idOf(value: Value): string | number {
    switch (value.kind) {
      case 'null':
        return 'null';
      case 'boolean':
        return String(value.value);
      case 'number':
        return `#${formatDecimal(value.value)}`;
      case 'string':
        return `'${value.value}`;
      case 'version':
        return `v${value.parts.join('.')}`;
      default:
        return this.#number(value);
    }
  }

  /** Which object it is, in a number. */
  #number(one: object): number {
    let known = this.#ids.get(one);
    if (known === undefined) this.#ids.set(one, (known = this.#count++));
    return known;
  }

  /** All of a frame that is no matter of looks. */
  around({ location, include, references, loops }: Frame): string {
    const from = include === undefined ? '' : this.#number(include);
    const names = loops.size === 0 ? '' : [...loops.keys()].join();
    return `${location.repository} ${location.folder} ${from} ${references} ${names}`;
  }
}

/** The look that a reference in a frame is. Undefined: all variables, which are too many to compare. */
export function lookOf({ loops }: Frame, context: string, name: string | undefined): Look | undefined {
  const folded = context.toLowerCase();
  if (loops.has(folded)) return { key: `l ${folded}`, context: 'loop', name: folded };
  if (folded === 'variables') {
    if (name === undefined) return undefined;
    return { key: `v ${fold(name)}`, context: 'variable', name: fold(name) };
  }
  if (name === undefined) return { key: 'p', context: 'parameters', name: '' };
  return { key: `p ${fold(name)}`, context: 'parameter', name: fold(name) };
}
