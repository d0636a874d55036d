import type { Position } from '../../finding/finding.ts';
import { didYouMean } from '../../finding/nearest.ts';
import type { Condition, Job, Pipeline, Stage } from '../../pipeline/model.ts';
import type { Deployment } from '../match/deployments.ts';
import { decidingNodes, describePlace } from '../rulebook/model.ts';
import { edgeVerdicts, type EdgeVerdict } from './edges.ts';
import type { OrderReview } from './review.ts';

/** One step of the way from an edge of the graph to what is said of it. */
export interface ExplanationStep {
  readonly what: string;
  readonly at: Position | undefined;
}

/** Why the order of two services holds, or does not. */
export interface Explanation {
  readonly after: string;
  readonly before: string;
  readonly verdict: EdgeVerdict['verdict'];
  readonly steps: readonly ExplanationStep[];
  /** Stages on the way, for a picture. */
  readonly stages: readonly Stage[];
}

/**
 * Explains one edge of the service graph, whichever of the two services is named first.
 * @returns what is wrong with the question, in words, where there is no such edge
 */
export function explainEdge(review: OrderReview, names: readonly [string, string]): Explanation | string {
  const { services, pipeline, judgements } = review.check.seen;
  const known = services.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const wrong = unknown.map((name) => `there is no service '${name}' in the graph${didYouMean(name, known)}`);
    return `${wrong.join('; ')}${wrong.at(-1)!.endsWith('?') ? ' It' : ', which'} has ${listed(known)}`;
  }
  const [one, other] = names;
  const edges = edgeVerdicts(review);
  const edge = edges.find(
    ({ after, before }) => (after === one && before === other) || (after === other && before === one),
  );
  if (edge === undefined)
    return `neither of ${one} and ${other} depends on the other itself: ${linksOf(one, other, edges)}`;
  const { after, before, verdict, findings } = edge;
  const pairs = judgements.filter(({ requirement }) => requirement.after === after && requirement.before === before);
  const through = pairs[0]?.requirement.through ?? [];
  const steps: ExplanationStep[] = [
    step(`${after} needs ${before}${through.length === 0 ? '' : `, through ${through.join(', ')}`}`, undefined),
  ];
  const stages = new Set<Stage>();
  if (pipeline === undefined || pairs.length === 0) steps.push(...notJudged(review, after, before));
  else
    for (const pair of pairs) {
      for (const deployment of [pair.before, pair.after]) stages.add(deployment.stage);
      steps.push(deployedAt(pair.before, pipeline), deployedAt(pair.after, pipeline));
      steps.push(...wayBetween(pair.after, pair.before, pipeline, stages));
    }
  for (const { finding } of findings) {
    const example = finding.counterexample === undefined ? '' : `; for example: ${finding.counterexample}`;
    steps.push(step(`${finding.message}${example}`, finding));
  }
  for (const { finding } of review.unresolved)
    if (finding.message.includes(`${after} needs ${before}`)) steps.push(step(finding.message, finding));
  const end = END[verdict](after, before);
  const isWarned = verdict === 'holds' && findings.length > 0;
  steps.push(step(isWarned ? end.replace('so', 'apart from that,') : end, undefined));
  return { after, before, verdict, steps, stages: pipeline?.stages.filter((stage) => stages.has(stage)) ?? [] };
}

const END: Readonly<Record<EdgeVerdict['verdict'], (after: string, before: string) => string>> = {
  holds: (after, before) => `so ${after} runs only after ${before} has succeeded`,
  broken: (after, before) => `so ${after} may run without ${before}`,
  accepted: (after, before) => `so ${after} may run without ${before}, which somebody has accepted`,
  unknown: (after, before) => `so it is not proven that ${after} runs only after ${before} has succeeded`,
  unjudged: (after) => `so nothing of this pipeline has to come before ${after}`,
};

/** Beyond this nobody looks for a name in a line. */
const MOST_NAMES = 20;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function step(what: string, at: Position | undefined): ExplanationStep {
  return { what, at };
}

function deployedAt(deployment: Deployment, pipeline: Pipeline): ExplanationStep {
  const { service, inferredFrom } = deployment;
  const by = inferredFrom === 'deployedBy' ? 'as deployedBy says' : `by ${inferredFrom}`;
  return step(`${service} is deployed in ${describePlace(deployment, pipeline)}, ${by}`, deployment);
}

function notJudged({ check }: OrderReview, after: string, before: string): readonly ExplanationStep[] {
  const deployed = new Set(check.deployments.map(({ service }) => service));
  const elsewhere = check.preconditions.some((one) => one.service === after && one.needs === before);
  if (elsewhere)
    return [step(`${before} is deployed by another pipeline: this one needs it to be out already`, undefined)];
  const missing = [before, after].filter((name) => !deployed.has(name));
  if (missing.length > 0) return missing.map((name) => step(`no job of this pipeline deploys ${name}`, undefined));
  return [step('the order was not judged: what could not be read may add to it', undefined)];
}

/** How what comes later waits for what it needs, and under which conditions each on the way runs. */
function wayBetween(
  after: Deployment,
  before: Deployment,
  { stages }: Pipeline,
  seen: Set<Stage>,
): readonly ExplanationStep[] {
  if (after.job === before.job && after.job !== undefined)
    return [step(`both are steps of job ${after.job.name}, which run in the order of the file`, after.job)];
  const { word, after: from, before: to } = decidingNodes(after, before);
  const nodes: readonly (Stage | Job)[] = word === 'stage' ? stages : after.stage.jobs;
  const way = shortestWay(from, to, nodes);
  if (way === undefined) return [step(`no dependsOn leads from ${word} ${from.name} to ${word} ${to.name}`, from)];
  const found: ExplanationStep[] = [];
  way.forEach((node, at) => {
    if ('jobs' in node) seen.add(node);
    const next = way[at + 1];
    if (next !== undefined)
      found.push(step(`${word} ${node.name} waits for ${word} ${next.name} (${howOf(node)})`, node));
    if (next !== undefined) found.push(conditionOf(word, node));
  });
  if (word === 'stage' && after.job?.condition !== undefined) found.push(conditionOf('job', after.job));
  if (before.job?.condition !== undefined) found.push(conditionOf('job', before.job));
  if (before.step?.condition !== undefined)
    found.push(written(`the step of ${before.service} has the condition`, before.step.condition));
  return found;
}

function howOf(node: Stage | Job): string {
  return 'order' in node && node.order === 'implicit' ? 'without dependsOn, the stage before it' : 'dependsOn';
}

function conditionOf(word: string, { name, condition, ...at }: Stage | Job): ExplanationStep {
  if (condition === undefined)
    return step(`${word} ${name} has no condition: it runs when all that it waits for, however far, has succeeded`, at);
  return written(`${word} ${name} has a condition in place of succeeded():`, condition);
}

function written(head: string, condition: Condition): ExplanationStep {
  return step(`${head} \`${condition.text}\``, condition);
}

/** The nodes from one to another along dependsOn, both with them; undefined when there is no way. */
function shortestWay<T extends Stage | Job>(from: T, to: T, nodes: readonly T[]): readonly T[] | undefined {
  const named = new Map(nodes.map((node) => [node.name.toLowerCase(), node]));
  const cameFrom = new Map<T, T | undefined>([[from, undefined]]);
  // A map grows while it is walked.
  for (const [node] of cameFrom) {
    if (node === to) break;
    for (const { name } of node.dependsOn) {
      const next = named.get(name.toLowerCase());
      if (next !== undefined && !cameFrom.has(next)) cameFrom.set(next, node);
    }
  }
  if (!cameFrom.has(to)) return undefined;
  const way: T[] = [];
  for (let node: T | undefined = to; node !== undefined; node = cameFrom.get(node)) way.unshift(node);
  return way;
}

/** The edges over which one of two services depends on the other, if it does. */
function linksOf(one: string, other: string, edges: readonly EdgeVerdict[]): string {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
    for (const [name] of cameFrom)
      for (const { after, before } of edges) if (after === name && !cameFrom.has(before)) cameFrom.set(before, name);
    if (!cameFrom.has(to)) continue;
    const chain: string[] = [];
    for (let name: string | undefined = to; name !== undefined; name = cameFrom.get(name)) chain.unshift(name);
    const asks = chain.slice(1).map((name, at) => `${chain[at]!},${name}`);
    return `${from} does by ${chain.slice(1, -1).join(' and ')}; ask for ${asks.join(' and for ')}`;
  }
  return 'nothing has to order them';
}
