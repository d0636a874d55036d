import { readJson, readText, type Exchange } from '../server/exchange.ts';
import { isObject, stringAt, type JsonObject } from '../json/json.ts';
import { json, type Reply } from '../server/reply.ts';
import type { Parameters } from '../server/router.ts';
import { refuse } from './refuse.ts';

/** One event that was posted to a plan. */
export interface PlanEvent {
  readonly plan: string;
  readonly hub: string;
  readonly project: string;
  readonly name: string;
  readonly taskId: string;
  readonly jobId: string;
  readonly result: string | undefined;
  readonly at: string;
}

/** A task in a timeline; there is one as soon as somebody speaks of it. */
export interface TimelineRecord {
  readonly plan: string;
  readonly timeline: string;
  readonly id: string;
  state: 'inProgress' | 'completed';
  result: string | null;
  log: number | null;
  /** What was shown while it ran, line by line. */
  readonly feed: string[];
}

export interface TaskLog {
  readonly plan: string;
  readonly id: number;
  readonly path: string;
  text: string;
}

/** Plans as services outside of a pipeline see them: events, what is shown live, logs, the state of each task. */
export interface PlanState {
  readonly events: PlanEvent[];
  readonly records: TimelineRecord[];
  readonly logs: TaskLog[];
}

/** Told of each event that a plan has taken. */
export type EventListeners = Set<(event: PlanEvent) => void>;

type Handle = (exchange: Exchange, parameters: Parameters) => Reply | Promise<Reply>;

/** By the REST reference (distributedtask: Events, Logs, Records) and Microsoft's sample of a callback. */
export function planHandlers(plan: string, state: PlanState, listeners: EventListeners): [string, Handle][] {
  const records = `${plan}/timelines/:timeline/records`;
  return [
    [`POST ${plan}/events`, (exchange, parameters) => postEvent(state, listeners, exchange, parameters)],
    [`POST ${plan}/logs`, (exchange, parameters) => createLog(state, exchange, parameters)],
    [`POST ${plan}/logs/:log`, (exchange, parameters) => appendLog(state, exchange, parameters)],
    [`GET ${records}`, (_, { plan: of = '', timeline = '' }) => listed(state.records.filter(isIn(of, timeline)))],
    [`PATCH ${records}`, (exchange, parameters) => updateRecords(state, exchange, parameters)],
    [`POST ${records}/:record/feed`, (exchange, parameters) => appendFeed(state, exchange, parameters)],
  ];
}

async function postEvent(
  state: PlanState,
  listeners: EventListeners,
  exchange: Exchange,
  parameters: Parameters,
): Promise<Reply> {
  requireVersion(exchange);
  const { project = '', hub = '', plan = '' } = parameters;
  // A gate of a classic release waits for nobody (reported with this status and these words; the type is inferred).
  if (same(hub, 'gates'))
    throw refuse(
      500,
      'TaskOrchestrationPlanNotFoundException',
      `The orchestration session ${plan} was not found for hub Gates.`,
    );
  const body = await readJson(exchange);
  const [name, taskId, jobId] = ['name', 'taskId', 'jobId'].map((key) => stringAt(body, key));
  if (name === undefined || taskId === undefined || jobId === undefined)
    throw refuse(400, 'ArgumentException', 'An event has a name, a taskId and a jobId.');
  const result = stringAt(body, 'result');
  const event: PlanEvent = { plan, hub, project, name, taskId, jobId, result, at: new Date().toISOString() };
  state.events.push(event);
  for (const record of state.records.filter((one) => same(one.plan, plan) && same(one.id, taskId)))
    if (name === 'TaskCompleted') Object.assign(record, { state: 'completed', result: result ?? null });
  for (const listener of listeners) listener(event);
  return { status: 200 };
}

async function createLog(state: PlanState, exchange: Exchange, { plan = '' }: Parameters): Promise<Reply> {
  requireVersion(exchange);
  const path = stringAt(await readJson(exchange), 'path');
  if (path === undefined) throw refuse(400, 'ArgumentException', 'A log has a path.');
  const log: TaskLog = { plan, id: state.logs.length + 1, path, text: '' };
  state.logs.push(log);
  return json(200, describeLog(log));
}

async function appendLog(state: PlanState, exchange: Exchange, { plan = '', log: id = '' }: Parameters) {
  requireVersion(exchange);
  const log = state.logs.find((one) => same(one.plan, plan) && String(one.id) === id);
  if (log === undefined) throw refuse(404, 'TaskLogNotFoundException', `The log ${id} was not found.`);
  log.text += await readText(exchange);
  return json(200, describeLog(log));
}

async function updateRecords(state: PlanState, exchange: Exchange, parameters: Parameters): Promise<Reply> {
  requireVersion(exchange);
  const changes = collection(await readJson(exchange)).filter(isObject);
  const changed = changes.map((change) => {
    const record = recordOf(state, parameters, stringAt(change, 'id') ?? '');
    const log = isObject(change['log']) ? change['log']['id'] : undefined;
    if (typeof log === 'number') record.log = log;
    return record;
  });
  return listed(changed);
}

async function appendFeed(state: PlanState, exchange: Exchange, parameters: Parameters): Promise<Reply> {
  requireVersion(exchange);
  const lines = collection(await readJson(exchange)).map(String);
  recordOf(state, parameters, parameters['record'] ?? '').feed.push(...lines);
  return { status: 200 };
}

/** The record of a task, begun where there is none yet: the service has it before it asks anybody. */
export function recordOf(state: PlanState, { plan = '', timeline = '' }: Parameters, id: string): TimelineRecord {
  const found = state.records.filter(isIn(plan, timeline)).find((one) => same(one.id, id));
  if (found !== undefined) return found;
  const completed = state.events.findLast((one) => one.name === 'TaskCompleted' && same(one.taskId, id));
  const record: TimelineRecord = {
    plan,
    timeline,
    id,
    state: completed === undefined ? 'inProgress' : 'completed',
    result: completed?.result ?? null,
    log: null,
    feed: [],
  };
  state.records.push(record);
  return record;
}

function listed(records: readonly TimelineRecord[]): Reply {
  const value = records.map(({ id, state, result, log }) => ({
    id,
    type: 'Task',
    state,
    result,
    log: log === null ? null : { id: log },
  }));
  return json(200, { count: value.length, value });
}

function describeLog({ id, path, text }: TaskLog): JsonObject {
  return { id, path, lineCount: text.split('\n').length - 1, location: null };
}

function collection(body: unknown): readonly unknown[] {
  if (isObject(body) && Array.isArray(body['value']) && body['count'] === body['value'].length) return body['value'];
  throw refuse(400, 'ArgumentException', 'A collection is {"value": [...], "count": N}.');
}

/** Preview resources refuse a request that says no version (documented for all of them). */
function requireVersion({ query }: Exchange): void {
  if (query.get('api-version') === null)
    throw refuse(400, 'VssVersionNotSpecifiedException', 'No api-version was supplied for the request.');
}

function isIn(plan: string, timeline: string): (record: TimelineRecord) => boolean {
  return (one) => same(one.plan, plan) && same(one.timeline, timeline);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
