import type { Prints } from '../../journal/entry.ts';
import type { ProbeTarget } from '../../probe/sample.ts';
import type { MutationReply, OperationReading } from '../ports.ts';
import type { Standing } from './standing.ts';
import type { HealthCheck } from './policy.ts';

/** One side of a target: where users are, or where a release waits. */
export interface Place {
  /** As the service names it: a slot, a revision. */
  readonly id: string;
  /** As messages name it: `'production'`, `app 'orders'`. */
  readonly name: string;
  /** `https://` and the host that answers for this side. */
  readonly url: string;
}

/** How a kind says what it does, so that one protocol speaks of swaps and of shifts. */
export interface Words {
  /** `swap`: what is requested, and the step of an event. */
  readonly act: string;
  readonly acted: string;
  readonly acting: string;
  /** How a release comes to users: `swapped in`. */
  readonly broughtIn: string;
  /** The step of an event that undoes it: `swap-back`. */
  readonly back: string;
  /** What is looked at: `the slots`. */
  readonly seen: string;
  /** When nothing of it can be read: `neither slot could be read`. */
  readonly unread: string;
  /** The whole sentence of an intent: `swap 'staging' into 'production'`. */
  readonly intent: string;
  /** What stays when the service did not act: `'production' holds what it held`. */
  readonly kept: string;
}

/** How a target is asked and changed. Reads are safe to repeat, and retried inside. */
export interface Reach<Seen> {
  /**
   * @param since what was seen before: the side that waits may be taken from it while users' side is as in `prints`
   * @throws RolloutError when the target cannot be read
   */
  observe(signal?: AbortSignal, since?: { readonly prints: Prints; readonly last: Seen }): Promise<Seen>;
  /**
   * Exchanges the two sides of `before`. Sent exactly once a call; never throws for what the service answers.
   * @param withinMs when to give up on the answer
   */
  send(before: Prints, now: Seen, signal: AbortSignal | undefined, withinMs: number): Promise<MutationReply>;
  readOperation(operation: string, signal?: AbortSignal): Promise<OperationReading>;
}

/** What came of a request, as far as the target has been seen since. */
export interface Came<Seen> {
  readonly reply: MutationReply;
  /** The last complete reading of the target, or undefined when there was none. */
  readonly observed: Seen | undefined;
}

/** What a kind does beside the request itself. */
export interface Care<Seen> {
  /**
   * Makes the release from before ready to come back, where that takes more than to ask for it.
   * @returns what a person has to do first, with its cure, or undefined
   */
  ready(now: Seen): Promise<string | undefined>;
  /** Takes back what a request that came to nothing may have left prepared. */
  tidy(came: Came<Seen>, why: string): Promise<void>;
  /** Tells what else sends users to the side that holds what they should not get. No reason to stop. */
  advise(now: Seen, held: 'the old release' | 'the bad release'): Promise<void>;
  /** Names of the instances behind a side, for a watch over it; undefined where that is not known. */
  instances(place: Place): Promise<readonly string[] | undefined>;
}

/** What a kind decides from what was seen. All of it is pure. */
export interface Facts<Seen> {
  readonly words: Words;
  prints(now: Seen): Prints;
  /** What has become of `before`, as the target is now. */
  standing(before: Prints, now: Seen): Standing;
  /** What somebody changed between two looks, in words: the releases, an operation, whatever forbids a request. */
  changed(judged: Seen, now: Seen): string | undefined;
  /** Does users' side hold what it held in `before`? */
  holds(before: Prints, now: Seen): 'same' | 'different' | 'unknown';
  /** What somebody else did to users' side since `after`, in words and as far as the target tells. */
  foreign(after: Prints, now: Seen): string | undefined;
  /** Why a promotion that stands must not be undone as the target is now; `after`: as it left it, where that is known. */
  notOurs(promotion: { readonly before: Prints; readonly after: Prints | null }, now: Seen): string | undefined;
  /** Why what waits could not be given users right now, though it is there; undefined where it can. */
  asleep(now: Seen): string | undefined;
  /** Is anything changing users' side? An operation on the other side alone is none of theirs. */
  busyFacing(now: Seen): string | null;
  /** That the release from before is not there any more to go back to, in words. */
  noWayBack(after: Prints, now: Seen): string | undefined;
  facing(now: Seen): Place;
  waiting(now: Seen): Place;
  /** The questions for one side. @param expectedVersion undefined: any, but it is recorded */
  question(health: HealthCheck, place: Place, expectedVersion: string | undefined): ProbeTarget;
}

/**
 * How the releases of one target come before users and go back: what a kind of target knows. The protocol around it
 * (gate, lock, intent, one request, watching, verification, undoing) is the same for all kinds. `Seen` is what one look
 * at the target tells, and stays with the kind.
 *
 * A kind thinks of two sides: what users get, and what waits to take its place. A promotion exchanges the two, and its
 * undoing exchanges them again.
 */
export interface Way<Seen> extends Reach<Seen>, Care<Seen>, Facts<Seen> {}
