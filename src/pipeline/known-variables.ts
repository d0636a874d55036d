import type { Job, Stage, Step, VariableScope } from './model.ts';
import { expandMacros, type Known } from './step-inputs.ts';

/** Values of variables may name others; deeper than this they name themselves. */
const DEEPEST_VALUE = 20;

/**
 * The values of variables for the steps of one job, in the order in which they run: those of the job hide those of its
 * stage, and these those of the pipeline (documented). What a group may define and what an earlier step sets is known only
 * to the run; what a matrix defines, within one leg of it.
 */
export class JobVariables {
  readonly #scopes: readonly VariableScope[];
  readonly #set = new Set<string>();
  #anySet = false;

  /** @param pipeline its variables */
  constructor(pipeline: VariableScope, stage: Stage, job: Job, leg?: VariableScope) {
    const scopes = [job.variables, stage.variables, pipeline];
    this.#scopes = leg === undefined ? scopes : [leg, ...scopes];
  }

  readonly known: Known = (name) => this.#valueOf(name.toLowerCase(), 0);

  /** Takes note of what a step sets for those behind it: `##vso[task.setvariable variable=name]value`. */
  after({ inputs }: Step): void {
    for (const { text } of inputs.values()) {
      if (!/##vso/i.test(text)) continue;
      for (const [, properties = ''] of text.matchAll(/##vso\[task\.setvariable\s([^\]]*)\]/gi)) {
        const name = /variable=([^;\]]*)/i.exec(properties)?.[1]?.trim() ?? '';
        if (/^[\w.-]+$/.test(name)) this.#set.add(name.toLowerCase());
        // The name itself is computed: it may be any.
        else this.#anySet = true;
      }
    }
  }

  #valueOf(name: string, depth: number): string | undefined {
    if (this.#anySet || this.#set.has(name) || depth > DEEPEST_VALUE) return undefined;
    for (const { values, macros, open } of this.#scopes) {
      const macro = macros.get(name);
      if (macro !== undefined) {
        const value = expandMacros(macro, (other) => this.#valueOf(other.toLowerCase(), depth + 1));
        return value.includes('$(') ? undefined : value;
      }
      if (values.has(name)) return values.get(name);
      if (open) return undefined;
    }
    return undefined;
  }
}

/** As environment variables of a process have it: upper case, with `_` for every `.` and space (documented). */
export function environmentOf(known: Known, scopes: readonly VariableScope[]): (name: string) => string | undefined {
  let names: Map<string, string> | undefined;
  return (name) => {
    names ??= new Map(
      scopes.flatMap(({ values }) => [...values.keys()].map((key) => [key.toUpperCase().replace(/[. ]/g, '_'), key])),
    );
    const variable = names.get(name.toUpperCase());
    return variable === undefined ? undefined : known(variable);
  };
}
