import { didYouMean } from '../../finding/nearest.ts';
import type { Job, Stage } from '../../pipeline/model.ts';

/** What a condition asks an output of. */
export interface AskedOutput {
  readonly context: 'dependencies' | 'stagedependencies';
  /** Names behind the context, in the order of the text; undefined where only the run knows. */
  readonly path: readonly (string | undefined)[];
  /** Whether a stage or a job asks. */
  readonly word: 'stage' | 'job';
  /** What `dependencies` can be asked about: the stages, or the jobs of the same stage. */
  readonly nodes: readonly (Stage | Job)[];
  readonly stages: readonly Stage[];
  /** False where steps may be hidden, so that a name that is not there proves nothing. */
  readonly stepsKnown: boolean;
}

/**
 * Why an output is always empty in the form in which it is asked for, with the right one; undefined when it is not, or
 * when that cannot be told. Documented for jobs and stages; of a deployment (`runOnce`) measured: its outputs are under the
 * name of the job once more. Whoever asks elsewhere gets nothing, and no error.
 */
export function whyDeadOutput(asked: AskedOutput): string | undefined {
  const { context, path, word, nodes, stages } = asked;
  const names = path.filter((one) => one !== undefined);
  const at = names.findIndex((one) => one.toLowerCase() === 'outputs');
  const key = names[at + 1];
  // An index that is no literal, or all outputs together.
  if (names.length !== path.length || at < 1 || key === undefined || at + 2 !== names.length) return undefined;
  const owners = names.slice(0, at);
  if (context === 'stagedependencies') {
    // What the condition of a stage sees there is not documented.
    if (word === 'stage') return undefined;
    const stage = find(stages, owners[0]!);
    if (stage === undefined || !stage.complete) return undefined;
    if (owners.length === 1) {
      const [job, ...rest] = key.split('.');
      const form = `stageDependencies.${stage.name}.${find(stage.jobs, job!)?.name ?? 'JOB'}.outputs['${keyOf(stage.jobs, job!, rest) ?? key}']`;
      return `a job asks for one job of a stage: ${form}`;
    }
    const job = find(stage.jobs, owners[1]!);
    if (job === undefined || owners.length > 2) return undefined;
    return deadInJob(job, key, asked, (right) => `stageDependencies.${stage.name}.${job.name}.outputs['${right}']`);
  }
  const node = find(nodes, owners[0]!);
  if (node === undefined) return undefined;
  if (word === 'job') {
    if (owners.length > 1 || 'jobs' in node) return undefined;
    return deadInJob(node, key, asked, (right) => `dependencies.${node.name}.outputs['${right}']`);
  }
  return 'jobs' in node && node.complete ? deadInStage(node, owners, key, asked) : undefined;
}

function deadInStage(stage: Stage, owners: readonly string[], key: string, asked: AskedOutput): string | undefined {
  const form = (job: string, right: string): string => `dependencies.${stage.name}.outputs['${job}.${right}']`;
  const said = (right: string): string => `in the condition of a stage the form is ${right}`;
  if (owners.length > 1) {
    const job = find(stage.jobs, owners[1]!);
    if (job === undefined) return undefined;
    return said(form(job.name, rightKey(job, key.split('.')) ?? key));
  }
  const [first, ...rest] = key.split('.');
  const job = find(stage.jobs, first!);
  if (job !== undefined) return deadInJob(job, rest.join('.'), asked, (right) => form(job.name, right), said);
  const owner = stage.jobs.find(({ steps }) => steps.some(({ name }) => same(name, first!)));
  const only = owner ?? (stage.jobs.length === 1 ? stage.jobs[0] : undefined);
  const right = only === undefined ? undefined : rightKey(only, key.split('.'));
  return said(form(only?.name ?? 'JOB', right ?? key));
}

/** Why a job has no output under a key, in which its own name comes no more. */
function deadInJob(
  job: Job,
  key: string,
  { stepsKnown }: AskedOutput,
  form: (right: string) => string,
  said = (right: string): string => `of ${job.kind === 'deployment' ? 'a deployment' : 'a job'} the form is ${right}`,
): string | undefined {
  // Each run of its steps has its own outputs, under names that are made from the run.
  if (job.repeats || job.legs.length > 0) return undefined;
  const parts = key.split('.');
  const right = rightKey(job, parts);
  if (right === undefined) return undefined;
  if (right !== key) return said(form(right));
  const step = parts[job.kind === 'deployment' ? 1 : 0]!;
  const steps = [...job.steps, ...(job.onFailure ?? [])];
  if (!stepsKnown || steps.some(({ name }) => same(name, step))) return undefined;
  const names = steps.flatMap(({ name }) => name ?? []);
  return `no step of job ${job.name} has the name '${step}'${didYouMean(step, names)}`;
}

/** `step.variable` of a job, `Job.step.variable` of a deployment; undefined when it may be right as it is. */
function rightKey(job: Job, parts: readonly string[]): string | undefined {
  const [first = '', ...rest] = parts;
  if (parts.length < 2 || job.repeats || job.legs.length > 0) return undefined;
  const isDoubled = same(first, job.name);
  if (job.kind === 'job') {
    const isStep = job.steps.some(({ name }) => same(name, first));
    return isDoubled && !isStep && parts.length > 2 ? rest.join('.') : parts.join('.');
  }
  // An environment of machines: `Deploy_<resource>` (documented).
  if (/^deploy_/i.test(first)) return undefined;
  return isDoubled ? parts.join('.') : `${job.name}.${parts.join('.')}`;
}

function keyOf(jobs: readonly Job[], job: string, rest: readonly string[]): string | undefined {
  const found = find(jobs, job);
  return found === undefined || rest.length < 2 ? undefined : (rightKey(found, rest) ?? rest.join('.'));
}

function find<T extends { readonly name: string }>(nodes: readonly T[], name: string): T | undefined {
  return nodes.find((one) => same(one.name, name));
}

function same(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}
