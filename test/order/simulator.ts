/**
 * A plain simulation of the service's rules for small pipelines, written from the measured truth table and sharing
 * nothing with the check: one misreading must not pass on both sides. It walks through every run there is.
 */
export type Cond =
  | { readonly op: 'and' | 'or'; readonly parts: readonly Cond[] }
  | { readonly op: 'not'; readonly part: Cond }
  | { readonly op: 'result'; readonly fn: Compare; readonly of: string; readonly results: readonly string[] }
  | {
      readonly op: 'jobResult';
      readonly fn: Compare;
      readonly stage: string;
      readonly job: string;
      readonly results: readonly string[];
    }
  | { readonly op: 'variable'; readonly fn: Compare; readonly name: string; readonly values: readonly string[] }
  | {
      readonly op: 'status';
      readonly fn: 'succeeded' | 'failed' | 'succeededOrFailed';
      readonly names: readonly string[];
    }
  | { readonly op: 'always' | 'canceled' | 'error' };
type Compare = 'eq' | 'ne' | 'in' | 'notIn';

export interface SimJob {
  readonly name: string;
  readonly deps: readonly number[];
  readonly condition: Cond | undefined;
  readonly continueOnError: boolean;
  /** The one step that deploys. */
  readonly step: 'plain' | 'continueOnError' | 'conditional';
}

export interface SimStage {
  readonly name: string;
  /** Undefined: the stage before. */
  readonly dependsOn: readonly number[] | undefined;
  readonly condition: Cond | undefined;
  readonly jobs: readonly SimJob[];
}

/** What nobody has measured. A verdict that hangs on one of these must be left open. */
export interface Reading {
  readonly recursiveFailed: boolean;
  readonly allSkipped: 'Succeeded' | 'Skipped';
  readonly failedAndCanceled: 'Failed' | 'Canceled';
  readonly farNamesAnswer: boolean;
}

export const FIRST_READING: Reading = {
  recursiveFailed: true,
  allSkipped: 'Succeeded',
  failedAndCanceled: 'Failed',
  farNamesAnswer: true,
};

/** All readings that differ in the points that were met. */
export function readingsOf(met: ReadonlySet<string>): Reading[] {
  let found = [FIRST_READING];
  const others: Reading = {
    recursiveFailed: false,
    allSkipped: 'Skipped',
    failedAndCanceled: 'Canceled',
    farNamesAnswer: false,
  };
  for (const point of ['recursiveFailed', 'allSkipped', 'failedAndCanceled', 'farNamesAnswer'] as const)
    if (met.has(point)) found = found.flatMap((one) => [one, { ...one, [point]: others[point] }]);
  return found;
}

/** What happened to a job: `ran`, and whether it did its part. */
interface JobEnd {
  readonly ran: boolean;
  readonly achieved: boolean;
  readonly how: string;
}

export interface Run {
  readonly jobs: ReadonlyMap<string, JobEnd>;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

interface State {
  readonly stageResults: readonly string[];
  readonly stageCanceling: readonly boolean[];
  readonly jobResults: ReadonlyMap<string, string>;
  readonly jobs: ReadonlyMap<string, JobEnd>;
}

const GOOD = ['Succeeded', 'SucceededWithIssues'];

export class Simulator {
  /** Open points that decided something. */
  readonly met = new Set<keyof Reading | 'far jobs'>();
  runs = 0;
  readonly #stages: readonly SimStage[];
  readonly #deps: readonly (readonly number[])[];
  readonly #above: readonly (readonly number[])[];
  readonly #jobsAbove: readonly (readonly (readonly number[])[])[];
  readonly #orders: readonly (readonly number[])[];
  readonly #namesResults: boolean;
  readonly #reading: Reading;
  readonly #see: (run: Run) => void;
  readonly #losesAgents: boolean;
  #variables: Readonly<Record<string, string | undefined>> = {};

  /** @param losesAgents a job can also end as Abandoned, which nobody has measured of one that runs */
  constructor(stages: readonly SimStage[], reading: Reading, losesAgents: boolean, see: (run: Run) => void) {
    this.#stages = stages;
    this.#reading = reading;
    this.#see = see;
    this.#losesAgents = losesAgents;
    this.#deps = stages.map(({ dependsOn }, at) => dependsOn ?? (at === 0 ? [] : [at - 1]));
    this.#above = closure(this.#deps);
    this.#jobsAbove = stages.map(({ jobs }) => closure(jobs.map(({ deps }) => deps)));
    this.#orders = stages.map(({ jobs }) => inOrder(jobs));
    const conditions = stages.flatMap((stage) => [stage, ...stage.jobs]).map(({ condition }) => condition);
    this.#namesResults = conditions.some((one) => some(one, ({ op }) => op === 'result' || op === 'jobResult'));
  }

  /** Every run, for every value of the variables. */
  all(): void {
    const conditions = this.#stages.flatMap((stage) => [stage, ...stage.jobs]).map(({ condition }) => condition);
    const uses = (name: string): boolean =>
      conditions.some((one) => some(one, (part) => part.op === 'variable' && part.name === name));
    const values = (name: string): (string | undefined)[] => (uses(name) ? ['x', 'y', 'z', undefined] : [undefined]);
    for (const v of values('v'))
      for (const w of values('w')) {
        this.#variables = { v, w };
        this.#stage(0, { stageResults: [], stageCanceling: [], jobResults: new Map(), jobs: new Map() });
      }
  }

  #stage(at: number, state: State): void {
    const stage = this.#stages[at];
    if (stage === undefined) {
      this.runs++;
      this.#see({ jobs: state.jobs, variables: this.#variables });
      return;
    }
    const before = this.#deps[at]!.some((dep) => state.stageCanceling[dep]!);
    const ask = (canceling: boolean): boolean | 'error' =>
      this.#answer(stage.condition, {
        direct: this.#deps[at]!,
        above: this.#above[at]!,
        result: (one) => state.stageResults[one]!,
        name: (one) => this.#stages[one]!.name,
        jobResult: () => undefined,
        canceling,
      });
    for (const canceling of before || !asksStatus(stage.condition) ? [before] : [false, true]) {
      const answer = ask(canceling);
      const left = answer === 'error' ? 'Abandoned' : canceling ? 'Canceled' : 'Skipped';
      if (answer !== true) this.#leaveOut(at, left, canceling, state);
      else {
        // Checks can keep the stage from running.
        this.#leaveOut(at, 'Skipped', canceling, state);
        this.#job(at, this.#orders[at]!, 0, canceling, new Map(), new Map(), state);
      }
    }
  }

  #leaveOut(at: number, result: string, canceling: boolean, state: State): void {
    const { jobs, name } = this.#stages[at]!;
    const jobResults = new Map(state.jobResults);
    const ends = new Map(state.jobs);
    for (const job of jobs) {
      jobResults.set(`${name}.${job.name}`, 'Skipped');
      ends.set(job.name, { ran: false, achieved: false, how: 'does not run' });
    }
    this.#stage(at + 1, {
      stageResults: [...state.stageResults, result],
      stageCanceling: [...state.stageCanceling, canceling],
      jobResults,
      jobs: ends,
    });
  }

  #job(
    at: number,
    order: readonly number[],
    next: number,
    stageCanceling: boolean,
    results: ReadonlyMap<number, readonly [string, boolean]>,
    ends: ReadonlyMap<number, JobEnd>,
    state: State,
  ): void {
    const stage = this.#stages[at]!;
    const own = order[next];
    if (own === undefined) {
      this.#finish(at, stageCanceling, results, ends, state);
      return;
    }
    const job = stage.jobs[own]!;
    const go = (result: string, canceling: boolean, end: JobEnd): void =>
      this.#job(
        at,
        order,
        next + 1,
        stageCanceling,
        new Map(results).set(own, [result, canceling]),
        new Map(ends).set(own, end),
        state,
      );
    const before = stageCanceling || job.deps.some((dep) => results.get(dep)![1]);
    for (const canceling of before || !asksStatus(job.condition) ? [before] : [false, true]) {
      const answer = this.#answer(job.condition, {
        direct: job.deps,
        above: this.#jobsAbove[at]![own]!,
        result: (one) => results.get(one)![0],
        name: (one) => stage.jobs[one]!.name,
        jobResult: (stageName, jobName) => {
          const dep = this.#deps[at]!.find((one) => same(this.#stages[one]!.name, stageName));
          // What a job sees of stages that its own does not wait for directly is not documented.
          if (dep === undefined) this.met.add('far jobs');
          return dep === undefined ? undefined : state.jobResults.get(`${stageName}.${jobName}`);
        },
        canceling,
      });
      if (answer !== true) {
        go(answer === 'error' ? 'Abandoned' : canceling ? 'Canceled' : 'Skipped', canceling, {
          ran: false,
          achieved: false,
          how: 'does not run',
        });
        continue;
      }
      go('Succeeded', canceling, { ran: true, achieved: true, how: '' });
      if (this.#namesResults) go('SucceededWithIssues', canceling, { ran: true, achieved: true, how: '' });
      if (job.continueOnError || job.step === 'continueOnError')
        go('SucceededWithIssues', canceling, { ran: true, achieved: false, how: 'fails but ends' });
      if (!job.continueOnError) go('Failed', canceling, { ran: true, achieved: false, how: 'fails' });
      go('Canceled', canceling, { ran: true, achieved: false, how: 'is canceled' });
      if (this.#losesAgents) go('Abandoned', canceling, { ran: true, achieved: false, how: 'is abandoned' });
      if (job.step === 'conditional') go('Succeeded', canceling, { ran: true, achieved: false, how: 'skips the step' });
    }
  }

  #finish(
    at: number,
    stageCanceling: boolean,
    results: ReadonlyMap<number, readonly [string, boolean]>,
    ends: ReadonlyMap<number, JobEnd>,
    state: State,
  ): void {
    const { jobs, name } = this.#stages[at]!;
    const jobResults = new Map(state.jobResults);
    const jobEnds = new Map(state.jobs);
    jobs.forEach((job, index) => {
      jobResults.set(`${name}.${job.name}`, results.get(index)![0]);
      jobEnds.set(job.name, ends.get(index)!);
    });
    const all = [...results.values()].map(([result]) => result);
    this.#stage(at + 1, {
      stageResults: [...state.stageResults, this.#rollUp(all)],
      stageCanceling: [
        ...state.stageCanceling,
        stageCanceling || [...results.values()].some(([, canceling]) => canceling),
      ],
      jobResults,
      jobs: jobEnds,
    });
  }

  #rollUp(results: readonly string[]): string {
    const failed = results.includes('Failed') || results.includes('Abandoned');
    const canceled = results.includes('Canceled');
    if (failed && canceled) return this.#open('failedAndCanceled');
    if (failed) return 'Failed';
    if (canceled) return 'Canceled';
    if (results.every((one) => one === 'Skipped')) return this.#open('allSkipped');
    return results.includes('SucceededWithIssues') ? 'SucceededWithIssues' : 'Succeeded';
  }

  #open<K extends keyof Reading>(point: K): Reading[K] {
    this.met.add(point);
    return this.#reading[point];
  }

  #answer(condition: Cond | undefined, within: Within): boolean | 'error' {
    try {
      return this.#holds(condition ?? { op: 'status', fn: 'succeeded', names: [] }, within);
    } catch (thrown) {
      if (thrown === CONDITION_FAILS) return 'error';
      throw thrown;
    }
  }

  #holds(node: Cond, within: Within): boolean {
    switch (node.op) {
      case 'and':
        return node.parts.every((part) => this.#holds(part, within));
      case 'or':
        return node.parts.some((part) => this.#holds(part, within));
      case 'not':
        return !this.#holds(node.part, within);
      case 'result': {
        const dep = within.direct.find((one) => same(within.name(one), node.of));
        return compare(node.fn, dep === undefined ? '' : within.result(dep), node.results);
      }
      case 'jobResult':
        return compare(node.fn, within.jobResult(node.stage, node.job) ?? '', node.results);
      case 'variable':
        return compare(node.fn, this.#variables[node.name] ?? '', node.values);
      case 'status':
        return this.#status(node.fn, node.names, within);
      case 'always':
        return true;
      case 'canceled':
        return within.canceling;
      case 'error':
        throw CONDITION_FAILS;
    }
  }

  #status(fn: string, names: readonly string[], within: Within): boolean {
    if (within.canceling) return false;
    const wanted = fn === 'succeeded' ? GOOD : fn === 'failed' ? ['Failed'] : [...GOOD, 'Failed'];
    if (names.length > 0) {
      const found = names.map((name) => {
        const dep = within.direct.find((one) => same(within.name(one), name));
        if (dep !== undefined) return wanted.includes(within.result(dep));
        const far = within.above.find((one) => same(within.name(one), name));
        return far !== undefined && this.#open('farNamesAnswer') && wanted.includes(within.result(far));
      });
      return fn === 'succeeded' ? found.every((one) => one) : found.some((one) => one);
    }
    const holds = (set: readonly number[]): boolean => {
      const found = set.map((one) => wanted.includes(within.result(one)));
      return fn === 'succeeded' ? found.every((one) => one) : found.some((one) => one);
    };
    if (fn === 'succeeded') return holds(within.above);
    if (fn === 'succeededOrFailed' && within.direct.length === 0) return true;
    const [near, far] = [holds(within.direct), holds(within.above)];
    return near === far ? near : this.#open('recursiveFailed') ? far : near;
  }
}

interface Within {
  readonly direct: readonly number[];
  readonly above: readonly number[];
  readonly result: (of: number) => string;
  readonly name: (of: number) => string;
  readonly jobResult: (stage: string, job: string) => string | undefined;
  readonly canceling: boolean;
}

const CONDITION_FAILS = new Error('the condition fails');

function compare(fn: Compare, value: string, wanted: readonly string[]): boolean {
  const found = wanted.some((one) => same(one, value));
  return fn === 'eq' || fn === 'in' ? found : !found;
}

function asksStatus(condition: Cond | undefined): boolean {
  return some(condition, ({ op }) => op === 'status' || op === 'canceled');
}

export function some(condition: Cond | undefined, test: (part: Cond) => boolean): boolean {
  if (condition === undefined) return false;
  if (test(condition)) return true;
  if (condition.op === 'and' || condition.op === 'or') return condition.parts.some((part) => some(part, test));
  return condition.op === 'not' && some(condition.part, test);
}

/** For each node all that it depends on, directly or not. */
export function closure(deps: readonly (readonly number[])[]): number[][] {
  const found: number[][] = [];
  const of = (at: number): number[] => (found[at] ??= [...new Set(deps[at]!.flatMap((dep) => [dep, ...of(dep)]))]);
  return deps.map((_, at) => of(at));
}

function inOrder(jobs: readonly SimJob[]): number[] {
  const above = closure(jobs.map(({ deps }) => deps));
  return jobs.map((_, at) => at).sort((a, b) => above[a]!.length - above[b]!.length);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export function writeCondition(node: Cond): string {
  switch (node.op) {
    case 'and':
    case 'or':
      return `${node.op}(${node.parts.map(writeCondition).join(', ')})`;
    case 'not':
      return `not(${writeCondition(node.part)})`;
    case 'result':
      return `${node.fn}(dependencies.${node.of}.result, ${list(node.results)})`;
    case 'jobResult':
      return `${node.fn}(stageDependencies.${node.stage}.${node.job}.result, ${list(node.results)})`;
    case 'variable':
      return `${node.fn}(variables['${node.name}'], ${list(node.values)})`;
    case 'status':
      return `${node.fn}(${node.names.length === 0 ? '' : list(node.names)})`;
    case 'error':
      return `gt(1, 'text')`;
    default:
      return `${node.op}()`;
  }
}

function list(texts: readonly string[]): string {
  return texts.map((one) => `'${one}'`).join(', ');
}
