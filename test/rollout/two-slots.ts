import { isSlotPair, type SlotPair } from '../../src/journal/slots.ts';
import type { Prints } from '../../src/journal/entry.ts';
import { attempt, type AttemptEnd, type AttemptPorts } from '../../src/rollout/fence/attempt.ts';
import { changedAgain } from '../../src/rollout/fence/fenced.ts';
import { judgeRequest, type Evidence, type RequestTimes, type RequestVerdict } from '../../src/rollout/fence/judge.ts';
import type { SlotHost } from '../../src/rollout/kinds/app-service/ports.ts';
import type { Observed } from '../../src/rollout/kinds/app-service/preflight.ts';
import { slotFacts, slotStanding } from '../../src/rollout/kinds/app-service/slot-way.ts';
import { decideUndo as decide, type UndoDecision } from '../../src/rollout/promotion/decide-undo.ts';
import { TARGET } from '../journal/entries.ts';

/** The core's decisions as those of two slots: what is asked of them in most tests. */
const FACTS = slotFacts(TARGET);

/** Evidence of a swap, by what was seen of the slots. */
export interface SwapEvidence extends Omit<Evidence, 'standing'> {
  readonly before: SlotPair;
  readonly observed: Observed | undefined;
}

export function judgeSwap({ before, observed, ...rest }: SwapEvidence, times: RequestTimes): RequestVerdict {
  const standing = observed === undefined ? undefined : slotStanding(before, observed);
  return judgeRequest({ ...rest, standing }, times, FACTS.words);
}

export function decideUndo(
  promotion: { readonly before: SlotPair; readonly after: SlotPair | null },
  observed: Observed,
): UndoDecision {
  return decide(FACTS, promotion, observed);
}

export function swappedAgain(ours: Observed, now: Observed, mayWait: boolean): string | undefined {
  return changedAgain(FACTS, ours, now, mayWait);
}

/** One swap request, followed to its end, without a fence around it. */
export function attemptSwap(
  { source, target }: { readonly source: string; readonly target: string },
  before: SlotPair,
  times: RequestTimes,
  { host, ...ports }: AttemptPorts<Observed> & { readonly host: SlotHost },
  signal?: AbortSignal,
): Promise<AttemptEnd<Observed>> {
  const way = {
    ...FACTS,
    observe: async (stop?: AbortSignal, since?: { readonly prints: Prints; readonly last: Observed }) => {
      const users = await host.observe(target, stop);
      const isOld = since !== undefined && users.swapStamp === before.swapStamp;
      const same = isOld && users.print.deploymentId === before.target.deploymentId;
      return { source: same ? since.last.source : await host.observe(source, stop), target: users };
    },
    readOperation: (operation: string, stop?: AbortSignal) => host.readOperation(operation, stop),
  };
  const send = (withinMs: number) => host.requestSwap(source, target, signal, withinMs);
  return attempt(way, before, send, times, ports, signal);
}

/** The prints of two slots that an entry holds. */
export function slotsOf(prints: Prints | null | undefined): SlotPair | null {
  if (prints === null || prints === undefined) return null;
  if (!isSlotPair(prints)) throw new Error(`prints of ${prints.kind}`);
  return prints;
}
