import type { Environment } from '../../expression/evaluate.ts';
import type { Value } from '../../expression/value.ts';
import type { Position } from '../../finding/finding.ts';
import type { Location } from './template-path.ts';
import type { Variables } from './variables.ts';

/** One reference to a template, and the one in whose file it stands. */
export interface Include {
  /** Where the reference is written. */
  readonly at: Position;
  readonly above: Include | undefined;
  /** How many there are with it. */
  readonly level: number;
}

/** What expressions of one file see, and where its references start from. A new one for every template (measured). */
export interface Frame {
  readonly location: Location;
  readonly include: Include | undefined;
  readonly parameters: Value;
  readonly loops: ReadonlyMap<string, Value>;
  readonly variables: Variables;
  /** Template references are kept in arguments: what receives them follows them, from its own file. */
  readonly references: 'follow' | 'keep';
}

/** The lists in which a template may stand, and their items. */
export type ListName = 'stages' | 'jobs' | 'steps' | 'variables' | 'phases';
const LISTS: ReadonlySet<string> = new Set<ListName>(['stages', 'jobs', 'steps', 'variables', 'phases']);

export function listNamed(key: string): ListName | undefined {
  const name = key.toLowerCase();
  return LISTS.has(name) ? (name as ListName) : undefined;
}

/** Where a node stands in the expanded tree. */
export interface Spot {
  /** The list that the node is, or an item of which it is. */
  readonly list: ListName | undefined;
  /** Levels above it. */
  readonly level: number;
  /** Nothing below decides what is deployed in which order: what stays unknown there is not reported. */
  readonly inert: boolean;
  /** What stands here names a stage, a job or an environment: some text that stands for an unknown one will do. */
  readonly names: boolean;
  /** What stands here is for people and machines beside the steps: what a step does never hangs on it. */
  readonly label: boolean;
  /** The value of a variable: whatever names the variable hangs on it. */
  readonly variable: boolean;
}

export const ROOT: Spot = { list: undefined, level: 0, inert: false, names: false, label: false, variable: false };

const NAMES = new Set(['stage', 'job', 'deployment', 'dependson', 'environment']);

/** Keys whose values decide neither order nor what is deployed; the reader of steps looks after `inputs` and scripts. */
const INERT = new Set([
  ...['displayname', 'pool', 'demands', 'env', 'timeoutinminutes', 'canceltimeoutinminutes', 'workspace', 'container'],
  ...['services', 'target', 'trigger', 'pr', 'schedules', 'resources', 'variables', 'uses', 'templatecontext'],
  ...[
    'parameters',
    'inputs',
    'script',
    'bash',
    'pwsh',
    'powershell',
    'checkout',
    'download',
    'publish',
    'artifact',
    'patterns',
    'path',
  ],
  ...[
    'workingdirectory',
    'failonstderr',
    'erroractionpreference',
    'fetchdepth',
    'fetchtags',
    'lfs',
    'clean',
    'submodules',
  ],
  ...['persistcredentials', 'retrycountontaskfailure', 'appendcommitmessagetorunname', 'maxparallel', 'lockbehavior'],
  ...['group', 'packagetype', 'workspacerepo', 'ignorelastexitcode'],
]);

/** Those of them that no step reads. */
const LABELS = new Set([
  ...['displayname', 'pool', 'demands', 'timeoutinminutes', 'canceltimeoutinminutes', 'workspace', 'container'],
  ...['services', 'trigger', 'pr', 'schedules', 'resources', 'uses', 'templatecontext', 'lockbehavior', 'maxparallel'],
]);

/** The spot of the value of a key. */
export function below({ level, inert, names, label, variable }: Spot, key: string): Spot {
  const folded = key.toLowerCase();
  // The pipeline's own name is that of its runs; elsewhere a name may be that of an environment.
  const own = INERT.has(folded) || (level === 0 && folded === 'name');
  return {
    list: listNamed(key),
    level: level + 1,
    inert: inert || own,
    names: NAMES.has(folded) || (names && folded === 'name'),
    label: label || LABELS.has(folded) || (level === 0 && folded === 'name'),
    variable: variable || folded === 'variables',
  };
}

/** What expressions in a frame may use. */
export function environmentOf({ parameters, variables, loops }: Frame): Environment {
  return { contexts: new Map([...loops, ['parameters', parameters], ['variables', variables.value]]) };
}

/** All of a spot, in a text. */
export function spotKey({ list, level, inert, names, label, variable }: Spot): string {
  const flags = (inert ? 1 : 0) + (names ? 2 : 0) + (label ? 4 : 0) + (variable ? 8 : 0);
  return `${list ?? ''} ${level} ${flags}`;
}
