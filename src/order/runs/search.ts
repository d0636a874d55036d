import type { Plan } from './plan.ts';
import { keyOfSlice, SearchMemory, type Example, type Known } from './memory.ts';
import { among, BAD, opposite, YES } from './results.ts';
import { sliceFor, type Slice } from './slice.ts';
import { FAILS, IS_ABANDONED, IS_CANCELED, unknownsOf, type Outcome, type Unknown } from './unknowns.ts';
import { indexUnknowns, type Unknowns } from './choices.ts';
import { World, type Answers } from './world.ts';

/** What is asked: can `after` run although `before` did not do its part? */
export interface Question {
  /** A job, or a stage when any job of it may be the one. Of a stage only that it does not end well is asked. */
  readonly after: number;
  readonly before: number;
  /** Ways for `before` to end well in the eyes of others without having done its part. */
  readonly betrayals: readonly Outcome[];
}

export type Answer =
  | { readonly verdict: 'never' }
  | { readonly verdict: 'possible'; readonly examples: readonly Example[] }
  /** Neither shown to be impossible nor by an example. */
  | { readonly verdict: 'unknown'; readonly tooMuch: boolean };

/** Looks at nodes of all searches together: what a check may cost when a pipeline is made to be costly. */
const MOST_LOOKS = 3_000_000;
const MOST_LOOKS_EACH = 400_000;

/**
 * Answers questions about the possible runs of a plan. Exact where all that matters is covered by choices: every job's
 * end, checks, canceling, and values that are compared with texts. `never` is a proof, `possible` has an example, and
 * everything else is `unknown`.
 */
export class RunSearch {
  readonly #plan: Plan;
  readonly #answers: Answers = new Map();
  readonly #memory: SearchMemory;

  /** @param memory shared by the cases of one pipeline */
  constructor(plan: Plan, memory = new SearchMemory()) {
    this.#plan = plan;
    this.#memory = memory;
  }

  ask(question: Question): Answer {
    const slice = sliceFor(this.#plan, { runs: [question.after], results: [question.before] });
    const memory = this.#memory;
    const key = keyOfSlice(this.#plan, slice, question);
    const known = memory.get(key, this.#plan, slice);
    if (known !== undefined) return asAnswer(known);
    const most = Math.min(MOST_LOOKS_EACH, MOST_LOOKS - memory.looks);
    const search = new OneSearch(this.#plan, slice, question, this.#answers, most);
    const examples: Example[] = [];
    let unsure = false;
    // First what everybody sees; what is hidden only matters where that is safe.
    const ways = search.ofStage
      ? [['bad' as const]]
      : [[FAILS, IS_CANCELED, undefined], question.betrayals, [IS_ABANDONED]];
    for (const group of ways) {
      if (examples.length > 0) break;
      for (const way of group) {
        const found = search.find(way);
        if (found === 'unsure') unsure = true;
        else if (found !== undefined) examples.push(found);
        if (found !== undefined && found !== 'unsure' && group === ways[0]) break;
      }
    }
    memory.looks += search.looks;
    const found = examples.length > 0 ? examples : !unsure ? 'never' : search.tooMuch ? 'too much' : 'unknown';
    memory.set(key, slice, found);
    return asAnswer(found);
  }
}

function asAnswer(known: Known): Answer {
  if (known === 'never') return { verdict: 'never' };
  if (typeof known === 'string') return { verdict: 'unknown', tooMuch: known === 'too much' };
  return { verdict: 'possible', examples: known };
}

/** How `before` came to nothing: a job by what became of it (undefined: it did not run), a stage in any way. */
type Way = Outcome | 'bad' | undefined;

class OneSearch {
  looks = 0;
  tooMuch = false;
  readonly #plan: Plan;
  readonly #slice: Slice;
  readonly #question: Question;
  readonly #answers: Answers;
  readonly #most: number;
  readonly #unknowns: Unknown[];
  readonly #own: number;
  #known: Unknowns;
  #unsure = false;

  constructor(plan: Plan, slice: Slice, question: Question, answers: Answers, most: number) {
    this.#plan = plan;
    this.#slice = slice;
    this.#question = question;
    this.#answers = answers;
    this.#most = most;
    this.#unknowns = unknownsOf(plan, slice);
    this.#own = this.#unknowns.findIndex((one) => one.kind === 'outcome' && one.node === question.before);
    this.#known = indexUnknowns(this.#unknowns);
  }

  get ofStage(): boolean {
    const { before } = this.#question;
    return this.#plan.nodes[before]!.stage === before;
  }

  /** An example in which `before` comes to nothing in this way. */
  find(way: Way): Example | 'unsure' | undefined {
    const choices = this.#unknowns.map(() => -1);
    // What becomes of a job that does not run makes no difference.
    if (way === undefined) choices[this.#own] = 0;
    if (typeof way === 'object') {
      const own = this.#unknowns[this.#own]!;
      const possible = own.kind === 'outcome' && own.choices.some(({ how }) => how === way.how);
      if (!possible && (way === FAILS || way === IS_CANCELED || way === IS_ABANDONED)) return undefined;
      this.#unknowns[this.#own] = { kind: 'outcome', node: this.#question.before, choices: [way] };
      this.#known = indexUnknowns(this.#unknowns);
      choices[this.#own] = 0;
      try {
        return this.#search(choices, way);
      } finally {
        this.#unknowns[this.#own] = own;
      }
    }
    return this.#search(choices, way);
  }

  #search(choices: number[], way: Way): Example | 'unsure' | undefined {
    this.#unsure = false;
    // Most examples need nothing strange: everything else succeeds.
    const plain = this.#look(
      choices.map((choice) => Math.max(choice, 0)),
      way,
    );
    if (typeof plain === 'object') return plain;
    const found = this.#descend(choices, 0, way);
    return found ?? (this.#unsure ? 'unsure' : undefined);
  }

  #descend(choices: number[], from: number, way: Way): Example | undefined {
    const seen = this.#look(choices, way);
    if (typeof seen === 'object') return seen;
    if (seen === 'never') return undefined;
    let next = from;
    while (next < choices.length && choices[next]! >= 0) next++;
    if (next === choices.length || this.tooMuch) {
      this.#unsure = true;
      return undefined;
    }
    const count = this.#unknowns[next]!.choices.length;
    for (let choice = 0; choice < count; choice++) {
      choices[next] = choice;
      const found = this.#descend(choices, next + 1, way);
      if (found !== undefined) return found;
    }
    choices[next] = -1;
    return undefined;
  }

  #look(choices: readonly number[], way: Way): Example | 'never' | 'maybe' {
    this.looks += this.#slice.size;
    if (this.looks > this.#most) this.tooMuch = true;
    const { after, before } = this.#question;
    const world = new World(this.#plan, this.#slice, this.#known, choices, this.#answers);
    const came =
      way === 'bad'
        ? among(world.ends[before]!, BAD)
        : way === undefined
          ? opposite(world.runs[before]!)
          : world.runs[before]!;
    if ((world.runs[after]! & YES) === 0 || (came & YES) === 0) return 'never';
    if (world.runs[after] !== YES || came !== YES || !this.#isCertain(choices)) return 'maybe';
    return {
      outcome: typeof way === 'object' ? way : undefined,
      ends: world.ends,
      runs: world.runs,
      chosen: this.#chosen(choices),
    };
  }

  /** Whether all that was chosen can really happen. */
  #isCertain(choices: readonly number[]): boolean {
    return this.#unknowns.every((one, at) => one.kind !== 'outcome' || one.choices[choices[at]!]?.certain !== false);
  }

  #chosen(choices: readonly number[]): Example['chosen'] {
    return this.#unknowns.flatMap((unknown, at) =>
      choices[at]! < 0 ? [] : [{ at, unknown, choice: unknown.choices[choices[at]!] as unknown }],
    );
  }
}
