import type { TaskCallback } from '../gate/ports.ts';
import type { Clock } from '../time/clock.ts';

/** The same reason again is said so often: a log that stands still looks dead. */
const SAY_EVERY_MS = 60_000;
/** The last words are waited for so long before the result is sent: behind it nobody may write any more. */
const LAST_WORDS_MS = 5000;

/** What a task says of itself in the log of its run. That it cannot be written is told once, and is no reason to stop. */
export class TaskVoice {
  readonly #callback: TaskCallback;
  readonly #clock: Clock;
  readonly #failed: (reason: string) => void;
  #saying: Promise<void> = Promise.resolve();
  #last = '';
  #saidAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(callback: TaskCallback, clock: Clock, failed: (reason: string) => void) {
    this.#callback = callback;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Says what is new; one line after the other, and nobody waits for it. */
  say(line: string): void {
    const now = this.#clock.monotonic();
    if (line === this.#last && now - this.#saidAt < SAY_EVERY_MS) return;
    [this.#last, this.#saidAt] = [line, now];
    const written = `${new Date(this.#clock.now()).toISOString()} ${line}`;
    this.#saying = this.#saying.then(async () => {
      const failure = await this.#callback.say([written]);
      if (failure === undefined || this.#hasFailed) return;
      this.#hasFailed = true;
      this.#failed(failure);
    });
  }

  async last(line: string): Promise<void> {
    this.say(line);
    const over = new AbortController();
    await Promise.race([this.#saying, this.#clock.sleep(LAST_WORDS_MS, over.signal).catch(() => undefined)]);
    over.abort(new Error('said'));
  }
}
