import { object, text, TRUE, UNKNOWN, type ObjectValue, type Value } from '../../expression/value.ts';
import type { Values } from './values.ts';

/** Inputs that the task of a shortcut takes from beside the shortcut itself. */
const SHELL_INPUTS = new Set(['workingdirectory', 'failonstderr']);
const POWERSHELL_INPUTS = new Set([...SHELL_INPUTS, 'erroractionpreference', 'ignorelastexitcode', 'showwarnings']);

interface Shortcut {
  readonly task: string;
  readonly inputs: ReadonlySet<string>;
  readonly make: (content: Value) => readonly (readonly [string, Value])[];
}

const INLINE = ['targetType', text('inline')] as const;

/** Measured for `script` and `bash`; the tasks of the others are documented. */
const SHORTCUTS: ReadonlyMap<string, Shortcut> = new Map<string, Shortcut>([
  ['script', { task: 'CmdLine@2', inputs: SHELL_INPUTS, make: (content) => [['script', content]] }],
  ['bash', { task: 'Bash@3', inputs: SHELL_INPUTS, make: (content) => [INLINE, ['script', content]] }],
  ['powershell', { task: 'PowerShell@2', inputs: POWERSHELL_INPUTS, make: (content) => [INLINE, ['script', content]] }],
  [
    'pwsh',
    {
      task: 'PowerShell@2',
      inputs: POWERSHELL_INPUTS,
      make: (content) => [INLINE, ['script', content], ['pwsh', TRUE]],
    },
  ],
]);

/** Measured: these become tasks by their id. What their inputs are called was seen for some of them only. */
const BY_ID: ReadonlyMap<string, string> = new Map([
  ['checkout', '6d15af64-176c-496d-b583-fd2ae21d4df4@1'],
  ['publish', 'ecdc45f6-832d-4ad9-b52b-ee49e94659be@1'],
  ['download', '30f35852-3f7e-4c0c-9a88-e127b4f97211@1'],
]);

/**
 * What a template sees of steps that are given to a parameter of type `step`, `job`, `stage` or a list of them.
 * Measured: shortcuts have become tasks by then, so that `step.script` is null and `step.task` is not. Inserted as a
 * whole, such a value is still the node that its author wrote.
 */
export function normalize(value: Value, values: Values): Value {
  return value.kind === 'array' || value.kind === 'object' ? values.once(value, (one) => made(one, values)) : value;
}

function made(value: Value, values: Values): Value {
  if (value.kind === 'array')
    return values.linkLike(value, { ...value, items: value.items.map((item) => normalize(item, values)) });
  if (value.kind !== 'object') return value;
  const step = normalizeStep(value);
  if (step !== undefined) return values.linkLike(value, step);
  const entries = new Map(value.entries);
  for (const [name, entry] of value.entries)
    if (INNER.has(name.toLowerCase())) entries.set(name, { ...entry, value: normalize(entry.value, values) });
  return values.linkLike(value, { ...value, entries });
}

/** Where steps lie in stages and jobs. */
const INNER = new Set([
  ...['steps', 'jobs', 'strategy', 'runonce', 'rolling', 'canary', 'on', 'success', 'failure'],
  ...['predeploy', 'deploy', 'routetraffic', 'postroutetraffic'],
]);

function normalizeStep(step: ObjectValue): ObjectValue | undefined {
  for (const { key, value } of step.entries.values()) {
    const shortcut = SHORTCUTS.get(key.toLowerCase());
    if (shortcut !== undefined) return asTask(step, key, value, shortcut);
    const id = BY_ID.get(key.toLowerCase());
    if (id !== undefined) return { ...object([['task', text(id)], ...others(step, key)]), missing: UNKNOWN };
  }
  return undefined;
}

function asTask(step: ObjectValue, key: string, content: Value, { task, inputs, make }: Shortcut): ObjectValue {
  const rest = others(step, key);
  const own = rest.filter(([name]) => inputs.has(name.toLowerCase()));
  const shared = rest.filter(([name]) => !inputs.has(name.toLowerCase()));
  const made = object([['task', text(task)], ...shared, ['inputs', object([...make(content), ...own])]]);
  return { ...made, missing: step.missing };
}

function others(step: ObjectValue, key: string): (readonly [string, Value])[] {
  return [...step.entries.values()].filter((entry) => entry.key !== key).map((entry) => [entry.key, entry.value]);
}
