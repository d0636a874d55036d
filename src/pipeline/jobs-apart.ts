import type { Job, Stage } from './model.ts';

const copies = new WeakMap<Job, Job[]>();
const variants = new WeakMap<Stage, Map<string, Stage>>();

/**
 * Stages in which each job is an object of its own. A node that stands at several places, as the body of a loop does, is
 * read once, and so the same job may have come to several stages; whoever asks for a job by itself must find one. The
 * copy for the second place is the same in all cases of a pipeline, as is that for the third.
 */
export function apart(stages: readonly Stage[]): Stage[] {
  const uses = new Map<Job, number>();
  return stages.map((stage) => {
    let isShared = false;
    const before = stage.jobs.map((job) => {
      const count = uses.get(job) ?? 0;
      uses.set(job, count + 1);
      isShared ||= count > 0;
      return count;
    });
    return isShared ? variantOf(stage, before) : stage;
  });
}

function variantOf(stage: Stage, before: readonly number[]): Stage {
  let known = variants.get(stage);
  if (known === undefined) variants.set(stage, (known = new Map<string, Stage>()));
  const key = before.join();
  let variant = known.get(key);
  if (variant === undefined)
    known.set(key, (variant = { ...stage, jobs: stage.jobs.map((job, at) => copyOf(job, before[at]!)) }));
  return variant;
}

function copyOf(job: Job, count: number): Job {
  if (count === 0) return job;
  let known = copies.get(job);
  if (known === undefined) copies.set(job, (known = []));
  return (known[count] ??= { ...job });
}
