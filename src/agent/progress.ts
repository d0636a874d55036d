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
 * How much of the work is done, in whole percent, judged by what is told, one event after the other. Never 100: only the
 * end of the task is.
 */
export class Progress {
  readonly #reached = new Map<string, number>();
  #sum = 0;

  tell({ service, step }: Pick<RolloutEvent, 'service' | 'step'>): void {
    if (service === '') return;
    const before = this.#reached.get(service) ?? 0;
    const now = Math.max(before, REACHED[step] ?? 0);
    this.#reached.set(service, now);
    this.#sum += now - before;
  }

  /** @param services how many services the work is about */
  percent(services: number): number {
    // A sum of decimal fractions may fall short of a whole number by next to nothing.
    return Math.min(99, Math.floor((this.#sum / Math.max(1, services)) * 100 + 1e-6));
  }
}
