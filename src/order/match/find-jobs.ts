import type { DeployedBy } from '../../catalogue/model.ts';
import { didYouMean } from '../../finding/nearest.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';

/** Where in a pipeline a `deployedBy` leads to. */
export interface JobsFound {
  /** A stage of several jobs without a name for one has no job here. */
  readonly found: readonly { readonly stage: Stage; readonly job: Job | undefined }[];
  /** What the pipeline does not have, in words; undefined when nothing is missing or another pipeline is meant. */
  readonly missing: string | undefined;
}

/** Finds the jobs of one pipeline that `deployedBy` names. */
export class JobFinder {
  readonly #pipeline: Pipeline;
  readonly #stages: ReadonlyMap<string, Stage>;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
    this.#stages = new Map(pipeline.stages.map((stage) => [stage.name.toLowerCase(), stage]));
  }

  find(by: DeployedBy): JobsFound {
    const pipeline = this.#pipeline;
    if (by.pipeline !== undefined && !sameFile(by.pipeline, pipeline.file)) return { found: [], missing: undefined };
    const stage = by.stage === undefined ? undefined : this.#stages.get(by.stage.toLowerCase());
    if (by.stage !== undefined && stage === undefined) {
      const names = pipeline.stages.filter(({ named }) => named).map(({ name }) => name);
      return { found: [], missing: `stage '${by.stage}'${didYouMean(by.stage, names)}` };
    }
    const stages = stage === undefined ? pipeline.stages : [stage];
    if (by.job === undefined) {
      // A stage of one job leaves no doubt about the job.
      const found = stages.map((one) => ({ stage: one, job: one.jobs.length === 1 ? one.jobs[0] : undefined }));
      return { found, missing: undefined };
    }
    const wanted = by.job.toLowerCase();
    const found = stages.flatMap((one) =>
      one.jobs.filter((job) => job.name.toLowerCase() === wanted).map((job) => ({ stage: one, job })),
    );
    if (found.length > 0) return { found, missing: undefined };
    const names = stages.flatMap((one) => one.jobs.map(({ name }) => name));
    const where = stage === undefined ? '' : ` in stage ${stage.name}`;
    return { found, missing: `job '${by.job}'${where}${didYouMean(by.job, names)}` };
  }
}

/** Whether two paths name one file as far as can be told: the shorter is the end of the longer. */
export function sameFile(a: string, b: string): boolean {
  const [left, right] = [segments(a), segments(b)];
  const length = Math.min(left.length, right.length);
  return length > 0 && left.slice(-length).join('/') === right.slice(-length).join('/');
}

function segments(path: string): string[] {
  return path.split(/[/\\]+/).filter((segment) => segment !== '' && segment !== '.');
}
