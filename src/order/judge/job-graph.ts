import { makeGraph, type Graph, type GraphNode } from '../../graph/graph.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import type { Deployment } from '../match/deployments.ts';

/**
 * The order in which jobs run, as one graph: every stage and every job has a start and an end; a stage ends with all of
 * its jobs. It says only what waits for what. What that is worth is decided by the conditions.
 */
export interface JobGraph {
  readonly graph: Graph;
  /** The node that comes before the deployment's job, or stage, and so before the deployment. */
  readonly startOf: (deployment: Pick<Deployment, 'stage' | 'job'>) => string;
  readonly endOf: (deployment: Pick<Deployment, 'stage' | 'job'>) => string;
}

/** @throws Error when stages or jobs have unknown or ambiguous names: the service's errors come first */
export function makeJobGraph(pipeline: Pipeline): JobGraph {
  const names = nameNodes(pipeline);
  const start = (node: Stage | Job): string => `start ${names.get(node)!}`;
  const end = (node: Stage | Job): string => `end ${names.get(node)!}`;
  const pairOf = (node: Stage | Job, above: readonly string[], inside: readonly string[]): GraphNode[] => [
    { name: start(node), dependsOn: above },
    { name: end(node), dependsOn: [start(node), ...inside] },
  ];
  const stageNamed = byName(pipeline.stages);
  const nodes = pipeline.stages.flatMap((stage) => {
    const jobNamed = byName(stage.jobs);
    const jobs = stage.jobs.flatMap((job) => {
      const above = job.dependsOn.map(({ name }) => end(jobNamed.get(name.toLowerCase())!));
      return pairOf(job, [start(stage), ...above], []);
    });
    const above = stage.dependsOn.map(({ name }) => end(stageNamed.get(name.toLowerCase())!));
    return [...pairOf(stage, above, stage.jobs.map(end)), ...jobs];
  });
  return {
    graph: makeGraph(nodes),
    startOf: ({ stage, job }) => start(job ?? stage),
    endOf: ({ stage, job }) => end(job ?? stage),
  };
}

/** `3` for a stage, `3.1` for a job of it. */
function nameNodes(pipeline: Pipeline): ReadonlyMap<Stage | Job, string> {
  const names = new Map<Stage | Job, string>();
  pipeline.stages.forEach((stage, at) => {
    names.set(stage, `${at}`);
    stage.jobs.forEach((job, index) => names.set(job, `${at}.${index}`));
  });
  return names;
}

function byName<T extends { readonly name: string }>(nodes: readonly T[]): ReadonlyMap<string, T> {
  return new Map(nodes.map((node) => [node.name.toLowerCase(), node]));
}
