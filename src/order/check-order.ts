import { wrongEdges } from '../catalogue/edges.ts';
import { PRODUCTION } from '../catalogue/model.ts';
import { GRAPH_FILE, readDraft, type CatalogueDraft } from '../catalogue/read-catalogue.ts';
import type { ServiceNode } from '../catalogue/model.ts';
import type { Ignore } from '../catalogue/read-ignore.ts';
import { sortFindings, type Finding } from '../finding/finding.ts';
import type { Choices } from '../pipeline/expand/expand-pipeline.ts';
import type { Pipeline, Unresolved } from '../pipeline/model.ts';
import { readPipeline, type ReadPipeline } from '../pipeline/read-pipeline.ts';
import { serviceErrors } from '../pipeline/service-errors.ts';
import { findTargets } from '../pipeline/targets.ts';
import { findContracts } from './require/contracts.ts';
import { matchingIn, type Deployment, type Matching } from './match/deployments.ts';
import { judgeOrder } from './judge/judge.ts';
import type { Judgement } from './judge/verdict.ts';
import { matchDeployments } from './match/match-deployments.ts';
import { makeFinding, type GraphRule, type OrderRule, type Touched } from './rulebook/model.ts';
import { findPreconditions, type Precondition } from './require/preconditions.ts';
import { withoutRollbacks } from './match/rollbacks.ts';
import { findRequirements } from './require/requirements.ts';
import { blindRollback } from './rules/blind-rollback.ts';
import { contractBeforeConsumers } from './rules/contract-before-consumers.ts';
import { deadConditionReference } from './rules/dead-condition-reference.ts';
import { deselectableStage } from './rules/deselectable-stage.ts';
import { missingRollbackHook } from './rules/missing-rollback-hook.ts';
import { sameJobOrder } from './rules/same-job-order.ts';
import { unresolved as unresolvedEdges } from './rules/unresolved.ts';
import { versionMismatch } from './rules/version-mismatch.ts';
import { graphCycle } from './rules/graph-cycle.ts';
import { missingOrder } from './rules/missing-order.ts';
import { reversedOrder } from './rules/reversed-order.ts';
import { maskedFailure } from './rules/masked-failure.ts';
import { skippableDependency } from './rules/skippable-dependency.ts';
import { unsafeCondition } from './rules/unsafe-condition.ts';
import { undeclaredDeployment } from './rules/undeclared-deployment.ts';
import { undeployedService } from './rules/undeployed-service.ts';
import { unknownDependency } from './rules/unknown-dependency.ts';

export interface OrderInput {
  readonly pipelineText: string;
  readonly pipelineFile: string;
  readonly graphText: string;
  readonly graphFile: string;
  /** What is chosen when the pipeline is queued, and where its templates lie. */
  readonly choices?: Choices;
}

/** The answer of the order check. */
export interface OrderCheck {
  /** No error was found and nothing was left unjudged. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** In the order of the pipeline's lines. */
  readonly deployments: readonly Deployment[];
  readonly unresolved: readonly Unresolved[];
  /** What other pipelines must have deployed when this one runs. */
  readonly preconditions: readonly Precondition[];
  /** Findings that the graph file accepts. */
  readonly ignored: readonly Ignore[];
  readonly seen: Seen;
  /** Texts of the templates that were read, by the names that findings carry. */
  readonly sources: ReadonlyMap<string, string>;
}

/** What the answer was drawn from, for whoever shows it or mends it. */
export interface Seen {
  /** Undefined when the file is no pipeline. */
  readonly pipeline: Pipeline | undefined;
  readonly services: readonly ServiceNode[];
  /** Empty when the order was not judged. */
  readonly judgements: readonly Judgement[];
  /** False when what could not be read may add stages, jobs or edges: then no edge has been judged. */
  readonly whole: boolean;
  /** Parameters of the pipeline that could be chosen otherwise when it is queued: the answer is about their defaults. */
  readonly defaulted: readonly string[];
}

const GRAPH_RULES: readonly GraphRule[] = [unknownDependency, graphCycle, versionMismatch];
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
  missingRollbackHook,
  undeployedService,
  undeclaredDeployment,
];

/**
 * Checks a pipeline file against a service graph file: does every job that deploys a service run after, and only on
 * the success of, jobs that deploy what the service needs? Pure; never throws on any input. When a file is faulty its
 * faults come alone: what would follow from them is not reported.
 */
export function checkOrder(input: OrderInput): OrderCheck {
  const draft = readDraft(input.graphText, input.graphFile);
  const edges = wrongEdges(draft.nodes).map(({ place, message, services }) =>
    makeFinding(GRAPH_FILE, place, message, services),
  );
  const inGraph = [...draft.findings, ...edges];
  const read = readPipeline(input.pipelineText, input.pipelineFile, input.choices);
  const { pipeline } = read;
  const part = pipeline === undefined ? NOTHING : checkPipeline(pipeline, read, draft, inGraph.length === 0, input);
  const circular = GRAPH_RULES.flatMap((rule) => rule(draft.nodes));
  const findings = distinct(sortFindings([...inGraph, ...circular, ...read.findings, ...part.findings]));
  const unresolved = sortUnresolved([...read.unresolved, ...part.unresolved]);
  const ok = unresolved.length === 0 && findings.every(({ severity }) => severity !== 'error');
  const { deployments, judgements, preconditions } = part;
  const whole = pipeline !== undefined && isComplete(pipeline);
  const seen = { pipeline, services: draft.nodes, judgements, whole, defaulted: read.defaulted };
  const { ignored } = draft;
  return { ok, findings, deployments, unresolved, preconditions, ignored, seen, sources: read.sources };
}

type Part = Pick<OrderCheck, 'findings' | 'deployments' | 'unresolved' | 'preconditions'> & Pick<Seen, 'judgements'>;
const NOTHING: Part = { findings: [], deployments: [], unresolved: [], preconditions: [], judgements: [] };

function checkPipeline(
  pipeline: Pipeline,
  read: ReadPipeline,
  draft: CatalogueDraft,
  graphIsSound: boolean,
  { graphFile }: OrderInput,
): Part {
  // The service, too, looks at the graph of a file only when the file itself is right.
  const refused = read.findings.length > 0 ? [] : serviceErrors(pipeline);
  const steps = findTargets(pipeline);
  const { services, environments, deploys } = draft;
  const { targets, switchedOff } = steps;
  const all = matchDeployments({ pipeline, services, environments, deploys, graphFile, targets, switchedOff });
  const { matching, rollbacks } = withoutRollbacks(all, pipeline);
  const deployments = [...matching.deployments.values()].flat().sort((a, b) => a.line - b.line || a.column - b.column);
  const faults = [...refused, ...steps.findings];
  if (!graphIsSound || read.findings.length > 0 || faults.length > 0)
    return { ...NOTHING, findings: faults, deployments, unresolved: steps.unresolved };
  const { judgements, unresolved, preconditions, touched } = judge(pipeline, draft, matching);
  const allDeploymentsKnown =
    isComplete(pipeline) && pipeline.stepsComplete && matching.complete && matching.unresolved.length === 0;
  const contracts = findContracts(pipeline, services, matchingIn(matching, PRODUCTION));
  const contractJudgements = isComplete(pipeline) ? judgeOrder(pipeline, contracts.requirements, contracts) : [];
  const known = { graphFile, pipeline, services, deploys, matching, touched, allDeploymentsKnown };
  const model = { ...known, judgements, rollbacks, contracts, contractJudgements };
  const unjudged = [...contracts.unresolved, ...unresolvedEdges(contractJudgements)];
  return {
    findings: ORDER_RULES.flatMap((rule) => rule(model)),
    deployments,
    judgements,
    preconditions,
    unresolved: [...steps.unresolved, ...matching.unresolved, ...unresolved, ...unjudged],
  };
}

/** False when templates may add stages, jobs or edges: then the absence of a way proves nothing. */
function isComplete(pipeline: Pipeline): boolean {
  return pipeline.complete && pipeline.stages.every(({ complete }) => complete);
}

interface Judged {
  readonly judgements: readonly Judgement[];
  readonly unresolved: readonly Unresolved[];
  readonly preconditions: readonly Precondition[];
  readonly touched: readonly Touched[];
}

/** Every environment that the pipeline deploys to is judged by itself: edges hold within one. */
function judge(pipeline: Pipeline, draft: CatalogueDraft, matching: Matching): Judged {
  const touched = touchedEnvironments(draft, matching);
  const parts = touched.map((environment) => judgeIn(environment, pipeline, draft));
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
): Omit<Judged, 'touched'> {
  const requirements = findRequirements(services, matching);
  const elsewhere = findPreconditions(requirements, services, deploys, name, matching);
  if (!isComplete(pipeline)) return { judgements: [], ...elsewhere };
  const judgements = judgeOrder(pipeline, requirements, matching);
  return { ...elsewhere, judgements, unresolved: [...elsewhere.unresolved, ...unresolvedEdges(judgements)] };
}

/** A stage of several jobs can earn the same finding for each. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, file, line, column, message }) => {
    const key = JSON.stringify([rule, file, line, column, message]);
    return !seen.has(key) && seen.add(key);
  });
}

function sortUnresolved(unresolved: readonly Unresolved[]): Unresolved[] {
  const found = new Map(unresolved.map((one) => [JSON.stringify([one.file, one.line, one.column, one.what]), one]));
  return [...found.values()].sort(
    (a, b) => Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column,
  );
}
