import type { DeployPorts } from '../../rollout/ports.ts';

/** What a process that is killed leaves behind: nothing. Its last call never comes back. */
const NEVER = new Promise<never>(() => undefined);

/** One side of one call of a port; `app` is undefined where the call is about none. */
export interface Point {
  readonly call: string;
  readonly when: 'before' | 'after';
  readonly app: string | undefined;
  readonly args: readonly unknown[];
}

export interface Mortal {
  readonly ports: DeployPorts;
  /** Resolves when the process has died, with the point in words. */
  readonly death: Promise<string>;
}

/**
 * The ports of a process that dies where it is told to: what it called before has its effect, and what comes after is
 * never called. Every effect, reply and wait goes through here, for a rehearsal and for the simulator of crashes alike.
 * @param diesAt asked at every point that is passed alive
 */
export function mortalPorts(ports: DeployPorts, diesAt: (point: Point) => boolean): Mortal {
  let dead = false;
  let die: (where: string) => void = () => undefined;
  const death = new Promise<string>((resolve) => (die = resolve));
  const isDeadAt = (point: Point): boolean => {
    if (!dead && diesAt(point)) {
      dead = true;
      die(`${point.when} ${point.call}`);
    }
    return dead;
  };
  const guarded =
    <A extends unknown[], R>(call: string, made: (...args: A) => Promise<R>, app?: string) =>
    async (...args: A): Promise<R> => {
      if (isDeadAt({ call, when: 'before', app, args })) return await NEVER;
      const result = await made(...args);
      return isDeadAt({ call, when: 'after', app, args }) ? await NEVER : result;
    };
  // Whatever the kind: each call of its host has two sides.
  const hostOf = (host: object, app: string): object =>
    new Proxy(host, {
      get: (of, name) => {
        const member: unknown = Reflect.get(of, name, of);
        if (typeof member !== 'function') return member;
        return guarded(String(name), member.bind(of) as (...args: unknown[]) => Promise<unknown>, app);
      },
    });
  const { clock, journal, http, commands, locks } = ports;
  return {
    death,
    ports: {
      ...ports,
      host: (target) => hostOf(ports.host(target), target.app),
      http: { get: guarded('get', http.get.bind(http)) },
      commands: { run: guarded('run a command', commands.run.bind(commands)) },
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
        end: () => journal.end(),
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
    },
  };
}
