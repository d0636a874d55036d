import { once } from 'node:events';
import { reached, startCommand, type OwnProcess } from '../../own-process.ts';
import type { Stage } from '../../scenario.ts';
import type { World } from '../../world.ts';

/** What the service connection of the checks holds as its password. */
export const SECRET = 'the-secret-of-a-demo-that-ends-with-it';

export interface GateService {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly process: OwnProcess;
  stop(): Promise<void>;
}

/** `safe-rollout gate serve` in a process of its own, with the services of the graph file. Its state outlives it. */
export async function startGateService(world: World, stage: Stage): Promise<GateService> {
  const reach = ['--internal-addresses', '127.0.0.1', '--callback-hosts', '127.0.0.1'];
  const process = startCommand(
    world,
    stage,
    ['gate', 'serve', '--port', '0', '--graph-file', world.graphFile, ...reach, '--state', `${world.folder}/gate`],
    { SAFE_ROLLOUT_GATE_SECRET: SECRET },
  );
  const address = (): string | undefined => /The gate service is at (http:\S+)\. /.exec(process.output())?.[1];
  await reached(() => address() !== undefined, process);
  return {
    url: address() ?? '',
    process,
    stop: async () => {
      if (process.child.exitCode !== null || process.child.signalCode !== null) return;
      process.child.kill('SIGTERM');
      await once(process.child, 'exit');
    },
  };
}
