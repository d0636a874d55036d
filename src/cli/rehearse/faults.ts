import type { FaultEffect } from '../../emulator/start.ts';
import type { SwapPolicy } from '../../rollout/way/policy.ts';

/**
 * Where the new release of a service is made to answer 500: in its slot, before users, or there once it is verified; or
 * before users, but only every fourth time.
 */
export type Sickness = 'staging' | 'production' | 'final' | 'quarter';

/** A call that changes something, and on which side of it the agent is killed. */
export interface Kill {
  readonly call: 'upload' | 'swap' | 'swap-back';
  readonly when: 'before' | 'after';
}

/** One thing that goes wrong with one service. */
export interface Fault {
  readonly id: string;
  readonly title: string;
  /** What production must hold in the end. `either`: the old release, or the new one when it was verified. */
  readonly ends: 'old' | 'new' | 'either';
  readonly swap?: FaultEffect;
  readonly upload?: FaultEffect;
  readonly sick?: Sickness;
  /**
   * What happens around production: it is `closed` to whoever deploys (403, whatever stands there), the platform has a
   * `hiccup` after the swap (503 a few times), or somebody else swaps back (`meddling`) while the release is watched.
   */
  readonly around?: 'closed' | 'hiccup' | 'meddling';
  readonly kill?: Kill;
  readonly policy?: Partial<SwapPolicy>;
}

const conflict = 'Cannot modify this site because another operation is in progress.';

/** In the order in which a deployment meets them. */
export const FAULTS: readonly Fault[] = [
  { id: 'none', title: 'nothing goes wrong', ends: 'new' },
  {
    id: 'upload-fails',
    title: 'the upload is refused',
    ends: 'old',
    upload: { kind: 'status', status: 400, body: 'The package could not be taken.' },
  },
  { id: 'gate-unhealthy', title: 'unhealthy in its slot', ends: 'old', sick: 'staging' },
  { id: 'swap-409', title: 'the swap is answered 409', ends: 'either', swap: failing(409, conflict) },
  { id: 'swap-429', title: 'the swap is throttled', ends: 'either', swap: { kind: 'throttle', retryAfter: 1 } },
  { id: 'swap-500', title: 'the swap is answered 500', ends: 'either', swap: failing(500, 'An unexpected error.') },
  { id: 'swap-503', title: 'the swap is answered 503', ends: 'either', swap: failing(503, 'Unavailable.') },
  { id: 'swap-reply-lost', title: 'the reply to the swap is lost', ends: 'new', swap: { kind: 'applied-then-reset' } },
  {
    id: 'swap-fails',
    title: 'the swap fails in warm-up',
    ends: 'old',
    swap: { kind: 'swap-fails', leavesPrepared: true },
  },
  {
    id: 'swap-never-ends',
    title: 'the swap never ends',
    ends: 'old',
    swap: { kind: 'swap-never-ends' },
    policy: { swapDeadlineMs: 20_000 },
  },
  { id: 'unhealthy-after-swap', title: 'unhealthy after the swap', ends: 'old', sick: 'production' },
  { id: 'quarter-unhealthy', title: 'every fourth answer is an error after the swap', ends: 'old', sick: 'quarter' },
  { id: 'hiccup-after-swap', title: 'the platform answers 503 right after the swap', ends: 'new', around: 'hiccup' },
  { id: 'production-closed', title: 'production turns the agent away', ends: 'old', around: 'closed' },
  { id: 'swapped-by-another', title: 'somebody else swaps back during the bake', ends: 'old', around: 'meddling' },
  { id: 'turns-unhealthy', title: 'unhealthy at the final check', ends: 'old', sick: 'final' },
  ...(['upload', 'swap', 'swap-back'] as const).flatMap((call) =>
    (['before', 'after'] as const).map((when): Fault => {
      const sick = call === 'swap-back' ? ({ sick: 'production' } as const) : {};
      const id = `killed-${when}-${call}`;
      return { id, title: `the agent dies right ${when} its ${call}`, ends: 'old', kill: { call, when }, ...sick };
    }),
  ),
];

function failing(status: number, message: string): FaultEffect {
  return { kind: 'status', status, body: { Code: String(status), Message: message } };
}
