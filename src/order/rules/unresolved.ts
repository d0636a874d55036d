import { placeOf } from '../../yaml/node.ts';
import type { Unresolved } from '../../pipeline/model.ts';
import type { Judgement } from '../judge/verdict.ts';

/** Edges of which nobody can say whether they hold. They are no findings of their own: unknown is not a pass. */
export function unresolved(judgements: readonly Judgement[]): Unresolved[] {
  return judgements
    .filter((judgement) => judgement.verdict === 'unknown')
    .map(({ requirement, after, what }) => ({
      ...placeOf(after),
      what: `${requirement.after} needs ${requirement.before}, but ${what}`,
    }));
}
