/**
 * Where a list or mapping stands among `if`, `elseif` and `else`. Measured: an ordinary sibling does not end a chain, a
 * loop or an insertion does, and so does `else`; conditions after the one that is taken are not evaluated.
 * `undecided`: nobody knows which member is taken.
 */
export type ChainState = 'none' | 'open' | 'taken' | 'undecided';

/** What to do with a member of a chain. */
export type ChainStep = 'orphan' | 'evaluate' | 'take' | 'skip' | 'keep';

export function stepOf(kind: 'if' | 'elseif' | 'else', state: ChainState): ChainStep {
  if (kind === 'if') return 'evaluate';
  switch (state) {
    case 'none':
      return 'orphan';
    case 'open':
      return kind === 'else' ? 'take' : 'evaluate';
    case 'taken':
      return 'skip';
    case 'undecided':
      return 'keep';
  }
}

/** The state behind a member; `condition` is what its evaluation came to. */
export function stateAfter(
  kind: 'if' | 'elseif' | 'else',
  before: ChainState,
  condition: 'true' | 'false' | 'unknown' | undefined,
): ChainState {
  if (kind === 'else') return 'none';
  if (condition === undefined) return before;
  if (condition === 'unknown') return 'undecided';
  return condition === 'true' ? 'taken' : 'open';
}
