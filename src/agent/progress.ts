import type { RolloutEvent } from '../rollout/ports.ts';

/** How far a service is when it reaches a step, of 1. What is not named here says nothing about progress. */
const REACHED: Partial<Record<RolloutEvent['step'], number>> = {
  observe: 0.05,
  upload: 0.2,
  gate: 0.4,
  routing: 0.45,
  swap: 0.6,
  verify: 0.8,
  'swap-back': 0.9,
  command: 1,
  verified: 1,
  skipped: 1,
  resumed: 1,
  outcome: 1,
};

/**
 * How much of the work is done, in whole percent, judged by what was told. Never 100: only the end of the task is.
 * @param services how many services the work is about
 */
export function percentDone(story: readonly RolloutEvent[], services: number): number {
  const reached = new Map<string, number>();
  for (const { service, step } of story)
    if (service !== '') reached.set(service, Math.max(reached.get(service) ?? 0, REACHED[step] ?? 0));
  const sum = [...reached.values()].reduce((total, one) => total + one, 0);
  return Math.min(99, Math.floor((sum / Math.max(1, services)) * 100));
}
