import type { Truth } from '../../expression/convert.ts';
import type { Environment } from '../../expression/evaluate.ts';
import { context, NULL, text, UNKNOWN, UNKNOWN_TEXT, unknownOf, type Value } from '../../expression/value.ts';
import type { Chosen } from './choices.ts';
import type { Custom, Use } from './guard.ts';
import type { Plan, RunNode } from './plan.ts';
import {
  ABANDONED,
  among,
  both,
  EITHER,
  FAILED,
  GOOD,
  NO,
  nameOf,
  one,
  opposite,
  SKIPPED,
  YES,
  type Results,
  type Truths,
} from './results.ts';

/** How the nodes of a world have ended so far, by their ids. */
export interface SeenEnds {
  readonly ends: readonly Results[];
  /** How a job ends in a stage that runs, which is all that its neighbours see of it. */
  readonly inRunning: Results[];
  /** Whether the node and all that it depends on, however far, ended well; whether some of them failed, or ended at all. */
  readonly allGood: Truths[];
  readonly someFailed: Truths[];
  readonly someEnded: Truths[];
}

/** The world as the condition of one node sees it: variables, results and outputs of others, status functions. */
export class Outlook {
  readonly #plan: Plan;
  readonly #chosen: Chosen;
  readonly #seen: SeenEnds;

  constructor(plan: Plan, chosen: Chosen, seen: SeenEnds) {
    this.#plan = plan;
    this.#chosen = chosen;
    this.#seen = seen;
  }

  /** What `succeeded()` asks. */
  allGoodAbove(node: RunNode): Truths {
    return this.#above(this.#seen.allGood, node, both, YES);
  }

  /** All that the answer of a condition depends on. */
  keyOf(node: RunNode, guard: Custom, canceling: Truths): string {
    const parts: number[] = [];
    if (guard.asksStatus) parts.push(canceling);
    if (guard.asksAll)
      for (const dep of node.deps)
        parts.push(this.#seen.allGood[dep] ?? 0, this.#seen.someFailed[dep] ?? 0, this.#seen.someEnded[dep] ?? 0);
    if (guard.asksAll || guard.asksDirect) for (const dep of node.deps) parts.push(this.#endOf(dep));
    if (guard.jobsAsked.length > 0)
      for (const dep of this.#plan.nodes[node.stage]!.deps)
        for (const job of this.#plan.nodes[dep]!.jobs) parts.push(this.#seen.ends[job] ?? 0);
    for (const { key, from } of guard.uses) {
      parts.push(this.#chosen.valueNumber(key));
      if (from.kind === 'output') parts.push(this.#outputOwner(node, from.path) ?? 0);
    }
    return parts.join();
  }

  /** What a condition can ask, and what it is told. */
  environment(node: RunNode, guard: Custom, canceling: Truths): Environment {
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
    for (const use of uses) if (use.from.kind === 'variable') found.set(use.from.name, this.#chosen.value(use.key));
    return context(found, UNKNOWN_TEXT);
  }

  #dependency(node: RunNode, dep: number, { uses }: Custom, above: readonly string[]): Value {
    const ends = above.length > 0 ? this.#seen.ends[dep]! : this.#endOf(dep);
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
      outputs.set(from.path.at(-1)!, owner !== undefined && neverRan(owner) ? NULL : this.#chosen.value(key));
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
      return job === undefined ? undefined : this.#seen.ends[job];
    }
    const dep = find(node.deps, path[1]!);
    if (dep === undefined) return undefined;
    const job = find(this.#plan.nodes[dep]!.jobs, path.at(-1)!.split('.')[0]!);
    return this.#seen.ends[job ?? dep];
  }

  /** Documented for jobs, and of the stages that their own waits for directly; all else is unknown here. */
  #stageDependencies(node: RunNode, guard: Custom): Value {
    const stages = this.#plan.nodes[node.stage]!.deps.map((stage) => {
      const name = this.#name(stage);
      const jobs = this.#plan.nodes[stage]!.jobs.filter((job) => this.#seen.ends[job] !== undefined);
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
    if (name === 'succeeded') return this.allGoodAbove(node);
    if (name === 'succeededOrFailed' && deps.length === 0) return YES;
    const wanted = name === 'failed' ? FAILED : GOOD | FAILED;
    // Whether these two look beyond the direct dependencies, as succeeded() does, is inferred: both readings count.
    const recursive = this.#above(name === 'failed' ? this.#seen.someFailed : this.#seen.someEnded, node, one, NO);
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

  /** How a direct dependency can end. */
  #endOf(dep: number): Results {
    return this.#seen.inRunning[dep] ?? this.#seen.ends[dep] ?? 0;
  }

  #above(of: readonly Truths[], { deps }: RunNode, join: (a: Truths, b: Truths) => Truths, none: Truths): Truths {
    return deps.reduce((all, dep) => join(all, of[dep] ?? EITHER), none);
  }
}

function neverRan(ends: Results): boolean {
  return ends !== 0 && (ends & ~(SKIPPED | ABANDONED)) === 0;
}

function toTruth(truths: Truths): Truth {
  return truths === YES ? 'true' : truths === NO ? 'false' : 'unknown';
}
