import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { systemClock } from '../../time/clock.ts';
import { LIFELINE_VARIABLE } from './lifeline.ts';
import { freePort } from '../server/listener.ts';

export interface AppStart {
  readonly folder: string;
  /** The file to run, inside `folder`. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly lifelineFile: string;
  /** How long the app may take until it listens on PORT. */
  readonly startupMs: number;
}

export type AppState = 'starting' | 'listening' | 'exited' | 'late';

/** One run of a deployed app, from its start to its end. */
export interface RunningApp {
  /** Whether anything of this run may still be alive. */
  readonly alive: boolean;
  readonly pid: number | undefined;
  readonly port: number;
  readonly state: AppState;
  /** The end of what the app wrote to stdout and stderr. */
  readonly output: string;
  /** Resolves when the app listens, has left, or has used up its time. */
  ready(): Promise<AppState>;
  /** Counts a request that the app is answering; call the result when it is answered. */
  hold(): () => void;
  /** Lets requests end, then ends the app; resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends the app without mercy. */
  kill(): Promise<void>;
}

const LARGEST_OUTPUT = 64 * 1024;
/** A look costs a refused connection on loopback; a Node app listens about 70 ms after its start. */
const LOOK_EVERY_MS = 8;
/** Requests that the app is still answering may end; then it is asked to stop, then made to. */
const DRAIN_MS = 2000;
const TERMINATE_MS = 500;
const PORT_ATTEMPTS = 3;

/** A run as a real Node process behind a port of its own. */
export class AppProcess implements RunningApp {
  readonly #start: AppStart;
  readonly #ready: Promise<AppState>;
  #child: ChildProcess | undefined;
  #port = 0;
  #state: AppState = 'starting';
  #output = '';
  #inFlight = 0;
  #stopping = false;
  #onIdle: () => void = () => {};

  constructor(start: AppStart) {
    this.#start = start;
    this.#ready = this.#run();
  }

  get alive(): boolean {
    return this.#child === undefined ? !this.#stopping : !hasLeft(this.#child);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get port(): number {
    return this.#port;
  }

  get state(): AppState {
    return this.#state;
  }

  get output(): string {
    return this.#output;
  }

  ready(): Promise<AppState> {
    return this.#ready;
  }

  hold(): () => void {
    this.#inFlight += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle();
    };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || hasLeft(child)) return;
    const left = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (this.#inFlight > 0) {
      const idle = new Promise<void>((resolve) => (this.#onIdle = resolve));
      await Promise.race([idle, left, systemClock.sleep(DRAIN_MS)]);
    }
    child.kill('SIGTERM');
    const overdue = setTimeout(() => child.kill('SIGKILL'), TERMINATE_MS);
    await left;
    clearTimeout(overdue);
  }

  async kill(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || hasLeft(child)) return;
    const left = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await left;
  }

  async #run(): Promise<AppState> {
    for (let attempt = 1; ; attempt++) {
      this.#port = await freePort();
      if (this.#stopping) return this.#settle('exited');
      const child = this.#spawn();
      const state = await this.#untilListening(child);
      const portWasTaken = state === 'exited' && /EADDRINUSE/.test(this.#output) && attempt < PORT_ATTEMPTS;
      if (!portWasTaken || this.#stopping) return this.#settle(state);
    }
  }

  #settle(state: AppState): AppState {
    this.#state = this.#child === undefined || hasLeft(this.#child) ? 'exited' : state;
    // As the platform does with a container that never answers on its port.
    if (state === 'late') this.#child?.kill('SIGKILL');
    return this.#state;
  }

  #spawn(): ChildProcess {
    const { folder, entry, environment, lifelineFile } = this.#start;
    const child = spawn(process.execPath, ['--require', lifelineFile, entry], {
      cwd: folder,
      env: { ...environment, PORT: String(this.#port), [LIFELINE_VARIABLE]: String(process.pid) },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child = child;
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-LARGEST_OUTPUT);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => keep(Buffer.from(`could not be started: ${error.message}\n`)));
    child.on('exit', () => (this.#state = 'exited'));
    return child;
  }

  async #untilListening(child: ChildProcess): Promise<AppState> {
    const deadline = systemClock.monotonic() + this.#start.startupMs;
    for (;;) {
      if (hasLeft(child)) {
        // The last words may still be in the pipe.
        await systemClock.sleep(LOOK_EVERY_MS);
        return 'exited';
      }
      if (await answers(this.#port)) return 'listening';
      if (systemClock.monotonic() >= deadline) return 'late';
      await systemClock.sleep(LOOK_EVERY_MS);
    }
  }
}

function hasLeft(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** `localhost` and not 127.0.0.1: an app that listens on `localhost` may have been given ::1 alone. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
