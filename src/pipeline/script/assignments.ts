import type { Lookup } from './command.ts';

/** What is known of the variables of a script: what it has assigned itself, and what its step gives it. */
export class Assignments {
  readonly #assigned = new Map<string, string | undefined>();
  readonly #lookup: Lookup;

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  valueOf(name: string): string | undefined {
    return this.#assigned.has(name) ? this.#assigned.get(name) : this.#lookup(name);
  }

  /** The variable of a loop, in each round of it; undefined: known only at run time. */
  set(name: string, value: string | undefined): void {
    this.#assigned.set(name, value);
  }

  /** What has been assigned so far, to come back to. */
  get state(): ReadonlyMap<string, string | undefined> {
    return new Map(this.#assigned);
  }

  restore(state: ReadonlyMap<string, string | undefined>): void {
    this.#assigned.clear();
    for (const [name, value] of state) this.#assigned.set(name, value);
  }

  /** `NAME=value` as a word of its own; one that is assigned twice, or inside a block, is not known. */
  remember(written: string, value: string | undefined, place: 'block' | 'script'): void {
    const name = /^(\w+)(\+?=)/.exec(written);
    if (name === null || /^\d/.test(name[1]!)) return;
    const known = this.#assigned.has(name[1]!) || place === 'block';
    const plain = name[2] === '=' && value !== undefined ? value.slice(name[0].length) : undefined;
    this.#assigned.set(name[1]!, known ? undefined : plain);
  }
}

/** `$(APP_TOKEN)`, `$(my.name)`: a variable of the pipeline, which the agent puts in before any shell reads it. */
export function isMacro(inner: string): boolean {
  return /^[A-Za-z_][\w.]*$/.test(inner) && /[A-Z_.]/.test(inner);
}
