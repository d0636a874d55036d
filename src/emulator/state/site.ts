import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Content } from './content.ts';
import type { FunctionSpec, WebJobSpec } from './site-spec.ts';
import type { RunningOperation } from '../server/errors.ts';
import type { JsonObject } from '../json/json.ts';

export const PRODUCTION = 'production';

/** What a finished swap leaves on both of its ends. */
export interface SlotSwapStatus {
  readonly timestampUtc: string;
  readonly sourceSlotName: string;
  readonly destinationSlotName: string;
}

export interface RampUpRule {
  readonly name: string;
  readonly actionHostName: string;
  readonly reroutePercentage: number;
}

/** What a swap carries from slot to slot, but for the names that stay. */
export interface SlotSettings {
  appSettings: Record<string, string>;
  connectionStrings: Record<string, ConnectionString>;
  /** Mounted storage. */
  mounts: Record<string, JsonObject>;
}

export interface ConnectionString {
  readonly value: string;
  /** `SQLAzure`, `Custom` and so on. */
  readonly type: string;
}

/** A slot of a site; production is the slot named `production`. */
export interface Slot extends SlotSettings {
  readonly site: Site;
  readonly name: string;
  /** Of the slot's own host. */
  readonly port: number;
  readonly publishingPassword: string;
  content: Content;
  /** `properties` of config/web beyond what the emulator knows by itself. */
  config: JsonObject;
  running: boolean;
  /** Visitors must sign in. */
  signIn: boolean;
  /** The publishing password opens the deployment endpoint. */
  scmBasicAuth: boolean;
  slotSwapStatus: SlotSwapStatus | null;
  /** While a swap with preview waits, the other end's name. */
  targetSwapSlot: string | null;
  operation: RunningOperation | undefined;
  modifiedAt: Date;
  deploying: boolean;
}

/** Routing that has really moved, in the order in which it did. */
export interface EffectiveSwap {
  readonly at: string;
  readonly source: string;
  readonly target: string;
}

export interface Site {
  readonly name: string;
  readonly resourceGroup: string;
  readonly linux: boolean;
  /** By slot; undefined: no function app. */
  readonly functions: Readonly<Record<string, readonly FunctionSpec[]>> | undefined;
  readonly webJobs: Readonly<Record<string, readonly WebJobSpec[]>>;
  readonly hidesOperations: boolean;
  /** What all of its slots answer under, each at a port of its own. */
  readonly hostName: string;
  /** One worker, shared by all slots as in an App Service plan. */
  readonly instanceId: string;
  readonly slots: Map<string, Slot>;
  stickySettings: string[];
  /** Null until somebody has named any, as recorded. */
  stickyConnectionStrings: string[] | null;
  stickyMounts: string[] | null;
  readonly swaps: EffectiveSwap[];
}

export function newSite(
  fields: Pick<
    Site,
    'name' | 'resourceGroup' | 'linux' | 'functions' | 'webJobs' | 'hidesOperations' | 'hostName' | 'stickySettings'
  >,
): Site {
  const instanceId = createHash('sha256').update(randomBytes(16)).digest('hex');
  return {
    ...fields,
    stickyConnectionStrings: null,
    stickyMounts: null,
    instanceId,
    slots: new Map(),
    swaps: [],
  };
}

export function newSlot(site: Site, name: string, port: number, content: Content, modifiedAt: Date): Slot {
  return {
    site,
    name,
    port,
    content,
    publishingPassword: randomBytes(30).toString('base64url'),
    appSettings: {},
    connectionStrings: {},
    mounts: {},
    config: {},
    running: true,
    signIn: false,
    scmBasicAuth: false,
    slotSwapStatus: null,
    targetSwapSlot: null,
    operation: undefined,
    modifiedAt,
    deploying: false,
  };
}

/** `app` for production's first content and `app__e05d` for a slot's: the form seen on Azure. */
export function newContentId(site: string, slot: string): string {
  return slot === PRODUCTION ? site : `${site}__${randomUUID().slice(0, 4)}`;
}

export function findSlot(site: Site, name: string): Slot | undefined {
  return site.slots.get(name.toLowerCase());
}

export function productionOf(site: Site): Slot {
  const slot = site.slots.get(PRODUCTION);
  if (slot === undefined) throw new Error(`the site ${site.name} has no production slot`);
  return slot;
}

export function isProduction(slot: Slot): boolean {
  return slot.name === PRODUCTION;
}

/** `app` or `app-staging`: the label by which deployment endpoints and credentials name a slot. */
export function labelOf(slot: Slot): string {
  return isProduction(slot) ? slot.site.name : `${slot.site.name}-${slot.name}`;
}

export function hostOf(slot: Slot): string {
  return `${slot.site.hostName}:${slot.port}`;
}

/** The rules in force. They belong to production alone: Azure has dropped them from all other slots. */
export function rampUpRulesOf(site: Site): RampUpRule[] {
  const experiments = productionOf(site).config['experiments'] as { rampUpRules?: unknown } | undefined;
  const rules = Array.isArray(experiments?.rampUpRules) ? (experiments.rampUpRules as Partial<RampUpRule>[]) : [];
  return rules.map((rule) => ({
    name: String(rule.name ?? ''),
    actionHostName: String(rule.actionHostName ?? ''),
    reroutePercentage: Number(rule.reroutePercentage ?? 0),
  }));
}
