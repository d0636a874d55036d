import { fold } from '../../expression/fold.ts';
import { context, NULL, UNKNOWN, type Value } from '../../expression/value.ts';
import type { Position } from '../../finding/finding.ts';
import { didYouMean } from '../../finding/nearest.ts';
import { describeNode, isNull, type MappingNode, type ScalarNode, type YamlNode } from '../../yaml/node.ts';
import { coerce, someValue, typeNamed, type ParameterType } from './parameter-types.ts';
import type { Reporter } from './reporter.ts';
import { hasOpenKey, isOpen, type Values } from './values.ts';

/** One parameter that a file declares. */
export interface Parameter extends Position {
  readonly name: string;
  readonly type: ParameterType;
  readonly fallback: YamlNode | undefined;
  readonly values: readonly YamlNode[];
}

/** All of a file. */
export interface Parameters {
  readonly declared: readonly Parameter[];
  /**
   * How an argument is read that is not declared. `refused`: there is a list (measured). The old mapping (`text`) and a
   * file without any parameters (`either`) take it as one more, and what is not given is nothing there (observed:
   * templates that many public pipelines use read arguments which they do not name, and ask whether they were given).
   */
  readonly others: 'refused' | 'text' | 'either';
}

export const NO_PARAMETERS: Parameters = { declared: [], others: 'either' };

/** Reads the `parameters` of a file: the list, or the old mapping of names to defaults. */
export function readParameters(node: YamlNode, where: 'pipeline' | 'template', reporter: Reporter): Parameters {
  if (node.kind === 'scalar' && isNull(node)) return { declared: [], others: 'refused' };
  if (node.kind === 'scalar') {
    reporter.fault(node, `parameters must be a list, not ${describeNode(node)}`);
    return NO_PARAMETERS;
  }
  if (node.kind === 'mapping') return { declared: node.entries.map(readOld), others: 'text' };
  const declared = new Map<string, Parameter>();
  for (const item of node.items) {
    const parameter = readOne(item, where, reporter);
    if (parameter === undefined) continue;
    if (declared.has(fold(parameter.name)))
      reporter.fault(item, `The '${parameter.name}' parameter is declared more than once in the parameter list.`);
    else declared.set(fold(parameter.name), parameter);
  }
  return { declared: [...declared.values()], others: 'refused' };
}

/** `parameters: { name: default }`, from before there were types: everything in it is text. */
function readOld({ key, value }: MappingNode['entries'][number]): Parameter {
  const { file, line, column } = key;
  return { name: key.text, type: 'legacyObject', fallback: value, values: [], file, line, column };
}

function readOne(item: YamlNode, where: 'pipeline' | 'template', reporter: Reporter): Parameter | undefined {
  if (item.kind !== 'mapping') {
    reporter.fault(item, `a parameter must be a mapping that begins with 'name', not ${describeNode(item)}`);
    return undefined;
  }
  const fields = new Map(item.entries.map((entry) => [entry.key.text.toLowerCase(), entry]));
  const name = fields.get('name')?.value;
  if (name?.kind !== 'scalar') {
    reporter.fault(item.entries[0]?.key ?? item, `Unexpected value '${item.entries[0]?.key.text ?? ''}'`);
    return undefined;
  }
  const type = readType(fields.get('type')?.value, where, reporter);
  if (type === undefined) return undefined;
  const values = fields.get('values')?.value;
  const fallback = readDefault(fields.get('default')?.value, reporter);
  const { file, line, column } = name;
  return {
    name: name.text,
    type,
    fallback,
    values: values?.kind === 'sequence' ? values.items : [],
    file,
    line,
    column,
  };
}

/** Measured: without a type it is a string, and an unknown one is refused where it stands. */
function readType(
  node: YamlNode | undefined,
  where: 'pipeline' | 'template',
  reporter: Reporter,
): ParameterType | undefined {
  if (node === undefined || isNull(node)) return 'string';
  const text = node.kind === 'scalar' ? node.text : '';
  const type = typeNamed(text, where);
  if (type === undefined) reporter.fault(node, `Unexpected value '${text}'`);
  return type;
}

/** Measured: no expression may stand in a default, but one that is nothing but a text in quotes. */
function readDefault(node: YamlNode | undefined, reporter: Reporter): YamlNode | undefined {
  if (node === undefined) return undefined;
  if (node.kind === 'scalar') {
    const quoted = /^\$\{\{\s*'((?:[^']|'')*)'\s*\}\}$/.exec(node.text)?.[1];
    if (quoted !== undefined) return { ...node, plain: false, text: quoted.replaceAll("''", "'") };
  }
  const wrong = findExpression(node);
  if (wrong === undefined) return node;
  reporter.fault(wrong, 'A template expression is not allowed in this context');
  return undefined;
}

/** The first scalar below a node that has an expression in it. */
export function findExpression(node: YamlNode): ScalarNode | undefined {
  if (node.kind === 'scalar') return node.text.includes('${{') ? node : undefined;
  const children = node.kind === 'sequence' ? node.items : node.entries.flatMap(({ key, value }) => [key, value]);
  for (const child of children) {
    const found = findExpression(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a file's parameters are bound with. */
export interface Binding {
  readonly values: Values;
  readonly reporter: Reporter;
  /** Follows the template references in a value that stands for stages, jobs or steps. */
  readonly settle: (node: YamlNode, type: ParameterType) => YamlNode;
  /** What becomes of a parameter that has no value: the service's refusal, or a value that is not known. */
  readonly absent: (parameter: Parameter) => Value | undefined;
  /** The value of a parameter that nobody gave and that may be chosen, in place of its default; undefined: the default. */
  readonly choose?: (parameter: Parameter) => Value | undefined;
}

/**
 * The `parameters` context of a file. All that is wrong is reported together (measured); undefined when anything is.
 * @param args expanded; undefined when there are none
 */
export function bindParameters(
  { declared, others }: Parameters,
  args: MappingNode | undefined,
  binding: Binding,
): Value | undefined {
  const given = new Map((args?.entries ?? []).map((entry) => [fold(entry.key.text), entry]));
  const open = args !== undefined && hasOpenKey(args);
  // What is not known then is so because of what stands before the keys.
  const why: YamlNode | undefined = args && {
    ...args,
    kind: 'sequence',
    items: args.entries.flatMap(({ key }) => (isOpen(key) ? [key] : [])),
  };
  const entries: [string, Value][] = [];
  let refused = false;
  for (const parameter of declared) {
    const argument = given.get(fold(parameter.name));
    given.delete(fold(parameter.name));
    const node = argument?.value ?? (open ? undefined : parameter.fallback);
    const value =
      node === undefined
        ? open
          ? binding.values.unknownFrom(someValue(parameter.type), why!)
          : binding.absent(parameter)
        : bindOne(parameter, node, binding);
    if (value === undefined) refused = true;
    else {
      const chosen = argument === undefined && !open ? binding.choose?.(parameter) : undefined;
      entries.push([parameter.name, chosen ?? value]);
    }
  }
  for (const { key, value } of given.values())
    if (isOpen(key)) continue;
    else if (others !== 'refused') entries.push([key.text, binding.values.of(value, others)]);
    else {
      const near = didYouMean(
        key.text,
        declared.map(({ name }) => name),
      );
      binding.reporter.fault(key, `Unexpected parameter '${key.text}'${near}`);
      refused = true;
    }
  if (refused) return undefined;
  return context(entries, others === 'refused' ? 'error' : open ? UNKNOWN : NULL);
}

function bindOne(parameter: Parameter, node: YamlNode, { values, reporter, settle }: Binding): Value | undefined {
  const { name, type } = parameter;
  const value = coerce(type, name, settle(node, type), values);
  if (!('message' in value)) {
    const wrong = findForbidden(parameter, node, value, values);
    if (wrong === undefined) return value;
    reporter.fault(wrong, `The '${name}' parameter value '${wrong.text}' is not a valid value.`);
  } else reporter.fault(value.at, value.message);
  return undefined;
}

/** Measured: compared after conversion, case counts, item by item in a stringList, and not at all for other types. */
function findForbidden(
  { name, type, values: allowed }: Parameter,
  node: YamlNode,
  value: Value,
  values: Values,
): ScalarNode | undefined {
  if (allowed.length === 0) return undefined;
  const itemType = type === 'stringList' ? 'string' : type;
  const known = allowed.map((one) => coerce(itemType, name, one, values));
  const isAllowed = (one: Value): boolean =>
    one.kind === 'unknown' ||
    known.some((other) => 'kind' in other && one.kind === other.kind && textKey(one) === textKey(other));
  if (node.kind === 'scalar') return isAllowed(value) ? undefined : node;
  if (type !== 'stringList' || value.kind !== 'array' || node.kind !== 'sequence') return undefined;
  const at = value.items.findIndex((item) => !isAllowed(item));
  const wrong = node.items[at];
  return wrong?.kind === 'scalar' ? wrong : undefined;
}

function textKey(value: Value): string {
  return 'value' in value ? String(value.value) : '';
}
