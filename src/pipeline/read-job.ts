import { excerpt, isNull, nameText, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import type { Job, Step } from './model.ts';
import { ONE_RUN, readLegs, type Legs } from './read-legs.ts';
import { readSteps } from './read-steps.ts';
import { hasDirective, isTemplated, knownKeys, nameOf, type Fields, type PipelineReading } from './reading.ts';
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
  // Where `steps` and `on` belong is said of them below.
  deployment: knownKeys('deployment', 'environment', 'steps', 'on', ...JOB_KEYS),
  phase: knownKeys(
    'phase',
    'displayName',
    'dependsOn',
    'condition',
    'continueOnError',
    'queue',
    'server',
    'target',
    'environment',
    'variables',
    'steps',
  ),
};

/** Hooks in the order in which the service runs them. `on.failure` undoes: what it does is no release. */
const HOOKS = ['predeploy', 'deploy', 'routetraffic', 'postroutetraffic'];
const STRATEGIES = knownKeys('runOnce', 'rolling', 'canary');
const STRATEGIES_AND_ON = knownKeys(...STRATEGIES.names, 'on');
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
  const { what, job } = readCommon(kind, head, fields, reading, lost);
  if (kind === 'deployment') return complete(job, readStrategy(fields, reading, what), ONE_RUN, includes);
  const run = plainRun(readSteps(fields.get('steps'), reading, what));
  return complete(job, run, readLegs(fields.get('strategy'), job.variables, reading), includes);
}

/**
 * Reads one item of `phases`, the jobs of the time before there were stages: `queue`, which holds the matrix, stands for
 * `pool` and `strategy`; order and conditions are those of jobs (documented then, and no longer).
 */
export function readPhase(
  node: YamlNode,
  reading: PipelineReading,
  lost: () => void,
  includes: Job['includes'],
): Job | undefined {
  const fields = reading.fields(node, 'a phase');
  if (fields === undefined) return undefined;
  const head = fields.get('phase');
  if (head === undefined) {
    reading.fault(node, `a phase begins with 'phase:'`);
    return undefined;
  }
  const { what, job } = readCommon('phase', head, fields, reading, lost);
  const run = plainRun(readSteps(fields.get('steps'), reading, what));
  return complete(job, run, readLegs(fields.get('queue'), job.variables, reading), includes);
}

type Common = Omit<Job, 'includes' | 'legs' | keyof Run>;

/** Written out: spreading objects into one takes longer than all the rest of reading a job. */
function complete(job: Common, run: Run, several: Legs, includes: Job['includes']): Job {
  const { file, line, column, name, named, kind, environment, dependsOn, condition, continueOnError } = job;
  const { steps, onFailure } = run;
  const { legs, variables = job.variables } = several;
  return {
    file,
    line,
    column,
    name,
    named,
    kind,
    environment,
    includes,
    dependsOn,
    condition,
    continueOnError,
    variables,
    legs,
    steps,
    repeats: run.repeats || several.repeats,
    onFailure,
  };
}

/** What jobs of all forms have: a name, edges, a condition, variables. */
function readCommon(
  form: keyof typeof KEYS,
  head: MappingEntry,
  fields: Fields,
  reading: PipelineReading,
  lost: () => void,
): { readonly what: string; readonly job: Common } {
  const title = form === 'phase' ? 'phase' : 'job';
  const name = nameOf(reading, head, `a ${title}`);
  const what = name === '' ? `an unnamed ${title}` : `${title} ${excerpt(name)}`;
  if (!reading.isNamed(head.value)) lost();
  reading.checkKeys(fields, KEYS[form], what);
  const condition = reading.condition(fields.get('condition'), what, 'condition');
  const dependsOn = reading.dependsOn(fields.get('dependson'), `dependsOn of ${what}`, lost) ?? [];
  const { file, line, column } = head.key;
  const job: Common = {
    file,
    line,
    column,
    name,
    named: name !== '',
    kind: form === 'deployment' ? 'deployment' : 'job',
    environment: form === 'deployment' ? environmentOf(fields.get('environment')) : undefined,
    dependsOn,
    condition,
    continueOnError: reading.toggle(fields.get('continueonerror')),
    variables: readVariables(fields.get('variables'), reading),
  };
  return { what, job };
}

/** `environment: name`, `name.resource`, or a mapping with a name. */
function environmentOf(entry: MappingEntry | undefined): string | undefined {
  const named =
    entry?.value.kind === 'mapping'
      ? entry.value.entries.find(({ key }) => key.text.toLowerCase() === 'name')?.value
      : entry?.value;
  const text = named?.kind === 'scalar' ? nameText(named) : '';
  return text === '' || /\$[({[]/.test(text) ? undefined : text.split('.')[0];
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
  if (kinds !== undefined && found !== undefined) reading.checkKeys(kinds, STRATEGIES_AND_ON, `strategy of ${what}`);
  refuse(kinds?.get('on'), 'strategy.runOnce.on', reading, what);
  if (chosen === undefined || isTemplated(chosen.value)) {
    // A directive may stand where the strategy should; the expression itself has been reported.
    if (hasDirective(strategy.value)) reading.hide(strategy.value);
    else reading.fault(strategy.key, `strategy of deployment ${what} must be one of ${STRATEGIES.names.join(', ')}`);
    return none;
  }
  const hooks = isNull(chosen.value) ? undefined : reading.fields(chosen.value, `${found} of ${what}`);
  if (hooks === undefined) return none;
  if (hasDirective(chosen.value)) reading.hide(chosen.value);
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
  if (hasDirective(hook.value)) reading.hide(hook.value);
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
