import type { Reference } from '../../expression/references.ts';
import type { Position } from '../../finding/finding.ts';
import type { ScalarNode, YamlNode } from '../../yaml/node.ts';
import type { Budget, Spent } from './budget.ts';
import type { Frame } from './frame.ts';
import { lookOf, Sight, type Look } from './looks.ts';
import type { Need, Undecided } from './needs.ts';
import type { TemplatePath } from './template-path.ts';

/** Whoever is told something in the course of one expansion: its reporter, causes, loader and budget. */
export interface Told {
  readonly reporter: {
    fault(at: Position, message: string): void;
    cannotTell(at: Position, what: string): void;
  };
  readonly causes: {
    same(from: ScalarNode, to: ScalarNode): void;
    count(at: ScalarNode, undecided: Undecided): void;
    stands(open: ScalarNode): void;
    demand(needs: readonly Need[]): void;
    write(id: string, name: string): void;
  };
  readonly loader: { take(path: TemplatePath, at: Position): unknown };
  readonly budget: Budget;
}

/** Something that was told, to be told again in another case. */
type Telling = (told: Told) => void;

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
  readonly #sight = new Sight();
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
    const first = this.#first(node, `${how} ${this.#sight.around(frame)}`);
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
      const next = step.next.get(this.#sight.at(frame, step.look));
      if (next === undefined) return undefined;
      step = next;
    }
    return step.ending && { ending: step.ending, looks };
  }

  #store(first: Step, { base, looks }: Recording, ending: Ending): void {
    let step = first;
    for (const look of looks) {
      step.look ??= look;
      const seen = this.#sight.at(base, look);
      let next = step.next.get(seen);
      if (next === undefined) step.next.set(seen, (next = { look: undefined, next: new Map(), ending: undefined }));
      step = next;
    }
    step.ending = ending;
  }
}
