import { isDeepStrictEqual } from 'node:util';
import { foldedName } from '../../pipeline/folded-name.ts';
import type { Job, Pipeline, Stage } from '../../pipeline/model.ts';
import { isNever } from '../../pipeline/never-runs.ts';
import { nodeKey } from '../cases/join-cases.ts';

/** What hangs on which choice. */
export interface Hanging {
  /** Stages and jobs, by their keys, that a choice lets run, or never run, and does nothing else. */
  readonly switched: ReadonlyMap<string, string>;
  /** Choices that let run what they switch in the other half than was thought. */
  readonly turned: ReadonlySet<string>;
}

/**
 * No text asks for two choices: so what one of them alone makes different is all that hangs on it.
 * @param flipped the pipeline with each of the choices in its other half
 */
export function whatHangsOn(
  ids: readonly string[],
  top: Pipeline,
  flipped: readonly (Pipeline | undefined)[],
): Hanging | undefined {
  const found: { readonly key: string; readonly id: string }[] = [];
  const turned = new Set<string>();
  for (const [at, id] of ids.entries()) {
    const other = flipped[at];
    if (other === undefined) return undefined;
    const changes = changesOf(top, other);
    const [first] = changes;
    if (first === undefined || changes.some(({ was, is }) => was === is || was !== first.was)) continue;
    if (first.was === 'never') turned.add(id);
    for (const { key } of changes) found.push({ key, id });
  }
  return { switched: new Map(found.map(({ key, id }) => [key, id])), turned };
}

interface Change {
  readonly key: string;
  /** Alike: it may run with both, or never. */
  readonly was: 'never' | 'maybe';
  readonly is: 'never' | 'maybe';
}

/** What differs between two pipelines; what is no change of a condition is no change from or to `never`. */
function changesOf(one: Pipeline, other: Pipeline): readonly Change[] {
  const { stages, ...rest } = one;
  const { stages: others, ...otherRest } = other;
  const isOther: Change = { key: '', was: 'maybe', is: 'maybe' };
  if (stages.length !== others.length || !isDeepStrictEqual(rest, otherRest)) return [isOther];
  const changes: Change[] = [];
  const compare = (a: Stage | Job, b: Stage | Job, key: string) => {
    if (a === b) return;
    const sure = (node: Stage | Job): Change['was'] => (isNever(node.condition) ? 'never' : 'maybe');
    const bare = (node: Stage | Job): unknown => ({ ...node, condition: undefined, jobs: undefined });
    if (!isDeepStrictEqual(bare(a), bare(b))) changes.push({ key, was: 'maybe', is: 'maybe' });
    else if (a.condition?.text !== b.condition?.text) changes.push({ key, was: sure(a), is: sure(b) });
  };
  for (const [at, stage] of stages.entries()) {
    const there = others[at]!;
    if (stage === there) continue;
    if (keyOf(stage, undefined) !== keyOf(there, undefined) || stage.jobs.length !== there.jobs.length)
      return [isOther];
    compare(stage, there, keyOf(stage, undefined));
    for (const [place, job] of stage.jobs.entries()) compare(job, there.jobs[place]!, keyOf(stage, job));
  }
  return changes;
}

/** What a switch lets run. */
export interface Switched {
  readonly id: string;
  readonly stage: Stage;
  /** Undefined: the whole stage. */
  readonly job: Job | undefined;
  /** Somebody waits for it. */
  readonly isAwaited: boolean;
}

/** The stages and jobs that some choice switches. */
export function switchedNodes({ stages }: Pipeline, hanging: Hanging): readonly Switched[] {
  const awaited = (nodes: readonly (Stage | Job)[]): ReadonlySet<string> =>
    new Set(nodes.flatMap(({ dependsOn }) => dependsOn.map(foldedName)));
  const above = awaited(stages);
  return stages.flatMap((stage) => {
    const inside = awaited(stage.jobs);
    return [undefined, ...stage.jobs].flatMap((job): Switched[] => {
      const id = hanging.switched.get(keyOf(stage, job));
      if (id === undefined) return [];
      return [
        { id, stage, job, isAwaited: job === undefined ? above.has(foldedName(stage)) : inside.has(foldedName(job)) },
      ];
    });
  });
}

function keyOf(stage: Stage, job: Job | undefined): string {
  return `${nodeKey(stage)} ${job === undefined ? '' : nodeKey(job)}`;
}
