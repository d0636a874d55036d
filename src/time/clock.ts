/**
 * The only source of time in the product. Everything that waits takes a `Clock`, so that a test can run an hour of
 * bake time in a millisecond and no other folder needs a timer.
 */
export interface Clock {
  /** Wall clock in milliseconds since the epoch; may jump. For records, never for deadlines. */
  now(): number;
  /** Milliseconds that never go backwards; its zero is arbitrary. For deadlines and durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds. Rejects with `signal.reason` as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Longer than any wait of ours; `setTimeout` overflows above 2^31-1 ms and would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(reasonOf(signal));
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        if (signal !== undefined) reject(reasonOf(signal));
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

/** A signal that is aborted `ms` from now by this machine's clock, or as soon as `outer` is. For one network exchange. */
export function withTimeout(ms: number, outer?: AbortSignal): AbortSignal {
  const own = AbortSignal.timeout(Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
  return outer === undefined ? own : AbortSignal.any([outer, own]);
}
