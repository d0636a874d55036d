import type { SlotPair } from '../../../journal/entry.ts';
import { formatDuration } from '../../../time/duration.ts';
import { comparePrints, movement, swappedSince } from './content-print.ts';
import { startSlot } from './cures.ts';
import type { SlotObservation } from '../../ports.ts';
import type { SwapContext } from '../../promotion/context.ts';

/** The target as it is now, and what somebody else has done to it since a swap of ours, in words, if anything. */
export interface LastLook {
  readonly target: SlotObservation;
  readonly foreign: string | undefined;
}

const LOG = "Azure's activity log of the app names who";

/**
 * The last look before a release is called verified: does the target still hold what was swapped in and judged? Health
 * alone does not tell, since the release from before is healthy too. What users get stands on the target, so the source
 * is read only when something has changed there, to say what became of it. Waits while an operation runs.
 * @param after both slots as the swap left them
 * @throws RolloutError when the slots cannot be read
 */
export async function lastLook(
  { host, ports, request, tell }: Pick<SwapContext, 'host' | 'ports' | 'request' | 'tell'>,
  after: SlotPair,
): Promise<LastLook> {
  const { clock, signal } = ports;
  const { source, destination } = request.target;
  const begun = clock.monotonic();
  let target = await host.observe(destination, signal);
  for (let told = false; target.operation !== null; told = true) {
    if (clock.monotonic() - begun >= request.policy.swapDeadlineMs) return { target, foreign: neverEnds(target) };
    if (!told) {
      const limit = formatDuration(request.policy.swapDeadlineMs);
      const message = `operation ${target.operation}, which is not ours, is changing '${destination}': waiting for its end, for up to ${limit}`;
      await tell('observe', 'warning', message);
    }
    await clock.sleep(1000, signal);
    target = await host.observe(destination, signal);
  }
  if (isUntouched(after, target)) return { target, foreign: undefined };
  const foreign = foreignChange(after, target, await host.observe(source, signal), request.target);
  return { target, foreign };
}

function neverEnds({ slot, operation }: SlotObservation): string {
  return `operation ${operation ?? ''} of somebody else has been changing '${slot}' and does not end. ${LOG}`;
}

/** Pure: nothing tells of a change of the target since `after`. */
function isUntouched(after: SlotPair, target: SlotObservation): boolean {
  return (
    comparePrints(after.target, target.print) !== 'different' &&
    target.swapStamp === after.swapStamp &&
    target.state === 'running'
  );
}

/** Pure: what has become of the target, by whom and when as far as Azure's resources tell. */
function foreignChange(
  after: SlotPair,
  target: SlotObservation,
  source: SlotObservation,
  of: SwapContext['request']['target'],
): string {
  const { slot } = target;
  const at = target.swapStamp ?? 'an unknown time';
  const now = { source: source.print, target: target.print, swapStamp: target.swapStamp };
  if (movement(after, now) === 'moved')
    return `somebody else swapped '${source.slot}' and '${slot}' again at ${at} by Azure's clock: '${slot}' holds the other release again. ${LOG}`;
  if (swappedSince(after.swapStamp, target.swapStamp))
    return `somebody else swapped '${slot}' at ${at} by Azure's clock. ${LOG}`;
  if (comparePrints(after.target, target.print) === 'different')
    return `somebody else deployed into '${slot}' since the swap (${target.print.activeDeployment ?? 'another content'}). ${LOG}`;
  if (target.state === undefined) return `'${slot}' does not tell any more whether it is running. ${LOG}`;
  if (target.state !== 'running')
    return `somebody stopped '${slot}' since the swap. Start it: ${startSlot(of, slot)}. ${LOG}`;
  return `'${slot}' tells of another last swap (${at}) than the one of this run (${after.swapStamp ?? 'none'}). ${LOG}`;
}
