import type { SlotTarget } from '../../../journal/slots.ts';
import type { Desk } from '../../way/context.ts';
import type { PromotionRequest } from '../../way/policy.ts';
import type { AppHost } from './ports.ts';

/** One intended swap. */
export interface SwapRequest extends PromotionRequest {
  readonly target: SlotTarget;
}

/** What whoever works on two slots has at hand. */
export interface SlotDesk extends Desk {
  readonly request: SwapRequest;
  readonly host: AppHost;
}
