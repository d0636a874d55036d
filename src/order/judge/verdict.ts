import type { Deployment } from '../match/deployments.ts';
import type { Requirement } from '../require/requirements.ts';
import type { Hazard } from './hazards.ts';

/** Whether one deployment of `after` comes behind one of `before`, and only on its success. */
export type Judgement = { readonly requirement: Requirement; readonly after: Deployment } & Verdict;

export type Verdict =
  | { readonly verdict: 'holds'; readonly before: Deployment }
  /** Nothing orders the two: they may run at once, and one without the other. */
  | { readonly verdict: 'missing'; readonly before: Deployment }
  /** `before` is deployed only after `after`. */
  | { readonly verdict: 'reversed'; readonly before: Deployment }
  /** They come in the right order, but the later one can run without the success of the earlier. */
  | { readonly verdict: 'unsafe'; readonly before: Deployment; readonly hazards: readonly Hazard[] }
  /** The order lies where it cannot be seen, or hangs on what is not known. */
  | { readonly verdict: 'unknown'; readonly before: Deployment; readonly what: string };
