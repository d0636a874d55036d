import { systemClock } from '../../src/time/clock.ts';
import { FakeClock } from './fake-clock.ts';

/** The time of this machine, faster: for fakes beside a store that is real, whose reads and writes take time of their own. */
export class PacedClock extends FakeClock {
  readonly #pace: number;
  readonly #start = systemClock.monotonic();

  constructor(pace: number) {
    super();
    this.#pace = pace;
  }

  override now(): number {
    return super.now() + Math.round(this.monotonic());
  }

  override monotonic(): number {
    return (systemClock.monotonic() - this.#start) * this.#pace;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.#pace, signal);
  }
}
