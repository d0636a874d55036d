import type { CallbackTo, NoteStore } from '../gate/ports.ts';
import type { Check } from '../gate/verdict.ts';
import type { Clock } from '../time/clock.ts';
import { Keeper, type KeeperLimits } from './keeper.ts';
import type { Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { startServer, type Server, type ServerOptions } from './server.ts';

export interface GatePorts {
  readonly checks: ReadonlyMap<string, Check>;
  /** The first seals tokens; all of them are taken. */
  readonly secrets: readonly string[];
  /** As `ServicePorts` has it; undefined where tokens of Entra are not taken. */
  readonly whyNotTaken?: ((token: string) => Promise<string | undefined>) | undefined;
  readonly callbackHosts: readonly string[];
  readonly store: NoteStore;
  readonly callback: CallbackTo;
  readonly clock: Clock;
  readonly log: Log;
  /** Told once the service listens. @param open evaluations that are gone on with */
  readonly listening: (url: string, open: number) => void;
}

/**
 * Serves until the signal comes: goes on with what its state holds, listens, and at the end accepts nothing new, answers
 * what is under way and leaves the state to the next start.
 * @throws Error when the state cannot be read, or the port cannot be had
 */
export async function runGate(
  options: ServerOptions & KeeperLimits,
  ports: GatePorts,
  signal: AbortSignal,
): Promise<void> {
  const { log, listening } = ports;
  const metrics = new Metrics();
  const keeper = new Keeper({ ...ports, metrics }, options);
  let server: Server | undefined;
  try {
    // Before anybody asks: a request for what is open must find it.
    const resumed = await keeper.resume();
    server = await startServer(options, { ...ports, whyNotTaken: ports.whyNotTaken, metrics, keeper });
    log('info', 'the service listens', { url: server.url, ...resumed });
    listening(server.url, resumed.open);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    log('info', 'the service stops: nothing new is accepted', { open: keeper.running });
  } finally {
    await Promise.all([server?.close(), keeper.stop()]);
  }
  log('info', 'the service has stopped; what is open is gone on with at the next start');
}
