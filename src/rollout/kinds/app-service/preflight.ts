import type { SlotPair, SlotTarget } from '../../../journal/slots.ts';
import { facingUsers } from '../../../journal/users-side.ts';
import { comparePrints, movement } from './content-print.ts';
import { disableAutoSwap, endPreview, startSlot } from './cures.ts';
import type { Refusal } from '../../way/refusal.ts';
import type { RoutingRule, SlotConfig, SlotObservation } from './ports.ts';

/** Both slots of an intended swap as they are now. */
export interface Observed {
  readonly source: SlotObservation;
  readonly target: SlotObservation;
}

/** Pure: everything about the slots that makes a swap unsafe before it begins. All reasons, not the first. */
export function refusals(observed: Observed, sourceConfig: SlotConfig, of: SlotTarget): Refusal[] {
  const { source, target } = observed;
  const found: Refusal[] = [];
  const refuse = (rule: Refusal['rule'], message: string): void => void found.push({ rule, message });
  if (source.slotless)
    refuse(
      'no-slots',
      `The plan of this app has no deployment slots. Move it to a plan that has them, or deploy straight to production.`,
    );
  for (const { slot, state } of [source, target])
    if (state !== 'running')
      refuse(
        'slot-stopped',
        `Slot '${slot}' is ${state ?? 'in an unknown state'}, and a swap needs both running. Start it: ${startSlot(of, slot)}`,
      );
  for (const { slot, operation } of [source, target])
    if (operation !== null)
      refuse(
        'operation-in-progress',
        `Slot '${slot}' is being changed by operation ${operation}. Wait until it has ended and run again.`,
      );
  // Azure shows it on both slots: it is said once where it is between these two.
  const pending = [source, target].filter(({ previewWith }) => previewWith !== null);
  const between = pending.every(({ previewWith }) => [source, target].some(({ slot }) => sameName(slot, previewWith!)));
  for (const { slot, previewWith } of between ? pending.slice(0, 1) : pending)
    refuse(
      'preview-pending',
      between
        ? `A swap with preview between '${source.slot}' and '${target.slot}' is pending. Complete it (action: complete; ${endPreview('complete', of)}), or take it back (action: cancel; ${endPreview('cancel', of)}), and run again.`
        : `A swap with preview between '${slot}' and '${previewWith ?? ''}' is pending. End it first: ${endPreview('cancel', facingUsers({ ...of, source: previewWith ?? '', destination: slot }))} (or --action complete).`,
    );
  const automatic = sourceConfig.autoSwapSlot;
  if (automatic !== null && automatic !== '')
    refuse(
      'auto-swap',
      `Slot '${source.slot}' swaps by itself into '${automatic}' after every deployment, past every gate. Turn it off: ${disableAutoSwap(of, source.slot)}`,
    );
  if (movement(pairOf(observed), pairOf(observed)) !== 'unmoved')
    refuse(
      'same-content',
      `What the two slots hold cannot be told apart (deploymentId, deployment or image of each), so it could not be known whether a swap happened. ${unread(observed)}`,
    );
  return found;
}

/** Pure: the two ends of a swap with preview that is pending on one of these slots with a third one, or undefined. */
export function foreignPreview({ source, target }: Observed, of: SlotTarget): SlotTarget | undefined {
  for (const { slot, previewWith } of [target, source])
    if (previewWith !== null && !sameName(previewWith, source.slot) && !sameName(previewWith, target.slot))
      return facingUsers({ ...of, source: previewWith, destination: slot });
  return undefined;
}

/** Pure: rules that send users to the slot that will hold the old release after the swap. */
export function staleRules(config: SlotConfig, source: SlotObservation): RoutingRule[] {
  const host = hostOf(source.url);
  return config.routing.filter(
    (rule) => rule.percent > 0 && (sameName(rule.name, source.slot) || rule.host.toLowerCase() === host),
  );
}

/** Pure: has anybody changed either slot between two looks? Names what changed. */
export function changedBetween(before: Observed, now: Observed): string | undefined {
  for (const end of ['source', 'target'] as const) {
    if (comparePrints(before[end].print, now[end].print) !== 'same')
      return `slot '${now[end].slot}' no longer holds what was judged`;
    if (before[end].swapStamp !== now[end].swapStamp)
      return `slot '${now[end].slot}' was swapped by somebody else at ${now[end].swapStamp ?? 'an unknown time'}`;
    if (now[end].operation !== null)
      return `slot '${now[end].slot}' is being changed by operation ${now[end].operation}`;
    if (now[end].previewWith !== before[end].previewWith)
      return `a swap with preview was begun, completed or cancelled on slot '${now[end].slot}'`;
    if (now[end].state !== 'running') return `slot '${now[end].slot}' is no longer running`;
  }
  return undefined;
}

export function pairOf({ source, target }: Observed): SlotPair {
  return { kind: 'appService', source: source.print, target: target.print, swapStamp: target.swapStamp };
}

/** Azure's slot names are compared without case, and `Production` is what swaps report. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function hostOf(url: string): string {
  return new URL(url).host.toLowerCase();
}

function unread({ source, target }: Observed): string {
  const names = [...new Set([...source.unread, ...target.unread])];
  return names.length === 0 ? '' : `Not readable with these rights: ${names.join(', ')}.`;
}
