import type { Finding } from '../../finding/finding.ts';
import { didYouMean } from '../../finding/nearest.ts';
import { isStatusFunction } from '../../expression/places.ts';
import { findCalls, findReferences } from '../../expression/references.ts';
import type { Expression } from '../../expression/syntax.ts';
import type { Job, Pipeline, Reference, Stage } from '../../pipeline/model.ts';
import { whyDeadOutput, type AskedOutput } from '../judge/dead-output.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';

/**
 * A condition asks for somebody whom it cannot see: `dependencies` holds direct dependencies only, and what is not there is
 * null (measured), so that `eq` is silently false and `ne` silently true. A name that a status function does not know
 * answers no (measured).
 */
export const deadConditionReference: OrderRule = ({ pipeline }) => {
  if (!pipeline.complete) return [];
  const found: Finding[] = [];
  for (const stage of pipeline.stages) {
    if (asks(stage)) found.push(...deadIn(stage, { word: 'stage', nodes: pipeline.stages, stage, pipeline }));
    for (const job of stage.complete ? stage.jobs : [])
      if (asks(job)) found.push(...deadIn(job, { word: 'job', nodes: stage.jobs, stage, pipeline }));
  }
  return found;
};

function asks({ condition }: Stage | Job): boolean {
  return condition?.expression !== undefined;
}

interface Around {
  readonly word: 'stage' | 'job';
  /** The stages, or the jobs of the same stage. */
  readonly nodes: readonly (Stage | Job)[];
  readonly stage: Stage;
  readonly pipeline: Pipeline;
}

function deadIn(node: Stage | Job, around: Around): ReturnType<OrderRule> {
  const { condition } = node;
  if (condition?.expression === undefined) return [];
  const found = new Map<string, string>();
  for (const { context, path } of findReferences(condition.expression)) {
    const [first, second] = path;
    if (first === undefined) continue;
    const isSeen = context !== 'dependencies' || has(node.dependsOn, first);
    if (isSeen && (context === 'dependencies' || context === 'stagedependencies')) {
      const { word, nodes, pipeline } = around;
      const asked = { context, path, word, nodes, stages: pipeline.stages, stepsKnown: pipeline.stepsComplete };
      const dead = whyDeadOutput(asked as AskedOutput);
      if (dead !== undefined) found.set(written(context, path), `is always empty: ${dead}`);
    }
    if (!isSeen) found.set(`dependencies.${first}`, `is always empty there: ${whyUnseen(first, node, around)}`);
    // What the condition of a stage sees under this name is not documented; nothing is said about it.
    if (context !== 'stagedependencies' || around.word === 'stage') continue;
    const why = whyNotAbove(first, second === 'outputs' ? undefined : second, around);
    if (why !== undefined)
      found.set(`stageDependencies.${first}${second === undefined ? '' : `.${second}`}`, `is empty there: ${why}`);
  }
  for (const name of namesIn(condition.expression))
    if (!has(around.nodes, name))
      found.set(`the success or failure of '${name}'`, `is always answered no: ${whyUnseen(name, node, around)}`);
  return [...found].map(([asked, why]) => ({
    ...makeFinding(
      'dead-condition-reference',
      condition,
      `the condition of ${around.word} ${node.name} asks for ${asked}, which ${why}`,
      [],
    ),
    identity: `${around.word} ${node.name}: ${asked}`,
  }));
}

/** A reference as people write it: what is no plain name stands in brackets. */
function written(context: string, path: readonly (string | undefined)[]): string {
  const head = context === 'dependencies' ? context : 'stageDependencies';
  return path.reduce<string>((text, one) => text + (/^\w+$/.test(one ?? '') ? `.${one}` : `['${one ?? ''}']`), head);
}

/** The names that status functions are asked with. */
function namesIn(expression: Expression): string[] {
  return findCalls(expression)
    .filter(({ name }) => isStatusFunction(name))
    .flatMap(({ args }) => args)
    .flatMap((arg) => (arg.type === 'literal' && arg.value.kind === 'string' ? [arg.value.value] : []));
}

function whyUnseen(name: string, node: Stage | Job, { word, nodes, pipeline }: Around): string {
  if (same(name, node.name)) return `that is the ${word} itself`;
  const known = nodes.find((one) => same(one.name, name));
  if (known !== undefined)
    return `it has the direct dependencies of the ${word} only; add ${known.name} to its dependsOn`;
  if (word === 'job' && has(pipeline.stages, name))
    return `${name} is a stage; a job asks for stageDependencies.${name}.JOB`;
  const owner = pipeline.stages.find(({ jobs }) => has(jobs, name));
  if (word === 'stage' && owner !== undefined)
    return `${name} is a job of stage ${owner.name}; a stage sees stages only`;
  if (owner !== undefined)
    return `${name} is a job of stage ${owner.name}; ask for stageDependencies.${owner.name}.${name}`;
  return `no ${word} has this name${didYouMean(
    name,
    nodes.map((one) => one.name),
  )}`;
}

function whyNotAbove(name: string, job: string | undefined, { stage, pipeline }: Around): string | undefined {
  const known = pipeline.stages.find((one) => same(one.name, name));
  if (known === undefined)
    return `no stage has this name${didYouMean(
      name,
      pipeline.stages.map((one) => one.name),
    )}`;
  if (!has(stage.dependsOn, name))
    return `stage ${stage.name} does not wait for ${known.name} itself; add it to its dependsOn`;
  if (job === undefined || !known.complete || has(known.jobs, job)) return undefined;
  return `stage ${known.name} has no such job${didYouMean(
    job,
    known.jobs.map((one) => one.name),
  )}`;
}

function has(nodes: readonly (Reference | Stage | Job)[], name: string): boolean {
  return nodes.some((one) => same(one.name, name));
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
