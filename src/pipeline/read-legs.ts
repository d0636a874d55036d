import { isNull, type MappingEntry, type YamlNode } from '../yaml/node.ts';
import type { Job, VariableScope } from './model.ts';
import { hasDirective, isTemplated, type PipelineReading } from './reading.ts';
import { readVariables } from './read-variables.ts';

/** How often a job runs its steps, and with what; `variables` are those of the job where legs set some of them. */
export interface Legs {
  readonly repeats: boolean;
  readonly legs: Job['legs'];
  readonly variables?: VariableScope;
}

export const ONE_RUN: Legs = { repeats: false, legs: [] };

/** Reads `matrix` and `parallel` of a `strategy`, or of the `queue` of a phase. One leg is no repetition. */
export function readLegs(entry: MappingEntry | undefined, variables: VariableScope, reading: PipelineReading): Legs {
  const matrix = under(entry, 'matrix');
  if (matrix !== undefined && !isNull(matrix.value)) return readMatrix(matrix.value, variables, reading);
  const parallel = under(entry, 'parallel')?.value;
  const several = parallel !== undefined && !isNull(parallel) && !(parallel.kind === 'scalar' && parallel.text === '1');
  return several ? { repeats: true, legs: [] } : ONE_RUN;
}

function readMatrix(matrix: YamlNode, variables: VariableScope, reading: PipelineReading): Legs {
  // An expression makes the legs, while the pipeline runs: what they set is nobody's to say.
  if (matrix.kind !== 'mapping') return { repeats: true, legs: [], variables: { ...variables, open: true } };
  const own = new Set(variables.values.keys());
  const legs = matrix.entries.map((entry) => readVariables(entry, reading));
  const sure = legs.every(({ open }) => !open) && !matrix.entries.some(({ key }) => isTemplated(key));
  return {
    repeats: matrix.entries.length !== 1 || hasDirective(matrix),
    // Nothing says whether a leg or its job has the last word.
    legs: sure && !variables.open ? legs.map((leg) => without(leg, own)) : [],
    variables: {
      ...without(variables, new Set(legs.flatMap(({ values }) => [...values.keys()]))),
      open: variables.open || !sure,
    },
  };
}

function under(entry: MappingEntry | undefined, name: string): MappingEntry | undefined {
  const entries = entry?.value.kind === 'mapping' ? entry.value.entries : [];
  return entries.find(({ key }) => key.text.toLowerCase() === name);
}

/** The scope with no value known for some names. */
function without({ values, macros, open }: VariableScope, names: ReadonlySet<string>): VariableScope {
  const known = new Map(values);
  for (const name of names) known.set(name, undefined);
  return { values: known, macros: new Map([...macros].filter(([name]) => !names.has(name))), open };
}
