import type { Action, Entry, Phase, Target } from './entry.ts';
import { kindWords } from './shapes.ts';

/** A slot that may be running under another's settings, as far as the journal knows. */
export interface Prepared {
  readonly promotion: string;
  readonly service: string;
  readonly target: Target;
}

/** What was last done to a service short of promoting it. */
export interface Begun {
  readonly service: string;
  readonly action: Action;
  readonly phase: Phase;
}

/** A preview that is `done` was judged too, and is left pending on purpose; a swap that is done leaves nothing. */
export function notePrepared(
  prepared: Map<string, Prepared>,
  { action, phase, promotion, service, target }: Entry,
): void {
  if (action === 'close') prepared.clear();
  if (promotion === null || service === null || target === null || kindWords(target).prepared === null) return;
  const names = Object.keys(target).sort() as (keyof Target)[];
  const slot = names
    .map((name) => target[name])
    .join('/')
    .toLowerCase();
  switch (action) {
    case 'preview':
      if (phase === 'intent' || phase === 'unknown') prepared.set(slot, { promotion, service, target });
      else prepared.delete(slot);
      break;
    case 'reset-slot-config':
      if (phase === 'done') prepared.delete(slot);
      else prepared.set(slot, { promotion, service, target });
      break;
    case 'promote':
    case 'undo':
      if (phase === 'failed') prepared.set(slot, { promotion, service, target });
      if (phase === 'done') prepared.delete(slot);
      break;
    default:
  }
}

/** The newest of each service. What promotes, judges or undoes is told by the promotion itself. */
export function noteBegun(begun: Map<string, Begun>, { action, phase, service }: Entry): void {
  if (service === null) return;
  switch (action) {
    case 'upload':
    case 'route':
    case 'revision':
    case 'preview':
    case 'reset-slot-config':
      begun.set(service, { service, action, phase });
      break;
    default:
  }
}
