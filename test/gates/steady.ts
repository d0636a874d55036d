import type { Clock } from '../../src/time/clock.ts';
import type { Verdict } from './server-task.ts';

/** How a classic release evaluates its gates (documented). In milliseconds. */
export interface Evaluation {
  /** Before the first evaluation. */
  readonly delayMs: number;
  /** From one evaluation to the next. */
  readonly intervalMs: number;
  /** How long all gates must pass without a break; 0: once. */
  readonly successMs: number;
  /** From the first evaluation on. */
  readonly timeoutMs: number;
}

export interface End {
  readonly outcome: 'passed' | 'timed-out';
  readonly evaluations: number;
  /** Of the last evaluation. */
  readonly verdicts: readonly Verdict[];
}

/** Asks all gates at once, again and again, until they have passed together for long enough, or the time is over. */
export async function untilSteady(
  gates: readonly (() => Promise<Verdict>)[],
  times: Evaluation,
  clock: Clock,
): Promise<End> {
  const { delayMs, intervalMs, successMs, timeoutMs } = times;
  await clock.sleep(delayMs);
  const begun = clock.monotonic();
  let since: number | undefined;
  for (let evaluations = 1; ; evaluations += 1) {
    const verdicts = await Promise.all(gates.map((gate) => gate()));
    const now = clock.monotonic();
    since = verdicts.every(({ passed }) => passed) ? (since ?? now) : undefined;
    if (since !== undefined && now - since >= successMs) return { outcome: 'passed', evaluations, verdicts };
    if (now + intervalMs - begun > timeoutMs) return { outcome: 'timed-out', evaluations, verdicts };
    await clock.sleep(intervalMs);
  }
}
