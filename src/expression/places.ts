/**
 * Where an expression stands, which decides the names that it may use:
 * - `template`: `${{ }}`, directives included
 * - `rootVariable`: `$[ ]` in the pipeline's own variables
 * - `jobVariable`: `$[ ]` in the variables of a stage or job; the service checks nothing there before the run (measured)
 * - `condition`: the condition of a stage or job
 * - `stepCondition`: the condition of a step, which the service checks for syntax only; judged as the agent will
 */
export type Place = 'template' | 'rootVariable' | 'jobVariable' | 'condition' | 'stepCondition';

export interface Arity {
  readonly least: number;
  readonly most: number;
}

const MANY = Number.POSITIVE_INFINITY;

/**
 * Every function with the number of its arguments. Measured where the documentation says otherwise: `in` and `notIn`
 * take at least two, `iif` exactly three, `counter` one or two. `substring` is undocumented; the service accepts it with
 * three arguments, and two are not refused here because nobody has measured that.
 */
const FUNCTIONS = {
  and: { least: 2, most: MANY },
  coalesce: { least: 2, most: MANY },
  contains: { least: 2, most: 2 },
  containsValue: { least: 2, most: 2 },
  convertToJson: { least: 1, most: 1 },
  counter: { least: 1, most: 2 },
  endsWith: { least: 2, most: 2 },
  eq: { least: 2, most: 2 },
  format: { least: 1, most: MANY },
  ge: { least: 2, most: 2 },
  gt: { least: 2, most: 2 },
  iif: { least: 3, most: 3 },
  in: { least: 2, most: MANY },
  join: { least: 2, most: 2 },
  le: { least: 2, most: 2 },
  length: { least: 1, most: 1 },
  lower: { least: 1, most: 1 },
  lt: { least: 2, most: 2 },
  ne: { least: 2, most: 2 },
  not: { least: 1, most: 1 },
  notIn: { least: 2, most: MANY },
  or: { least: 2, most: MANY },
  replace: { least: 3, most: 3 },
  split: { least: 2, most: 2 },
  startsWith: { least: 2, most: 2 },
  substring: { least: 2, most: 3 },
  trim: { least: 1, most: 1 },
  upper: { least: 1, most: 1 },
  xor: { least: 2, most: 2 },
  // Measured for stages and jobs: only these three take names.
  always: { least: 0, most: 0 },
  canceled: { least: 0, most: 0 },
  failed: { least: 0, most: MANY },
  succeeded: { least: 0, most: MANY },
  succeededOrFailed: { least: 0, most: MANY },
} as const satisfies Record<string, Arity>;

export type FunctionName = keyof typeof FUNCTIONS;

/** The functions that ask about the results of earlier stages, jobs or steps. */
export const STATUS_FUNCTIONS = ['always', 'canceled', 'failed', 'succeeded', 'succeededOrFailed'] as const;
export type StatusFunction = (typeof STATUS_FUNCTIONS)[number];

const BY_NAME = new Map((Object.keys(FUNCTIONS) as FunctionName[]).map((name) => [name.toLowerCase(), name]));
const STATUS: ReadonlySet<FunctionName> = new Set<FunctionName>(STATUS_FUNCTIONS);

/**
 * Measured: status functions are unknown in `${{ }}` and in variables, `counter` is known in runtime variables alone.
 * `split` is missing in conditions (known from an emulation of the service only).
 */
const MISSING: Record<Place, ReadonlySet<FunctionName>> = {
  template: new Set<FunctionName>([...STATUS_FUNCTIONS, 'counter']),
  rootVariable: STATUS,
  jobVariable: STATUS,
  condition: new Set<FunctionName>(['counter', 'split']),
  stepCondition: new Set<FunctionName>(['counter', 'split']),
};

/** Measured, but for `jobVariable` (documented: outputs are read there) and `stepCondition` (the agent's source). */
const CONTEXTS: Record<Place, ReadonlySet<string>> = {
  template: new Set(['parameters', 'variables']),
  rootVariable: new Set(['variables', 'pipeline', 'resources']),
  jobVariable: new Set(['variables', 'pipeline', 'resources', 'dependencies', 'stagedependencies']),
  condition: new Set(['variables', 'pipeline', 'dependencies', 'stagedependencies']),
  stepCondition: new Set(['variables']),
};

const PLACES: Record<Place, string> = {
  template: '${{ }}',
  rootVariable: 'the $[ ] of a pipeline variable',
  jobVariable: 'the $[ ] of a job variable',
  condition: 'the condition of a stage or job',
  stepCondition: 'the condition of a step',
};

/** The function of that name, in any case, where it may be used. */
export function functionAt(place: Place, name: string): FunctionName | undefined {
  const found = BY_NAME.get(name.toLowerCase());
  return found === undefined || MISSING[place].has(found) ? undefined : found;
}

/** How many arguments a function takes. The agent registers every status function without any (its source). */
export function arityOf(name: FunctionName, place: Place): Arity {
  return place === 'stepCondition' && STATUS.has(name) ? { least: 0, most: 0 } : FUNCTIONS[name];
}

/** Whether a context of that name, in any case, may be used. */
export function isContextAt(place: Place, name: string): boolean {
  return CONTEXTS[place].has(name.toLowerCase());
}

export function isStatusFunction(name: FunctionName): name is StatusFunction {
  return STATUS.has(name);
}

/** What to say beside the service's bare refusal of a name that exists, but not here. */
export function whyNotAt(place: Place, name: string): string | undefined {
  const known = BY_NAME.get(name.toLowerCase());
  const homes = (Object.keys(PLACES) as Place[]).filter((other) =>
    known === undefined ? isContextAt(other, name) : functionAt(other, name) !== undefined,
  );
  if (homes.length === 0 || homes.includes(place)) return undefined;
  const what = known === undefined ? `the context '${name.toLowerCase()}'` : `the function '${known}'`;
  return `${what} does not exist in ${PLACES[place]}, only in ${homes.map((home) => PLACES[home]).join(', ')}`;
}
