import { parseText } from '../../expression/decimal.ts';
import { boolean, number, text, UNKNOWN, unknownOf, type Unknown, type Value } from '../../expression/value.ts';
import type { Position } from '../../finding/finding.ts';
import { isNull, type ScalarNode, type YamlNode } from '../../yaml/node.ts';
import { isOpen, textOf, type Values } from './values.ts';
import { normalize } from './normalize-steps.ts';

/** The words that may stand after `type:`, as the service has them (measured name by name; case counts). */
const IN_BOTH = [
  'string',
  'stringList',
  'number',
  'boolean',
  'object',
  'step',
  'stepList',
  'job',
  'jobList',
  'deployment',
  'deploymentList',
  'stage',
  'stageList',
  'container',
  'containerList',
] as const;
const IN_ROOT = ['environment', 'filePath', 'pool', 'secureFile', 'serviceConnection'] as const;
const IN_TEMPLATE = ['legacyObject'] as const;

export type ParameterType = (typeof IN_BOTH)[number] | (typeof IN_ROOT)[number] | (typeof IN_TEMPLATE)[number];

/** The type of that name, where it is declared; undefined when there is none. */
export function typeNamed(name: string, where: 'pipeline' | 'template'): ParameterType | undefined {
  const types: readonly ParameterType[] = [...IN_BOTH, ...(where === 'pipeline' ? IN_ROOT : IN_TEMPLATE)];
  return types.find((type) => type === name);
}

/** A wrong value: the service's sentence and the place that it speaks of. */
export interface Refusal {
  readonly at: Position;
  readonly message: string;
}

/** The list in which a value of a type stands in a pipeline, where template references in it are followed. */
export function listOf(type: ParameterType): 'stages' | 'jobs' | 'steps' | undefined {
  if (type === 'stage' || type === 'stageList') return 'stages';
  if (type === 'step' || type === 'stepList') return 'steps';
  return type === 'job' || type === 'jobList' || type === 'deployment' || type === 'deploymentList'
    ? 'jobs'
    : undefined;
}

/** What any value of a type can be, for a parameter that nobody gave. */
export function someValue(type: ParameterType): Unknown {
  if (type === 'number' || type === 'boolean') return unknownOf(type);
  if (isText(type)) return unknownOf('string');
  if (type.endsWith('List')) return unknownOf('array');
  return type === 'object' || type === 'legacyObject' ? UNKNOWN : unknownOf('object', 'array');
}

/**
 * The value that a node gives to a parameter of a type. Measured: a scalar is bound by its text as written, whatever
 * its YAML type, and nothing is the empty text; `number` takes what looks like one, `boolean` the two words.
 */
export function coerce(type: ParameterType, name: string, node: YamlNode, values: Values): Value | Refusal {
  if (isOpen(node)) return values.unknownFrom(openOf(type, node, values) ?? someValue(type), node);
  const title = type.charAt(0).toUpperCase() + type.slice(1);
  const notOne = (): Refusal => ({ at: node, message: `The '${name}' parameter is not a valid ${title}.` });
  if (type === 'object') return values.of(node);
  if (type === 'legacyObject') return values.of(node, 'text');
  if (isText(type) || type === 'number' || type === 'boolean')
    return node.kind === 'scalar' ? coerceScalar(type, name, title, node) : notOne();
  if (type === 'stringList') return coerceStrings(name, node, values);
  const isList = type.endsWith('List');
  if (node.kind === 'scalar' && isNull(node) && isList) return values.of({ ...node, kind: 'sequence', items: [] });
  if (node.kind !== (isList ? 'sequence' : 'mapping')) {
    const seen = node.kind === 'scalar' ? ` Unexpected value '${node.text}'` : '';
    return { at: node, message: `${notOne().message}${seen}` };
  }
  return normalize(values.of(node), values);
}

/** What may be asked of an argument that is not known. One of another kind is converted, and is not the same any more. */
function openOf(type: ParameterType, node: YamlNode, values: Values): Unknown | undefined {
  if (isText(type)) return values.openValue(node);
  return type === 'number' || type === 'boolean' ? values.openValue(node, [type]) : undefined;
}

/** Types whose value is a text. */
function isText(type: ParameterType): boolean {
  return type === 'string' || (IN_ROOT.some((one) => one === type) && type !== 'pool');
}

function coerceScalar(type: ParameterType, name: string, title: string, node: ScalarNode): Value | Refusal {
  const written = textOf(node);
  const refusal = { at: node, message: `The '${name}' parameter value '${written}' is not a valid ${title}.` };
  if (type === 'boolean') return /^(?:true|false)$/i.test(written) ? boolean(/^true$/i.test(written)) : refusal;
  if (type !== 'number') return text(written);
  const parsed = written === '' ? undefined : parseText(written);
  return parsed === undefined ? refusal : number(parsed);
}

function coerceStrings(name: string, node: YamlNode, values: Values): Value | Refusal {
  if (node.kind === 'sequence' && node.items.every(({ kind }) => kind === 'scalar')) return values.of(node, 'text');
  const seen = node.kind === 'scalar' ? ` value '${textOf(node)}'` : '';
  return { at: node, message: `The '${name}' parameter${seen} is not a valid StringList.` };
}
