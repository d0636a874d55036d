import type { Prints } from '../../../journal/entry.ts';
import { isSlotPair, type ContentPrint, type SlotPair, type SlotTarget } from '../../../journal/slots.ts';
import type { ProbeTarget } from '../../../probe/sample.ts';
import type { Standing } from '../../way/standing.ts';
import { LOG } from '../../promotion/last-look.ts';
import { probeTarget, type HealthCheck } from '../../way/policy.ts';
import type { Facts, Place, Way, Words } from '../../way/way.ts';
import { comparePrints, movement, swappedSince } from './content-print.ts';
import { endPreview, startSlot } from './cures.ts';
import type { SlotDesk } from './desk.ts';
import type { SlotObservation } from './ports.ts';
import { changedBetween, foreignPreview, pairOf, type Observed } from './preflight.ts';
import { adviseOnRouting } from './routing-advice.ts';
import { tidyAfterSwap } from './tidy-after-swap.ts';

/** The way of releases between two slots: a swap, which is its own inverse. */
export function slotWay(own: SlotDesk): Way<Observed> {
  const { host, ports, request } = own;
  const { target } = request;
  const { source, destination } = target;
  return {
    ...slotFacts(target),
    observe: async (signal, since) => {
      if (since !== undefined) {
        const users = await host.observe(destination, signal);
        const { source: known } = since.last;
        if (isUntouched(slotPair(since.prints), users) && known.operation === null)
          return { source: known, target: users };
        return { source: await host.observe(source, signal), target: users };
      }
      // One after the other: at the same time they would open a second connection, which takes longer than it saves.
      const waiting = await host.observe(source, signal);
      return { source: waiting, target: await host.observe(destination, signal) };
    },
    send: (_before, _now, signal, withinMs) => host.requestSwap(source, destination, signal, withinMs),
    readOperation: (operation, signal) => host.readOperation(operation, signal),
    ready: (now) => Promise.resolve(stoppedSlots(target, now) ?? anotherPreview(target, now)),
    tidy: (end, why) => tidyAfterSwap(own, end, why),
    advise: (now, held) => adviseOnRouting(own, now.source, held),
    instances: ({ id }) => host.instances(id, ports.signal),
  };
}

/** Pure: what two slots tell, without anything to ask or to change them with. */
export function slotFacts(target: SlotTarget): Facts<Observed> {
  return {
    words: slotWords(target),
    prints: pairOf,
    standing: (before, now) => slotStanding(slotPair(before), now),
    changed: changedBetween,
    foreign: (after, now) => foreignChange(slotPair(after), now, target),
    holds: (before, now) => comparePrints(slotPair(before).target, now.target.print),
    notOurs: ({ before, after }, now) => notOurs(slotPair(before), after === null ? null : slotPair(after), now),
    asleep: () => undefined,
    busyFacing: ({ target: { operation } }) => operation,
    noWayBack: (after, now) => noWayBack(slotPair(after), now),
    facing: ({ target }) => ({ ...slotPlace(target), name: quoted(target.slot) }),
    waiting: ({ source }) => slotPlace(source),
    question: slotQuestion,
  };
}

/**
 * Keeps a question on the slot whose host is asked. Without it a routing rule could answer for production from another
 * slot (`x-ms-routing-name=self`, documented by Microsoft).
 */
const PIN = 'x-ms-routing-name=self';

/** The questions for one slot, whose answer no routing rule can give. */
export function slotQuestion(
  health: HealthCheck,
  { url }: Pick<Place, 'url'>,
  expectedVersion: string | undefined,
): ProbeTarget {
  return probeTarget(health, url, expectedVersion, PIN);
}

export function slotPlace({ slot, url }: SlotObservation): Place {
  return { id: slot, name: `slot ${quoted(slot)}`, url };
}

function slotWords({ source, destination }: Pick<SlotTarget, 'source' | 'destination'>): Words {
  return {
    act: 'swap',
    acted: 'swapped',
    acting: 'swapping',
    broughtIn: 'swapped in',
    back: 'swap-back',
    seen: 'the slots',
    unread: 'neither slot could be read',
    intent: `swap ${quoted(source)} into ${quoted(destination)}`,
    kept: `${quoted(destination)} holds what it held`,
  };
}

/** A journal says of what kind its prints are, and who reads them by another kind has a bug. */
export function slotPair(prints: Prints): SlotPair {
  if (!isSlotPair(prints)) throw new Error(`prints of ${prints.kind} are none of two slots`);
  return prints;
}

/** Pure: what has become of two slots since `before`. */
export function slotStanding(before: SlotPair, now: Observed): Standing {
  const pair = pairOf(now);
  const moved = movement(before, pair);
  return {
    movement: moved,
    newer: swappedSince(before.swapStamp, pair.swapStamp),
    at: pair.swapStamp,
    busy: now.source.operation ?? now.target.operation,
    what: WHAT[moved],
  };
}

const WHAT = {
  moved: '',
  unmoved: '',
  half: 'one slot shows the new content and the other does not',
  foreign: 'a slot holds something that was in neither slot before: somebody deployed since',
  unreadable: 'the slots do not tell what they hold',
} as const;

/** Pure: nothing tells of a change of the slot that users see since `after`. */
function isUntouched(after: SlotPair, target: SlotObservation): boolean {
  return (
    comparePrints(after.target, target.print) !== 'different' &&
    target.swapStamp === after.swapStamp &&
    target.state === 'running'
  );
}

/** Pure: what has become of the slot that users see, by whom and when as far as Azure's resources tell. */
function foreignChange(after: SlotPair, now: Observed, of: SlotTarget): string | undefined {
  const { source, target } = now;
  if (isUntouched(after, target)) return undefined;
  const { slot } = target;
  const at = target.swapStamp ?? 'an unknown time';
  if (movement(after, pairOf(now)) === 'moved')
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

function noWayBack(after: SlotPair, { source: { print, slot } }: Observed): string | undefined {
  if (comparePrints(after.source, print) !== 'different') return undefined;
  return `slot '${slot}' does not hold the release from before any more: somebody deployed or swapped there, so this release cannot be swapped back`;
}

/** Pure: the target must hold exactly what was promoted, and the source exactly what was replaced. */
function notOurs(before: SlotPair, after: SlotPair | null, now: Observed): string | undefined {
  const { source, target, swapStamp } = pairOf(now);
  if (after === null) {
    const held = comparePrints(activeOnly(before.source), activeOnly(target));
    const replaced = comparePrints(activeOnly(before.target), activeOnly(source));
    return held === 'different' || replaced === 'different'
      ? 'somebody deployed into a slot since the promotion'
      : undefined;
  }
  if (comparePrints(after.target, target) === 'different')
    return 'the target does not hold any more what was promoted: somebody deployed into it';
  if (comparePrints(after.source, source) === 'different')
    return 'the release that was replaced is not there any more: somebody deployed into the source slot';
  if (after.swapStamp !== swapStamp)
    return `the slots were swapped again since, at ${swapStamp ?? 'an unknown time'}: somebody put the release there on purpose`;
  return undefined;
}

/** Across slots only the deployment tells: it travels with the content, as far as it could be read on both sides. */
function activeOnly(print: ContentPrint): ContentPrint {
  return { ...print, image: null };
}

/** A slot that somebody has stopped answers 403, which says nothing of the release in it. */
function stoppedSlots(of: SlotTarget, { source, target }: Observed): string | undefined {
  const stopped = [source, target].filter(({ state }) => state !== 'running');
  if (stopped.length === 0) return undefined;
  const what = stopped.map(({ slot, state }) => `slot '${slot}' is ${state ?? 'in an unknown state'}`).join(', ');
  const start = stopped.map(({ slot }) => startSlot(of, slot)).join('; ');
  return `${what}, and a swap back needs both running. Start it, then roll back again: ${start}`;
}

/** Azure swaps no slot that is prepared for another; whose preview that is, only a person can say. */
function anotherPreview(target: SlotTarget, observed: Observed): string | undefined {
  const pair = foreignPreview(observed, target);
  return pair === undefined
    ? undefined
    : `a swap with preview between '${pair.destination}' and '${pair.source}' is pending, and stands in the way of a swap back. End it, then roll back again: ${endPreview('cancel', pair)}`;
}

function quoted(slot: string): string {
  return `'${slot}'`;
}
