import type { ContentPrint } from '../../../journal/slots.ts';
import type { MutationReply, OperationReading } from '../../ports.ts';

/** One rule of production's traffic routing: this share of requests goes to this slot. Percent, 0 to 100. */
export interface RoutingRule {
  readonly name: string;
  readonly host: string;
  readonly percent: number;
  /** The rule as it was read, with what Azure keeps beside it (steps, bounds, a callback), for writing it back whole. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/** What can be read of one slot. Reads that the identity has no right to are `null`, and are named in `unread`. */
export interface SlotObservation {
  readonly slot: string;
  /** `undefined`: Azure said something that is neither. */
  readonly state: 'running' | 'stopped' | undefined;
  /** `https://` and the slot's own default host name. */
  readonly url: string;
  readonly print: ContentPrint;
  /** Last successful swap that this slot took part in, by the server's clock (ISO), or null. */
  readonly swapStamp: string | null;
  /** The slot that a pending preview was prepared with, or null. */
  readonly previewWith: string | null;
  /** Id of an operation that is changing the slot right now, or null. */
  readonly operation: string | null;
  /** The plan has no slots (Flex Consumption), which Azure tells only by the kind of plan. */
  readonly slotless: boolean;
  /** Runs on Linux, where there is no swap with preview. */
  readonly linux: boolean;
  /** A function app: what it does is mostly called by nobody. */
  readonly functions: boolean;
  readonly unread: readonly string[];
}

/** The settings of a slot that matter to a swap. */
export interface SlotConfig {
  /** Slot that every deployment is swapped into by itself, or null. */
  readonly autoSwapSlot: string | null;
  /** Routing rules; Azure keeps them on production only. */
  readonly routing: readonly RoutingRule[];
}

/**
 * One app and its slots. Reads are safe to repeat, are retried inside, and throw `RolloutError` when the app cannot be
 * read. `requestSwap` and `writeRouting` are sent exactly once a call and never throw for what the service answers;
 * `resetSlotConfig` is idempotent by nature. All reject with the signal's reason when it is aborted.
 */
export interface SlotHost {
  observe(slot: string, signal?: AbortSignal): Promise<SlotObservation>;
  readConfig(slot: string, signal?: AbortSignal): Promise<SlotConfig>;
  /** @param withinMs when to give up on the answer, where that is sooner than the host's own limit for an exchange */
  requestSwap(source: string, target: string, signal?: AbortSignal, withinMs?: number): Promise<MutationReply>;
  readOperation(operation: string, signal?: AbortSignal): Promise<OperationReading>;
  change(change: SlotChange, signal?: AbortSignal): Promise<MutationReply>;
}

/** The changes beside the swap itself. Both are idempotent, and sent once all the same: the caller reads back. */
export type SlotChange =
  | { readonly kind: 'routing'; readonly rules: readonly RoutingRule[] }
  | { readonly kind: 'reset-slot-config'; readonly slot: string }
  | { readonly kind: 'apply-slot-config'; readonly source: string; readonly target: string };

/** What is around the content of slots; for people, before a swap. */
export interface SettingsHost {
  /** Kinds and names, never values. `undefined` when it cannot be read, which is no reason to stop. Asks once. */
  differences(source: string, target: string, signal?: AbortSignal): Promise<readonly string[] | undefined>;
  /**
   * What works in a slot without being called, by name: functions with other triggers than HTTP that are enabled, or
   * continuous WebJobs that run. `undefined` when it cannot be read. Asks once.
   */
  backgroundWork(slot: string, functions: boolean, signal?: AbortSignal): Promise<readonly string[] | undefined>;
  /** Names of the instances that serve the slot now. `undefined` when they cannot be read. Asks once. */
  instances(slot: string, signal?: AbortSignal): Promise<readonly string[] | undefined>;
}

/** One app as the adapter offers it. */
export type AppHost = SlotHost & PackageHost & SettingsHost;

/** What came of an upload. The package is in the slot and started, or it is not, with the platform's words. */
export type UploadResult =
  | { readonly kind: 'uploaded'; readonly deployment: string }
  | { readonly kind: 'failed'; readonly message: string };

/** `forMs`: how long it has been waited for; `limitMs`: for how long it is waited at the most. */
export type UploadWait = (reason: string, forMs: number, limitMs: number) => void | Promise<void>;

/** Puts a package into a slot and waits until the platform has unpacked it. Safe to repeat. */
export interface PackageHost {
  /** @param waiting hears, when something else keeps the slot busy, what is waited for and until when at the latest */
  upload(slot: string, file: string, signal?: AbortSignal, waiting?: UploadWait): Promise<UploadResult>;
}
