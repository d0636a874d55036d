import type { Clock } from '../../src/time/clock.ts';

/**
 * Time that passes only when somebody sleeps: a sleep moves the clock to its end at once, after every other pending
 * promise has had its turn. Several sleepers wake in the order of their deadlines.
 */
export class FakeClock implements Clock {
  #now: number;
  readonly #start: number;
  #sleepers: { at: number; order: number; wake: () => void }[] = [];
  #order = 0;
  #draining = false;

  constructor(start = Date.UTC(2026, 0, 5, 3, 0, 0)) {
    this.#now = start;
    this.#start = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
        reject(signal?.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const sleeper = { at: this.#now + Math.max(0, ms), order: this.#order++, wake };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.push(sleeper);
      this.#drain();
    });
  }

  /** Real turns of the event loop, so that loopback servers answer before fake time moves on. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    setImmediate(() => {
      this.#draining = false;
      this.#sleepers.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = this.#sleepers.shift();
      if (next === undefined) return;
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      if (this.#sleepers.length > 0) this.#drain();
    });
  }
}
