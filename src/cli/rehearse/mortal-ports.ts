import type { DeployPorts } from '../../rollout/deploy-service.ts';
import type { AppHost } from '../../rollout/ports.ts';
import type { Kill } from './faults.ts';

/** What a process that is killed leaves behind: nothing. Its last call never comes back. */
const NEVER = new Promise<never>(() => undefined);

/**
 * The ports of an agent that dies at one call of one app: what it called before has its effect, and nothing is called
 * after. `death` resolves when it has died.
 */
export function mortalPorts(
  ports: DeployPorts,
  app: string,
  kill: Kill,
): { ports: DeployPorts; death: Promise<'died'> } {
  let dead = false;
  let swaps = 0;
  let die: (how: 'died') => void = () => undefined;
  const death = new Promise<'died'>((resolve) => (die = resolve));
  const end = async (): Promise<never> => {
    dead = true;
    die('died');
    return await NEVER;
  };
  const living =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (dead) return await NEVER;
      const result = await call(...args);
      return dead ? await NEVER : result;
    };
  const deadly = <A extends unknown[], R>(isIt: () => boolean, call: (...args: A) => Promise<R>) =>
    living(async (...args: A): Promise<R> => {
      const it = isIt();
      if (it && kill.when === 'before') return await end();
      const result = await call(...args);
      return it ? await end() : result;
    });
  const hostOf = (host: AppHost, own: boolean): AppHost => ({
    observe: living(host.observe.bind(host)),
    readConfig: living(host.readConfig.bind(host)),
    readOperation: living(host.readOperation.bind(host)),
    differences: living(host.differences.bind(host)),
    change: living(host.change.bind(host)),
    upload: deadly(() => own && kill.call === 'upload', host.upload.bind(host)),
    requestSwap: deadly(() => {
      if (own) swaps += 1;
      return own && swaps === (kill.call === 'swap' ? 1 : kill.call === 'swap-back' ? 2 : 0);
    }, host.requestSwap.bind(host)),
  });
  const { clock, journal, http, commands, locks } = ports;
  return {
    death,
    ports: {
      ...ports,
      host: (target) => hostOf(ports.host(target), target.app === app),
      http: { get: living(http.get.bind(http)) },
      commands: { run: living(commands.run.bind(commands)) },
      clock: { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep: living(clock.sleep.bind(clock)) },
      journal: {
        run: journal.run,
        writer: journal.writer,
        record: living(journal.record.bind(journal)),
        read: living(journal.read.bind(journal)),
      },
      locks: {
        strength: locks.strength,
        acquire: living(async (...args) => {
          const lock = await locks.acquire(...args);
          return lock.kind === 'taken' ? lock : { ...lock, release: living(() => lock.release()) };
        }),
      },
    },
  };
}
