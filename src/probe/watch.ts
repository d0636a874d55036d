import type { Clock } from '../time/clock.ts';
import { answersForShare, assess, type AssessPolicy, type Present, type TimedSample, type Verdict } from './assess.ts';
import type { HttpGet } from './http.ts';
import { takeSample, type ProbeTarget, type Sample } from './sample.ts';

export interface WatchPolicy extends AssessPolicy {
  readonly intervalMs: number;
}

export interface WatchPorts {
  readonly http: HttpGet;
  readonly clock: Clock;
  /** Told while a verdict is pending, now and then: a gate may wait for minutes, and a silent log looks dead. */
  readonly pending?: (verdict: Verdict, afterMs: number) => void | Promise<void>;
  /** Names of the instances that there are now, or undefined where that is not known. Asked only for one that was bad. */
  readonly instances?: () => Promise<readonly string[] | undefined>;
}

const TELL_EVERY_MS = 30_000;

/** More samples than any sane gate takes: two hours at five seconds. What is older cannot change a verdict. */
const LONGEST_HISTORY = 1440;

/**
 * Takes samples until they decide. A gate that has not decided when its time is over is `inconclusive`, never a pass.
 * @param limitMs how long it may stay pending after the startup grace
 */
export async function watchUntilDecided(
  target: ProbeTarget,
  policy: WatchPolicy,
  ports: WatchPorts,
  limitMs: number,
  signal?: AbortSignal,
): Promise<Verdict> {
  const look = observer(target, policy, ports, signal);
  let toldAtMs = 0;
  for (;;) {
    const { verdict, afterMs } = await look();
    if (verdict.kind !== 'pending') return verdict;
    if (afterMs - toldAtMs >= TELL_EVERY_MS) {
      toldAtMs = afterMs;
      await ports.pending?.(verdict, afterMs);
    }
    if (afterMs >= policy.startupMs + limitMs)
      return {
        ...verdict,
        kind: 'inconclusive',
        reason: `undecided after ${Math.round(afterMs / 1000)}s: ${verdict.reason}`,
      };
    await ports.clock.sleep(policy.intervalMs, signal);
  }
}

/**
 * Watches for the whole bake time, and ends early only for bad news. Healthy needs the threshold at the end of it:
 * an app that was healthy and is not sure of it any more has not passed.
 * @param times how long to watch, and for how long the platform's own hiccups after a swap do not count
 */
export async function watchThroughBake(
  target: ProbeTarget,
  policy: WatchPolicy,
  ports: WatchPorts,
  { bakeMs, swapGraceMs }: { readonly bakeMs: number; readonly swapGraceMs: number },
  signal?: AbortSignal,
): Promise<Verdict> {
  const look = observer(target, policy, ports, signal, swapGraceMs);
  // A verdict may be pending when the bake ends; it then gets the time that it needs for its thresholds.
  const samplesNeeded = Math.max(policy.healthyThreshold, policy.unhealthyThreshold, answersForShare(policy));
  const watchMs = Math.max(bakeMs, swapGraceMs) + policy.startupMs;
  const latestMs = watchMs + samplesNeeded * 2 * (policy.intervalMs + target.timeoutMs);
  let toldAtMs = 0;
  let badSinceHealthy = false;
  for (;;) {
    const { verdict, afterMs, sample } = await look();
    if (verdict.kind === 'unhealthy' || verdict.kind === 'inconclusive') return verdict;
    if (verdict.kind === 'healthy' && afterMs >= bakeMs) return verdict;
    if (afterMs - toldAtMs >= TELL_EVERY_MS) {
      toldAtMs = afterMs;
      await ports.pending?.(verdict, afterMs);
    }
    badSinceHealthy = verdict.kind !== 'healthy' && (badSinceHealthy || sample.kind === 'bad');
    if (afterMs >= latestMs) {
      // Good and bad answers in turns: users see the bad ones. Only a probe that could not be made is about the probe.
      const kind = badSinceHealthy && !verdict.tooFew ? 'unhealthy' : 'inconclusive';
      return { ...verdict, kind, reason: `undecided after ${Math.round(afterMs / 1000)}s: ${verdict.reason}` };
    }
    await ports.clock.sleep(policy.intervalMs, signal);
  }
}

/** One look more, judged together with all before it. */
export type Look = (signal?: AbortSignal) => Promise<{ verdict: Verdict; afterMs: number; sample: Sample }>;

/** Looks for who waits in a way of their own. @param signal for looks that bring none */
export function observer(
  target: ProbeTarget,
  policy: AssessPolicy,
  { http, clock, instances }: WatchPorts,
  signal?: AbortSignal,
  swapGraceMs = 0,
): Look {
  const start = clock.monotonic();
  const history: TimedSample[] = [];
  let present: Present | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return async (own = signal) => {
    const sample = await takeSample(target, http, own);
    const afterMs = clock.monotonic() - start;
    history.push({ sample, afterMs });
    if (history.length > LONGEST_HISTORY) history.shift();
    // One that answered badly may be gone by now, and its answers with it: what users do not get is not judged.
    const suspect = history.some(({ sample: { kind, instance } }) => kind === 'bad' && instance !== undefined);
    if (suspect && instances !== undefined && afterMs - askedAtMs >= TELL_EVERY_MS) {
      askedAtMs = afterMs;
      const names = await instances();
      present = names === undefined ? undefined : { names, askedAtMs: afterMs };
    }
    return { verdict: assess(history, policy, swapGraceMs, present), afterMs, sample };
  };
}
