import type { RunState } from '../../../journal/fold.ts';
import { isInterruption } from '../../errors.ts';
import type { PlannedService } from '../../plan/plan.ts';
import type { DeployPorts, RolloutEvent } from '../../ports.ts';
import { recordOrThrow } from '../../way/context.ts';
import { unchanged, type ServiceResult } from '../../way/service-result.ts';
import type { Kind } from '../../plan/kind.ts';

interface PlannedCommand extends PlannedService {
  readonly run: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

/** A program that is run once in a run, such as a migration. What it did cannot be undone from here. */
export const command: Kind = {
  name: 'command',
  plan: (service, base) => {
    if (service.kind !== 'command') throw new Error(`'${service.name}' is no command`);
    const { run, timeoutMs } = service;
    return planned({ ...base, kind: 'command', run, timeoutMs });
  },
  read: (service) => {
    const { run, timeoutMs } = service;
    const isProgram = Array.isArray(run) && run.length > 0 && run.every((word) => typeof word === 'string');
    return isProgram && typeof timeoutMs === 'number'
      ? (service as unknown as PlannedCommand)
      : 'has an incomplete command';
  },
  describe: (service) => `runs ${(service as PlannedCommand).run.join(' ')}`,
  packageOf: () => undefined,
  deploy: (service, { state }, ports) => runCommand(service as PlannedCommand, state, ports),
  exposes: undefined,
};

/** Holds the literal above to its type. */
function planned(service: PlannedCommand): PlannedCommand {
  return service;
}

async function runCommand(
  service: PlannedCommand,
  { commandsDone, commandsLeft }: RunState,
  ports: DeployPorts,
): Promise<ServiceResult> {
  const tell = (step: string, level: RolloutEvent['level'], message: string): void | Promise<void> =>
    ports.tell({ step, level, service: service.name, message, at: ports.clock.now() });
  if (commandsDone.includes(service.name)) {
    await tell('resumed', 'info', 'its command has run in this run already');
    return unchanged('done', 'its command has run in this run already', service.release.version);
  }
  const note = { service: service.name, release: service.release } as const;
  const line = service.run.join(' ');
  if (commandsLeft.includes(service.name))
    await tell(
      'resumed',
      'warning',
      `${line} was begun by an earlier attempt and is not known to have ended well; it is run again`,
    );
  await recordOrThrow(ports, { action: 'run', phase: 'intent', reason: line, ...note });
  let ended;
  try {
    ended = await ports.commands.run(service.run, service.timeoutMs, commandEnvironment(service), ports.signal);
  } catch (error) {
    if (isInterruption(error, ports.signal))
      await recordOrThrow(ports, { action: 'run', phase: 'unknown', reason: 'stopped while it ran', ...note });
    throw error;
  }
  const last = ended.output.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  if (ended.exitCode === 0) {
    await recordOrThrow(ports, { action: 'run', phase: 'done', reason: last, ...note });
    await tell('command', 'info', `${line}: ${last}`);
    return unchanged('done', last, service.release.version);
  }
  const reason = `${line} ended with ${ended.exitCode === null ? 'no exit code' : `exit code ${ended.exitCode}`}: ${last}`;
  await recordOrThrow(ports, { action: 'run', phase: 'failed', reason, ...note });
  await tell('command', 'error', reason);
  return unchanged('failed', reason);
}

/** The command is told what it is run for, and nothing else of ours. */
function commandEnvironment({ name, release }: PlannedCommand): Record<string, string> {
  return { SAFE_ROLLOUT_SERVICE: name, ...(release.version === null ? {} : { SAFE_ROLLOUT_RELEASE: release.version }) };
}
