import { toText } from '../../expression/convert.ts';
import { fold } from '../../expression/fold.ts';
import { text, type Kind, type Known, type Value, type Choice, type Question } from '../../expression/value.ts';
import type { ScalarNode, YamlNode } from '../../yaml/node.ts';
import { answerOf, fallbackOf, onlyValue, type Knowledge } from './knowledge.ts';
import type { Parameter } from './parameters.ts';
import { coerce } from './parameter-types.ts';
import type { Values } from './values.ts';

/** What is known in one case of what is chosen when a run is queued, by the ids of choices. */
export type Case = ReadonlyMap<string, Knowledge>;

/** A choice that something hangs on, and what was asked of it; without a question its very value is wanted. */
export interface Need {
  readonly id: string;
  readonly knowledge: Knowledge;
  readonly question: Question | undefined;
}

/** A need, and the text or key that has it. */
export interface PlacedNeed extends Need {
  readonly at: ScalarNode;
  readonly place: 'text' | 'variable' | 'directive';
}

export function parameterId(name: string): string {
  return `parameter ${fold(name)}`;
}

export function variableId(name: string): string {
  return `variable ${fold(name)}`;
}

/** Why a run was started (documented): the variable holds one of these words. */
const DOCUMENTED: ReadonlyMap<string, readonly string[]> = new Map([
  [
    variableId('Build.Reason'),
    [
      ...['Manual', 'IndividualCI', 'BatchedCI', 'Schedule', 'ValidateShelveset', 'CheckInShelveset'],
      ...['PullRequest', 'BuildCompletion', 'ResourceTrigger'],
    ],
  ],
]);

/**
 * What may be chosen when a run is queued, in one case of it. A choice that the case leaves open is an unknown value that
 * can be asked; what was asked in vain is told to whoever listens.
 */
export class OpenChoices {
  readonly #case: Case;
  readonly #values = new Map<string, Value>();
  /** Names as they are written, by id, and what is known of each. */
  readonly #met = new Map<string, { readonly name: string; readonly knowledge: Knowledge }>();
  #listening: Need[] | undefined;

  constructor(within: Case) {
    this.#case = within;
  }

  /** The value of a parameter of the pipeline; undefined when it is of a type that is not split. */
  parameter({ name, type, values: allowed, fallback }: Parameter, values: Values): Value | undefined {
    const id = parameterId(name);
    const written = fallback?.kind === 'scalar' ? fallback : undefined;
    const read = (node: YamlNode): Known | undefined => {
      const value = coerce(type, name, node, values);
      return 'message' in value || value.kind === 'unknown' ? undefined : value;
    };
    // A default that is none is the binder's to say.
    if (fallback !== undefined && (written === undefined || read(written) === undefined)) return undefined;
    const kind = KINDS.get(type);
    if (kind === undefined) return undefined;
    if (allowed.length > 0 || type === 'boolean') {
      const nodes = type === 'boolean' && allowed.length === 0 ? BOTH.map((one) => scalar(one)) : allowed;
      const possible = nodes.flatMap((node) => {
        const value = read(node);
        return value === undefined
          ? []
          : [{ written: toText(value)?.replace(/^(?:True|False)$/, (word) => word.toLowerCase()) ?? '', value }];
      });
      if (possible.length < nodes.length || possible.length === 0) return undefined;
      const own = written === undefined ? undefined : toText(read(written)!);
      // The default comes first: what goes wrong with it is told of it.
      const [defaults, others] = [true, false].map((is) =>
        possible.filter(({ value }) => (toText(value) === own) === is),
      );
      const all = [...defaults!, ...others!];
      return this.#value(id, name, kind, { kind: 'values', possible: all, all });
    }
    const standing = written === undefined ? undefined : (toText(read(written)!) ?? undefined);
    return this.#value(id, name, kind, {
      kind: kind === 'number' ? 'number' : 'text',
      answers: [],
      fallback: standing,
    });
  }

  /** The value of a variable that the service itself sets. One that is not set is asked as an empty text. */
  variable(name: string): Value {
    const id = variableId(name);
    const words = DOCUMENTED.get(id);
    const all = words?.map((one) => ({ written: one, value: text(one) }));
    const knowledge: Knowledge =
      all === undefined ? { kind: 'text', answers: [], fallback: undefined } : { kind: 'values', possible: all, all };
    return this.#value(id, name, 'string', knowledge);
  }

  /** What is known of a choice that has been met; undefined when it has not. */
  known(id: string): Knowledge | undefined {
    return this.#met.get(id)?.knowledge;
  }

  /** All that was met, as it is written. */
  names(): ReadonlyMap<string, string> {
    return new Map([...this.#met].map(([id, { name }]) => [id, name]));
  }

  /** How the pipeline writes a name that was looked up in another case. */
  write(id: string, name: string): void {
    const met = this.#met.get(id);
    if (met !== undefined) this.#met.set(id, { ...met, name });
  }

  /** What is asked in vain while something is done. */
  listen<T>(act: () => T): { readonly result: T; readonly needs: readonly Need[] } {
    const outer = this.#listening;
    const needs: Need[] = [];
    this.#listening = needs;
    try {
      return { result: act(), needs };
    } finally {
      this.#listening = outer;
    }
  }

  #value(id: string, name: string, kind: Kind, initial: Knowledge): Value {
    const made = this.#values.get(id);
    if (made !== undefined) return made;
    const knowledge = this.#case.get(id) ?? initial;
    this.#met.set(id, { name, knowledge });
    const stand = fallbackOf(knowledge);
    const value: Value = onlyValue(knowledge) ?? {
      kind: 'unknown',
      kinds: [kind],
      choice: this.#choice(id, knowledge),
      ...(stand !== undefined && { stand }),
    };
    this.#values.set(id, value);
    return value;
  }

  #choice(id: string, knowledge: Knowledge): Choice {
    return {
      ask: (question) => {
        const answer = answerOf(knowledge, question);
        if (answer === undefined) this.#listening?.push({ id, knowledge, question });
        return answer;
      },
    };
  }
}

const BOTH = ['false', 'true'];

function scalar(written: string): YamlNode {
  return { kind: 'scalar', text: written, plain: true, file: '', line: 1, column: 1 };
}

/** Types of parameters whose values are one text, number or truth value. What is made of lists and objects is not split. */
const KINDS: ReadonlyMap<Parameter['type'], 'string' | 'number' | 'boolean'> = new Map([
  ['string', 'string'],
  ['number', 'number'],
  ['boolean', 'boolean'],
  ['environment', 'string'],
  ['filePath', 'string'],
  ['secureFile', 'string'],
  ['serviceConnection', 'string'],
]);
