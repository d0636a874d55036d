import { toText } from '../../expression/convert.ts';
import { parseText } from '../../expression/decimal.ts';
import {
  array,
  boolean,
  number,
  NULL,
  text,
  UNKNOWN,
  unknownOf,
  type Entry,
  type Kind,
  type ObjectValue,
  type Unknown,
  type Value,
} from '../../expression/value.ts';
import { isNull, placeOf, type MappingNode, type ScalarNode, type YamlNode } from '../../yaml/node.ts';

/**
 * How the leaves of a value are read: by their YAML type, or all as text as `legacyObject` does (measured). `either` where
 * nobody has measured which, as text but for a false or a zero, which would be true as text.
 */
export type Leaves = 'typed' | 'text' | 'either';

/** Forms that every reader of YAML takes for a number. What only some of them do is not guessed. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const MAYBE_NUMBER = /^[-+]?(?:\.?\d|\.inf$|\.nan$)/i;

/**
 * The two sides of a parameter: the node that its author wrote, which knows its place, and the value that expressions
 * see. A value that is inserted again becomes the very node it came from.
 */
export class Values {
  readonly #nodes = new WeakMap<Value, YamlNode>();
  readonly #values: Readonly<Record<Leaves, WeakMap<YamlNode, Value>>> = {
    typed: new WeakMap(),
    text: new WeakMap(),
    either: new WeakMap(),
  };
  /** What expressions came to that stand in the tree as text now. */
  readonly #evaluated = new WeakMap<ScalarNode, Value>();
  /** What is known of expressions that could not be told and stand in the tree as they were written. */
  readonly #open = new WeakMap<YamlNode, Unknown>();
  readonly #unknown = new WeakMap<YamlNode, readonly Unknown[]>();
  readonly #made = new WeakMap<Value, Value>();

  /** The value of an expanded node. Linear: what is shared is converted once. */
  of(node: YamlNode, leaves: Leaves = 'typed'): Value {
    const known = this.#values[leaves].get(node);
    if (known !== undefined) return known;
    const value = this.#convert(node, leaves);
    this.#values[leaves].set(node, value);
    if (value.kind === 'array' || value.kind === 'object') this.#nodes.set(value, node);
    return value;
  }

  /** The node that a value came from, or a new one at `host`; undefined when the value is not known. */
  toNode(value: Value, host: ScalarNode): YamlNode | undefined {
    if (value.kind === 'unknown') return value.written === undefined ? undefined : this.#doubtful(value, host);
    if (value.kind === 'boolean') return this.scalar(value, host, String(value.value));
    if (value.kind !== 'array' && value.kind !== 'object') return this.scalar(value, host);
    const authored = this.#nodes.get(value);
    if (authored !== undefined) return authored;
    const place = placeOf(host);
    if (value.kind === 'array')
      return { kind: 'sequence', items: value.items.map((item) => this.toNode(item, host) ?? host), ...place };
    const entries = [...value.entries.values()].map((entry) => ({
      key: { kind: 'scalar' as const, text: entry.key, plain: false, ...place },
      value: this.toNode(entry.value, host) ?? host,
    }));
    return { kind: 'mapping', entries, ...place };
  }

  /**
   * The text of an evaluated scalar. Measured: it is never read as YAML again, and null is the empty text.
   * @param shown how the service prints it, where that is not its text
   */
  scalar(value: Exclude<Value, { kind: 'unknown' }>, host: ScalarNode, shown?: string): ScalarNode {
    const text = toText(value) ?? '';
    const node: ScalarNode = { kind: 'scalar', text, plain: false, ...placeOf(host), ...(shown && { shown }) };
    this.#evaluated.set(node, passedOn(value, node.text));
    return node;
  }

  /** The text of a value of which nothing but its text is known. */
  #doubtful(value: Unknown, host: ScalarNode): ScalarNode {
    const node: ScalarNode = { kind: 'scalar', text: value.written!, plain: false, ...placeOf(host) };
    this.#evaluated.set(node, value);
    return node;
  }

  /** The node that a value came from. */
  authored(value: Value): YamlNode | undefined {
    return this.#nodes.get(value);
  }

  /** Remembers what is known of an expression that is all of a node's text. */
  keepOpen(node: ScalarNode, value: Unknown): void {
    this.#open.set(node, value);
  }

  /** What may be asked of a text that is not known, where it is a text, or of one of the kinds named. */
  openValue(node: YamlNode, kinds: readonly Kind[] = ['string', 'null']): Unknown | undefined {
    const value = this.#open.get(node);
    return value?.kinds.every((kind) => kinds.includes(kind)) ? value : undefined;
  }

  /** Some value, which is as little known as the node that it comes from: the same one for the same node. */
  unknownFrom(value: Unknown, node: YamlNode): Unknown {
    const kinds = value.kinds.join();
    const known = this.#unknown.get(node)?.find((one) => one.choice === value.choice && one.kinds.join() === kinds);
    if (known !== undefined) return known;
    const own = { ...value };
    this.#nodes.set(own, node);
    this.#unknown.set(node, [...(this.#unknown.get(node) ?? []), own]);
    return own;
  }

  /** What is made of a value once and for all. */
  once(value: Value, make: (value: Value) => Value): Value {
    const known = this.#made.get(value);
    if (known !== undefined) return known;
    const made = make(value);
    this.#made.set(value, made);
    return made;
  }

  /** Gives `other` the source of `value`: it is the same to whoever inserts it as a whole. */
  linkLike(value: Value, other: Value): Value {
    const node = this.#nodes.get(value);
    if (node !== undefined) this.#nodes.set(other, node);
    return other;
  }

  #convert(node: YamlNode, leaves: Leaves): Value {
    switch (node.kind) {
      case 'scalar': {
        const evaluated = this.#evaluated.get(node);
        if (evaluated !== undefined) return leaves === 'text' ? text(node.text) : evaluated;
        if (isOpen(node)) return this.unknownFrom(this.openValue(node) ?? UNKNOWN, node);
        if (leaves === 'typed') return typed(node);
        const one = text(textOf(node));
        const other = leaves === 'either' ? passedOn(typed(node), '') : one;
        return other.kind === 'unknown' ? this.unknownFrom(other, node) : one;
      }
      case 'sequence':
        if (node.items.some((item) => isOpen(item) || hasOpenKey(item)))
          return this.unknownFrom(unknownOf('array'), node);
        return array(node.items.map((item) => this.of(item, leaves)));
      case 'mapping':
        return this.#object(node, leaves);
    }
  }

  #object(node: MappingNode, leaves: Leaves): ObjectValue {
    const entries = new Map<string, Entry>();
    for (const { key, value } of node.entries)
      if (!isOpen(key)) entries.set(key.text, { key: key.text, value: this.of(value, leaves) });
    return { kind: 'object', entries, keys: 'exact', missing: hasOpenKey(node) ? UNKNOWN : NULL };
  }
}

/** The text of a scalar as a parameter of type string takes it: as it is written, and nothing as nothing (measured). */
export function textOf(node: ScalarNode): string {
  return isNull(node) ? '' : node.text;
}

/** True for what could not be expanded and stands there as it was written. */
export function isOpen(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.text.includes('${{');
}

/** True for a mapping with a directive or key that could not be decided. */
export function hasOpenKey(node: YamlNode): boolean {
  return node.kind === 'mapping' && node.entries.some(({ key }) => isOpen(key));
}

/** A leaf inside of a parameter of type object keeps the type that YAML gives it; null is the empty text (measured). */
function typed(node: ScalarNode): Value {
  if (!node.plain) return text(node.text);
  if (isNull(node)) return text('');
  if (/^(?:true|True|TRUE|false|False|FALSE)$/.test(node.text)) return boolean(node.text.toLowerCase() === 'true');
  if (NUMBER.test(node.text)) {
    const parsed = parseText(node.text);
    if (parsed !== undefined) return number(parsed);
  }
  return MAYBE_NUMBER.test(node.text) ? unknownOf('number', 'string') : text(node.text);
}

/**
 * What a template sees of an argument that was an expression. Measured: it stands in the tree as its text. Nobody has
 * measured whether a false or a zero inside of an object is still one, or a text and so true: its text it has by both.
 */
function passedOn(value: Value, written: string): Value {
  if (value.kind === 'unknown') return value;
  if (value.kind === 'boolean' && !value.value)
    return { ...unknownOf('boolean', 'string'), ...(written && { written }) };
  if (value.kind === 'number' && value.value === 0n)
    return { ...unknownOf('number', 'string'), ...(written && { written }) };
  return text(written);
}

/** How large a tree is when everything that is shared is counted at each of its places. */
export interface Extent {
  readonly nodes: number;
  readonly text: number;
  readonly depth: number;
}

const extents = new WeakMap<YamlNode, Extent>();

/** Measures a tree, each part once: nodes never change. */
export function extentOf(node: YamlNode): Extent {
  if (node.kind === 'scalar') return { nodes: 1, text: node.text.length, depth: 1 };
  const known = extents.get(node);
  if (known !== undefined) return known;
  let [nodes, length, depth] = [1, 0, 0];
  const add = (child: YamlNode): void => {
    const extent = extentOf(child);
    nodes += extent.nodes;
    length += extent.text;
    depth = Math.max(depth, extent.depth);
  };
  if (node.kind === 'sequence') for (const item of node.items) add(item);
  else
    for (const { key, value } of node.entries) {
      add(key);
      add(value);
    }
  const extent = { nodes, text: length, depth: depth + 1 };
  extents.set(node, extent);
  return extent;
}
