import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import type { Deployment } from '../match/deployments.ts';

/** A pipeline in one case of it, and what it deploys there. */
export interface Deploying {
  readonly pipeline: Pipeline | undefined;
  readonly deployments: readonly Deployment[];
}

/**
 * The pipeline of the first case with the stages that only others have behind it, and all that is deployed in any of them,
 * in the order of the lines. Where they differ in one stage, it is shown as the first has it.
 */
export function joinCases(cases: readonly Deploying[]): Deploying {
  const pipeline = joinStages(cases.map((one) => one.pipeline));
  if (pipeline === undefined) return { pipeline, deployments: [] };
  const stages = new Map(pipeline.stages.map((stage) => [nodeKey(stage), stage]));
  const deployments = new Map<string, Deployment>();
  const seen = new Set<Deployment>();
  for (const one of cases.flatMap((each) => each.deployments)) {
    // Most are the same ones in all cases.
    if (seen.has(one)) continue;
    seen.add(one);
    if (deployments.has(nameOf(one))) continue;
    const stage = stages.get(nodeKey(one.stage)) ?? one.stage;
    const { job } = one;
    const same = job && stage.jobs.find((other) => nodeKey(other) === nodeKey(job));
    deployments.set(nameOf(one), { ...one, stage, job: same ?? job });
  }
  return { pipeline, deployments: [...deployments.values()].sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** The first pipeline with the stages that only others have behind its own. */
export function joinStages(pipelines: readonly (Pipeline | undefined)[]): Pipeline | undefined {
  const [first] = pipelines;
  if (first === undefined) return undefined;
  const stages = new Map(first.stages.map((stage) => [nodeKey(stage), stage]));
  for (const stage of new Set(pipelines.flatMap((one) => one?.stages ?? [])))
    if (!stages.has(nodeKey(stage))) stages.set(nodeKey(stage), stage);
  return { ...first, stages: [...stages.values()] };
}

/** A stage or a job, by what it is called and where it is written: it is the same in every case. */
export function nodeKey({ name, file, line, column }: Stage | Job): string {
  return JSON.stringify([name, file, line, column]);
}

function nameOf({ service, environment, stage, job, file, line, column, part }: Deployment): string {
  return JSON.stringify([service, environment, stage.name, job?.name, file, line, column, part]);
}
