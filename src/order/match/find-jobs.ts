import type { DeployedBy } from '../../catalogue/model.ts';
import { didYouMean } from '../../finding/nearest.ts';
import { foldedName } from '../../pipeline/folded-name.ts';
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
  readonly #found = new Map<DeployedBy, JobsFound>();

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
    this.#stages = new Map(pipeline.stages.map((stage) => [foldedName(stage), stage]));
  }

  find(by: DeployedBy): JobsFound {
    let known = this.#found.get(by);
    if (known === undefined) this.#found.set(by, (known = this.#find(by)));
    return known;
  }

  #find(by: DeployedBy): JobsFound {
    const pipeline = this.#pipeline;
    if (by.pipeline !== undefined && !sameFile(by.pipeline, pipeline.file)) return { found: [], missing: undefined };
    const { stage: pattern, job: wanted } = patternsOf(by);
    const stage = by.stage === undefined ? undefined : this.#stages.get(by.stage.toLowerCase());
    const matched = pattern && pipeline.stages.filter(({ name }) => pattern.test(name));
    if (by.stage !== undefined && stage === undefined && (matched ?? []).length === 0) {
      const names = pipeline.stages.filter(({ named }) => named).map(({ name }) => name);
      return { found: [], missing: `stage '${by.stage}'${didYouMean(by.stage, names)}` };
    }
    const stages = matched ?? (stage === undefined ? pipeline.stages : [stage]);
    if (by.job === undefined || wanted === undefined) {
      // A stage of one job leaves no doubt about the job.
      const found = stages.map((one) => ({ stage: one, job: one.jobs.length === 1 ? one.jobs[0] : undefined }));
      return { found, missing: undefined };
    }
    const found = stages.flatMap((one) =>
      one.jobs.filter(({ name }) => wanted.test(name)).map((job) => ({ stage: one, job })),
    );
    if (found.length > 0) return { found, missing: undefined };
    const names = stages.flatMap((one) => one.jobs.map(({ name }) => name));
    const where = by.stage === undefined ? '' : ` in stage ${stage?.name ?? by.stage}`;
    return { found, missing: `job '${by.job}'${where}${didYouMean(by.job, names)}` };
  }
}

/** Stands for any letters of a name. */
const ANY = '*';

/** Whether a `deployedBy` speaks of whatever is called like this, and not of one place. */
export function isPattern({ stage, job }: DeployedBy): boolean {
  return [stage, job].some((name) => name?.includes(ANY) === true);
}

/** `stage: Deploy_*, job: Web`, as it is written. */
export function describeBy({ stage, job }: DeployedBy): string {
  return [...(stage === undefined ? [] : [`stage: ${stage}`]), ...(job === undefined ? [] : [`job: ${job}`])].join(
    ', ',
  );
}

const patterns = new WeakMap<DeployedBy, { readonly stage: RegExp | undefined; readonly job: RegExp | undefined }>();

/** The two names of a `deployedBy`, made once for all cases of a pipeline. */
function patternsOf(by: DeployedBy): { readonly stage: RegExp | undefined; readonly job: RegExp | undefined } {
  let known = patterns.get(by);
  if (known === undefined) {
    const stage = by.stage?.includes(ANY) === true ? patternOf(by.stage) : undefined;
    patterns.set(by, (known = { stage, job: by.job === undefined ? undefined : patternOf(by.job) }));
  }
  return known;
}

/** A name as `deployedBy` has it, in which `*` stands for anything; case does not count. */
function patternOf(name: string): RegExp {
  const parts = name.split(ANY).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
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
