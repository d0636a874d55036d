import type { Agent } from 'node:https';
import type { TaskPlace } from '../gate/place.ts';
import type { Delivery, TaskCallback, TaskSight } from '../gate/ports.ts';
import { neutral } from '../finding/print.ts';
import { planExchange, saidBy, type PlanAnswer } from './plan-exchange.ts';

/** Of events as the documentation of the built-in checks has it; of all others as the REST reference. */
const EVENTS_VERSION = '2.0-preview.1';
const API_VERSION = '7.1-preview.1';

/**
 * A task of a plan that waits for TaskCompleted, by the REST interface of distributed tasks with the token of its job.
 * Events: documented with the task InvokeRESTAPI. Feed, logs and records: REST reference, and Microsoft's own sample of a
 * callback, which sends the feed to the record of the job and the log to that of the task.
 */
export function taskCallback(place: TaskPlace, token: string, agent: Agent): TaskCallback {
  const { planUrl, projectId, hub, planId, timelineId, jobId, taskId } = place;
  const plan = `${planUrl}${projectId}/_apis/distributedtask/hubs/${hub}/plans/${planId}`;
  const timeline = `${plan}/timelines/${timelineId}`;
  const send = (
    method: 'GET' | 'POST' | 'PATCH',
    url: string,
    body?: object | string,
    version = API_VERSION,
  ): Promise<PlanAnswer> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'application/octet-stream' : 'application/json';
    return planExchange(
      { method, url: `${url}?api-version=${version}`, token, ...(body !== undefined && { body: { type, text } }) },
      agent,
    );
  };
  let log: number | undefined;

  /** The task's record as it is now; undefined where the timeline has none. */
  const record = async (): Promise<PlanAnswer | Record<string, unknown> | undefined> => {
    const answer = await send('GET', `${timeline}/records`);
    if (answer.kind === 'lost' || answer.status !== 200) return answer;
    const found = valuesOf(answer.text);
    if (found === undefined) return { kind: 'lost', reason: 'the answer is no list' };
    return found.find(({ id }) => typeof id === 'string' && id.toLowerCase() === taskId);
  };
  /** The log that the task has already, from a service that was started anew, or a new one. @throws Error */
  const ownLog = async (): Promise<number> => {
    const now = await record();
    const kept = now !== undefined && 'log' in now ? idOf(now['log']) : undefined;
    if (kept !== undefined) return kept;
    const created = idOf(jsonOf(must(await send('POST', `${plan}/logs`, { path: `logs\\${taskId}` }))));
    if (created === undefined) throw new Error('the log that was created has no id');
    return created;
  };

  return {
    complete: async (result) => {
      const event = { name: 'TaskCompleted', taskId, jobId, result };
      return deliveryOf(await send('POST', `${plan}/events`, event, EVENTS_VERSION));
    },
    look: async () => {
      const now = await record();
      if (now === undefined) return { kind: 'open', reason: 'the timeline has no record of the task yet' };
      if ('kind' in now && 'status' in now) return barredOr(now as PlanAnswer);
      if ('kind' in now && 'reason' in now) return { kind: 'unreadable', reason: String(now['reason']) };
      const { state, result } = now as Record<string, unknown>;
      return state === 'completed'
        ? { kind: 'completed', reason: `its record says ${typeof result === 'string' ? result : 'completed'}` }
        : { kind: 'open', reason: `its record says ${String(state)}` };
    },
    say: async (lines) => {
      const value = lines.map(neutral);
      try {
        must(await send('POST', `${timeline}/records/${jobId}/feed`, { value, count: value.length }));
        const isFirst = log === undefined;
        log ??= await ownLog();
        must(await send('POST', `${plan}/logs/${log}`, value.map((line) => `${line}\n`).join('')));
        if (isFirst)
          must(await send('PATCH', `${timeline}/records`, { value: [{ id: taskId, log: { id: log } }], count: 1 }));
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}

/** Pure: what an answer to TaskCompleted means. */
function deliveryOf(answer: PlanAnswer): Delivery {
  if (answer.kind === 'lost') return { kind: 'unknown', reason: answer.reason };
  const { status } = answer;
  // 203 with a page: a token that is not taken, as Azure DevOps tells it to who accepts pages.
  if (status === 200 || status === 201 || status === 202 || status === 204)
    return { kind: 'taken', reason: saidBy(answer) };
  const passes = status < 400 || status === 408 || status === 429 || status >= 500;
  return { kind: passes && status !== 203 ? 'unknown' : 'refused', reason: `${saidBy(answer)}${cureOf(status)}` };
}

function barredOr(answer: PlanAnswer): TaskSight {
  if (answer.kind === 'lost') return { kind: 'unreadable', reason: answer.reason };
  const { status } = answer;
  const passes = status === 408 || status === 429 || status >= 500;
  return { kind: passes ? 'unreadable' : 'barred', reason: `${saidBy(answer)}${cureOf(status)}` };
}

function cureOf(status: number): string {
  if (status === 401 || status === 403 || status === 203)
    return ". The job's token is not accepted any more: it ends with the run, and after 48 hours";
  return status === 404 ? '. The server does not know the plan (any more)' : '';
}

/** @throws Error for everything but a good answer */
function must(answer: PlanAnswer): string {
  if (answer.kind === 'lost') throw new Error(answer.reason);
  if (answer.status < 200 || answer.status > 202) throw new Error(saidBy(answer));
  return answer.text;
}

function valuesOf(text: string): readonly Record<string, unknown>[] | undefined {
  const value = (jsonOf(text) as { readonly value?: unknown } | null)?.value;
  return Array.isArray(value)
    ? value.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null)
    : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function idOf(value: unknown): number | undefined {
  const id = (value as { readonly id?: unknown } | null | undefined)?.id;
  return typeof id === 'number' ? id : undefined;
}
