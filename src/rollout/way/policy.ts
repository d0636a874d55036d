import type { Release, Target } from '../../journal/entry.ts';
import type { ProbeTarget } from '../../probe/sample.ts';
import type { WatchPolicy } from '../../probe/watch.ts';

/** How a release is asked for its health, apart from the host that it runs on. */
export interface HealthCheck extends WatchPolicy {
  /** Path on the slot's own host, or a whole `https://` address. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly statuses: readonly number[];
  readonly json: Readonly<Record<string, string>>;
  readonly contains: string | undefined;
  /** Header by which an answer names its instance, where the affinity cookie does not. */
  readonly instanceHeader: string | undefined;
  readonly version: { readonly path: string; readonly json: string | undefined } | undefined;
}

/** Times and choices of one promotion. Durations in milliseconds. */
export interface SwapPolicy {
  /** From the request until a state that is still open is called unknown. */
  readonly swapDeadlineMs: number;
  /** How long nothing may move and nothing run before a request whose answer was lost may be made once more. */
  readonly settleMs: number;
  /** How long an operation that Azure does not show may still run before a swap without a sign of it counts as not done. */
  readonly unseenMs: number;
  /** How long the promoted release is watched on its target. */
  readonly bakeMs: number;
  /** For how long after a swap a 502, a 503 or a cut connection may be the platform's own and does not count. */
  readonly swapGraceMs: number;
  /** How long a gate may stay undecided after the startup grace. */
  readonly gateLimitMs: number;
  /** Swap requests in all; a further one only after the last was closed as not acted on for a passing reason. */
  readonly attempts: number;
  readonly staleRouting: 'fail' | 'clear';
  readonly onUnhealthy: 'swap-back' | 'abort';
  /** Whether functions and WebJobs that work in the source slot stop the swap. */
  readonly backgroundWork: 'warn' | 'fail';
  /** What the old release must be before it is put back: judged healthy, or merely not known to be unhealthy. */
  readonly rollbackTarget: 'verified' | 'running';
}

export const DEFAULT_SWAP_POLICY: SwapPolicy = {
  swapDeadlineMs: 45 * 60_000,
  settleMs: 3 * 60_000,
  // The longest swap that users have told of took 23 minutes.
  unseenMs: 25 * 60_000,
  bakeMs: 30_000,
  // Users tell of some twenty seconds.
  swapGraceMs: 30_000,
  gateLimitMs: 10 * 60_000,
  attempts: 2,
  staleRouting: 'fail',
  onUnhealthy: 'swap-back',
  rollbackTarget: 'running',
  backgroundWork: 'warn',
};

/** One intended promotion. */
export interface PromotionRequest {
  /** Id of the promotion; the same for all its entries, attempts and its compensation. */
  readonly promotion: string;
  readonly service: string;
  readonly target: Target;
  readonly release: Release;
  readonly health: HealthCheck;
  readonly expectedVersion: string | undefined;
  readonly policy: SwapPolicy;
}

/**
 * The questions for one side of a target: its own host.
 * @param pin a cookie that keeps the question on that side, where the kind has one
 */
export function probeTarget(
  health: HealthCheck,
  hostUrl: string,
  expectedVersion: string | undefined,
  pin?: string,
): ProbeTarget {
  const address = (path: string): string => new URL(path, hostUrl).href;
  // A cookie of the user's own is sent beside the pin; names are compared as HTTP does.
  const own = Object.fromEntries(Object.entries(health.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const cookies = [pin, own['cookie']].filter((value) => value !== undefined).join('; ');
  const cookie = cookies === '' ? {} : { cookie: cookies };
  return {
    url: address(health.path),
    headers: { 'user-agent': 'safe-rollout', 'cache-control': 'no-cache', ...own, ...cookie },
    timeoutMs: health.timeoutMs,
    statuses: health.statuses,
    json: health.json,
    contains: health.contains,
    instanceHeader: health.instanceHeader?.toLowerCase(),
    version: health.version && {
      url: address(health.version.path),
      json: health.version.json,
      expected: expectedVersion,
    },
  };
}
