import { makeGraph, type Graph, type GraphNode } from '../graph/graph.ts';
import type { Job, Pipeline, Stage } from '../pipeline/model.ts';
import type { Deployment } from './deployments.ts';

/**
 * The order in which jobs run, as one graph: every stage and every job has a start and an end; a stage ends with all of
 * its jobs. Each deployed service has a node before the ends of its deployments, so that one question (is there a way
 * from the service to a start?) covers them all. With the default conditions alone, a way also means success:
 * `succeeded()` looks at everything above, and whatever could weaken it is unresolved elsewhere.
 */
export interface JobGraph {
  readonly graph: Graph;
  /** Whatever lies behind this node runs after a deployment of the service. */
  readonly serviceNode: (service: string) => string;
  /** The node that comes before the deployment's job, or stage, and so before the deployment. */
  readonly startOf: (deployment: Deployment) => string;
}

/** @throws Error when stages or jobs have unknown or ambiguous names: the service's errors come first */
export function makeJobGraph(pipeline: Pipeline, deployments: Iterable<readonly Deployment[]>): JobGraph {
  const names = nameNodes(pipeline);
  const serviceNode = (service: string): string => `service ${service}`;
  const startOf = ({ stage, job }: Pick<Deployment, 'stage' | 'job'>): string => `start ${names.get(job ?? stage)!}`;
  const services: GraphNode[] = [];
  const deployed = new Map<Stage | Job, string[]>();
  for (const list of deployments) {
    const service = serviceNode(list[0]!.service);
    services.push({ name: service, dependsOn: [] });
    for (const { stage, job } of list) {
      const known = deployed.get(job ?? stage);
      if (known === undefined) deployed.set(job ?? stage, [service]);
      else known.push(service);
    }
  }
  const endOf = (node: Stage | Job): string => `end ${names.get(node)!}`;
  const pairOf = (node: Stage | Job, above: readonly string[], inside: readonly string[]): GraphNode[] => {
    const start = `start ${names.get(node)!}`;
    const end = { name: endOf(node), dependsOn: [start, ...inside, ...(deployed.get(node) ?? [])] };
    return [{ name: start, dependsOn: above }, end];
  };
  const stageNamed = byName(pipeline.stages);
  const nodes = pipeline.stages.flatMap((stage) => {
    const jobNamed = byName(stage.jobs);
    const jobs = stage.jobs.flatMap((job) => {
      const above = job.dependsOn.map(({ name }) => endOf(jobNamed.get(name.toLowerCase())!));
      return pairOf(job, [startOf({ stage, job: undefined }), ...above], []);
    });
    const above = stage.dependsOn.map(({ name }) => endOf(stageNamed.get(name.toLowerCase())!));
    return [...pairOf(stage, above, stage.jobs.map(endOf)), ...jobs];
  });
  return { graph: makeGraph([...services, ...nodes]), serviceNode, startOf };
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
