import type { RolloutEvent } from '../rollout/ports.ts';
import type { Clock } from '../time/clock.ts';

/** A read that Azure does not answer for long, told as every other wait of a rollout. */
export function sayReading(tell: (event: RolloutEvent) => void, clock: Clock): (message: string) => void {
  return (message) => tell({ step: 'observe', level: 'warning', service: '', message, at: clock.now() });
}
