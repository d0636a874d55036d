import type { Value } from '../../expression/value.ts';
import { context } from '../../expression/value.ts';
import { fold } from '../../expression/fold.ts';
import type { MappingEntry, MappingNode, YamlNode } from '../../yaml/node.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import { PIPELINE_FILE } from '../reading.ts';
import type { ListName } from './frame.ts';
import type { OpenChoices } from './open-choices.ts';
import { listOf, someValue, type ParameterType } from './parameter-types.ts';
import { bindParameters, type Parameters } from './parameters.ts';
import type { Run } from './run.ts';

/** Types whose value is one text; all others are given as JSON, which is YAML too (measured for `object`). */
const TEXTS: ReadonlySet<ParameterType> = new Set<ParameterType>([
  ...(['string', 'number', 'boolean', 'environment', 'filePath', 'secureFile', 'serviceConnection'] as const),
]);

/**
 * Binds the pipeline's own parameters with what was chosen for the run. Measured: the whole of binding applies to such
 * a value; one that is not declared is refused. A parameter without value and default is unknown.
 * @param open what may be chosen otherwise, in place of defaults; undefined: defaults are what is meant
 */
export function bindRun(
  declared: Parameters,
  chosen: Readonly<Record<string, string>>,
  file: string,
  run: Run,
  open: OpenChoices | undefined,
  settle: (node: YamlNode, list: ListName | undefined, parameters: Value) => YamlNode,
): Value | undefined {
  const { values, reporter } = run;
  const place = { file, line: 1, column: 1 };
  const types = new Map(declared.declared.map((parameter) => [fold(parameter.name), parameter.type]));
  const entries = Object.entries(chosen).map(([name, text]): MappingEntry => {
    const type = types.get(fold(name));
    const key = { kind: 'scalar' as const, text: name, plain: true, ...place };
    const plain = { kind: 'scalar' as const, text, plain: false, ...place };
    if (type === undefined || TEXTS.has(type)) return { key, value: plain };
    const read = readYaml(text, { file: `--parameter ${name}`, rule: PIPELINE_FILE });
    for (const { message } of read.findings)
      reporter.fault(place, `the value given for parameter '${name}': ${message}`);
    return { key, value: read.root ?? plain };
  });
  const args: MappingNode | undefined = entries.length === 0 ? undefined : { kind: 'mapping', entries, ...place };
  return bindParameters({ ...declared, others: 'refused' }, args, {
    values,
    reporter,
    settle: (node, type) => settle(node, listOf(type), context([], 'error')),
    absent: ({ type }) => ({ ...someValue(type) }),
    choose: (parameter) => open?.parameter(parameter, values),
  });
}
