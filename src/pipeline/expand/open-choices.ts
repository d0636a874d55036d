import { toText } from '../../expression/convert.ts';
import { text, type Kind, type Known, type Value, type Choice } from '../../expression/value.ts';
import type { YamlNode } from '../../yaml/node.ts';
import { answerOf, fallbackOf, onlyValue, type Knowledge } from './knowledge.ts';
import { parameterId, variableId, type Case, type Need } from './needs.ts';
import type { Parameter } from './parameters.ts';
import { coerce } from './parameter-types.ts';
import type { Values } from './values.ts';

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

/** Choices as values, each once for all that is known of it in any case: what hangs on the same is the same. */
export class ChoiceValues {
  readonly #made = new Map<string, Value>();
  readonly #initial = new Map<string, Knowledge>();
  /** What is asked in vain, while somebody listens. */
  listening: Need[] | undefined;

  /** What is known of a choice before anything is chosen. */
  initial(id: string, find: () => Knowledge | undefined): Knowledge | undefined {
    const known = this.#initial.get(id) ?? find();
    if (known !== undefined) this.#initial.set(id, known);
    return known;
  }

  /** The value of a choice of which this is known. */
  value(id: string, kind: Kind, knowledge: Knowledge): Value {
    const only = onlyValue(knowledge);
    if (only !== undefined) return only;
    const key = `${id} ${keyOf(knowledge)}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const stand = fallbackOf(knowledge);
    const value: Value = {
      kind: 'unknown',
      kinds: [kind],
      choice: this.#choice(id, knowledge),
      ...(stand !== undefined && { stand }),
    };
    this.#made.set(key, value);
    return value;
  }

  #choice(id: string, knowledge: Knowledge): Choice {
    return {
      ask: (question) => {
        const answer = answerOf(knowledge, question);
        if (answer === undefined) this.listening?.push({ id, knowledge, question });
        return answer;
      },
    };
  }
}

/** All that tells what is known of one choice from what else could be. */
function keyOf(knowledge: Knowledge): string {
  const said =
    knowledge.kind === 'values'
      ? knowledge.possible.map(({ written }) => written)
      : knowledge.answers.map(({ shape, yes }) => [shape.by, shape.literal, yes]);
  return JSON.stringify(said);
}

/**
 * What may be chosen when a run is queued, in one case of it. A choice that the case leaves open is an unknown value that
 * can be asked; what was asked in vain is told to whoever listens.
 */
export class OpenChoices {
  readonly #case: Case;
  readonly #values = new Map<string, Value>();
  /** Names as they are written, by id, and what is known of each. */
  readonly #met = new Map<string, { readonly name: string; readonly knowledge: Knowledge }>();
  readonly #all: ChoiceValues;

  constructor(within: Case, all: ChoiceValues) {
    this.#case = within;
    this.#all = all;
  }

  /** The value of a parameter of the pipeline; undefined when it is of a type that is not split. */
  parameter(parameter: Parameter, values: Values): Value | undefined {
    const { name, type } = parameter;
    const id = parameterId(name);
    const kind = KINDS.get(type);
    const knowledge = kind && this.#all.initial(id, () => knowledgeOf(parameter, values));
    return kind && knowledge && this.#value(id, name, kind, knowledge);
  }

  /** The value of a variable that the service itself sets. One that is not set is asked as an empty text. */
  variable(name: string): Value {
    const id = variableId(name);
    const knowledge = this.#all.initial(id, (): Knowledge => {
      const all = DOCUMENTED.get(id)?.map((one) => ({ written: one, value: text(one) }));
      return all === undefined
        ? { kind: 'text', answers: [], fallback: undefined }
        : { kind: 'values', possible: all, all };
    })!;
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
    const outer = this.#all.listening;
    const needs: Need[] = [];
    this.#all.listening = needs;
    try {
      return { result: act(), needs };
    } finally {
      this.#all.listening = outer;
    }
  }

  #value(id: string, name: string, kind: Kind, initial: Knowledge): Value {
    const made = this.#values.get(id);
    if (made !== undefined) return made;
    const knowledge = this.#case.get(id) ?? initial;
    this.#met.set(id, { name, knowledge });
    const value = this.#all.value(id, kind, knowledge);
    this.#values.set(id, value);
    return value;
  }
}

/** What is known of a parameter before anything is chosen; undefined where its default or its values are none. */
function knowledgeOf({ name, type, values: allowed, fallback }: Parameter, values: Values): Knowledge | undefined {
  const written = fallback?.kind === 'scalar' ? fallback : undefined;
  const read = (node: YamlNode): Known | undefined => {
    const value = coerce(type, name, node, values);
    return 'message' in value || value.kind === 'unknown' ? undefined : value;
  };
  // A default that is none is the binder's to say.
  if (fallback !== undefined && (written === undefined || read(written) === undefined)) return undefined;
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
    return { kind: 'values', possible: all, all };
  }
  const standing = written === undefined ? undefined : (toText(read(written)!) ?? undefined);
  return { kind: type === 'number' ? 'number' : 'text', answers: [], fallback: standing };
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
