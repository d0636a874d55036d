import { foldedName } from '../../pipeline/folded-name.ts';
import type { Pipeline, Stage } from '../../pipeline/model.ts';
import type { Deployment, Matching } from '../match/deployments.ts';
import type { Requirement } from '../require/requirements.ts';
import type { Judgement } from './verdict.ts';

/** What a judgement rests on: a number for all that may run before a stage, and what that deploys. */
export type Ways = ReadonlyMap<Stage, number>;

/** What a stage deploys and waits for, the latter by numbers; and the number of that. */
interface Way {
  readonly parts: readonly (object | number)[];
  readonly number: number;
}

interface Proof {
  readonly way: number;
  readonly after: Deployment;
  readonly before: Deployment;
  readonly judgement: Judgement;
}

/**
 * What was proven in other cases of the same pipeline. A proof rests on the stages that its later side waits for, and on
 * what they deploy: where these are the same, so is the proof.
 */
export class Proofs {
  readonly #ways = new WeakMap<Stage, Way[]>();
  #count = 0;
  readonly #proven = new WeakMap<Requirement, Proof[]>();

  /** For each stage of one case the number of all that it waits for, directly or not, and of itself. */
  ways(pipeline: Pipeline, deployments: Matching['deployments']): Ways {
    const deployed = new Map<Stage, Deployment[]>();
    for (const list of deployments.values())
      for (const one of list) {
        const others = deployed.get(one.stage);
        if (others === undefined) deployed.set(one.stage, [one]);
        else others.push(one);
      }
    const named = new Map(pipeline.stages.map((stage) => [foldedName(stage), stage]));
    const ways = new Map<Stage, number>();
    const waiting: Stage[] = pipeline.stages.toReversed();
    for (let stage = waiting.at(-1); stage !== undefined; stage = waiting.at(-1)) {
      const parts: (object | number)[] = [pipeline.variables];
      const missing: Stage[] = [];
      for (const reference of stage.dependsOn) {
        const above = named.get(foldedName(reference))!;
        const way = ways.get(above);
        if (way === undefined) missing.push(above);
        else parts.push(way);
      }
      // What it waits for comes first; a pipeline has no circles here.
      if (missing.length > 0) {
        waiting.push(...missing);
        continue;
      }
      waiting.pop();
      for (const one of deployed.get(stage) ?? []) parts.push(one);
      if (!ways.has(stage)) ways.set(stage, this.#way(stage, parts));
    }
    return ways;
  }

  #way(stage: Stage, parts: Way['parts']): number {
    let all = this.#ways.get(stage);
    if (all === undefined) this.#ways.set(stage, (all = []));
    for (const one of all) if (isSame(one.parts, parts)) return one.number;
    all.push({ parts, number: this.#count++ });
    return this.#count - 1;
  }

  /** What is known of a requirement, where one deployment only may be the earlier one. */
  get(ways: Ways, requirement: Requirement, after: Deployment, before: Deployment): Judgement | undefined {
    const known = this.#proven.get(requirement);
    if (known === undefined) return undefined;
    const way = ways.get(after.stage);
    for (const one of known) if (one.way === way && one.after === after && one.before === before) return one.judgement;
    return undefined;
  }

  /** Keeps a judgement that rests on nothing but the way to its later side. */
  keep(ways: Ways, judgement: Extract<Judgement, { verdict: 'holds' }>): void {
    const { requirement, after, before } = judgement;
    const known = this.#proven.get(requirement) ?? [];
    this.#proven.set(requirement, known);
    known.push({ way: ways.get(after.stage)!, after, before, judgement });
  }
}

function isSame<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((part, at) => part === other[at]);
}
