import type { Target } from '../journal/entry.ts';

/**
 * Mutual exclusion for one app: at most one writer changes it at a time. `guaranteed` under a lease that the store
 * itself keeps; `best-effort` where a store can only append and list: it excludes as long as a list shows every append that has
 * returned; where one lags behind, who was let in beside another is told by `rival`.
 */
export interface TargetLocks {
  readonly strength: 'guaranteed' | 'best-effort';
  /**
   * Asks once; does not wait. The lock ends by itself after `forMs`, so that a dead holder does not block for ever.
   * @throws RolloutError when the store cannot be asked: then nothing may be changed
   */
  acquire(target: Target, holder: string, forMs: number, signal?: AbortSignal): Promise<TargetLock | LockTaken>;
}

export interface TargetLock {
  readonly kind: 'held';
  /** By the holder's own monotonic clock, and pessimistic: false from half of the time on, unless it was renewed. */
  stillHeld(): boolean;
  /**
   * Who else was let in, as it named itself, by what the store shows now; always undefined where the lock is
   * guaranteed. Idempotent. @throws RolloutError when the store cannot be asked
   */
  rival(): Promise<string | undefined>;
  /** Idempotent; a failure is no reason to stop, since the lock ends by itself. */
  release(): Promise<void>;
}

export interface LockTaken {
  readonly kind: 'taken';
  /** Who holds it, as it named itself. */
  readonly by: string;
  /** When it ends by itself at the latest (ISO), where the store tells. */
  readonly until: string | undefined;
}
