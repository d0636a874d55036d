import { PRODUCTION } from '../catalogue/model.ts';
import type { CatalogueDraft } from '../catalogue/read-catalogue.ts';
import type { Finding } from '../finding/finding.ts';
import type { Pipeline, Unresolved } from '../pipeline/model.ts';
import type { ReadPipeline } from '../pipeline/read-pipeline.ts';
import { serviceErrors } from '../pipeline/service-errors.ts';
import { findTargets } from '../pipeline/targets.ts';
import { findContracts } from './require/contracts.ts';
import { matchingIn, type Deployment, type Matching } from './match/deployments.ts';
import { judgeOrder, type JudgeMemory } from './judge/judge.ts';
import { withoutUndoing } from './judge/undoing-swaps.ts';
import type { Judgement } from './judge/verdict.ts';
import { matchDeployments } from './match/match-deployments.ts';
import type { OrderModel, OrderRule, Touched } from './rulebook/model.ts';
import { findPreconditions, type Precondition } from './require/preconditions.ts';
import { withoutRollbacks } from './match/rollbacks.ts';
import { findRequirements } from './require/requirements.ts';
import { blindRollback } from './rules/blind-rollback.ts';
import { contractBeforeConsumers } from './rules/contract-before-consumers.ts';
import { deadConditionReference } from './rules/dead-condition-reference.ts';
import { deselectableStage } from './rules/deselectable-stage.ts';
import { interleavedRuns } from './rules/interleaved-runs.ts';
import { rollbackWithoutFailure } from './rules/rollback-without-failure.ts';
import { missingRollbackHook } from './rules/missing-rollback-hook.ts';
import { sameJobOrder } from './rules/same-job-order.ts';
import { unresolved as unresolvedEdges } from './rules/unresolved.ts';
import { missingOrder } from './rules/missing-order.ts';
import { reversedOrder } from './rules/reversed-order.ts';
import { maskedFailure } from './rules/masked-failure.ts';
import { skippableDependency } from './rules/skippable-dependency.ts';
import { unsafeCondition } from './rules/unsafe-condition.ts';
import { undeclaredDeployment } from './rules/undeclared-deployment.ts';
import { uploadAfterSwap } from './rules/upload-after-swap.ts';
import { unguardedProduction } from './rules/unguarded-production.ts';
import { unverifiedDependency } from './rules/unverified-dependency.ts';
import { undeployedService } from './rules/undeployed-service.ts';

const ORDER_RULES: readonly OrderRule[] = [
  missingOrder,
  reversedOrder,
  unsafeCondition,
  maskedFailure,
  skippableDependency,
  sameJobOrder,
  contractBeforeConsumers,
  deselectableStage,
  deadConditionReference,
  blindRollback,
  rollbackWithoutFailure,
  missingRollbackHook,
  uploadAfterSwap,
  unverifiedDependency,
  interleavedRuns,
  unguardedProduction,
  undeployedService,
  undeclaredDeployment,
];

/** What is said of a pipeline in one case of what may be chosen. */
export interface CaseCheck {
  readonly findings: readonly Finding[];
  /** In the order of the pipeline's lines. */
  readonly deployments: readonly Deployment[];
  readonly unresolved: readonly Unresolved[];
  /** What other pipelines must have deployed when this one runs. */
  readonly preconditions: readonly Precondition[];
  /** Empty when the order was not judged. */
  readonly judgements: readonly Judgement[];
}

export const NOTHING: CaseCheck = { findings: [], deployments: [], unresolved: [], preconditions: [], judgements: [] };

/** A pipeline as it is read in one case, and the services of the graph that it is checked against. */
export interface CaseInput {
  readonly pipeline: Pipeline;
  readonly read: ReadPipeline;
  readonly draft: CatalogueDraft;
  /** False: the graph has faults, and the order is not judged by it. */
  readonly graphIsSound: boolean;
  readonly graphFile: string;
  readonly deployedOtherwise: OrderModel['deployedOtherwise'];
}

/** @param memory shared by the cases of one pipeline */
export function checkCase(
  { pipeline, read, draft, graphIsSound, graphFile, deployedOtherwise }: CaseInput,
  memory?: JudgeMemory,
): CaseCheck {
  // The service, too, looks at the graph of a file only when the file itself is right.
  const refused = read.findings.length > 0 ? [] : serviceErrors(pipeline);
  const steps = findTargets(pipeline);
  const { services, environments, deploys } = draft;
  const { targets, switchedOff } = steps;
  const all = matchDeployments({ pipeline, services, environments, deploys, graphFile, targets, switchedOff });
  const { matching: releases, rollbacks } = withoutRollbacks(all, pipeline);
  const faults = [...refused, ...steps.findings];
  if (!graphIsSound || read.findings.length > 0 || faults.length > 0)
    return { ...NOTHING, findings: faults, deployments: listOf(releases), unresolved: steps.unresolved };
  const { matching, undoing } = withoutUndoing(releases, pipeline);
  const { judgements, unresolved, preconditions, touched } = judge(pipeline, draft, matching, memory);
  const allJobsKnown = isComplete(pipeline);
  const allDeploymentsKnown =
    allJobsKnown && pipeline.stepsComplete && matching.complete && matching.unresolved.length === 0;
  const contracts = findContracts(pipeline, services, matchingIn(matching, PRODUCTION));
  const contractJudgements = allJobsKnown ? judgeOrder(pipeline, contracts.requirements, contracts, memory) : [];
  const known = {
    graphFile,
    pipeline,
    services,
    deploys,
    matching,
    touched,
    allJobsKnown,
    allDeploymentsKnown,
    deployedOtherwise,
  };
  const model = { ...known, judgements, rollbacks, undoing, contracts, contractJudgements };
  const unjudged = [...contracts.unresolved, ...unresolvedEdges(contractJudgements)];
  return {
    findings: ORDER_RULES.flatMap((rule) => rule(model)),
    deployments: listOf(matching),
    judgements,
    preconditions,
    unresolved: [...steps.unresolved, ...matching.unresolved, ...unresolved, ...unjudged],
  };
}

function listOf({ deployments }: Matching): Deployment[] {
  return [...deployments.values()].flat().sort((a, b) => a.line - b.line || a.column - b.column);
}

/** False when templates may add stages, jobs or edges: then the absence of a way proves nothing. */
export function isComplete(pipeline: Pipeline): boolean {
  return pipeline.complete && pipeline.stages.every(({ complete }) => complete);
}

interface Judged {
  readonly judgements: readonly Judgement[];
  readonly unresolved: readonly Unresolved[];
  readonly preconditions: readonly Precondition[];
  readonly touched: readonly Touched[];
}

/** Every environment that the pipeline deploys to is judged by itself: edges hold within one. */
function judge(pipeline: Pipeline, draft: CatalogueDraft, matching: Matching, memory: JudgeMemory | undefined): Judged {
  const touched = touchedEnvironments(draft, matching);
  const parts = touched.map((environment) => judgeIn(environment, pipeline, draft, memory));
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return { ...first, touched };
  return {
    judgements: parts.flatMap(({ judgements }) => judgements),
    unresolved: parts.flatMap(({ unresolved }) => unresolved),
    preconditions: parts.flatMap(({ preconditions }) => preconditions),
    touched,
  };
}

/** The environments that something is deployed or uploaded to; production when there is none. */
function touchedEnvironments({ environments }: CatalogueDraft, matching: Matching): Touched[] {
  const all = [PRODUCTION, ...environments.map(({ name }) => name)].map((name) => ({
    name,
    matching: matchingIn(matching, name),
  }));
  const touched = all.filter((one) => one.matching.deployments.size > 0 || one.matching.uploads.size > 0);
  return touched.length > 0 ? touched : all.slice(0, 1);
}

function judgeIn(
  { name, matching }: Touched,
  pipeline: Pipeline,
  { services, deploys }: CatalogueDraft,
  memory: JudgeMemory | undefined,
): Omit<Judged, 'touched'> {
  const requirements = findRequirements(services, matching);
  const elsewhere = findPreconditions(requirements, services, deploys, name, matching);
  if (!isComplete(pipeline)) return { judgements: [], ...elsewhere };
  const judgements = judgeOrder(pipeline, requirements, matching, memory);
  return { ...elsewhere, judgements, unresolved: [...elsewhere.unresolved, ...unresolvedEdges(judgements)] };
}
