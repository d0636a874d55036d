import { randomUUID } from 'node:crypto';
import { systemClock } from '../../time/clock.ts';
import type { DevOpsState } from '../devops/devops.ts';
import { recordOf, type PlanEvent } from '../devops/plan.ts';
import { INVOKE_REST_API } from '../server-task/declaration.ts';
import { evaluateTask, type Verdict } from '../server-task/evaluate-task.ts';
import type { World } from '../world/world.ts';
import { sendingOf, systemVariables, type Connections, type TaskIds } from './connections.ts';

/** A check "Invoke REST API" of an environment. Times in minutes, as its control options have them. */
export interface EnvironmentCheck {
  readonly name: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly timeout: number;
  /** 0: asked once. */
  readonly timeBetweenEvaluations: number;
  /** Waited for, after each evaluation. */
  readonly tell?: (verdict: Verdict) => void | Promise<void>;
}

/** That a person approves within so many minutes. */
export interface EnvironmentApproval {
  readonly approver: string;
  readonly timeout: number;
}

/** A stage of a YAML pipeline that wants to use an environment. */
export interface EnvironmentEntry {
  readonly checks?: readonly EnvironmentCheck[];
  readonly approvals?: readonly EnvironmentApproval[];
  readonly connections?: Connections;
}

export interface CheckEnd {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'rejected' | 'timed-out';
  /** Of each evaluation; none of an approval. */
  readonly verdicts: readonly Verdict[];
}

export interface EnvironmentEnd {
  /** All checks and approvals must pass; otherwise the stage is skipped (documented for a time-out). */
  readonly stage: 'runs' | 'skipped';
  readonly ends: readonly CheckEnd[];
}

/** Approvals and these checks are one category: they begin together (documented). */
export async function enterEnvironment(
  world: World,
  devOps: DevOpsState,
  { checks = [], approvals = [], connections = {} }: EnvironmentEntry,
): Promise<EnvironmentEnd> {
  const [project, plan, timeline] = [randomUUID(), randomUUID(), randomUUID()];
  const ends = await Promise.all([
    ...checks.map((check) => {
      const ids: TaskIds = { hub: 'checks', project, plan, timeline, job: randomUUID(), task: randomUUID() };
      return runCheck(world, devOps, check, ids, connections);
    }),
    ...approvals.map((approval) => awaitApproval(world, devOps, approval)),
  ]);
  return { stage: ends.every(({ outcome }) => outcome === 'passed') ? 'runs' : 'skipped', ends };
}

/**
 * Asks until it passes, or the time is over: a failure is asked again after the time between evaluations, also where a
 * callback told it (reported). That the task keeps its id then is inferred.
 */
async function runCheck(
  world: World,
  devOps: DevOpsState,
  { name, inputs, timeout, timeBetweenEvaluations, tell }: EnvironmentCheck,
  ids: TaskIds,
  connections: Connections,
): Promise<CheckEnd> {
  const { pipelineMinuteMs: minuteMs } = world.settings;
  const { signal } = world.closing;
  const deadline = systemClock.monotonic() + timeout * minuteMs;
  const left = (): number => deadline - systemClock.monotonic();
  const record = recordOf(devOps.plans, { plan: ids.plan, timeline: ids.timeline }, ids.task);
  const verdicts: Verdict[] = [];
  const end = (outcome: CheckEnd['outcome']): CheckEnd => {
    // With which result a task ends that nobody waits for any more is not known.
    Object.assign(record, { state: 'completed', result: outcome === 'passed' ? 'succeeded' : 'failed' });
    return { name, outcome, verdicts };
  };
  for (;;) {
    Object.assign(record, { state: 'inProgress', result: null });
    const told = nextEnd(devOps, ids);
    const run = { inputs, variables: systemVariables(world, ids) };
    let verdict: Verdict | undefined = await evaluateTask(INVOKE_REST_API, run, sendingOf(world, connections));
    if (verdict.kind === 'waits') verdict = await within(left(), told.verdict, signal);
    told.forget();
    if (verdict === undefined) return end('timed-out');
    verdicts.push(verdict);
    await tell?.(verdict);
    if (verdict.kind === 'passed') return end('passed');
    if (timeBetweenEvaluations === 0) return end('failed');
    const pauseMs = timeBetweenEvaluations * minuteMs;
    if (pauseMs > left()) return end('timed-out');
    await systemClock.sleep(pauseMs, signal);
  }
}

/** The result that a callback tells of this task. */
function nextEnd({ planListeners }: DevOpsState, ids: TaskIds): { verdict: Promise<Verdict>; forget: () => void } {
  let forget = (): void => {};
  const verdict = new Promise<Verdict>((resolve) => {
    const listener = ({ name, taskId, result = '' }: PlanEvent): void => {
      if (name !== 'TaskCompleted' || taskId.toLowerCase() !== ids.task) return;
      resolve(result === 'succeeded' ? { kind: 'passed' } : { kind: 'failed', reason: `TaskCompleted said ${result}` });
    };
    planListeners.add(listener);
    forget = () => void planListeners.delete(listener);
  });
  return { verdict, forget };
}

async function awaitApproval(
  world: World,
  { approvals }: DevOpsState,
  { approver, timeout }: EnvironmentApproval,
): Promise<CheckEnd> {
  const { state, decided } = approvals.ask(approver, world.now());
  await within(timeout * world.settings.pipelineMinuteMs, decided, world.closing.signal);
  approvals.end(state.id, 'timedOut', '', world.now());
  const outcomes = { approved: 'passed', rejected: 'rejected', timedOut: 'timed-out', pending: 'timed-out' } as const;
  return { name: `approval of ${approver}`, outcome: outcomes[state.status], verdicts: [] };
}

/** Undefined when it has not come in time. @throws the signal's reason */
async function within<T>(ms: number, awaited: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  const late = systemClock.sleep(ms, AbortSignal.any([signal, over.signal])).then(() => undefined);
  try {
    return await Promise.race([awaited, late]);
  } finally {
    over.abort(new Error('it has come'));
    late.catch(() => undefined); // of a timer that nobody needs any more
  }
}
