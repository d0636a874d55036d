import type { Clock } from '../../src/time/clock.ts';

/** Time that passes only when the test says so, while servers answer in their own. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 5, 3, 0, 0);
  #monotonic = 0;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** @param monotonicMs less than `ms` when the machine slept; then nobody wakes for the rest */
  advance(ms: number, monotonicMs = ms): void {
    this.#now += ms;
    this.#monotonic += monotonicMs;
    const due = this.#sleepers.filter(({ at }) => at <= this.#monotonic);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#monotonic);
    for (const { wake } of due) wake();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper = { at: this.#monotonic + ms, wake };
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason as Error);
      };
      if (signal?.aborted === true) onAbort();
      else {
        signal?.addEventListener('abort', onAbort, { once: true });
        this.#sleepers.push(sleeper);
      }
    });
  }
}
