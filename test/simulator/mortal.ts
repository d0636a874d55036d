import type { DeployPorts } from '../../src/rollout/deploy-service.ts';
import type { AppHost } from '../../src/rollout/ports.ts';

/** What a process that is killed leaves behind: nothing. Its last call never comes back. */
const NEVER = new Promise<never>(() => undefined);

/** A process that dies at its nth point. Every call of a port has two: before its effect, and after it. */
export interface Mortal {
  readonly ports: DeployPorts;
  /** Resolves when the process has died, with the point in words. */
  readonly death: Promise<string>;
  /** Points passed so far; after a whole life, all there are. */
  points(): number;
}

/**
 * Puts every effect, reply and wait of a process under a count, and ends the process at `killAt`: what it called
 * before has its effect, what comes after is never called.
 */
export function mortal(ports: DeployPorts, killAt = Number.POSITIVE_INFINITY): Mortal {
  let passed = 0;
  let dead = false;
  let die: (where: string) => void = () => undefined;
  const death = new Promise<string>((resolve) => (die = resolve));
  const point = (where: string): boolean => {
    if (!dead && passed++ === killAt) {
      dead = true;
      die(where);
    }
    return dead;
  };
  const guarded =
    <A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (point(`before ${name}`)) return await NEVER;
      const result = await call(...args);
      return point(`after ${name}`) ? await NEVER : result;
    };
  const mortalHost = (host: AppHost): AppHost => ({
    observe: guarded('observe', host.observe.bind(host)),
    readConfig: guarded('readConfig', host.readConfig.bind(host)),
    requestSwap: guarded('requestSwap', host.requestSwap.bind(host)),
    readOperation: guarded('readOperation', host.readOperation.bind(host)),
    change: guarded('change', host.change.bind(host)),
    differences: guarded('differences', host.differences.bind(host)),
    upload: guarded('upload', host.upload.bind(host)),
  });
  const { clock, journal, http, commands, locks } = ports;
  return {
    death,
    points: () => passed,
    ports: {
      ...ports,
      host: (target) => mortalHost(ports.host(target)),
      http: { get: guarded('get', http.get.bind(http)) },
      clock: {
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        sleep: guarded('sleep', clock.sleep.bind(clock)),
      },
      journal: {
        run: journal.run,
        writer: journal.writer,
        record: (draft) => guarded(`record ${draft.action} ${draft.phase}`, journal.record.bind(journal))(draft),
        read: guarded('read the journal', journal.read.bind(journal)),
      },
      locks: {
        strength: locks.strength,
        acquire: guarded('acquire', async (...args) => {
          const lock = await locks.acquire(...args);
          if (lock.kind === 'taken') return lock;
          const rival = guarded('ask for a rival', () => lock.rival());
          return { ...lock, rival, release: guarded('release', () => lock.release()) };
        }),
      },
      commands: { run: guarded('run a command', commands.run.bind(commands)) },
    },
  };
}
