import type { TaskPlace } from './place.ts';
import type { Result } from './evaluation.ts';

/**
 * Where evaluations are kept: notes that are written once, under names of letters, digits, dots and hyphens. `create` is
 * durable when it resolves, and of two that create the same note at the same time exactly one is told true. All reject with
 * an Error that says what stopped them.
 */
export interface NoteStore {
  /** @returns false when the note is there already, by somebody else */
  create(name: string, text: string): Promise<boolean>;
  list(): Promise<readonly string[]>;
  /** @returns undefined when there is no such note */
  read(name: string): Promise<string | undefined>;
  /** Removing what is not there is no error. */
  remove(name: string): Promise<void>;
}

/**
 * What came of one TaskCompleted. `taken`: a definite yes. `refused`: a definite no, which another try would not change.
 * `unknown`: it may have been taken, or not.
 */
export interface Delivery {
  readonly kind: 'taken' | 'refused' | 'unknown';
  readonly reason: string;
}

/** What the server shows of the task. `unreadable` and `barred` tell nothing; the second will not change by itself. */
export interface TaskSight {
  readonly kind: 'open' | 'completed' | 'unreadable' | 'barred';
  readonly reason: string;
}

/** The task that waits, at its server, with the token of its job. None of these throws for what the network or the server does. */
export interface TaskCallback {
  /** Sends TaskCompleted once, and does not send it again. */
  complete(result: Result): Promise<Delivery>;
  look(): Promise<TaskSight>;
  /** Shows lines in the task's live log, and keeps them in its log. @returns why that was not possible, if it was not */
  say(lines: readonly string[]): Promise<string | undefined>;
}

export type CallbackTo = (place: TaskPlace, token: string) => TaskCallback;
