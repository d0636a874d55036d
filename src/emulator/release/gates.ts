import type { Clock } from '../../time/clock.ts';
import type { Verdict } from '../server-task/evaluate-task.ts';

/** As the interface of releases names them (REST reference: ReleaseDefinitionGatesOptions). In minutes. */
export interface GatesOptions {
  /** Before the first evaluation. */
  readonly stabilizationTime: number;
  /** From one evaluation to the next. */
  readonly samplingInterval: number;
  /** How long all gates must pass without a break; 0: once. */
  readonly minimumSuccessDuration: number;
  /** From the first evaluation on. That it does not begin before the stabilization is inferred. */
  readonly timeout: number;
}

/** One evaluation of all gates, and when: in minutes since the first. */
export interface GatesEvaluation {
  readonly at: number;
  readonly verdicts: readonly Verdict[];
}

export interface GatesEnd {
  /** `rejected`: the stage is not deployed to (documented for a time-out). */
  readonly outcome: 'passed' | 'rejected';
  readonly evaluations: readonly GatesEvaluation[];
}

/** What the service takes, in minutes. */
const LIMITS: Readonly<Record<keyof GatesOptions, readonly [least: number, most: number]>> = {
  stabilizationTime: [0, 2880],
  samplingInterval: [5, 1440],
  minimumSuccessDuration: [0, 2880],
  timeout: [6, 21_600],
};
/** A timeout of more than three days asks for an interval of half an hour. */
const LONG = { timeout: 4320, samplingInterval: 30 };

/** @throws Error for options that the service refuses */
export function requireGatesOptions(options: GatesOptions): void {
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = options[name as keyof GatesOptions];
    if (!Number.isInteger(value) || value < least || value > most)
      throw new Error(`${name} must be from ${least} to ${most} minutes, not ${value}`);
  }
  if (options.timeout > LONG.timeout && options.samplingInterval < LONG.samplingInterval)
    throw new Error(`with a timeout of ${options.timeout} minutes samplingInterval must be at least 30`);
}

export type GatesNext =
  | { readonly kind: 'evaluate' }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'end'; readonly outcome: GatesEnd['outcome'] };

/**
 * Pure: what comes next. All gates must pass in the same evaluation, and in all of them for the duration that is asked for.
 * @param now minutes since the first evaluation, negative before it
 */
export function nextOfGates(evaluations: readonly GatesEvaluation[], options: GatesOptions, now: number): GatesNext {
  const last = evaluations.at(-1);
  if (last === undefined) return now < 0 ? { kind: 'wait', minutes: -now } : { kind: 'evaluate' };
  const broken = evaluations.findLastIndex(({ verdicts }) => !allPassed(verdicts));
  const since = evaluations[broken + 1]?.at;
  if (since !== undefined && last.at - since >= options.minimumSuccessDuration)
    return { kind: 'end', outcome: 'passed' };
  const due = last.at + options.samplingInterval;
  if (due > options.timeout)
    return now < options.timeout
      ? { kind: 'wait', minutes: options.timeout - now }
      : { kind: 'end', outcome: 'rejected' };
  return now < due ? { kind: 'wait', minutes: due - now } : { kind: 'evaluate' };
}

export interface GatesWatch {
  readonly clock: Clock;
  /** How long a minute lasts. */
  readonly minuteMs: number;
  readonly signal?: AbortSignal;
  /** Waited for, after each evaluation. */
  readonly tell?: (evaluation: GatesEvaluation) => void | Promise<void>;
}

/** Asks all gates at the same time, again and again, until they have passed together or the time is over. */
export async function untilGatesEnd(
  gates: readonly (() => Promise<Verdict>)[],
  options: GatesOptions,
  { clock, minuteMs, signal, tell }: GatesWatch,
): Promise<GatesEnd> {
  const first = clock.monotonic() + options.stabilizationTime * minuteMs;
  const evaluations: GatesEvaluation[] = [];
  for (;;) {
    const now = (clock.monotonic() - first) / minuteMs;
    const next = nextOfGates(evaluations, options, now);
    if (next.kind === 'end') return { outcome: next.outcome, evaluations };
    if (next.kind === 'wait') {
      // A timer may be a moment early: the next look finds that, and waits for the rest.
      await clock.sleep(Math.ceil(next.minutes * minuteMs), signal);
      continue;
    }
    const evaluation = { at: now, verdicts: await Promise.all(gates.map((gate) => gate())) };
    evaluations.push(evaluation);
    await tell?.(evaluation);
  }
}

function allPassed(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ kind }) => kind === 'passed');
}
