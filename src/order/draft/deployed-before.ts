import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import type { TargetStep } from '../../pipeline/targets.ts';

/** What is deployed by the nearest stages and jobs that every deployment of a service waits for. */
export interface DeployedBefore {
  readonly keys: readonly string[];
  /** No `dependsOn` says so: only the order of the stages does. */
  readonly implicit: boolean;
}

/**
 * Walks up from the jobs of a service: through what they wait for, and no further than the first that deploys anything.
 * @param deployed what each stage and job deploys
 */
export function deployedBefore(
  pipeline: Pipeline,
  at: readonly TargetStep[],
  deployed: ReadonlyMap<Stage | Job, readonly string[]>,
): DeployedBefore {
  const stages = new Map(pipeline.stages.map((stage) => [stage.name.toLowerCase(), stage]));
  let keys: Set<string> | undefined;
  let implicit = false;
  for (const { stage, job } of at) {
    const jobs = new Map(stage.jobs.map((one) => [one.name.toLowerCase(), one]));
    const inStage = walkUp<Job>(
      job,
      (one) => one.dependsOn.flatMap(({ name }) => jobs.get(name.toLowerCase()) ?? []),
      deployed,
    );
    const common = keys;
    const take = (found: readonly string[]): void => {
      keys = new Set(common === undefined ? found : found.filter((key) => common.has(key)));
    };
    take(inStage);
    // A job that waits for another that deploys waits for what that one waits for as well.
    if (inStage.length > 0) continue;
    const above = walkUp<Stage>(
      stage,
      (one) => one.dependsOn.flatMap(({ name }) => stages.get(name.toLowerCase()) ?? []),
      deployed,
    );
    take(above);
    if (above.length > 0 && stage.order === 'implicit') implicit = true;
  }
  return { keys: [...(keys ?? [])], implicit };
}

/** Whether one job runs only after another, by the order of their stages or, inside one, of the jobs. */
export function waitsFor(pipeline: Pipeline, after: TargetStep, before: TargetStep): boolean {
  const within = after.stage === before.stage;
  const nodes: readonly (Stage | Job)[] = within ? after.stage.jobs : pipeline.stages;
  const [from, to] = within ? [after.job, before.job] : [after.stage, before.stage];
  const named = new Map(nodes.map((node) => [node.name.toLowerCase(), node]));
  const seen = new Set<Stage | Job>([from]);
  // A set grows while it is walked.
  for (const node of seen)
    for (const { name } of node.dependsOn) {
      const next = named.get(name.toLowerCase());
      if (next !== undefined) seen.add(next);
    }
  return from !== to && seen.has(to);
}

function walkUp<T extends Stage | Job>(
  start: T,
  above: (node: T) => readonly T[],
  deployed: ReadonlyMap<Stage | Job, readonly string[]>,
): string[] {
  const found: string[] = [];
  const seen = new Set<T>([start]);
  const waiting = [...above(start)];
  for (const node of waiting) {
    if (seen.has(node)) continue;
    seen.add(node);
    const here = deployed.get(node);
    if (here === undefined) waiting.push(...above(node));
    else found.push(...here);
  }
  return found;
}
