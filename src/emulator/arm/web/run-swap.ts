import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../time/clock.ts';
import type { FaultEffect } from '../../faults/fault.ts';
import { environmentIn, restart } from './environment.ts';
import { isProduction, type Slot, type SlotSettings, type SlotSwapStatus } from '../../state/site.ts';
import type { SwapEnd, SwapOperation } from '../../state/swap-operation.ts';
import { warmUp } from './warm-up.ts';
import type { World } from '../../world/world.ts';

/** Accepts a swap: from now on both slots refuse other changes. What follows runs on its own. */
export function startSwap(world: World, source: Slot, target: Slot, fault: FaultEffect | undefined): SwapOperation {
  const operation: SwapOperation = {
    id: randomUUID(),
    name: 'SwapSiteSlots',
    createdAt: world.now(),
    source,
    target,
    end: { state: 'running' },
  };
  world.operations.set(operation.id, operation);
  source.operation = operation;
  target.operation = operation;
  world.faults.tell('swap-accepted');
  void run(world, operation, fault).catch((cause: unknown) => {
    if (world.closing.signal.aborted) return;
    world.settings.log(`swap of ${source.site.name}: ${String(cause)}`);
    settle(world, operation, failed(500, 'InternalServerError', 'There was an unexpected InternalServerError.'));
  });
  return operation;
}

/**
 * The documented order: the source's app starts under the target's slot-bound settings, is warmed up, then routing
 * switches, then the old content starts under the source's settings. Until the switch the target is untouched; after it
 * the swap has happened, whatever the operation says.
 */
async function run(world: World, operation: SwapOperation, fault: FaultEffect | undefined): Promise<void> {
  const { source, target } = operation;
  const { signal } = world.closing;
  const switchAt = systemClock.monotonic() + (fault?.kind === 'swap-slow' ? fault.ms : world.settings.swapMs);
  if (fault?.kind === 'swap-fails') {
    await systemClock.sleep(world.settings.swapMs, signal);
    source.targetSwapSlot = fault.leavesPrepared === true ? shownName(target) : source.targetSwapSlot;
    settle(
      world,
      operation,
      failed(fault.status ?? 417, fault.code ?? codeOf(fault.status ?? 417), fault.message ?? noPing(source)),
    );
    return;
  }
  if (fault?.kind === 'swap-never-ends' && fault.switched !== true) return;

  await applyTargetSettings(world, source, target);
  const warmth = await warmUp(source, settingsFor(target, source).appSettings, world.settings, signal);
  if (warmth === 'cold') {
    await restart(world, source);
    settle(world, operation, failed(417, 'ExpectationFailed', noPing(source)));
    return;
  }
  await systemClock.sleep(switchAt - systemClock.monotonic(), signal);
  switchRouting(world, source, target);
  if (fault?.kind === 'swap-never-ends') return;
  if (fault?.kind === 'swap-half-done') {
    if (fault.recorded === true) recordSwap(world, source, target);
    settle(
      world,
      operation,
      failed(
        fault.status ?? 500,
        codeOf(fault.status ?? 500),
        fault.message ?? 'There was an unexpected InternalServerError.',
      ),
    );
    return;
  }
  await restart(world, source);
  recordSwap(world, source, target);
  settle(world, operation, { state: 'succeeded' });
}

/** Starts the source's app as the target's would be: phase 1 of a swap, and the whole of a swap with preview. */
export async function applyTargetSettings(world: World, source: Slot, target: Slot): Promise<void> {
  await source.content.restart(environmentIn(world, target, settingsFor(target, source)));
}

/** The settings of `slot` once it holds what `other` holds now: its own slot-bound ones, the rest of the other. */
export function settingsFor(slot: Slot, other: Slot): SlotSettings {
  const { stickySettings, stickyConnectionStrings, stickyMounts } = slot.site;
  return {
    appSettings: exchanged(slot.appSettings, other.appSettings, stickySettings),
    connectionStrings: exchanged(slot.connectionStrings, other.connectionStrings, stickyConnectionStrings ?? []),
    mounts: exchanged(slot.mounts, other.mounts, stickyMounts ?? []),
  };
}

function exchanged<T>(
  own: Readonly<Record<string, T>>,
  coming: Readonly<Record<string, T>>,
  sticky: readonly string[],
): Record<string, T> {
  return Object.fromEntries([
    ...Object.entries(coming).filter(([key]) => !sticky.includes(key)),
    ...Object.entries(own).filter(([key]) => sticky.includes(key)),
  ]);
}

/** One step without an await in it: no request sees half of it. */
function switchRouting(world: World, source: Slot, target: Slot): void {
  const settings = { source: settingsFor(source, target), target: settingsFor(target, source) };
  [source.content, target.content] = [target.content, source.content];
  Object.assign(source, settings.source);
  Object.assign(target, settings.target);
  source.modifiedAt = world.now();
  source.site.swaps.push({ at: new Date().toISOString(), source: source.name, target: target.name });
  world.faults.tell('swap-switched');
}

function recordSwap(world: World, source: Slot, target: Slot): void {
  const status: SlotSwapStatus = {
    timestampUtc: world.now().toISOString(),
    sourceSlotName: shownName(source),
    destinationSlotName: shownName(target),
  };
  source.slotSwapStatus = status;
  target.slotSwapStatus = status;
}

function settle(world: World, operation: SwapOperation, end: SwapEnd): void {
  const { source, target } = operation;
  operation.end = end;
  if (source.operation === operation) source.operation = undefined;
  if (target.operation === operation) target.operation = undefined;
  if (end.state === 'succeeded') {
    source.targetSwapSlot = null;
    target.targetSwapSlot = null;
  }
  world.faults.tell('swap-settled');
}

function failed(status: number, code: string, message: string): SwapEnd {
  return { state: 'failed', status, code, message };
}

/** `Production` with a capital where the service names it, a slot as it is called. */
export function shownName(slot: Slot): string {
  return isProduction(slot) ? 'Production' : slot.name;
}

function noPing(source: Slot): string {
  return `Cannot swap site slots for site '${source.site.name}' because the '${source.name}' slot did not respond to http ping.`;
}

function codeOf(status: number): string {
  const codes: Record<number, string> = { 400: 'BadRequest', 409: 'Conflict', 417: 'ExpectationFailed' };
  return codes[status] ?? 'InternalServerError';
}
