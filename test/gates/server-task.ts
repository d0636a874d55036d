import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Emulator } from '../../src/emulator/start.ts';
import { ask, tokenOf, type Answer as HttpAnswer } from '../emulator/client.ts';
import { evaluate, holds } from './evaluate.ts';
import { fill } from './fill.ts';

/** What the declaration of a task that the server runs is filled in with. */
export interface GateRun {
  readonly inputs?: Readonly<Record<string, string>>;
  /** Beside those of the server, or in their place. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * What is not known of the server, so that a gate must come to the same either way: whether an answer of 400 and above fails
 * before its expression is asked, and whether a redirect is followed.
 */
export interface Server {
  readonly statuses: 'fail' | 'are-judged';
  readonly redirects: 'are-answers' | 'are-followed';
  /** How long an answer may take: 20 seconds in the service (documented). */
  readonly patienceMs: number;
}

/** The two are independent of each other, so that these two servers show all four. */
export const SERVERS: readonly Server[] = [
  { statuses: 'fail', redirects: 'are-answers', patienceMs: 2000 },
  { statuses: 'are-judged', redirects: 'are-followed', patienceMs: 2000 },
];

/** One evaluation: passed, or why not. */
export type Verdict = { readonly passed: true } | { readonly passed: false; readonly reason: string };

interface Request {
  readonly EndpointId: string;
  readonly EndpointUrl: string;
  readonly Method: string;
  readonly Headers: string;
  readonly Expression: string;
}

interface Step {
  readonly RequestInputs: Request;
  readonly ExecutionOptions?: { readonly OutputVariables?: string; readonly SkipSectionExpression?: string };
}

interface TaskJson {
  readonly inputs: readonly { readonly name: string; readonly defaultValue?: string }[];
  readonly execution: {
    readonly HttpRequest?: { readonly Execute: Request };
    readonly HttpRequestChain?: { readonly Execute: readonly Step[] };
  };
}

/** Statuses by the names of .NET. */
const NAMES: Readonly<Record<number, string>> = {
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

export function readTask(name: string): TaskJson {
  const file = join(process.cwd(), 'tasks', name, `${name}V1`, 'task.json');
  return JSON.parse(readFileSync(file, 'utf8')) as TaskJson;
}

/** Evaluates the declaration of a gate once, with the emulator in the place of Azure and of Azure DevOps. */
export async function evaluateOnce(name: string, run: GateRun, emulator: Emulator, server: Server): Promise<Verdict> {
  const task = readTask(name);
  const { HttpRequest, HttpRequestChain } = task.execution;
  const inputs = Object.fromEntries(
    task.inputs.map((input) => [input.name, run.inputs?.[input.name] ?? input.defaultValue ?? '']),
  );
  const steps = HttpRequestChain?.Execute ?? [{ RequestInputs: HttpRequest!.Execute }];
  const variables: Record<string, string> = {};
  try {
    for (const { RequestInputs: request, ExecutionOptions: options = {} } of steps) {
      const scope = { inputs, variables, own: { ...variablesOf(emulator), ...run.variables } };
      const seen = { taskInputs: filledInputs(scope), variables };
      const skip = options.SkipSectionExpression;
      if (skip !== undefined && holds(fillFrom(skip, scope), { body: '', response: undefined, ...seen })) continue;
      const asked = await send(request, scope, emulator, server);
      if (asked.status >= 400 && server.statuses === 'fail') return failed(`status ${asked.status}`);
      const response = { statuscode: NAMES[asked.status] ?? String(asked.status), headers: headersOf(asked) };
      const answer = { body: asked.text, response: HttpRequestChain === undefined ? undefined : response, ...seen };
      // What is kept is kept before the expression decides, and stays until the next evaluation.
      const kept = JSON.parse(options.OutputVariables ?? '{}') as Record<string, string>;
      const expression = fillFrom(request.Expression, scope);
      if (!holds(expression, answer))
        return failed(`${expression} is false for ${asked.status} ${asked.text.slice(0, 200)}`);
      for (const [key, of] of Object.entries(kept)) {
        const value = evaluate(of, answer);
        if (value.kind !== 'string') throw new Error(`${key} would be kept as ${value.kind}`);
        variables[key] = value.value;
      }
    }
    return { passed: true };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

interface Scope {
  readonly inputs: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly own: Readonly<Record<string, string>>;
}

/** Inputs may hold variables themselves: the defaults of ours do. */
function filledInputs({ inputs, variables, own }: Scope): Record<string, string> {
  const lookup = (name: string): string | undefined => byName({ ...own, ...variables }, name);
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, fill(value, lookup)]));
}

function fillFrom(template: string, scope: Scope, connection: Readonly<Record<string, string>> = {}): string {
  const inputs = filledInputs(scope);
  return fill(template, (name) => byName({ ...scope.own, ...scope.variables, ...connection, ...inputs }, name));
}

/** Names of variables and inputs have no case. */
function byName(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(values).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function variablesOf(emulator: Emulator): Record<string, string> {
  return {
    'system.teamFoundationCollectionUri': emulator.devOpsUrl,
    'system.teamProjectId': 'project',
    'system.accesstoken': emulator.devOpsToken,
  };
}

/** With a connection the server signs in: its token is one for Resource Manager. */
async function send(request: Request, scope: Scope, emulator: Emulator, server: Server): Promise<HttpAnswer> {
  const signsIn = request.EndpointId !== '';
  const connection: Record<string, string> = signsIn
    ? { 'endpoint.url': `${emulator.armUrl}/`, 'endpoint.subscriptionId': emulator.subscriptionId }
    : {};
  const headers = JSON.parse(fillFrom(request.Headers, scope)) as Record<string, string>;
  if (signsIn) headers['authorization'] = `Bearer ${await mintedToken(emulator)}`;
  let url = fillFrom(request.EndpointUrl, scope, connection);
  for (let hop = 0; hop < MOST_REDIRECTS; hop += 1) {
    const answer = await within(server.patienceMs, ask(emulator, url, { method: request.Method, headers }));
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status >= 400 || location === undefined || server.redirects === 'are-answers')
      return answer;
    url = new URL(location, url).href;
  }
  throw new Error('too many redirects');
}

const tokens = new WeakMap<Emulator, Promise<string>>();

function mintedToken(emulator: Emulator): Promise<string> {
  const token = tokens.get(emulator) ?? tokenOf(emulator);
  tokens.set(emulator, token);
  return token;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  work.catch(() => undefined); // a late end is nobody's
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function headersOf({ headers }: HttpAnswer): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function failed(reason: string): Verdict {
  return { passed: false, reason };
}
