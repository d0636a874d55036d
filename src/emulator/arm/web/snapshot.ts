import {
  hostOf,
  rampUpRulesOf,
  type EffectiveSwap,
  type RampUpRule,
  type Site,
  type Slot,
  type SlotSwapStatus,
} from '../../state/site.ts';

/** What a slot is and holds at this moment. */
export interface SlotSnapshot {
  readonly url: string;
  readonly running: boolean;
  /** The id of the content, which moves with a swap. */
  readonly deploymentId: string;
  readonly activeDeployment: string | null;
  /** `version` in the package.json of what is deployed. */
  readonly release: string | null;
  readonly pid: number | null;
  readonly app: 'starting' | 'listening' | 'exited' | 'late' | 'none';
  /** The end of what the app has written. */
  readonly output: string;
  readonly appSettings: Readonly<Record<string, string>>;
  readonly scmBasicAuth: boolean;
  readonly slotSwapStatus: SlotSwapStatus | null;
  readonly targetSwapSlot: string | null;
  readonly inProgressOperationId: string | null;
}

export interface SiteSnapshot {
  readonly name: string;
  readonly resourceGroup: string;
  readonly stickySettings: readonly string[];
  readonly rampUpRules: readonly RampUpRule[];
  readonly slots: Readonly<Record<string, SlotSnapshot>>;
  /** Swaps that have really moved routing, oldest first, whatever their operations said. */
  readonly swaps: readonly EffectiveSwap[];
}

export function snapshotOf(site: Site): SiteSnapshot {
  return {
    name: site.name,
    resourceGroup: site.resourceGroup,
    stickySettings: [...site.stickySettings],
    rampUpRules: rampUpRulesOf(site),
    slots: Object.fromEntries([...site.slots.values()].map((slot) => [slot.name, slotSnapshot(slot)])),
    swaps: [...site.swaps],
  };
}

function slotSnapshot(slot: Slot): SlotSnapshot {
  const { content } = slot;
  return {
    url: `https://${hostOf(slot)}`,
    running: slot.running,
    deploymentId: content.id,
    activeDeployment: content.active?.id ?? null,
    release: content.release,
    pid: content.app?.pid ?? null,
    app: content.app?.state ?? 'none',
    output: content.app?.output ?? '',
    appSettings: { ...slot.appSettings },
    scmBasicAuth: slot.scmBasicAuth,
    slotSwapStatus: slot.slotSwapStatus,
    targetSwapSlot: slot.targetSwapSlot,
    inProgressOperationId: slot.operation?.id ?? null,
  };
}
