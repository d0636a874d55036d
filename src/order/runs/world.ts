import type { Truth } from '../../expression/convert.ts';
import type { Environment } from '../../expression/evaluate.ts';
import { evaluateThreeValued } from '../../expression/condition.ts';
import { context, NULL, text, UNKNOWN, UNKNOWN_TEXT, unknownOf, type Value } from '../../expression/value.ts';
import type { Guard, Use } from './guard.ts';
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
  nameOf,
  one,
  opposite,
  rollUp,
  SKIPPED,
  YES,
  type Results,
  type Truths,
} from './results.ts';
import type { Slice } from './slice.ts';
import type { Outcome, Unknown } from './unknowns.ts';

/** For each unknown the index of its choice, or -1: still open. */
export type Choices = readonly number[];

type Custom = Extract<Guard, { kind: 'custom' }>;

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
  readonly #unknowns: readonly Unknown[];
  readonly #choices: Choices;
  readonly #answers: Answers;
  readonly #allGood: Truths[];
  readonly #someFailed: Truths[];
  readonly #someEnded: Truths[];
  readonly #canceling: Truths[];
  readonly #values: ReadonlyMap<string, number>;
  readonly #byNode: ReadonlyMap<string, number>;

  constructor(plan: Plan, slice: Slice, known: Unknowns, choices: Choices, answers: Answers) {
    this.#plan = plan;
    this.#unknowns = known.list;
    this.#choices = choices;
    this.#answers = answers;
    this.#values = known.values;
    this.#byNode = known.byNode;
    this.runs = [];
    this.ends = [];
    this.#allGood = [];
    this.#someFailed = [];
    this.#someEnded = [];
    this.#canceling = [];
    for (const { id, jobs } of slice.stages) this.#stage(plan.nodes[id]!, jobs, slice);
  }

  #stage(stage: RunNode, jobs: readonly number[], slice: Slice): void {
    const { id } = stage;
    const canceling = this.#cancelingAt(stage, NO);
    this.#canceling[id] = canceling;
    const passes = !slice.asked.has(id);
    const answer = passes ? EITHER : this.#ask(stage, canceling);
    const checks = this.#chosen<boolean>('checks', id);
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
    let ends: Results = (runs & YES) === 0 ? 0 : rollUp(stage.jobs.map((job) => this.#inRunning(job)));
    if ((answer & NO) !== 0) ends |= notRun(canceling);
    if ((answer & YES) !== 0 && (started & NO) !== 0) ends |= SKIPPED;
    if ((answer & ERROR) !== 0) ends |= ABANDONED;
    this.#end(stage, ends);
  }

  /** How a direct dependency can end. */
  #endOf(dep: number): Results {
    return this.#endsInRunning[dep] ?? this.ends[dep] ?? 0;
  }

  /** How a job can end in a stage that runs. */
  readonly #endsInRunning: Results[] = [];
  #inRunning(job: number): Results {
    return this.#endsInRunning[job] ?? SKIPPED;
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
    this.#endsInRunning[id] = ends;
    this.#end(job, ends);
    // Its neighbours look at it only in a stage that runs, later stages in any case.
    this.ends[id] = (stageRuns & NO) === 0 ? ends : ends | SKIPPED;
  }

  #outcome(id: number): Results {
    const chosen = this.#chosen<Outcome>('outcome', id);
    if (chosen !== undefined) return chosen.results;
    const at = this.#byNode.get(`outcome ${id}`);
    // Nobody asks how it ends.
    if (at === undefined) return GOOD;
    return (this.#unknowns[at]!.choices as readonly Outcome[]).reduce((all, { results }) => all | results, 0);
  }

  #end(node: RunNode, ends: Results): void {
    const { id } = node;
    this.ends[id] = ends;
    let allGood = among(ends, GOOD);
    let someFailed = among(ends, FAILED);
    let someEnded = among(ends, GOOD | FAILED);
    for (const dep of node.deps) {
      allGood = both(allGood, this.#allGood[dep] ?? EITHER);
      someFailed = one(someFailed, this.#someFailed[dep] ?? EITHER);
      someEnded = one(someEnded, this.#someEnded[dep] ?? EITHER);
    }
    this.#allGood[id] = allGood;
    this.#someFailed[id] = someFailed;
    this.#someEnded[id] = someEnded;
  }

  /** Canceling, once it began, goes on: what waits for a node that saw it sees it too. */
  #cancelingAt({ id, deps }: RunNode, around: Truths): Truths {
    let before = around;
    for (const dep of deps) before = one(before, this.#canceling[dep] ?? NO);
    const at = this.#byNode.get(`canceling ${id}`);
    if (at === undefined) return before;
    const own = this.#chosen<boolean>('canceling', id);
    if (own === undefined) return before === YES ? YES : EITHER;
    if (own) return YES;
    return before === YES ? YES : NO;
  }

  #ask(node: RunNode, canceling: Truths): Truths {
    const { guard } = node;
    if (guard.kind === 'unreadable') return EITHER | ERROR;
    if (guard.kind === 'default') return both(this.#above(this.#allGood, node, both, YES), opposite(canceling));
    const key = this.#keyOf(node, guard, canceling);
    let answers = this.#answers.get(guard);
    if (answers === undefined) this.#answers.set(guard, (answers = new Map<string, Truths>()));
    const known = answers.get(key);
    if (known !== undefined) return known;
    const { possible } = evaluateThreeValued(guard.expression, this.#environment(node, guard, canceling));
    const found =
      (possible.has('true') ? YES : 0) | (possible.has('false') ? NO : 0) | (possible.has('error') ? ERROR : 0);
    answers.set(key, found);
    return found;
  }

  #above(of: readonly Truths[], { deps }: RunNode, join: (a: Truths, b: Truths) => Truths, none: Truths): Truths {
    return deps.reduce((all, dep) => join(all, of[dep] ?? EITHER), none);
  }

  /** All that the answer of a condition depends on. */
  #keyOf(node: RunNode, guard: Custom, canceling: Truths): string {
    const parts: number[] = [];
    if (guard.asksStatus) parts.push(canceling);
    if (guard.asksAll)
      for (const dep of node.deps)
        parts.push(this.#allGood[dep] ?? 0, this.#someFailed[dep] ?? 0, this.#someEnded[dep] ?? 0);
    if (guard.asksAll || guard.asksDirect) for (const dep of node.deps) parts.push(this.#endOf(dep));
    if (guard.jobsAsked.length > 0)
      for (const dep of this.#plan.nodes[node.stage]!.deps)
        for (const job of this.#plan.nodes[dep]!.jobs) parts.push(this.ends[job] ?? 0);
    for (const { key, from } of guard.uses) {
      parts.push(this.#choices[this.#values.get(key)!]! + 1);
      if (from.kind === 'output') parts.push(this.#outputOwner(node, from.path) ?? 0);
    }
    return parts.join();
  }

  #environment(node: RunNode, guard: Custom, canceling: Truths): Environment {
    const isStage = node.stage === node.id;
    const contexts = new Map<string, Value>([['variables', this.#variables(guard.uses, node)]]);
    contexts.set(
      'dependencies',
      context(node.deps.map((dep) => [this.#name(dep), this.#dependency(node, dep, guard, [])] as const)),
    );
    if (!isStage && guard.jobsAsked.length > 0) contexts.set('stagedependencies', this.#stageDependencies(node, guard));
    return { contexts, status: (name, names) => this.#status(node, canceling, name, names) };
  }

  #name(id: number): string {
    return this.#plan.nodes[id]!.source.name;
  }

  #variables(uses: readonly Use[], node: RunNode): Value {
    const found = new Map<string, Value>(node.known);
    for (const use of uses) if (use.from.kind === 'variable') found.set(use.from.name, this.#valueOf(use.key));
    return context(found, UNKNOWN_TEXT);
  }

  #valueOf(key: string): Value {
    const at = this.#values.get(key);
    const chosen = at === undefined ? -1 : this.#choices[at]!;
    return chosen < 0 ? UNKNOWN_TEXT : (this.#unknowns[at!]!.choices[chosen] as Value);
  }

  #dependency(node: RunNode, dep: number, { uses }: Custom, above: readonly string[]): Value {
    const ends = above.length > 0 ? this.ends[dep]! : this.#endOf(dep);
    const result = nameOf(ends);
    const path = [
      above.length > 0 ? 'stagedependencies' : 'dependencies',
      ...above,
      this.#name(dep).toLowerCase(),
      'outputs',
    ];
    const outputs = new Map<string, Value>();
    for (const { key, from } of uses) {
      if (from.kind !== 'output' || path.some((part, at) => from.path[at] !== part)) continue;
      const owner = this.#outputOwner(node, from.path);
      outputs.set(from.path.at(-1)!, owner !== undefined && neverRan(owner) ? NULL : this.#valueOf(key));
    }
    return context([
      ['result', result === undefined ? unknownOf('string') : text(result)],
      ['outputs', context(outputs, neverRan(ends) ? NULL : UNKNOWN_TEXT)],
    ]);
  }

  /** How the node ends whose step sets an output; of a stage, the job that its first part names. */
  #outputOwner(node: RunNode, path: readonly string[]): Results | undefined {
    const find = (ids: readonly number[], name: string): number | undefined =>
      ids.find((id) => this.#name(id).toLowerCase() === name);
    if (path[0] === 'stagedependencies') {
      const stage = find(this.#plan.nodes[node.stage]!.deps, path[1]!);
      const job = stage === undefined ? undefined : find(this.#plan.nodes[stage]!.jobs, path[2]!);
      return job === undefined ? undefined : this.ends[job];
    }
    const dep = find(node.deps, path[1]!);
    if (dep === undefined) return undefined;
    const job = find(this.#plan.nodes[dep]!.jobs, path.at(-1)!.split('.')[0]!);
    return this.ends[job ?? dep];
  }

  /** Documented for jobs, and of the stages that their own waits for directly; all else is unknown here. */
  #stageDependencies(node: RunNode, guard: Custom): Value {
    const stages = this.#plan.nodes[node.stage]!.deps.map((stage) => {
      const name = this.#name(stage);
      const jobs = this.#plan.nodes[stage]!.jobs.filter((job) => this.ends[job] !== undefined);
      return [
        name,
        context(
          jobs.map((job) => [this.#name(job), this.#dependency(node, job, guard, [name.toLowerCase()])] as const),
          UNKNOWN,
        ),
      ] as const;
    });
    return context(stages, UNKNOWN);
  }

  #status(node: RunNode, canceling: Truths, name: string, names: readonly (string | undefined)[]): Truth {
    if (name === 'canceled') return toTruth(canceling);
    return toTruth(both(this.#statusOf(node, name, names), opposite(canceling)));
  }

  #statusOf(node: RunNode, name: string, names: readonly (string | undefined)[]): Truths {
    if (names.length > 0) return this.#statusOfNamed(node, name, names);
    const { deps } = node;
    if (name === 'succeeded') return this.#above(this.#allGood, node, both, YES);
    if (name === 'succeededOrFailed' && deps.length === 0) return YES;
    const wanted = name === 'failed' ? FAILED : GOOD | FAILED;
    // Whether these two look beyond the direct dependencies, as succeeded() does, is inferred: both readings count.
    const recursive = this.#above(name === 'failed' ? this.#someFailed : this.#someEnded, node, one, NO);
    return deps.reduce((all, dep) => one(all, among(this.#endOf(dep), wanted)), NO) | recursive;
  }

  /** Measured: names narrow the question to themselves, and a name that nobody has answers no. */
  #statusOfNamed(node: RunNode, name: string, names: readonly (string | undefined)[]): Truths {
    const wanted = name === 'succeeded' ? GOOD : name === 'failed' ? FAILED : GOOD | FAILED;
    const answers = names.map((wantedName): Truths => {
      if (wantedName === undefined) return EITHER;
      const lower = wantedName.toLowerCase();
      const dep = node.deps.find((id) => this.#name(id).toLowerCase() === lower);
      if (dep !== undefined) return among(this.#endOf(dep), wanted);
      // Somebody further up: nobody has measured it. With several names a missing one is measured for none.
      return this.#isAbove(node, lower) || (names.length > 1 && name !== 'succeeded') ? EITHER : NO;
    });
    return name === 'succeeded' ? answers.reduce(both) : answers.reduce(one);
  }

  #isAbove(node: RunNode, name: string): boolean {
    const seen = new Set(node.deps);
    for (const id of seen) for (const dep of this.#plan.nodes[id]!.deps) seen.add(dep);
    return [...seen].some((id) => this.#name(id).toLowerCase() === name);
  }

  #chosen<T>(kind: Unknown['kind'], node: number): T | undefined {
    const at = this.#byNode.get(`${kind} ${node}`);
    if (at === undefined) return undefined;
    const choice = this.#choices[at]!;
    return choice < 0 ? undefined : (this.#unknowns[at]!.choices[choice] as T);
  }
}

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

/** What a run that is being canceled leaves out counts as canceled too, so that no stage is fine without it. */
function notRun(canceling: Truths): Results {
  return ((canceling & NO) === 0 ? 0 : SKIPPED) | ((canceling & YES) === 0 ? 0 : CANCELED);
}

function neverRan(ends: Results): boolean {
  return ends !== 0 && (ends & ~(SKIPPED | ABANDONED)) === 0;
}

function toTruth(truths: Truths): Truth {
  return truths === YES ? 'true' : truths === NO ? 'false' : 'unknown';
}
