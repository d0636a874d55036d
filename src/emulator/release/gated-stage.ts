import { randomUUID } from 'node:crypto';
import { systemClock } from '../../time/clock.ts';
import type { TaskDeclaration } from '../server-task/declaration.ts';
import { evaluateTask } from '../server-task/evaluate-task.ts';
import type { World } from '../world/world.ts';
import { sendingOf, systemVariables, type Connections } from './connections.ts';
import { requireGatesOptions, untilGatesEnd, type GatesEnd, type GatesEvaluation, type GatesOptions } from './gates.ts';

export interface Gate {
  readonly task: TaskDeclaration;
  readonly inputs: Readonly<Record<string, string>>;
}

/** A stage of a classic release whose gates are asked before it begins, or after it has ended. */
export interface GatedStage {
  readonly gates: readonly Gate[];
  readonly options: GatesOptions;
  readonly connections: Connections;
  /** Of the release, beside those of the system. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Waited for, after each evaluation. */
  readonly tell?: (evaluation: GatesEvaluation) => void | Promise<void>;
}

/** @throws Error for options that the service refuses */
export async function evaluateGates(world: World, stage: GatedStage): Promise<GatesEnd> {
  const { gates, options, connections, variables, tell } = stage;
  requireGatesOptions(options);
  const [project, plan, timeline, job] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const ask = gates.map(({ task, inputs }) => {
    const ids = { hub: 'gates', project, plan, timeline, job, task: randomUUID() };
    return () =>
      evaluateTask(
        task,
        { inputs, variables: { ...systemVariables(world, ids), ...variables } },
        sendingOf(world, connections),
      );
  });
  return await untilGatesEnd(ask, options, {
    clock: systemClock,
    minuteMs: world.settings.pipelineMinuteMs,
    signal: world.closing.signal,
    ...(tell !== undefined && { tell }),
  });
}
