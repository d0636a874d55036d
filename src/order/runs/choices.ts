import { UNKNOWN_TEXT, type Value } from '../../expression/value.ts';
import type { Unknown } from './unknowns.ts';

/** For each unknown the index of its choice, or -1: still open. */
export type Choices = readonly number[];

/** Unknowns, found by what they are about. */
export interface Unknowns {
  readonly list: readonly Unknown[];
  readonly values: ReadonlyMap<string, number>;
  readonly byNode: ReadonlyMap<string, number>;
}

export function indexUnknowns(list: readonly Unknown[]): Unknowns {
  const values = new Map<string, number>();
  const byNode = new Map<string, number>();
  list.forEach((unknown, at) => {
    if (unknown.kind === 'value') values.set(unknown.use.key, at);
    else byNode.set(`${unknown.kind} ${unknown.node}`, at);
  });
  return { list, values, byNode };
}

/** What is chosen of the unknowns of a slice. */
export class Chosen {
  readonly #known: Unknowns;
  readonly #choices: Choices;

  constructor(known: Unknowns, choices: Choices) {
    this.#known = known;
    this.#choices = choices;
  }

  /** The choice about a node; undefined when it is open, or nobody asks. */
  of<T>(kind: Unknown['kind'], node: number): T | undefined {
    const at = this.#known.byNode.get(`${kind} ${node}`);
    if (at === undefined) return undefined;
    const choice = this.#choices[at]!;
    return choice < 0 ? undefined : (this.#known.list[at]!.choices[choice] as T);
  }

  /** All that may be chosen about a node; undefined when nobody asks. */
  allOf<T>(kind: Unknown['kind'], node: number): readonly T[] | undefined {
    const at = this.#known.byNode.get(`${kind} ${node}`);
    return at === undefined ? undefined : (this.#known.list[at]!.choices as readonly T[]);
  }

  value(key: string): Value {
    const at = this.#known.values.get(key);
    const choice = at === undefined ? -1 : this.#choices[at]!;
    return choice < 0 ? UNKNOWN_TEXT : (this.#known.list[at!]!.choices[choice] as Value);
  }

  /** Which value is chosen, as a number: 0 while it is open. */
  valueNumber(key: string): number {
    return this.#choices[this.#known.values.get(key)!]! + 1;
  }
}
