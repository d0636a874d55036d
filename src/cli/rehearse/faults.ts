import type { FaultEffect } from '../../emulator/start.ts';
import type { SwapPolicy } from '../../rollout/way/policy.ts';
import type { Point } from './mortal-ports.ts';

/**
 * Where the new release of a service is made to answer 500: where it waits, before users, or there once it is verified; or
 * before users, but only every fourth time.
 */
export type Sickness = 'waiting' | 'users' | 'final' | 'quarter';

/** A call that changes something, as people name it, and on which side of it the agent is killed. */
export interface Kill {
  readonly call: string;
  readonly when: 'before' | 'after';
}

/** Which of the calls of an app's host that is. */
export interface Blow {
  readonly is: (point: Pick<Point, 'call' | 'args'>) => boolean;
  /** Of those, counted from 1. */
  readonly nth: number;
}

/** One thing that goes wrong with one service. */
export interface Fault {
  readonly id: string;
  readonly title: string;
  /** What production must hold in the end. `either`: the old release, or the new one when it was verified. */
  readonly ends: 'old' | 'new' | 'either';
  /** What is done to the request that users' side is changed by, to those before it, and to the one that undoes it. */
  readonly promotion?: FaultEffect;
  readonly upload?: FaultEffect;
  readonly preparation?: FaultEffect;
  readonly undoing?: FaultEffect;
  readonly sick?: Sickness;
  /** The release is not where it is to be fetched from. */
  readonly missing?: true;
  /**
   * What happens around production: it is `closed` to whoever deploys (403, whatever stands there), the platform has a
   * `hiccup` after the promotion (503 a few times), or somebody else undoes it (`meddling`) while the release is watched.
   */
  readonly around?: 'closed' | 'hiccup' | 'meddling';
  readonly kill?: Kill & Blow;
  readonly policy?: Partial<SwapPolicy>;
}

/** Where nothing goes wrong, whatever the kind. */
export const NONE: Fault = { id: 'none', title: 'nothing goes wrong', ends: 'new' };

/** The agent dies on either side of a call. */
export function killed(call: string, blow: Blow, sick?: Sickness): Fault[] {
  return (['before', 'after'] as const).map((when): Fault => {
    const title = `the agent dies right ${when} its ${call}`;
    const own = sick === undefined ? {} : { sick };
    return { id: `killed-${when}-${call}`, title, ends: 'old', kill: { call, when, ...blow }, ...own };
  });
}

export function failing(status: number, message: string): FaultEffect {
  return { kind: 'status', status, body: { Code: String(status), Message: message } };
}
