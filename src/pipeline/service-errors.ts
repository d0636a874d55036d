import type { Finding, Position } from '../finding/finding.ts';
import { didYouMean } from '../finding/nearest.ts';
import { foldedName } from './folded-name.ts';
import type { Pipeline, Reference, Stage } from './model.ts';
import { causes, satisfiable, tanglesOf, type Node, type Sentences } from './unsatisfied.ts';

/** The rule of what the service itself refuses about a pipeline's graph. */
export const PIPELINE_GRAPH = 'pipeline-graph';

const NAME_RULE =
  "has an invalid name. Valid names may only contain alphanumeric characters and '_' and may not start with a number.";
const VALID_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What the service says when it is given this pipeline: the sentence that people search for, word for word and in its
 * order, then the true cause; the service blames everything below a cycle for the cycle too.
 */
export function serviceErrors(pipeline: Pipeline): Finding[] {
  const stages = pipeline.staged && pipeline.complete ? check(pipeline.stages, stageSentences(pipeline), pipeline) : [];
  const jobs = pipeline.stages
    .filter((stage) => stage.complete && !sound.has(stage))
    .flatMap((stage) => {
      const found = [...check(stage.jobs, jobSentences(pipeline, stage), stage), ...tooMany(stage)];
      if (found.length === 0) sound.add(stage);
      return found;
    });
  return [...stages, ...jobs];
}

/** Stages of which the service says nothing: the cases of a pipeline have most of them in common. */
const sound = new WeakSet<Stage>();

/** Documented; the sentence of the service is not known. */
const MOST_JOBS = 256;

function tooMany(stage: Stage): Finding[] {
  const { name, jobs } = stage;
  const message = `stage ${name} has ${jobs.length} jobs; Azure Pipelines takes at most ${MOST_JOBS} in one stage`;
  return jobs.length > MOST_JOBS ? [finding(stage, message)] : [];
}

function stageSentences(pipeline: Pipeline): Sentences {
  return {
    noStart: 'The pipeline must contain at least one stage with no dependencies.',
    unknown: (node, on) => `Stage ${node} depends on unknown stage ${on}.`,
    cycle: (node, on) => `Stage ${node} depends on stage ${on} which creates a cycle in the dependency graph.`,
    twice: (node) => `The stage name ${node} appears more than once. Stage names must be unique within a pipeline.`,
    invalid: (node) => `Stage ${node} ${NAME_RULE}`,
    elsewhere: (name) => {
      const owner = pipeline.stages.find(({ jobs }) => jobs.some((job) => same(job.name, name)));
      return owner && `${name} is a job of stage ${owner.name}; a stage can only wait for stages`;
    },
  };
}

function jobSentences(pipeline: Pipeline, stage: Stage): Sentences {
  const inStage = pipeline.staged ? `Stage ${stage.name} job` : 'Job';
  const owner = pipeline.staged ? `Stage ${stage.name}` : 'The pipeline';
  return {
    noStart: `${owner} must contain at least one job with no dependencies.`,
    unknown: (node, on) => `${inStage} ${node} depends on unknown job ${on}.`,
    cycle: (node, on) => `${inStage} ${node} depends on job ${on} which creates a cycle in the dependency graph.`,
    twice: (node) => `${inStage} ${node} appears more than once. Job names must be unique within a stage.`,
    invalid: (node) => `${inStage} ${node} ${NAME_RULE}`,
    elsewhere: (name) => {
      const other = pipeline.stages.find(({ jobs }) => jobs.some((job) => same(job.name, name)));
      if (other !== undefined)
        return `${name} is a job of stage ${other.name}; a job can only wait for jobs of its own stage, and stages are ordered by their own dependsOn`;
      const namesake = pipeline.stages.find((one) => one.named && same(one.name, name));
      return namesake && `${name} is a stage; a job can only wait for jobs of its own stage`;
    },
  };
}

/** Names first; then whether anything can start; then, as from Kahn's algorithm, every edge that stays unsatisfied. */
function check(nodes: readonly Node[], say: Sentences, owner: Position): Finding[] {
  if (isSound(nodes)) return [];
  const names = checkNames(nodes, say);
  if (names.twice.length > 0) return [...names.invalid, ...names.twice];
  if (!nodes.some(({ dependsOn }) => dependsOn.length === 0)) {
    const cause = nodes.length === 0 ? 'it has none at all' : 'each of them waits for another one';
    return [
      ...names.invalid,
      finding(nodes[0] ?? owner, `${say.noStart} True cause: ${cause}${firstEdges(nodes, say)}.`),
    ];
  }
  return [...names.invalid, ...unsatisfiedEdges(nodes, say)];
}

/** Whether nothing can be wrong: good names, each once, and nobody waits for what comes later. */
function isSound(nodes: readonly Node[]): boolean {
  const seen = new Set<string>();
  for (const node of nodes) {
    for (const edge of node.dependsOn) if (!seen.has(foldedName(edge))) return false;
    const name = foldedName(node);
    if (seen.has(name) || (node.named && !VALID_NAME.test(name))) return false;
    seen.add(name);
  }
  return nodes.length > 0;
}

function checkNames(nodes: readonly Node[], say: Sentences): { invalid: Finding[]; twice: Finding[] } {
  const first = new Map<string, Node>();
  const invalid: Finding[] = [];
  const twice: Finding[] = [];
  for (const node of nodes) {
    const earlier = first.get(foldedName(node));
    if (node.named && !VALID_NAME.test(node.name)) invalid.push(finding(node, say.invalid(node.name)));
    if (earlier === undefined) first.set(foldedName(node), node);
    else twice.push(finding(node, `${say.twice(node.name)} It is first on line ${earlier.line}; case does not count.`));
  }
  return { invalid, twice };
}

function unsatisfiedEdges(nodes: readonly Node[], say: Sentences): Finding[] {
  const index = new Map(nodes.map((node, at) => [foldedName(node), at]));
  const satisfied = satisfiable(nodes, index);
  if (satisfied.every(Boolean)) return [];
  const causeOf = causes(nodes, index, satisfied, say);
  return nodes.flatMap(({ name, dependsOn }, at) =>
    dependsOn.flatMap((edge) => {
      const to = index.get(foldedName(edge));
      if (to === undefined)
        return [finding(edge, `${say.unknown(name, edge.name)} ${explainUnknown(edge, nodes, say)}`)];
      if (satisfied[to]!) return [];
      return [finding(edge, `${say.cycle(name, edge.name)} True cause: ${causeOf(at, to)}.`)];
    }),
  );
}

function explainUnknown({ name }: Reference, nodes: readonly Node[], say: Sentences): string {
  const elsewhere = say.elsewhere(name);
  if (elsewhere !== undefined) return `True cause: ${elsewhere}.`;
  const hint = didYouMean(
    name,
    nodes.length > MOST_CANDIDATES ? [] : nodes.filter(({ named }) => named).map((n) => n.name),
  );
  return `True cause: nothing here has this name${hint === '' ? '.' : hint}`;
}

/** Beyond this a search for the nearest name, at every unknown name, would cost more than reading the file. */
const MOST_CANDIDATES = 1000;

/** With no start the service says nothing about single edges; the cycle, or the name that is missing, is the cause. */
function firstEdges(nodes: readonly Node[], say: Sentences): string {
  const index = new Map(nodes.map((node, at) => [foldedName(node), at]));
  const cycle = tanglesOf(nodes, index).values().next().value?.cycle;
  if (cycle !== undefined) return `, in the cycle ${cycle}`;
  for (const { name, dependsOn } of nodes)
    for (const edge of dependsOn)
      if (!index.has(foldedName(edge))) return `, and ${say.unknown(name, edge.name).slice(0, -1)}`;
  return '';
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function finding({ file, line, column }: Position, message: string): Finding {
  return { rule: PIPELINE_GRAPH, severity: 'error', message, file, line, column, services: [] };
}
