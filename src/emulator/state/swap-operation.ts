import type { RunningOperation } from '../server/errors.ts';
import type { Slot } from './site.ts';

export type SwapEnd =
  | { readonly state: 'running' }
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly status: number; readonly code: string; readonly message: string };

/** A swap from its acceptance to its end; polls read it, and the site shows its id while it runs. */
export interface SwapOperation extends RunningOperation {
  readonly source: Slot;
  readonly target: Slot;
  end: SwapEnd;
}
