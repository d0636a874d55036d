/** Names longer than this are nobody's typing mistake, and the search is quadratic in the length. */
const LONGEST_NAME = 80;

/**
 * The candidate that `name` was probably meant to be: fewest typing mistakes (a letter more, less, other, or two
 * swapped), case ignored; the first of equals. Undefined when nothing is close enough to be worth saying.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const wanted = name.toLowerCase();
  // One letter of one or two is no likeness.
  let allowed = Math.min(3, Math.floor(wanted.length / 3));
  let best: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) > allowed) continue;
    const mistakes = countMistakes(wanted, candidate.toLowerCase());
    if (mistakes > allowed) continue;
    if (mistakes === 0) return candidate;
    best = candidate;
    allowed = mistakes - 1;
  }
  return best;
}

/** `; did you mean 'x'?` for the end of a message, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const meant = nearest(name, candidates);
  return meant === undefined ? '' : `; did you mean '${meant}'?`;
}

/** Optimal string alignment distance: the rows of the table two and one back are all it needs. */
function countMistakes(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
    }
    before = last;
    last = current;
  }
  return last[b.length]!;
}
