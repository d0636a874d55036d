import { parseServerExpression, type ServerNode } from '../server-expression.ts';
import { namesIn, parseTemplate } from '../server-template.ts';
import type { Spot } from './finding.ts';

const KINDS = ['HttpRequest', 'HttpRequestChain'];
/** Variables of the server that ours may use, in lower case: they are there in every job (documented). */
const SYSTEM = ['system.accesstoken', 'system.teamfoundationcollectionuri', 'system.teamprojectid'];
const ENDPOINT = ['endpoint.url', 'endpoint.subscriptionid'];

/** What a template or expression of one request may name. */
interface Known {
  readonly inputs: readonly string[];
  /** Variables that earlier requests of the chain have kept. */
  readonly kept: readonly string[];
  readonly hasConnection: boolean;
  /** Only a chain has `response`. */
  readonly inChain: boolean;
}

/** `execution` of a task that the server runs: nothing tells of a mistake there before a gate never passes, or always. */
export function lintServerExecution(task: Spot, inputs: readonly string[]): void {
  const execution = task.get('execution');
  const kinds = execution.keys();
  for (const kind of kinds)
    if (!KINDS.includes(kind))
      execution.get(kind).say(`must be one of ${KINDS.join(', ')}: the server runs nothing else of ours`);
  if (kinds.length !== 1) execution.say(`must have one of ${KINDS.join(', ')}, not ${kinds.join(', ') || 'nothing'}`);
  for (const field of ['minimumAgentVersion', 'restrictions'])
    if (!task.get(field).isMissing) task.get(field).say('must be left out: no agent runs the task');
  const single = execution.get('HttpRequest').get('Execute');
  if (kinds.includes('HttpRequest')) lintRequest(single, task, { inputs, kept: [], inChain: false });
  const steps = execution.get('HttpRequestChain').get('Execute');
  if (kinds.includes('HttpRequestChain')) steps.mustBeList('requests');
  const kept: string[] = [];
  for (const step of steps.items()) {
    const known = lintRequest(step.get('RequestInputs'), task, { inputs, kept: [...kept], inChain: true });
    const options = step.get('ExecutionOptions');
    if (!options.get('SkipSectionExpression').isMissing) lintExpression(options.get('SkipSectionExpression'), known);
    kept.push(...lintKept(options.get('OutputVariables'), known));
  }
}

function lintRequest(request: Spot, task: Spot, place: Omit<Known, 'hasConnection'>): Known {
  const endpoint = request.get('EndpointId');
  const name = /^\$\((\w+)\)$/.exec(endpoint.text)?.[1];
  const input = task
    .get('inputs')
    .items()
    .find((one) => one.get('name').text === name);
  if (endpoint.value !== '' && input?.get('type').text.startsWith('connectedService:') !== true)
    endpoint.say(`must be empty, or $(input) of an input that is a connection, not ${endpoint.shown}`);
  const known: Known = { ...place, hasConnection: endpoint.text !== '' };
  if (request.get('Method').value !== 'GET')
    request.get('Method').say(`must be GET, not ${request.get('Method').shown}: a gate is asked again and again`);
  if (request.get('WaitForCompletion').value !== 'false')
    request
      .get('WaitForCompletion')
      .say(`must be "false", not ${request.get('WaitForCompletion').shown}: a gate has no callback`);
  const url = request.get('EndpointUrl');
  url.mustMatch(/^(?:https:\/\/|\$\()/, 'an https address, or one that begins with $(...)');
  lintTemplate(url, known);
  lintHeaders(request.get('Headers'), task, known);
  lintExpression(request.get('Expression'), known);
  return known;
}

/** @returns the text with something in the place of each template; undefined when there is none to be had */
function lintTemplate(spot: Spot, known: Known): string | undefined {
  try {
    const nodes = parseTemplate(spot.text);
    for (const name of namesIn(nodes)) {
      const lower = name.toLowerCase();
      const isEndpoint = known.hasConnection && ENDPOINT.includes(lower);
      if (!isEndpoint && !SYSTEM.includes(lower) && !known.inputs.includes(name) && !known.kept.includes(name))
        spot.say(`must name inputs, variables that are kept before, or the server's own, not '${name}'`);
    }
    return nodes.map((node) => (node.type === 'text' ? node.text : '1')).join('');
  } catch (error) {
    spot.say(`must be a template that is understood: ${messageOf(error)}`);
    return undefined;
  }
}

function lintHeaders(headers: Spot, task: Spot, known: Known): void {
  const sole = /^\$\((\w+)\)$/.exec(headers.text)?.[1];
  const input = task
    .get('inputs')
    .items()
    .find((one) => one.get('name').text === sole);
  const given = input?.get('defaultValue') ?? headers;
  const text = lintTemplate(given, known);
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  } catch {
    // said below
  }
  given.say(`must be a JSON object, not ${given.shown}`);
}

function lintExpression(spot: Spot, known: Known): void {
  if (spot.text === '') return spot.say('must be an expression: without one every answer passes');
  const source = lintTemplate(spot, known);
  if (source === undefined) return;
  try {
    lintNode(parseServerExpression(source), spot, known);
  } catch (error) {
    spot.say(`must be an expression that is understood: ${messageOf(error)}`);
  }
}

function lintNode(node: ServerNode, spot: Spot, known: Known): void {
  switch (node.type) {
    case 'literal':
      return;
    case 'context':
      if (node.name === 'response' && !known.inChain)
        spot.say("must not ask for 'response': it is known in a chain alone");
      return;
    case 'call':
      for (const arg of node.args) lintNode(arg, spot, known);
      return;
    case 'index': {
      lintNode(node.target, spot, known);
      lintNode(node.index, spot, known);
      const { target, index } = node;
      if (target.type !== 'context' || index.type !== 'literal' || index.value.kind !== 'string') return;
      const name = index.value.value;
      if (target.name === 'taskInputs' && !known.inputs.includes(name))
        spot.say(`must name an input of this task, not '${name}'`);
      if (target.name === 'variables' && !known.kept.includes(name))
        spot.say(`must name a variable that is kept before, not '${name}'`);
      if (target.name === 'response' && !['statuscode', 'headers', 'content'].includes(name))
        spot.say(`must ask a response for statuscode, headers or content, not '${name}'`);
    }
  }
}

/** @returns the names that are kept */
function lintKept(spot: Spot, known: Known): string[] {
  if (spot.isMissing) return [];
  try {
    const kept = Object.entries(JSON.parse(spot.text) as Record<string, string>);
    for (const [, expression] of kept) lintNode(parseServerExpression(expression), spot, known);
    return kept.map(([name]) => name);
  } catch (error) {
    spot.say(`must be a JSON object of expressions, in a text: ${messageOf(error)}`);
    return [];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
