import type { Lock, Pipeline, Stage } from '../../pipeline/model.ts';
import type { Judgement } from '../judge/verdict.ts';
import { makeFinding, type OrderRule } from '../rulebook/model.ts';

/**
 * Two runs of one pipeline come between each other although somebody has written how they wait. A lock is held by one stage
 * and given back at its end (documented), so that it keeps runs apart in each stage and not across two. What can then
 * happen to a service whose dependent goes out in a later stage:
 *
 * - The later stage has `runLatest`: of the runs that wait for it only the newest goes on, and the others are cancelled
 *   (documented). What they needed is out already, and no hook for failures runs.
 * - Only the earlier stage has a `lockBehavior`: the later one has no lock of its own, and several runs may be in it at once;
 *   or a resource of it holds a lock, and then the default is `runLatest`.
 *
 * Only what is written at a stage makes a lock. Whether a resource holds one the file does not tell, so nothing is said
 * where only that would matter: no `lockBehavior` at either stage, one of the whole pipeline, or none at the earlier stage.
 */
export const interleavedRuns: OrderRule = ({ pipeline, judgements }) => {
  const found = new Map<Stage, Judgement[]>();
  for (const judgement of judgements) {
    const { verdict, after, before } = judgement;
    if (verdict !== 'holds' || after.stage === before.stage) continue;
    if (dangerIn(after.stage, before.stage, pipeline) === undefined) continue;
    found.set(after.stage, [...(found.get(after.stage) ?? []), judgement]);
  }
  return [...found].map(([stage, all]) => {
    const { requirement, before } = all[0]!;
    const others = new Set(all.map((one) => `${one.requirement.after} ${one.requirement.before}`)).size - 1;
    const danger = dangerIn(stage, before.stage, pipeline)!;
    const { what, counterexample } = describe(danger, stage, before.stage);
    const more = others === 0 ? '' : ` (and ${others} more)`;
    const message = `${requirement.after} needs ${requirement.before}${more}, and ${what}`;
    return {
      ...makeFinding('interleaved-runs', danger.at, message, [
        ...new Set(all.flatMap((one) => [one.requirement.after, one.requirement.before])),
      ]),
      identity: `stage ${stage.name} after stage ${before.stage.name}: ${danger.kind}`,
      counterexample,
    };
  });
};

interface Danger {
  readonly kind: 'cancelled' | 'not locked';
  readonly at: Lock | Stage;
}

function dangerIn(after: Stage, before: Stage, pipeline: Pipeline): Danger | undefined {
  if (after.lock?.behavior === 'runLatest') return { kind: 'cancelled', at: after.lock };
  if (after.lock !== undefined || pipeline.lock !== undefined) return undefined;
  return before.lock === undefined || before.lock.behavior === 'unknown'
    ? undefined
    : { kind: 'not locked', at: after };
}

function describe(
  { kind }: Danger,
  after: Stage,
  before: Stage,
): { readonly what: string; readonly counterexample: string } {
  const write = `write \`lockBehavior: sequential\` at stage ${after.name}`;
  if (kind === 'cancelled')
    return {
      what: `\`runLatest\` lets a newer run cancel stage ${after.name} of an older one that has done stage ${before.name}: ${write}`,
      counterexample:
        `run 1 has done ${before.name} and waits for the lock of ${after.name}, run 2 asks for it too: ` +
        `run 1 is cancelled half-way, with its ${before.name} done`,
    };
  return {
    what:
      `of the two stages only ${before.name} has a \`lockBehavior\`: two runs can be in stage ${after.name} at once or, where a ` +
      `resource of it holds a lock, a newer one cancels the older by default: ${write}`,
    counterexample:
      `run 2 has done ${before.name} and comes into ${after.name} while run 1 is in it: ` +
      `where run 1 ends last, its older release is what users get`,
  };
}
