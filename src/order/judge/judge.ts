import { makeGraph } from '../../graph/graph.ts';
import { findPaths } from '../../graph/order.ts';
import type { Pipeline, Step, Toggle } from '../../pipeline/model.ts';
import { nearest, type Deployment, type Matching } from '../match/deployments.ts';
import { betrayalsOf, explain } from './hazards.ts';
import { judgeInside } from './judge-inside.ts';
import { makeJobGraph } from './job-graph.ts';
import type { Requirement } from '../require/requirements.ts';
import { firmJobs, guarantees } from '../runs/guarantees.ts';
import { SearchMemory } from '../runs/memory.ts';
import { makePlan, type Plan } from '../runs/plan.ts';
import { RunSearch } from '../runs/search.ts';
import { Proofs } from './proofs.ts';
import { stepMayBeSkipped } from './step-conditions.ts';
import type { Judgement, Verdict } from './verdict.ts';

/** What was found out in other cases of the same pipeline. */
export class JudgeMemory {
  readonly search = new SearchMemory();
  readonly proofs = new Proofs();
}

/**
 * Judges every requirement for every deployment of the service that has to come after.
 * Requirements whose other side is not deployed here are left out.
 * @param memory shared by the cases of one pipeline
 */
export function judgeOrder(
  pipeline: Pipeline,
  requirements: readonly Requirement[],
  { deployments }: Pick<Matching, 'deployments'>,
  memory = new JudgeMemory(),
): Judgement[] {
  if (requirements.length === 0) return [];
  const { proofs } = memory;
  const ways = proofs.ways(pipeline, deployments);
  const all: (Judgement | Pair)[] = [];
  const asked: Pair[] = [];
  for (const requirement of requirements) {
    const befores = deployments.get(requirement.before);
    if (befores === undefined || befores.length === 0) continue;
    for (const after of deployments.get(requirement.after) ?? []) {
      const known = befores.length > 1 ? undefined : proofs.get(ways, requirement, after, befores[0]!);
      const one = known ?? { requirement, after, befores: nearest(after, befores), all: befores };
      all.push(one);
      if (known === undefined) asked.push(one as Pair);
    }
  }
  if (asked.length === 0) return all as Judgement[];
  const plan = makePlan(pipeline);
  // Which of several deployments it is, the proof does not tell.
  const proven = prove(plan, asked, deployments).map((one, at) => one && asked[at]!.befores === asked[at]!.all);
  const open = asked.filter((_, at) => !proven[at]!);
  const judge = open.length === 0 ? undefined : new OpenPairs(pipeline, plan, open, memory.search);
  const judged = asked.map(({ requirement, after, befores }, at): Judgement => {
    if (!proven[at]!) return { requirement, after, ...judge!.judge(after, befores) };
    const holds = { requirement, after, verdict: 'holds' as const, before: befores[0]! };
    if (befores.length === 1) proofs.keep(ways, holds);
    return holds;
  });
  let next = 0;
  return all.map((one) => ('verdict' in one ? one : judged[next++]!));
}

/** A deployment that has to come after, and those that it has to look at. */
interface Pair {
  readonly requirement: Requirement;
  readonly after: Deployment;
  readonly befores: readonly Deployment[];
  readonly all: readonly Deployment[];
}

/** For each pair whether its guarantee follows from the conditions alone, all in one pass over the pipeline. */
function prove(plan: Plan, pairs: readonly Pair[], deployments: Matching['deployments']): boolean[] {
  const firm = firmJobs(plan);
  const achieved = new Map<number, string[]>();
  const services = [...deployments.keys()].map((service) => ({ name: `service ${service}`, dependsOn: [] }));
  for (const [service, list] of deployments)
    for (const deployment of list) {
      const { stage, job } = deployment;
      // Whatever job of the stage it is: all of them run, and none hides anything.
      const jobs = job === undefined ? stage.jobs : [job];
      const plain = jobs.every(
        (one) =>
          betrayalsOf({ ...deployment, job: one }).length === 0 && (job === one || firm.has(plan.idOf.get(one)!)),
      );
      if (!plain) continue;
      const id = plan.idOf.get(job ?? stage)!;
      const known = achieved.get(id);
      if (known === undefined) achieved.set(id, [`service ${service}`]);
      else known.push(`service ${service}`);
    }
  return findPaths(
    makeGraph([...services, ...guarantees(plan, achieved)]),
    pairs.map(({ requirement, after }) => ({
      from: `service ${requirement.before}`,
      to: `run ${plan.idOf.get(after.job ?? after.stage)!}`,
    })),
  );
}

/** The pairs that need a closer look: whether they are in order at all, and what can go wrong then. */
class OpenPairs {
  readonly #plan: Plan;
  readonly #search: RunSearch;
  readonly #isBefore: (first: Deployment, second: Deployment) => boolean;

  constructor(pipeline: Pipeline, plan: Plan, pairs: readonly Pair[], memory: SearchMemory) {
    this.#plan = plan;
    this.#search = new RunSearch(plan, memory);
    const { graph, startOf, endOf } = makeJobGraph(pipeline);
    const asked = pairs.flatMap(({ after, befores }) =>
      befores.flatMap((before) => [[before, after] as const, [after, before] as const]),
    );
    const found = findPaths(
      graph,
      asked.map(([first, second]) => ({ from: endOf(first), to: startOf(second) })),
    );
    const answers = new Map<Deployment, Set<Deployment>>();
    asked.forEach(([first, second], at) => {
      if (found[at]!) answers.set(first, (answers.get(first) ?? new Set()).add(second));
    });
    this.#isBefore = (first, second) => answers.get(first)?.has(second) === true;
  }

  /** The best that any deployment of `before` can do for `after`. */
  judge(after: Deployment, befores: readonly Deployment[]): Verdict {
    const verdicts = befores.map((before) => judgeInside(after, before) ?? this.#across(after, before));
    for (const wanted of ['holds', 'unknown', 'unsafe', 'reversed'] as const) {
      const found = verdicts.find(({ verdict }) => verdict === wanted);
      if (found !== undefined) return found;
    }
    return verdicts[0]!;
  }

  #across(after: Deployment, before: Deployment): Verdict {
    if (!this.#isBefore(before, after))
      return { verdict: this.#isBefore(after, before) ? 'reversed' : 'missing', before };
    const id = ({ stage, job }: Deployment): number => this.#plan.idOf.get(job ?? stage)!;
    const answer = this.#search.ask({ after: id(after), before: id(before), betrayals: betrayalsOf(before) });
    switch (answer.verdict) {
      case 'never':
        // Of a stage only its own end was asked; which of its jobs it is, and whether that one runs, is open.
        return before.job === undefined
          ? {
              verdict: 'unknown',
              before,
              what: `deployedBy names stage ${before.stage.name} but no job of it, and not all of its jobs surely run`,
            }
          : { verdict: 'holds', before };
      case 'possible':
        return {
          verdict: 'unsafe',
          before,
          hazards: answer.examples.map((one) => explain(this.#plan, after, before, one)),
        };
      case 'unknown':
        return { verdict: 'unknown', before, what: this.#whyUnknown(after, before, answer.tooMuch) };
    }
  }

  #whyUnknown(after: Deployment, before: Deployment, tooMuch: boolean): string {
    const without = `whether ${after.service} can run without the success of ${before.service}`;
    if (tooMuch) return `${without} has too many possibilities to try; let its condition ask succeeded()`;
    const step =
      before.step ??
      before.job?.steps.find(({ continueOnError, enabled }) => isOpen(continueOnError) || isOpen(enabled));
    if (isOpen(before.job?.continueOnError) || isOpen(step?.continueOnError))
      return `${without} hangs on a continueOnError that only the run knows, of job ${before.job!.name} or its step`;
    if (isOpen(step?.enabled)) return `${without} hangs on whether the step on line ${step!.line} is enabled`;
    const doubtful = before.step === undefined ? before.job?.steps.find(mayHideFailure) : undefined;
    if (doubtful !== undefined) {
      const why = stepMayBeSkipped(doubtful) === 'no' ? 'its failure is let pass' : 'it can be skipped';
      return `${without} hangs on which step of job ${before.job!.name} deploys it: of the step on line ${doubtful.line}, ${why}`;
    }
    const nodes = [after.job ?? after.stage, after.stage, before.job ?? before.stage, before.stage];
    const at = nodes.findIndex(({ condition }) => condition !== undefined);
    if (at !== -1) {
      const { condition, name } = nodes[at]!;
      const cure = at < 2 ? '; begin it with `and(succeeded(), ...)`' : '';
      return `${without} hangs on what only the run knows, or nobody has measured: condition \`${condition!.text}\` of ${name}${cure}`;
    }
    return `${without} hangs on what only the run knows`;
  }
}

function mayHideFailure(step: Step): boolean {
  return (
    stepMayBeSkipped(step) !== 'no' || (step.continueOnError !== undefined && step.continueOnError.value !== 'false')
  );
}

function isOpen(toggle: Toggle | undefined): boolean {
  return toggle?.value === 'unknown';
}
