import { evaluateThreeValued } from '../../expression/condition.ts';
import { Chosen, type Choices, type Unknowns } from './choices.ts';
import type { Guard } from './guard.ts';
import { Outlook, type SeenEnds } from './outlook.ts';
import type { Plan, RunNode } from './plan.ts';
import {
  ABANDONED,
  among,
  both,
  CANCELED,
  EITHER,
  ERROR,
  FAILED,
  GOOD,
  NO,
  one,
  opposite,
  rollUp,
  SKIPPED,
  YES,
  type Results,
  type Truths,
} from './results.ts';
import type { Slice } from './slice.ts';
import type { Outcome } from './unknowns.ts';

/** The answers of conditions that were asked before, which in a search are nearly all. */
export type Answers = Map<Guard, Map<string, Truths>>;

/**
 * What can happen in a slice of a plan under some choices: for each node whether it runs and how it ends, as sets. They
 * hold everything that is possible; where all choices are made they hold one thing, but for what nobody has measured.
 */
export class World {
  readonly runs: Truths[];
  readonly ends: Results[];
  readonly #plan: Plan;
  readonly #chosen: Chosen;
  readonly #answers: Answers;
  readonly #canceling: Truths[];
  readonly #seen: SeenEnds;
  readonly #outlook: Outlook;

  constructor(plan: Plan, slice: Slice, known: Unknowns, choices: Choices, answers: Answers) {
    this.#plan = plan;
    this.#chosen = new Chosen(known, choices);
    this.#answers = answers;
    this.runs = [];
    this.ends = [];
    this.#canceling = [];
    this.#seen = { ends: this.ends, inRunning: [], allGood: [], someFailed: [], someEnded: [] };
    this.#outlook = new Outlook(plan, this.#chosen, this.#seen);
    for (const { id, jobs } of slice.stages) this.#stage(plan.nodes[id]!, jobs, slice);
  }

  #stage(stage: RunNode, jobs: readonly number[], slice: Slice): void {
    const { id } = stage;
    const canceling = this.#cancelingAt(stage, NO);
    this.#canceling[id] = canceling;
    const passes = !slice.asked.has(id);
    const answer = passes ? EITHER : this.#ask(stage, canceling);
    const checks = this.#chosen.of<boolean>('checks', id);
    const started = checks === undefined ? EITHER : checks ? YES : NO;
    const runs = both(answer & EITHER, started) | ((answer & ERROR) === 0 ? 0 : NO);
    this.runs[id] = runs;
    let after = canceling;
    for (const job of jobs) {
      const node = this.#plan.nodes[job]!;
      if (slice.asked.has(job)) this.#job(node, runs, canceling);
      else this.#canceling[job] = this.#cancelingAt(node, canceling);
      // Whether a job of a stage that does not run looked at anything means nothing.
      const seen = this.#canceling[job]!;
      after = one(after, runs === YES ? seen : (runs & YES) === 0 ? NO : seen | NO);
    }
    this.#canceling[id] = after;
    if (!slice.results.has(id)) return;
    let ends: Results = (runs & YES) === 0 ? 0 : rollUp(stage.jobs.map((job) => this.#seen.inRunning[job] ?? SKIPPED));
    if ((answer & NO) !== 0) ends |= notRun(canceling);
    if ((answer & YES) !== 0 && (started & NO) !== 0) ends |= SKIPPED;
    if ((answer & ERROR) !== 0) ends |= ABANDONED;
    this.#end(stage, ends);
  }

  #job(job: RunNode, stageRuns: Truths, stageCanceling: Truths): void {
    const { id } = job;
    const canceling = this.#cancelingAt(job, stageCanceling);
    this.#canceling[id] = canceling;
    const answer = (stageRuns & YES) === 0 ? NO : this.#ask(job, canceling);
    const runs = (answer & YES) | ((answer & (NO | ERROR)) === 0 ? 0 : NO);
    this.runs[id] = (runs & stageRuns & YES) | ((runs | stageRuns) & NO);
    let ends: Results = (answer & YES) === 0 ? 0 : this.#outcome(id);
    if ((answer & NO) !== 0) ends |= notRun(canceling);
    if ((answer & ERROR) !== 0) ends |= ABANDONED;
    this.#seen.inRunning[id] = ends;
    this.#end(job, ends);
    // Its neighbours look at it only in a stage that runs, later stages in any case.
    this.ends[id] = (stageRuns & NO) === 0 ? ends : ends | SKIPPED;
  }

  #outcome(id: number): Results {
    const chosen = this.#chosen.of<Outcome>('outcome', id);
    if (chosen !== undefined) return chosen.results;
    // Nobody asks how it ends where there is none.
    const all = this.#chosen.allOf<Outcome>('outcome', id);
    return all === undefined ? GOOD : all.reduce((any, { results }) => any | results, 0);
  }

  #end(node: RunNode, ends: Results): void {
    const { id } = node;
    this.ends[id] = ends;
    let allGood = among(ends, GOOD);
    let someFailed = among(ends, FAILED);
    let someEnded = among(ends, GOOD | FAILED);
    for (const dep of node.deps) {
      allGood = both(allGood, this.#seen.allGood[dep] ?? EITHER);
      someFailed = one(someFailed, this.#seen.someFailed[dep] ?? EITHER);
      someEnded = one(someEnded, this.#seen.someEnded[dep] ?? EITHER);
    }
    this.#seen.allGood[id] = allGood;
    this.#seen.someFailed[id] = someFailed;
    this.#seen.someEnded[id] = someEnded;
  }

  /** Canceling, once it began, goes on: what waits for a node that saw it sees it too. */
  #cancelingAt({ id, deps }: RunNode, around: Truths): Truths {
    let before = around;
    for (const dep of deps) before = one(before, this.#canceling[dep] ?? NO);
    if (this.#chosen.allOf('canceling', id) === undefined) return before;
    const own = this.#chosen.of<boolean>('canceling', id);
    if (own === undefined) return before === YES ? YES : EITHER;
    if (own) return YES;
    return before === YES ? YES : NO;
  }

  #ask(node: RunNode, canceling: Truths): Truths {
    const { guard } = node;
    if (guard.kind === 'unreadable') return EITHER | ERROR;
    if (guard.kind === 'default') return both(this.#outlook.allGoodAbove(node), opposite(canceling));
    const key = this.#outlook.keyOf(node, guard, canceling);
    let answers = this.#answers.get(guard);
    if (answers === undefined) this.#answers.set(guard, (answers = new Map<string, Truths>()));
    const known = answers.get(key);
    if (known !== undefined) return known;
    const { possible } = evaluateThreeValued(guard.expression, this.#outlook.environment(node, guard, canceling));
    const found =
      (possible.has('true') ? YES : 0) | (possible.has('false') ? NO : 0) | (possible.has('error') ? ERROR : 0);
    answers.set(key, found);
    return found;
  }
}

/** What a run that is being canceled leaves out counts as canceled too, so that no stage is fine without it. */
function notRun(canceling: Truths): Results {
  return ((canceling & NO) === 0 ? 0 : SKIPPED) | ((canceling & YES) === 0 ? 0 : CANCELED);
}
