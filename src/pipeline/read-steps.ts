import { didYouMean } from '../finding/nearest.ts';
import { excerpt, isNull, nameText, placeOf, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import type { Step, TaskInput, TaskReference } from './model.ts';
import { hasDirective, isTemplated, knownKeys, type Fields, type PipelineReading } from './reading.ts';

/** What a step may be (schema of the service, 1.261): its first key says so. */
const KINDS = [
  ...['task', 'script', 'bash', 'pwsh', 'powershell', 'checkout', 'download', 'downloadBuild', 'getPackage'],
  ...['publish', 'upload', 'reviewApp', 'template'],
];
/** What any of them may have. That a key of one stands at another is left to the service. */
const STEP_KEYS = knownKeys(
  ...KINDS,
  ...['displayName', 'name', 'condition', 'continueOnError', 'enabled', 'env', 'timeoutInMinutes', 'target'],
  ...['retryCountOnTaskFailure', 'inputs', 'parameters', 'failOnStderr', 'workingDirectory', 'errorActionPreference'],
  ...['ignoreLASTEXITCODE', 'clean', 'fetchDepth', 'fetchFilter', 'fetchTags', 'lfs', 'persistCredentials'],
  ...['submodules', 'path', 'sparseCheckoutDirectories', 'sparseCheckoutPatterns', 'workspaceRepo', 'artifact'],
  ...[
    'patterns',
    'informationPreference',
    'verbosePreference',
    'debugPreference',
    'progressPreference',
    'warningPreference',
  ],
);

/** Reads a list of steps; those that templates would add are gone, and `reading.stepsComplete` says so. */
export function readSteps(entry: MappingEntry | undefined, reading: PipelineReading, what: string): Step[] {
  const items = reading.items(entry, `steps of ${what}`, () => reading.hide(entry!.value));
  return items.flatMap((item) => {
    const fields = reading.fields(item, `a step of ${what}`);
    return fields === undefined ? [] : [readStep(item, fields, reading, what)];
  });
}

function readStep(node: YamlNode, fields: Fields, reading: PipelineReading, job: string): Step {
  const what = `the step on line ${node.line} of ${job}`;
  const short = SHORTHANDS.find(({ key }) => fields.has(key));
  const [first] = fields.values();
  if (first !== undefined && !isTemplated(first.key) && !KINDS.some((kind) => fields.has(kind.toLowerCase())))
    reading.fault(first.key, `Unexpected value '${excerpt(first.key.text)}'${didYouMean(first.key.text, KINDS)}`);
  else reading.checkKeys(fields, STEP_KEYS, what);
  const task = fields.get('task')?.value;
  if (task !== undefined && isTemplated(task)) reading.hide(task);
  const { file, line, column } = node;
  return {
    file,
    line,
    column,
    name: stepName(fields),
    task: task?.kind === 'scalar' ? parseTask(task.text) : short?.task,
    inputs: short === undefined ? readInputs(fields.get('inputs'), reading, what) : shortInputs(short, fields),
    env: readInputs(fields.get('env'), reading, what),
    inputsComplete: !fields.has('inputs') || !hasDirective(fields.get('inputs')!.value),
    condition: reading.condition(fields.get('condition'), what, 'stepCondition'),
    continueOnError: reading.toggle(fields.get('continueonerror')),
    enabled: reading.toggle(fields.get('enabled')),
  };
}

function stepName(fields: Fields): string | undefined {
  const name = fields.get('name')?.value;
  return name?.kind !== 'scalar' || isNull(name) || (isTemplated(name) && name.stand === undefined)
    ? undefined
    : nameText(name);
}

/** What the service makes of steps without a task (documented): the same tasks, with the text as their script. */
const SHORTHANDS = [
  { key: 'script', task: { name: 'CmdLine', major: '2' }, inputs: {} },
  { key: 'bash', task: { name: 'Bash', major: '3' }, inputs: { targettype: 'inline' } },
  { key: 'pwsh', task: { name: 'PowerShell', major: '2' }, inputs: { targettype: 'inline', pwsh: 'true' } },
  { key: 'powershell', task: { name: 'PowerShell', major: '2' }, inputs: { targettype: 'inline' } },
] as const;

/** What of the task can be said beside the text, and matters here (documented). */
const BESIDE = ['erroractionpreference', 'ignorelastexitcode'];

function shortInputs({ key, inputs }: (typeof SHORTHANDS)[number], fields: Fields): Step['inputs'] {
  const value = fields.get(key)!.value;
  const given = Object.entries(inputs).map(([name, text]): [string, TaskInput] => [name, { ...placeOf(value), text }]);
  const script = value.kind === 'scalar' ? [['script', { ...placeOf(value), text: nameText(value) }] as const] : [];
  const beside = BESIDE.flatMap((name) => {
    const one = fields.get(name)?.value;
    return one?.kind === 'scalar' ? [[name, { ...placeOf(one), text: nameText(one) }] as const] : [];
  });
  return new Map<string, TaskInput>([...given, ...script, ...beside]);
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
    if (value.kind === 'scalar') inputs.set(name, { ...placeOf(value), text: nameText(value) });
  if (hasDirective(entry.value)) reading.stepsComplete = false;
  return inputs;
}
