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

/**
 * What was proven in other cases of the same pipeline. A proof rests on the stages that its later side waits for, and on
 * what they deploy: where these are the same, so is the proof.
 */
export class Proofs {
  readonly #ways = new WeakMap<Stage, Way[]>();
  #count = 0;
  readonly #proven = new WeakMap<
    Deployment,
    Map<Requirement, { readonly way: number; readonly before: Deployment; readonly judgement: Judgement }[]>
  >();

  /** For each stage of one case the number of all that it waits for, directly or not, and of itself. */
  ways(pipeline: Pipeline, { deployments }: Pick<Matching, 'deployments'>): Ways {
    const deployed = new Map<Stage, Deployment[]>();
    for (const list of deployments.values())
      for (const one of list) {
        const others = deployed.get(one.stage);
        if (others === undefined) deployed.set(one.stage, [one]);
        else others.push(one);
      }
    const named = new Map(pipeline.stages.map((stage) => [stage.name.toLowerCase(), stage]));
    const ways = new Map<Stage, number>();
    const waiting: Stage[] = pipeline.stages.toReversed();
    for (let stage = waiting.at(-1); stage !== undefined; stage = waiting.at(-1)) {
      const above = stage.dependsOn.map(({ name }) => named.get(name.toLowerCase())!);
      const missing = ways.has(stage) ? [] : above.filter((one) => !ways.has(one));
      // What it waits for comes first; a pipeline has no circles here.
      if (missing.length > 0) waiting.push(...missing);
      else {
        waiting.pop();
        const parts = [pipeline.variables, ...(deployed.get(stage) ?? []), ...above.map((one) => ways.get(one)!)];
        if (!ways.has(stage)) ways.set(stage, this.#way(stage, parts));
      }
    }
    return ways;
  }

  #way(stage: Stage, parts: Way['parts']): number {
    let all = this.#ways.get(stage);
    if (all === undefined) this.#ways.set(stage, (all = []));
    const known = all.find(
      (one) => one.parts.length === parts.length && one.parts.every((part, at) => part === parts[at]),
    );
    if (known !== undefined) return known.number;
    all.push({ parts, number: this.#count++ });
    return this.#count - 1;
  }

  get(ways: Ways, requirement: Requirement, after: Deployment, befores: readonly Deployment[]): Judgement | undefined {
    const [before, ...others] = befores;
    if (others.length > 0) return undefined;
    const way = ways.get(after.stage);
    const known = this.#proven.get(after)?.get(requirement);
    return known?.find((one) => one.way === way && one.before === before)?.judgement;
  }

  /** Keeps a judgement that rests on nothing but the way to its later side. */
  keep(ways: Ways, judgement: Extract<Judgement, { verdict: 'holds' }>): void {
    const { requirement, after, before } = judgement;
    let all = this.#proven.get(after);
    if (all === undefined) this.#proven.set(after, (all = new Map()));
    const known = all.get(requirement) ?? [];
    all.set(requirement, known);
    known.push({ way: ways.get(after.stage)!, before, judgement });
  }
}
