import type { ServiceNode, Service } from '../../catalogue/model.ts';
import type { Finding, Position } from '../../finding/finding.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import type { Contracts } from '../require/contracts.ts';
import type { Deployment, Matching } from '../match/deployments.ts';
import type { Hazard } from '../judge/hazards.ts';
import type { UndoingSwap } from '../judge/undoing-swaps.ts';
import type { Judgement } from '../judge/verdict.ts';
import type { Rollback } from '../match/rollbacks.ts';
import { RULES } from './rule-texts.ts';

/** An environment that the pipeline deploys to, with what of its deployments is about it. */
export interface Touched {
  readonly name: string;
  readonly matching: Matching;
}

/** All that the rules of order look at. */
export interface OrderModel {
  readonly graphFile: string;
  readonly pipeline: Pipeline;
  readonly services: readonly Service[];
  /** The services that this pipeline answers for; undefined: all. */
  readonly deploys: readonly string[] | undefined;
  /** Of all environments. */
  readonly matching: Matching;
  readonly touched: readonly Touched[];
  readonly judgements: readonly Judgement[];
  /** The jobs that run the `contract` of databases, and whether they come after all consumers. */
  readonly contracts: Contracts;
  readonly contractJudgements: readonly Judgement[];
  /** Swaps that run only after a failure; they are no deployments. */
  readonly rollbacks: readonly Rollback[];
  /** Swaps that undo an earlier one in every run; they are no deployments either. */
  readonly undoing: readonly UndoingSwap[];
  /** No template hides a stage or a job; otherwise "it has no such job" cannot be said. */
  readonly allJobsKnown: boolean;
  /** Every deployment of the pipeline is known by name; otherwise "nobody deploys it" cannot be said. */
  readonly allDeploymentsKnown: boolean;
  /** Whether runs with other choices than those that were given deploy a service to an environment. */
  readonly deployedOtherwise: (service: string, environment: string) => boolean;
}

/** One rule: what it finds wrong, in any order. Its file is called as the rule is. */
export type OrderRule = (model: OrderModel) => Finding[];

/** A rule that needs nothing but the services and their edges. */
export type GraphRule = (services: readonly ServiceNode[]) => Finding[];

export function makeFinding(
  rule: string,
  { file, line, column }: Position,
  message: string,
  services: readonly string[],
): Finding {
  return { rule, severity: RULES[rule]?.level ?? 'error', message, file, line, column, services };
}

/** The hazards of one kind, where each lies. One place can endanger several services; each is a finding of its own. */
export function hazardFindings({ judgements }: OrderModel, kind: Hazard['kind']): Finding[] {
  return judgements
    .filter((judgement) => judgement.verdict === 'unsafe')
    .flatMap((judgement) => {
      const { after, before, through } = judgement.requirement;
      const needs = `${after} needs ${before}${through.length === 0 ? '' : ` (through ${through.join(', ')})`}`;
      return judgement.hazards
        .filter((hazard) => hazard.kind === kind)
        .map(({ place, what, identity, counterexample }) => ({
          ...makeFinding(kind, place, `${needs}, but ${what}`, [after, before]),
          identity,
          counterexample,
        }));
    });
}

/** Where a deployment happens, as its author calls it: `stage DeployStore`, `job Web of stage DeployStore`. */
export function describePlace({ stage, job }: Deployment, { staged }: Pipeline): string {
  if (job === undefined || (staged && stage.jobs.length === 1)) return `stage ${stage.name}`;
  return staged ? `job ${job.name} of stage ${stage.name}` : `job ${job.name}`;
}

/** The two nodes whose order decides that of two deployments: their stages or, inside one stage, their jobs. */
export function decidingNodes(
  after: Deployment,
  before: Deployment,
): { readonly word: 'stage' | 'job'; readonly after: Stage | Job; readonly before: Stage | Job } {
  if (after.stage === before.stage && after.job !== undefined && before.job !== undefined)
    return { word: 'job', after: after.job, before: before.job };
  return { word: 'stage', after: after.stage, before: before.stage };
}

/** Nobody copies a longer one, and each of its names would repeat it. */
const LONGEST_LIST = 30;

/**
 * The exact edge that is missing, and the whole line when there is more on it: what the node waits for already, since a
 * written `dependsOn` replaces the stage before, and what else it misses, so that no advice undoes another.
 */
export function missingEdge(
  word: 'stage' | 'job',
  after: Stage | Job,
  before: Stage | Job,
  allMissing: readonly (Stage | Job)[] = [before],
): string {
  // The service refuses dependencies beside it, and without them nothing holds the person back.
  if ('startedByHand' in after && after.startedByHand)
    return `\`trigger: manual\` lets a person start stage ${after.name} whenever they like: take it away, add \`dependsOn: ${before.name}\`, and let an approval of its environment ask the person`;
  if (!before.named)
    return `give the ${word} on line ${before.line} a name, and let ${word} ${after.name} depend on it`;
  const count = after.dependsOn.length + allMissing.length;
  const edge = `add \`dependsOn: ${before.name}\` to ${word} ${after.name}`;
  if (count === 1) return edge;
  if (count > LONGEST_LIST) return `${edge}, beside what it waits for now`;
  const all = [...after.dependsOn, ...allMissing.filter(({ named }) => named)].map(({ name }) => name);
  return `${edge}, in all \`dependsOn: [${all.join(', ')}]\``;
}
