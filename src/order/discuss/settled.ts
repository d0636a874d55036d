import type { OrderReview } from '../review/review.ts';
import { canBeAccepted } from '../rulebook/rule-texts.ts';
import type { ThreadMark } from './pull-request.ts';

/**
 * Tells of a finding that is shown no more whether it is over. It is when the team has accepted it, or when it would have
 * been found if it were still there: where a file is faulty, or a template could not be read, nothing was judged. Where a
 * single place could not be judged, whatever it hides is as good as there; but that the other unjudged places are gone is
 * known.
 */
export function settled({ check, findings, unresolved, suppressed }: OrderReview): (mark: ThreadMark) => boolean {
  const accepted = new Set(
    [...findings, ...unresolved, ...suppressed]
      .filter(({ standing }) => standing.state !== 'new')
      .map(({ fingerprint }) => fingerprint),
  );
  const judged = check.seen.whole && check.findings.every(({ rule }) => canBeAccepted(rule));
  const open = unresolved.some(({ standing }) => standing.state === 'new');
  return ({ finding, rule }) => accepted.has(finding) || (judged && (!open || rule === 'unresolved'));
}
