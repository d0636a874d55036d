import { facingUsers } from '../../../journal/users-side.ts';
import { hostOf, type RolloutPorts } from '../../ports.ts';
import { desk, type PromotionContext } from '../../way/context.ts';
import type { SlotDesk, SwapRequest } from './desk.ts';
import type { AppHost } from './ports.ts';
import type { Observed } from './preflight.ts';
import { slotWay } from './slot-way.ts';

/** What every step of one swap shares. */
export interface SwapContext extends SlotDesk, Omit<PromotionContext<Observed>, 'request'> {}

/** The request with its sides as users see them, whichever way round it was asked for. */
export function swapContext(asked: SwapRequest, ports: RolloutPorts): SwapContext {
  const request = { ...asked, target: facingUsers(asked.target) };
  const host = hostOf<AppHost>(ports, request.target);
  const own = { ...desk(request, ports), request, host };
  const way = slotWay(own);
  return { ...own, way, observe: () => way.observe(ports.signal) };
}
