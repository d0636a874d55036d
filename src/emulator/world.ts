import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { RunningApp } from './apps/app-process.ts';
import type { Certificate } from './identity/certificate.ts';
import { Content } from './arm/web/content.ts';
import type { EmulatorOptions, SiteSpec } from './emulator.ts';
import { Faults } from './faults/faults.ts';
import { listenAsSlot } from './front-end/front-end.ts';
import type { Listener } from './server/listener.ts';
import { RequestLog } from './server/request-log.ts';
import { ServedLog } from './front-end/served-log.ts';
import {
  hostOf,
  isProduction,
  labelOf,
  newContentId,
  newSite,
  newSlot,
  PRODUCTION,
  type Site,
  type Slot,
  type SlotSettings,
} from './arm/web/state.ts';
import type { SwapOperation } from './arm/web/swap-operation.ts';

export type Settings = Required<Omit<EmulatorOptions, 'sites' | 'faults' | 'port'>>;

/** Everything that the handlers share: the sites, what was asked of them, and what is to go wrong. */
export class World {
  readonly settings: Settings;
  readonly certificate: Certificate;
  /** Packages, the lifeline script and the CA file; removed at the end. */
  readonly folder: string;
  readonly sites = new Map<string, Site>();
  readonly operations = new Map<string, SwapOperation>();
  readonly faults = new Faults();
  readonly requests = new RequestLog();
  readonly served = new ServedLog();
  readonly processes = new Set<RunningApp>();
  readonly listeners = new Map<number, Listener>();
  /** Deployments under way; the end waits for them, or they would write into a folder that is gone. */
  readonly deploying = new Set<Promise<void>>();
  /** Of tokens and poll addresses: what another start has signed is worth nothing here. */
  readonly signingKey = randomBytes(32);
  /** Aborted at the end, for everything that waits. */
  readonly closing = new AbortController();
  /** Of the main endpoint; known once it listens. */
  port = 0;

  constructor(settings: Settings, certificate: Certificate, folder: string) {
    this.settings = settings;
    this.certificate = certificate;
    this.folder = folder;
    // Every swap and every request that is kept waiting listens.
    setMaxListeners(0, this.closing.signal);
  }

  get url(): string {
    return `https://${this.settings.hostName}:${this.port}`;
  }

  /** Azure's own clock. */
  now(): Date {
    return new Date(Date.now() + this.settings.clockAheadMs);
  }

  get caFile(): string {
    return `${this.folder}/ca.pem`;
  }

  get lifelineFile(): string {
    return `${this.folder}/lifeline.cjs`;
  }

  site(name: string): Site | undefined {
    return this.sites.get(name.toLowerCase());
  }

  async addSite(spec: SiteSpec): Promise<Site> {
    if (this.site(spec.name) !== undefined) throw new Error(`There is already a site named ${spec.name}.`);
    const site = newSite({
      name: spec.name,
      resourceGroup: spec.resourceGroup,
      linux: spec.linux ?? false,
      functions: spec.functions,
      webJobs: spec.webJobs ?? {},
      hidesOperations: spec.hidesOperations ?? false,
      hostName: this.settings.hostName,
      stickySettings: [...(spec.stickySettings ?? [])],
    });
    for (const name of [PRODUCTION, ...(spec.slots ?? ['staging'])]) {
      const slot = await this.addSlot(site, name);
      slot.appSettings = { ...spec.appSettings?.[name] };
      slot.running = spec.stopped?.includes(name) !== true;
      slot.scmBasicAuth = spec.scmBasicAuth === true;
      slot.signIn = spec.signIn?.includes(name) === true;
      const autoSwapSlotName = spec.autoSwap?.[name];
      if (autoSwapSlotName !== undefined) slot.config = { autoSwapSlotName };
    }
    this.sites.set(spec.name.toLowerCase(), site);
    return site;
  }

  async addSlot(site: Site, name: string): Promise<Slot> {
    const content = new Content(newContentId(site.name, name), {
      launch: this.settings.launch,
      lifelineFile: this.lifelineFile,
      startupMs: this.settings.startupMs,
      log: this.settings.log,
      processes: this.processes,
      closing: this.closing.signal,
    });
    const listener = await listenAsSlot(this, site, name.toLowerCase());
    this.listeners.set(listener.port, listener);
    const slot = newSlot(site, name.toLowerCase(), listener.port, content, this.now());
    site.slots.set(slot.name, slot);
    return slot;
  }

  async removeSlot(slot: Slot): Promise<void> {
    slot.site.slots.delete(slot.name);
    await this.listeners.get(slot.port)?.close();
    this.listeners.delete(slot.port);
    await slot.content.stop();
  }

  /** The slot behind a deployment endpoint's name: `app` or `app-staging`. */
  slotByLabel(label: string): Slot | undefined {
    for (const site of this.sites.values()) {
      for (const slot of site.slots.values()) {
        if (labelOf(slot).toLowerCase() === label.toLowerCase()) return slot;
      }
    }
    return undefined;
  }

  /**
   * The environment of an app in this slot. The settings come as a parameter since a swap starts the source's app under
   * the target's name and settings before anything has moved.
   */
  environmentIn(
    slot: Slot,
    { appSettings, connectionStrings }: Pick<SlotSettings, 'appSettings' | 'connectionStrings'>,
  ): Record<string, string> {
    const { PATH, Path, SystemRoot, TMPDIR, TEMP, LANG } = this.settings.hostEnvironment;
    const inherited = Object.entries({ PATH, Path, SystemRoot, TMPDIR, TEMP, LANG }).filter(
      ([, value]) => value !== undefined,
    );
    return {
      ...(Object.fromEntries(inherited) as Record<string, string>),
      NODE_EXTRA_CA_CERTS: this.caFile,
      ...appSettings,
      ...Object.fromEntries(
        Object.entries(connectionStrings).map(([name, { type, value }]) => [`${prefixOf(type)}${name}`, value]),
      ),
      WEBSITE_SITE_NAME: slot.site.name,
      WEBSITE_SLOT_NAME: isProduction(slot) ? 'Production' : slot.name,
      WEBSITE_HOSTNAME: hostOf(slot),
      WEBSITE_INSTANCE_ID: slot.site.instanceId,
      WEBSITE_RESOURCE_GROUP: slot.site.resourceGroup,
    };
  }

  /** The app of a slot under the slot's own settings, started anew; nothing when the slot is stopped or empty. */
  async restart(slot: Slot): Promise<void> {
    if (slot.running) await slot.content.restart(this.environmentIn(slot, slot));
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('the emulator is closing'));
    await Promise.all([...this.listeners.values()].map((one) => one.close()));
    await Promise.all(this.deploying);
    await Promise.all([...this.processes].map((one) => one.kill()));
  }
}

/** Apps find connection strings under a name that tells their type (documented). */
function prefixOf(type: string): string {
  return `${type === 'SQLServer' ? 'SQL' : type.toUpperCase()}CONNSTR_`;
}
