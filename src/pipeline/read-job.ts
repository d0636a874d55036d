import { excerpt, isNull, placeOf, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import type { Job, Step, TaskInput, TaskReference, VariableScope } from './model.ts';
import { isTemplated, knownKeys, nameOf, type Fields, type PipelineReading } from './reading.ts';
import { readVariables } from './read-variables.ts';

const JOB_KEYS = [
  'displayName',
  'dependsOn',
  'condition',
  'continueOnError',
  'timeoutInMinutes',
  'cancelTimeoutInMinutes',
  'strategy',
  'pool',
  'workspace',
  'container',
  'services',
  'variables',
  'uses',
  'templateContext',
];
const KEYS = {
  job: knownKeys('job', 'steps', 'target', ...JOB_KEYS),
  deployment: knownKeys('deployment', 'environment', ...JOB_KEYS),
};

/** Hooks in the order in which the service runs them. `on.failure` undoes: what it does is no release. */
const HOOKS = ['predeploy', 'deploy', 'routetraffic', 'postroutetraffic'];
const STRATEGIES = knownKeys('runOnce', 'rolling', 'canary');
const STRATEGY_KEYS = knownKeys(
  'preDeploy',
  'deploy',
  'routeTraffic',
  'postRouteTraffic',
  'on',
  'maxParallel',
  'increments',
);

/** Reads one item of `jobs`. `lost` is called when templates hide edges of it. */
export function readJob(
  node: YamlNode,
  reading: PipelineReading,
  lost: () => void,
  includes: Job['includes'],
): Job | undefined {
  const fields = reading.fields(node, 'a job');
  if (fields === undefined) return undefined;
  const kind = fields.has('deployment') ? 'deployment' : 'job';
  const head = fields.get(kind);
  if (head === undefined) {
    reading.fault(node, `a job begins with 'job:' or 'deployment:'`);
    return undefined;
  }
  const name = nameOf(reading, head, 'a job');
  const what = name === '' ? 'an unnamed job' : `job ${excerpt(name)}`;
  if (isTemplated(head.value)) lost();
  reading.checkKeys(fields, KEYS[kind], what);
  const condition = reading.condition(fields.get('condition'), what, 'condition');
  const dependsOn = reading.dependsOn(fields.get('dependson'), `dependsOn of ${what}`, lost) ?? [];
  const run = kind === 'job' ? plainRun(readSteps(fields.get('steps'), reading, what)) : undefined;
  return {
    ...placeOf(head.key),
    includes,
    name,
    named: name !== '',
    kind,
    dependsOn,
    condition,
    continueOnError: reading.toggle(fields.get('continueonerror')),
    variables: withMatrix(readVariables(fields.get('variables'), reading), fields.get('strategy')?.value),
    ...(run ?? readStrategy(fields, reading, what)),
  };
}

/** Each leg of a matrix has values of its own, so that none of them is the value. */
function withMatrix(scope: VariableScope, strategy: YamlNode | undefined): VariableScope {
  const entries = strategy?.kind === 'mapping' ? strategy.entries : [];
  const matrix = entries.find(({ key }) => key.text.toLowerCase() === 'matrix')?.value;
  if (matrix === undefined) return scope;
  if (matrix.kind !== 'mapping') return { ...scope, open: true };
  const names = matrix.entries.flatMap(({ value }) => (value.kind === 'mapping' ? value.entries : []));
  const values = new Map(scope.values);
  const macros = new Map(scope.macros);
  for (const { key } of names) {
    values.set(key.text.toLowerCase(), undefined);
    macros.delete(key.text.toLowerCase());
  }
  return { values, macros, open: scope.open };
}

type Run = Pick<Job, 'steps' | 'repeats' | 'onFailure'>;

function plainRun(steps: readonly Step[]): Run {
  return { steps, repeats: false, onFailure: undefined };
}

function readStrategy(fields: Fields, reading: PipelineReading, what: string): Run {
  refuse(fields.get('steps'), 'strategy.runOnce.deploy.steps', reading, what);
  refuse(fields.get('on'), 'strategy.runOnce.on', reading, what);
  const none = plainRun([]);
  const strategy = fields.get('strategy');
  if (strategy === undefined || isNull(strategy.value)) return none;
  const kinds = reading.fields(strategy.value, `strategy of ${what}`);
  const found = STRATEGIES.names.find((one) => kinds?.has(one.toLowerCase()));
  const chosen = found === undefined ? undefined : kinds?.get(found.toLowerCase());
  if (kinds !== undefined) reading.checkKeys(kinds, STRATEGIES, `strategy of ${what}`);
  refuse(kinds?.get('on'), 'strategy.runOnce.on', reading, what);
  if (chosen === undefined || isTemplated(chosen.value)) {
    // A directive may stand where the strategy should; the expression itself has been reported.
    if (hasDirective(strategy.value)) reading.stepsComplete = false;
    else reading.fault(strategy.key, `strategy of deployment ${what} must be one of ${STRATEGIES.names.join(', ')}`);
    return none;
  }
  const hooks = isNull(chosen.value) ? undefined : reading.fields(chosen.value, `${found} of ${what}`);
  if (hooks === undefined) return none;
  if (hasDirective(chosen.value)) reading.stepsComplete = false;
  reading.checkKeys(hooks, STRATEGY_KEYS, `${found} of ${what}`);
  const steps = HOOKS.flatMap((hook) => readHook(hooks.get(hook), reading, what));
  const outcome = hooks.get('on');
  const outcomes = outcome === undefined ? undefined : reading.fields(outcome.value, `on of ${what}`);
  const failure = outcomes?.get('failure');
  return {
    steps: [...steps, ...readHook(outcomes?.get('success'), reading, what)],
    repeats: found !== 'runOnce',
    onFailure: failure === undefined ? undefined : readHook(failure, reading, what),
  };
}

/** Keys that are right one level deeper, where most people look for them first. */
function refuse(entry: MappingEntry | undefined, place: string, reading: PipelineReading, what: string): void {
  if (entry === undefined) return;
  reading.fault(
    entry.key,
    `Unexpected value '${entry.key.text}' in deployment ${what}; it belongs to ${place}, or that of another strategy`,
  );
}

function readHook(hook: MappingEntry | undefined, reading: PipelineReading, what: string): Step[] {
  if (hook === undefined || isNull(hook.value)) return [];
  if (hasDirective(hook.value)) reading.stepsComplete = false;
  const fields = reading.fields(hook.value, `${hook.key.text} of ${what}`);
  // Documented: a hook has steps and a pool; conditions and dependencies belong to the deployment.
  for (const name of ['condition', 'dependson', 'continueonerror']) {
    const entry = fields?.get(name);
    if (entry !== undefined)
      reading.fault(
        entry.key,
        `Unexpected value '${entry.key.text}' in ${hook.key.text} of ${what}; it belongs to the job`,
      );
  }
  return readSteps(fields?.get('steps'), reading, what);
}

function hasDirective(node: YamlNode): boolean {
  return node.kind === 'mapping' ? node.entries.some(({ key }) => isTemplated(key)) : isTemplated(node);
}

/** Reads a list of steps; those that templates would add are gone, and `reading.stepsComplete` says so. */
export function readSteps(entry: MappingEntry | undefined, reading: PipelineReading, what: string): Step[] {
  const items = reading.items(entry, `steps of ${what}`, () => (reading.stepsComplete = false));
  return items.flatMap((item) => {
    const fields = reading.fields(item, `a step of ${what}`);
    return fields === undefined ? [] : [readStep(item, fields, reading, what)];
  });
}

function readStep(node: YamlNode, fields: Fields, reading: PipelineReading, job: string): Step {
  const what = `the step on line ${node.line} of ${job}`;
  const short = SHORTHANDS.find(({ key }) => fields.has(key));
  const task = fields.get('task')?.value;
  if (task !== undefined && isTemplated(task)) reading.stepsComplete = false;
  return {
    ...placeOf(node),
    task: task?.kind === 'scalar' ? parseTask(task.text) : short?.task,
    inputs: short === undefined ? readInputs(fields.get('inputs'), reading, what) : shortInputs(short, fields),
    env: readInputs(fields.get('env'), reading, what),
    inputsComplete: !fields.has('inputs') || !hasDirective(fields.get('inputs')!.value),
    condition: reading.condition(fields.get('condition'), what, 'stepCondition'),
    continueOnError: reading.toggle(fields.get('continueonerror')),
    enabled: reading.toggle(fields.get('enabled')),
  };
}

/** What the service makes of steps without a task (documented): the same tasks, with the text as their script. */
const SHORTHANDS = [
  { key: 'script', task: { name: 'CmdLine', major: '2' }, inputs: {} },
  { key: 'bash', task: { name: 'Bash', major: '3' }, inputs: { targettype: 'inline' } },
  { key: 'pwsh', task: { name: 'PowerShell', major: '2' }, inputs: { targettype: 'inline', pwsh: 'true' } },
  { key: 'powershell', task: { name: 'PowerShell', major: '2' }, inputs: { targettype: 'inline' } },
] as const;

function shortInputs({ key, inputs }: (typeof SHORTHANDS)[number], fields: Fields): Step['inputs'] {
  const value = fields.get(key)!.value;
  const given = Object.entries(inputs).map(([name, text]): [string, TaskInput] => [name, { ...placeOf(value), text }]);
  const script = value.kind === 'scalar' ? [['script', { ...placeOf(value), text: value.text }] as const] : [];
  return new Map<string, TaskInput>([...given, ...script]);
}

/** `[publisher.extension.]Name[@major[.minor[.patch]]]` */
export function parseTask(text: string): TaskReference {
  const [reference = '', version] = text.trim().split('@', 2);
  return { name: reference.slice(reference.lastIndexOf('.') + 1), major: version?.trim().split('.')[0] };
}

function readInputs(
  entry: MappingEntry | undefined,
  reading: PipelineReading,
  what: string,
): ReadonlyMap<string, TaskInput> {
  const inputs = new Map<string, TaskInput>();
  if (entry === undefined || isNull(entry.value)) return inputs;
  for (const [name, { value }] of reading.fields(entry.value, `inputs of ${what}`) ?? [])
    if (value.kind === 'scalar') inputs.set(name, { ...placeOf(value), text: value.text });
  if (hasDirective(entry.value)) reading.stepsComplete = false;
  return inputs;
}
