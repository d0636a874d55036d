import type { RollbackScope } from '../plan/plan.ts';
import type { Sight } from '../promotion/in-place.ts';
import type { SwapPolicy } from '../way/policy.ts';

export interface RollbackRequest {
  /**
   * `all`: a person has named the run and wants everything of it undone, which a hook with the scope `run` must not do to
   * a run that has ended well: it may stand behind every job.
   */
  readonly scope: RollbackScope | 'all';
  /** Services to undo; empty: those whose promotion the journal does not know to have ended well. */
  readonly services: readonly string[];
  readonly reason: string;
  /** Services in whose place somebody else has put something since: theirs, and no end of the run. */
  readonly superseded?: readonly string[];
  /** Choices that stand in place of the plan's: who restores may know more than who deployed. */
  readonly policy?: Partial<SwapPolicy>;
}

/**
 * What became of one service. `skipped` names the dependents that stand in the way; `left` was verified on the release
 * of this run and stays on it, since nothing asked for it back.
 */
export interface UndoneService {
  readonly service: string;
  readonly outcome:
    | 'undone'
    | 'undone-not-yet-healthy'
    | 'refused'
    | 'not-undone'
    | 'unknown'
    | 'skipped'
    | 'kept'
    | 'left';
  readonly reason: string;
}

/**
 * `nothing`: there was nothing to undo. `rolled-back`: everything that was to be undone is. `person`: something is
 * not, and why.
 */
export interface RollbackResult {
  readonly outcome: 'nothing' | 'rolled-back' | 'person';
  readonly reason: string;
  readonly services: readonly UndoneService[];
  /** What is in place of the services that were not undone, where that was looked at. */
  readonly seen?: readonly Sight[];
  /** The journal holds nothing of the run. */
  readonly isUnwritten?: true;
}

/** Somebody has said what is to be undone, and knows why: nothing is asked of it first, and nothing of it is spared. */
export function isNamed({ scope, services }: RollbackRequest): boolean {
  return scope === 'all' || services.length > 0;
}

/** What is verified stays, unless somebody wants it undone all the same. */
export function howToInsist(run: string, names: readonly string[]): string {
  return `To undo that all the same, name the services: ${names.join(', ')} (safe-rollout rollback --run ${run} --services ${names.join(',')})`;
}

/** In words: what of a run stays, and how the rest of it is undone. */
export function leftInPlace(run: string, services: readonly string[], commands: readonly string[]): string {
  const ran = commands.length === 0 ? '' : `${commands.join(', ')} ran and cannot be undone from here`;
  if (services.length === 0) return ran;
  const stays = `left on the release of this run: ${services.join(', ')} (to undo that too: safe-rollout rollback --run ${run} --services ${services.join(',')})`;
  return ran === '' ? stays : `${stays}; ${ran}`;
}

export function nothing(reason: string): RollbackResult {
  return { outcome: 'nothing', reason, services: [] };
}
