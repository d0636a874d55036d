import type { Pipeline, Stage } from '../../pipeline/model.ts';
import type { Deployment, Matching } from '../match/deployments.ts';
import type { Requirement } from '../require/requirements.ts';
import type { Judgement } from './verdict.ts';

/** What a judgement rests on: a number for all that may run before a stage, and what that deploys. */
export type Ways = ReadonlyMap<Stage, number>;

/**
 * What was proven in other cases of the same pipeline. A proof rests on the stages that its later side waits for, and on
 * what they deploy: where these are the same, so is the proof.
 */
export class Proofs {
  readonly #numbers = new Map<string, number>();
  readonly #ids = new WeakMap<object, number>();
  #count = 0;
  readonly #proven = new WeakMap<
    Deployment,
    Map<Requirement, { readonly way: number; readonly before: Deployment; readonly judgement: Judgement }[]>
  >();

  /** For each stage of one case the number of all that it waits for, directly or not, and of itself. */
  ways(pipeline: Pipeline, { deployments }: Pick<Matching, 'deployments'>): Ways {
    const deployed = new Map<Stage, string>();
    for (const list of deployments.values())
      for (const one of list) deployed.set(one.stage, `${deployed.get(one.stage) ?? ''},${this.#idOf(one)}`);
    const named = new Map(pipeline.stages.map((stage) => [stage.name.toLowerCase(), stage]));
    const around = this.#idOf(pipeline.variables);
    const ways = new Map<Stage, number>();
    const waiting: Stage[] = pipeline.stages.toReversed();
    const open = new Set<Stage>();
    for (let stage = waiting.at(-1); stage !== undefined; stage = waiting.at(-1)) {
      const above = stage.dependsOn.map(({ name }) => named.get(name.toLowerCase())!);
      const missing = ways.has(stage) ? [] : above.filter((one) => !ways.has(one));
      if (missing.length > 0 && !open.has(stage)) {
        // What it waits for comes first; a pipeline has no circles here.
        open.add(stage);
        waiting.push(...missing);
        continue;
      }
      waiting.pop();
      if (ways.has(stage)) continue;
      const parts = above.map((one) => ways.get(one)).join();
      ways.set(stage, this.#number(`${this.#idOf(stage)} ${around} ${deployed.get(stage) ?? ''} ${parts}`));
    }
    return ways;
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

  #number(key: string): number {
    let known = this.#numbers.get(key);
    if (known === undefined) this.#numbers.set(key, (known = this.#numbers.size));
    return known;
  }

  #idOf(one: object): number {
    let known = this.#ids.get(one);
    if (known === undefined) this.#ids.set(one, (known = this.#count++));
    return known;
  }
}
