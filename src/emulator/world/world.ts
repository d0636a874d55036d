import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { RunningApp } from '../apps/app-process.ts';
import { Images } from '../apps/images.ts';
import type { AppOperation } from '../state/app-operation.ts';
import type { ContainerApp } from '../state/container-app.ts';
import type { Alert } from '../state/alert.ts';
import { labelOf, type Site, type Slot } from '../state/site.ts';
import type { SwapOperation } from '../state/swap-operation.ts';
import { Faults } from '../faults/faults.ts';
import { ServedLog } from './served-log.ts';
import type { Certificate } from '../server/certificate.ts';
import type { Listener } from '../server/listener.ts';
import { RequestLog } from '../server/request-log.ts';
import type { Settings } from './settings.ts';

/** Everything that the handlers share: the sites, what was asked of them, and what is to go wrong. */
export class World {
  readonly settings: Settings;
  readonly certificate: Certificate;
  /** Packages, the lifeline script and the CA file; removed at the end. */
  readonly folder: string;
  readonly sites = new Map<string, Site>();
  readonly operations = new Map<string, SwapOperation>();
  readonly images: Images;
  readonly containerApps = new Map<string, ContainerApp>();
  readonly appOperations = new Map<string, AppOperation>();
  /** Alerts of Azure Monitor, oldest first. */
  readonly alerts: Alert[] = [];
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
    this.images = new Images(folder);
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

  containerApp(name: string): ContainerApp | undefined {
    return this.containerApps.get(name.toLowerCase());
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

  async close(): Promise<void> {
    this.closing.abort(new Error('the emulator is closing'));
    await Promise.all([...this.listeners.values()].map((one) => one.close()));
    await Promise.all(this.deploying);
    await Promise.all([...this.processes].map((one) => one.kill()));
  }
}
