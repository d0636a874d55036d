import { rm } from 'node:fs/promises';
import { systemClock } from '../../time/clock.ts';
import type { AppStart, RunningApp } from '../apps/app-process.ts';
import type { Deployment } from './deployment.ts';
import type { Startable } from '../apps/package.ts';

export interface ContentHost {
  readonly launch: (start: AppStart) => RunningApp;
  readonly lifelineFile: string;
  readonly startupMs: number;
  readonly log: (line: string) => void;
  /** Every process that may still be alive, the draining ones included, for the end of the emulator. */
  readonly processes: Set<RunningApp>;
  /** Aborted at the end of the emulator: nothing may be started any more. */
  readonly closing: AbortSignal;
}

type Environment = Readonly<Record<string, string>>;

/** An app that left is started again by the next request, but not more often than this. */
const RESTART_PAUSE_MS = 1000;

/**
 * What a slot holds and a swap moves: the unpacked package, its deployments, and the process that runs it. The process
 * belongs to the content, as a worker does on Azure: when routing switches, it goes on running.
 */
export class Content {
  /** `deploymentId` of the site resource: the name of the content, not of a deployment. */
  readonly id: string;
  readonly deployments: Deployment[] = [];
  readonly #host: ContentHost;
  #package: (Startable & { readonly folder: string }) | undefined;
  #app: RunningApp | undefined;
  #environment: Environment = {};
  #startedAt = 0;
  #stopped = false;

  constructor(id: string, host: ContentHost) {
    this.id = id;
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#package === undefined;
  }

  get release(): string | null {
    return this.#package?.release ?? null;
  }

  get active(): Deployment | undefined {
    return this.deployments.find((one) => one.active);
  }

  get app(): RunningApp | undefined {
    return this.#app;
  }

  /** Replaces the package and starts it; the process of the old one drains and ends, then its folder goes. */
  replace(next: Startable & { readonly folder: string }, environment: Environment): void {
    const before = this.#package;
    this.#package = next;
    const { ended } = this.#start(environment);
    if (before !== undefined) {
      void ended.then(() => rm(before.folder, { recursive: true, force: true })).catch(() => undefined);
    }
  }

  /**
   * Starts the process anew under this environment. From the call on no request reaches the old process: it ends when
   * it has answered what it has. Requests wait until the new one listens, as they do for a cold start on Azure.
   */
  async restart(environment: Environment): Promise<void> {
    await this.#start(environment).app?.ready();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const app = this.#app;
    this.#app = undefined;
    await app?.stop();
  }

  /**
   * The process that answers requests now, held until `release` is called; started again when it has left, undefined
   * when there is none that can answer. Held before anything else may run, so that a restart waits for the request.
   */
  async acquire(): Promise<{ port: number; release: () => void } | undefined> {
    if (this.#stopped || this.#package === undefined) return undefined;
    const pause = systemClock.monotonic() - this.#startedAt;
    if (this.#app?.state === 'exited' && pause > RESTART_PAUSE_MS) this.#launch();
    const app = this.#app;
    if (app === undefined) return undefined;
    const state = await app.ready();
    // A restart may have happened while we waited.
    if (this.#app !== app) return this.acquire();
    if (state !== 'listening' || app.state === 'exited') return undefined;
    return { port: app.port, release: app.hold() };
  }

  #start(environment: Environment): { app: RunningApp | undefined; ended: Promise<void> } {
    this.#environment = environment;
    this.#stopped = false;
    const before = this.#app;
    const app = this.#launch();
    return { app, ended: before?.stop() ?? Promise.resolve() };
  }

  #launch(): RunningApp | undefined {
    this.#startedAt = systemClock.monotonic();
    if (this.#package?.entry === undefined || this.#host.closing.aborted) {
      this.#app = undefined;
      return undefined;
    }
    const { folder, entry } = this.#package;
    const { launch, lifelineFile, startupMs, log, processes } = this.#host;
    const app = launch({ folder, entry, environment: this.#environment, lifelineFile, startupMs });
    this.#app = app;
    for (const one of processes) if (!one.alive) processes.delete(one);
    processes.add(app);
    void app.ready().then((state) => {
      if (state !== 'listening' && this.#app === app && !this.#stopped && !this.#host.closing.aborted) {
        log(
          `${this.id}: the app ${state === 'late' ? 'does not listen on PORT' : 'has left'}: ${lastLines(app.output)}`,
        );
      }
    });
    return app;
  }
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-4).join(' | ');
}
