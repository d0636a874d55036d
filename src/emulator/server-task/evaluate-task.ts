import type { RequestDeclaration, TaskDeclaration } from './declaration.ts';
import { evaluate, holds, type Answer } from './expression.ts';
import { send, type Received } from './send.ts';
import { fill } from './template.ts';

/** What a declaration is filled in with, by the names that it uses; names have no case. */
export interface TaskRun {
  readonly inputs: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

/** A service connection, as a server task sees it. */
export interface Connection {
  /** What `$(endpoint.url)` and its like stand for, without `endpoint.`. */
  readonly data: Readonly<Record<string, string>>;
  /** The value of the header `Authorization`. */
  readonly authorization: string;
}

/**
 * How the service sends. What is not known of it is a choice, so that a task can be tried on either: whether an answer of
 * 400 and above fails before its expression is asked, and whether a redirect is followed.
 */
export interface Sending {
  readonly statuses: 'fail' | 'are-judged';
  readonly redirects: 'are-answers' | 'are-followed';
  /** How long an answer may take: 20 seconds in the service (documented). */
  readonly patienceMs: number;
  /** By name. */
  readonly connections: Readonly<Record<string, Connection>>;
  /** The authority that is trusted beside those of the system. */
  readonly ca: string;
}

/** One evaluation. `waits`: what was asked has taken the request, and is to tell by a TaskCompleted. */
export type Verdict =
  | { readonly kind: 'passed' }
  | { readonly kind: 'waits' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Statuses by the names of .NET, as chains name them. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  301: 'MovedPermanently',
  302: 'Redirect',
  401: 'Unauthorized',
  404: 'NotFound',
  500: 'InternalServerError',
  503: 'ServiceUnavailable',
};
const MOST_REDIRECTS = 5;

/** Does what a task of the service declares, once. Whatever goes wrong on the way is a failure with a reason. */
export async function evaluateTask(task: TaskDeclaration, run: TaskRun, sending: Sending): Promise<Verdict> {
  try {
    return await tryTask(task, run, sending);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

async function tryTask(task: TaskDeclaration, run: TaskRun, sending: Sending): Promise<Verdict> {
  const { HttpRequest, HttpRequestChain } = task.execution;
  const steps =
    HttpRequestChain?.Execute ?? (HttpRequest === undefined ? [] : [{ RequestInputs: HttpRequest.Execute }]);
  if (steps.length === 0) throw new Error(`${task.name} is no task that the service runs by requests`);
  const kept: Record<string, string> = {};
  let waits = false;
  for (const { RequestInputs: request, ExecutionOptions: options = {} } of steps) {
    const scope = scopeOf(task, run, kept);
    const seen = { taskInputs: scope.inputs, variables: { ...kept } };
    const skip = options.SkipSectionExpression;
    if (skip !== undefined && holds(fill(skip, scope.lookup), { body: '', response: undefined, ...seen })) continue;
    const received = await sendFilled(request, scope, sending);
    const { status, text } = received;
    const expression = fill(request.Expression, scope.lookup);
    if (status >= 400 && (sending.statuses === 'fail' || expression === ''))
      return failed(`status ${status} ${text.slice(0, 200)}`);
    waits = isTrue(fill(request.WaitForCompletion ?? '', scope.lookup));
    if (expression === '' || waits) continue;
    const response = { statuscode: STATUS_NAMES[status] ?? String(status), headers: headersOf(received) };
    const answer: Answer = { body: text, response: HttpRequestChain === undefined ? undefined : response, ...seen };
    if (!holds(expression, answer)) return failed(`${expression} is false for ${status} ${text.slice(0, 200)}`);
    for (const [name, of] of Object.entries(keptBy(options.OutputVariables))) {
      const value = evaluate(of, answer);
      if (typeof value !== 'string') throw new Error(`${name} would be kept as ${JSON.stringify(value)}`);
      kept[name] = value;
    }
  }
  return { kind: waits ? 'waits' : 'passed' };
}

interface Scope {
  /** Filled in: inputs may hold variables themselves. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly lookup: (name: string) => string | undefined;
}

function scopeOf(task: TaskDeclaration, run: TaskRun, kept: Readonly<Record<string, string>>): Scope {
  const variables = { ...run.variables, ...kept };
  const inputs = Object.fromEntries(
    task.inputs.map(({ name, defaultValue = '' }) => {
      const given = fill(byName(run.inputs, name) ?? defaultValue, (of) => byName(variables, of));
      return [name, given];
    }),
  );
  return { inputs, lookup: (name) => byName(inputs, name) ?? byName(variables, name) };
}

async function sendFilled(request: RequestDeclaration, scope: Scope, sending: Sending): Promise<Received> {
  const connection = connectionOf(request.EndpointId, scope, sending);
  const ofConnection = (name: string): string | undefined =>
    /^endpoint\./i.test(name) ? byName(connection?.data ?? {}, name.slice('endpoint.'.length)) : undefined;
  const filled = (template: string): string => fill(template, (name) => ofConnection(name) ?? scope.lookup(name));
  const headers = JSON.parse(filled(request.Headers)) as Record<string, string>;
  if (connection !== undefined) headers['authorization'] = connection.authorization;
  const [method, body] = [filled(request.Method), filled(request.Body ?? '')];
  let url = filled(request.EndpointUrl);
  for (let hop = 0; hop < MOST_REDIRECTS; hop += 1) {
    const received = await send({ method, url, headers, body }, sending.ca, sending.patienceMs);
    const { location } = received.headers;
    const leads = received.status >= 300 && received.status < 400 && location !== undefined;
    if (!leads || sending.redirects === 'are-answers') return received;
    url = new URL(location, url).href;
  }
  throw new Error('too many redirects');
}

/** @throws Error when the connection that is named is not there */
function connectionOf(id: string, { inputs, lookup }: Scope, { connections }: Sending): Connection | undefined {
  const seen = { body: '', response: undefined, taskInputs: inputs, variables: {} };
  const name = /^taskInputs\[/i.test(id) ? String(evaluate(id, seen)) : fill(id, lookup);
  if (id === '') return undefined;
  const connection = connections[name];
  if (connection === undefined) throw new Error(`there is no service connection '${name}'`);
  return connection;
}

function keptBy(outputVariables: string | undefined): Record<string, string> {
  return JSON.parse(outputVariables ?? '{}') as Record<string, string>;
}

function byName(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(values).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function headersOf({ headers }: Received): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function isTrue(text: string): boolean {
  return text.toLowerCase() === 'true';
}

function failed(reason: string): Verdict {
  return { kind: 'failed', reason };
}
