import type { Position } from '../../finding/finding.ts';
import type { Need, PlacedNeed } from '../../pipeline/expand/needs.ts';
import type { Unresolved } from '../../pipeline/model.ts';

/**
 * What would have to be known of choices to judge what was left unjudged: what stands open in the very text, or the
 * directive above it, or in the value of a variable that the text names. What is open elsewhere would tell nothing more.
 */
export function needsOf(unresolved: readonly Unresolved[], open: () => readonly PlacedNeed[]): readonly Need[] {
  if (unresolved.length === 0) return [];
  const all = open();
  const asksVariables = unresolved.some(({ what }) => what.includes('$('));
  const asksDirectives = unresolved.some(({ what }) => what.includes('under an expression'));
  return all.filter(
    ({ at, place }) =>
      (place === 'text' && unresolved.some((one) => isInside(one, at))) ||
      (place === 'variable' && asksVariables) ||
      (place === 'directive' && asksDirectives),
  );
}

/** What no choice would tell. Where a file is faulty nobody looks at its choices, and so nothing is said of them. */
export function withoutChoices(
  unresolved: readonly Unresolved[],
  open: () => readonly PlacedNeed[],
): readonly Unresolved[] {
  if (unresolved.length === 0) return [];
  const all = open();
  return unresolved.filter((one) => needsOf([one], () => all).length === 0 && !all.some(({ at }) => isAt(one, at)));
}

/** Whether something is told of a directive itself. */
function isAt({ file, line, column }: Position, at: Position): boolean {
  return file === at.file && line === at.line && column === at.column;
}

/** Whether a place lies in a text, which may have several lines. */
function isInside({ file, line }: Position, at: PlacedNeed['at']): boolean {
  return file === at.file && line >= at.line && line <= at.line + at.text.split('\n').length;
}
