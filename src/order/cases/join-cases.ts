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
  const [first, ...others] = cases;
  if (first?.pipeline === undefined) return { pipeline: undefined, deployments: [] };
  const stages = new Map(first.pipeline.stages.map((stage) => [placeOf(stage), stage]));
  const deployments = new Map(first.deployments.map((one) => [nameOf(one), one]));
  for (const { pipeline, deployments: there } of others) {
    for (const stage of pipeline?.stages ?? []) if (!stages.has(placeOf(stage))) stages.set(placeOf(stage), stage);
    for (const one of there) {
      if (deployments.has(nameOf(one))) continue;
      const stage = stages.get(placeOf(one.stage)) ?? one.stage;
      const { job } = one;
      const same = job && stage.jobs.find((other) => placeOf(other) === placeOf(job));
      deployments.set(nameOf(one), { ...one, stage, job: same ?? job });
    }
  }
  return {
    pipeline: { ...first.pipeline, stages: [...stages.values()] },
    deployments: [...deployments.values()].sort((a, b) => a.line - b.line || a.column - b.column),
  };
}

function placeOf({ name, file, line, column }: Stage | Job): string {
  return JSON.stringify([name, file, line, column]);
}

function nameOf({ service, environment, stage, job, file, line, column, part }: Deployment): string {
  return JSON.stringify([service, environment, stage.name, job?.name, file, line, column, part]);
}
