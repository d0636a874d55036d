import type { OrderReview } from '../review/review.ts';
import { canBeAccepted } from '../rulebook/rule-texts.ts';

/**
 * Tells of a rule whether its findings would have been found if they were still there. Where a file is faulty, or a
 * template could not be read, nothing was judged. Where a single place could not be judged, whatever it hides is as good
 * as there; but that the other unjudged places are gone is known.
 */
export function provenFixes({ check, unresolved }: OrderReview): (rule: string) => boolean {
  const judged = check.seen.whole && check.findings.every(({ rule }) => canBeAccepted(rule));
  // What the team has accepted is nobody's question any more.
  const open = unresolved.some(({ standing }) => standing.state === 'new');
  return (rule) => judged && (!open || rule === 'unresolved');
}
