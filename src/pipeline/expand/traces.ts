import { formatDecimal } from '../../expression/decimal.ts';
import { fold } from '../../expression/fold.ts';
import type { Reference } from '../../expression/references.ts';
import type { Value } from '../../expression/value.ts';
import type { YamlNode } from '../../yaml/node.ts';
import type { Budget, Spent } from './budget.ts';
import type { Causes } from './causes.ts';
import type { Frame, Spot } from './frame.ts';
import type { Reporter } from './reporter.ts';
import type { TemplateLoader } from './template-loader.ts';

/** Whoever is told something in the course of one expansion. */
export interface Told {
  readonly reporter: Reporter;
  readonly causes: Causes;
  readonly loader: TemplateLoader;
  readonly budget: Budget;
}

/** Something that was told, to be told again in another case. */
type Telling = (told: Told) => void;

/** One look at what surrounds a node: a parameter, a loop variable or a variable of its frame; or all parameters. */
interface Look {
  readonly key: string;
  readonly context: 'parameter' | 'parameters' | 'loop' | 'variable';
  readonly name: string;
}

/** What is going on: the looks so far that reach out of the node, and what was told. */
interface Recording {
  readonly base: Frame;
  readonly looks: Look[];
  readonly seen: Set<string>;
  readonly tellings: Telling[];
  /** It looked at something that cannot be compared: nobody may use it again. */
  spoilt: boolean;
}

/** What came of a node, once all that it looked at was as it was then. */
interface Ending {
  readonly result: unknown;
  readonly tellings: readonly Telling[];
  readonly spent: Spent;
}

/**
 * What a node looks at next, by what it has seen so far. Expansion does nothing but look and tell, so that what it has
 * seen decides what it looks at next and what comes of it.
 */
interface Step {
  look: Look | undefined;
  readonly next: Map<string | number, Step>;
  ending: Ending | undefined;
}

/**
 * Remembers what came of the nodes of a pipeline in its other cases, and by what. Cases differ in a few choices, and
 * most nodes look at none of them: what they came to is taken as it is, the same nodes, and what was told is told again.
 */
export class Traces {
  readonly #known = new WeakMap<YamlNode, Map<string, Step>>();
  readonly #ids = new WeakMap<object, number>();
  #count = 0;
  #told: Told | undefined;
  #open: Recording[] = [];

  /** Begins with another case, whose listeners are told from now on. */
  begin(told: Told): void {
    this.#told = told;
    this.#open = [];
  }

  /** What `act` makes of a node in a frame, or has made of it before. @param how all else that it depends on */
  of<T>(node: YamlNode, frame: Frame, how: string, act: () => T): T {
    const told = this.#told!;
    const first = this.#first(node, `${how} ${this.#surroundings(frame)}`);
    const known = this.#follow(first, frame);
    if (known !== undefined) {
      for (const telling of known.ending.tellings) telling(told);
      told.budget.again(node, known.ending.spent);
      const outer = this.#open.at(-1);
      if (outer !== undefined) for (const look of known.looks) this.#reach(outer, frame, look);
      return known.ending.result as T;
    }
    const recording: Recording = { base: frame, looks: [], seen: new Set(), tellings: [], spoilt: false };
    const before = told.budget.taken();
    const depth = this.#open.push(recording);
    let result: T;
    try {
      result = act();
    } finally {
      this.#open.length = depth - 1;
    }
    const { looks, tellings } = recording;
    if (!recording.spoilt) this.#store(first, recording, { result, tellings, spent: told.budget.since(before) });
    const outer = this.#open.at(-1);
    if (outer !== undefined) {
      outer.spoilt ||= recording.spoilt;
      for (const telling of tellings) outer.tellings.push(telling);
      for (const look of looks) this.#reach(outer, frame, look);
    }
    return result;
  }

  /** Takes note that an expression looks at a context in a frame. */
  look(frame: Frame, { context, path }: Reference): void {
    const recording = this.#open.at(-1);
    if (recording === undefined) return;
    const look = lookOf(frame, context, path[0]);
    if (look === undefined) recording.spoilt = true;
    else this.#reach(recording, frame, look);
  }

  /** Takes note of something that was told; in another case with the same looks it is told again. */
  note(telling: Telling): void {
    this.#open.at(-1)?.tellings.push(telling);
  }

  /** What came of it hangs on something that is not compared. */
  spoil(): void {
    const recording = this.#open.at(-1);
    if (recording !== undefined) recording.spoilt = true;
  }

  /** Does something of which nothing is noted. */
  unnoted<T>(act: () => T): T {
    const open = this.#open;
    this.#open = [];
    try {
      return act();
    } finally {
      this.#open = open;
    }
  }

  /** Keeps a look, unless what it sees was made inside: then it was decided by other looks. */
  #reach({ base, looks, seen }: Recording, frame: Frame, look: Look): void {
    if (seen.has(look.key)) return;
    if (look.context === 'loop' && base.loops.get(look.name) !== frame.loops.get(look.name)) return;
    if ((look.context === 'parameter' || look.context === 'parameters') && base.parameters !== frame.parameters) return;
    seen.add(look.key);
    looks.push(look);
  }

  #first(node: YamlNode, how: string): Step {
    let steps = this.#known.get(node);
    if (steps === undefined) this.#known.set(node, (steps = new Map<string, Step>()));
    const known = steps.get(how);
    if (known !== undefined) return known;
    const made: Step = { look: undefined, next: new Map(), ending: undefined };
    steps.set(how, made);
    return made;
  }

  #follow(first: Step, frame: Frame): { readonly ending: Ending; readonly looks: readonly Look[] } | undefined {
    const looks: Look[] = [];
    let step = first;
    while (step.look !== undefined) {
      looks.push(step.look);
      const next = step.next.get(this.#seenAt(frame, step.look));
      if (next === undefined) return undefined;
      step = next;
    }
    return step.ending && { ending: step.ending, looks };
  }

  #store(first: Step, { base, looks }: Recording, ending: Ending): void {
    let step = first;
    for (const look of looks) {
      step.look ??= look;
      const seen = this.#seenAt(base, look);
      let next = step.next.get(seen);
      if (next === undefined) step.next.set(seen, (next = { look: undefined, next: new Map(), ending: undefined }));
      step = next;
    }
    step.ending = ending;
  }

  /** What is seen, in a form in which the same is equal. */
  #seenAt({ parameters, loops, variables }: Frame, { context, name }: Look): string | number {
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

  #surroundings({ location, include, references, loops }: Frame): string {
    const from = include === undefined ? '' : this.#number(include);
    const names = loops.size === 0 ? '' : [...loops.keys()].join();
    return `${location.repository} ${location.folder} ${from} ${references} ${names}`;
  }
}

/** All of a spot, in a text. */
export function spotKey({ list, level, inert, names, label, variable }: Spot): string {
  const flags = (inert ? 1 : 0) + (names ? 2 : 0) + (label ? 4 : 0) + (variable ? 8 : 0);
  return `${list ?? ''} ${level} ${flags}`;
}

/** Undefined: all variables, which are too many to compare. */
function lookOf({ loops }: Frame, context: string, name: string | undefined): Look | undefined {
  const folded = context.toLowerCase();
  if (loops.has(folded)) return { key: `l ${folded}`, context: 'loop', name: folded };
  if (folded === 'variables') {
    if (name === undefined) return undefined;
    return { key: `v ${fold(name)}`, context: 'variable', name: fold(name) };
  }
  if (name === undefined) return { key: 'p', context: 'parameters', name: '' };
  return { key: `p ${fold(name)}`, context: 'parameter', name: fold(name) };
}
