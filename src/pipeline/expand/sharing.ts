import type { Position } from '../../finding/finding.ts';
import type { ScalarNode, YamlNode } from '../../yaml/node.ts';
import { ReadNodes } from '../read-nodes.ts';
import type { PipelineReading } from '../reading.ts';
import type { Undecided } from './needs.ts';
import type { Include, Spot } from './frame.ts';
import { ChoiceValues } from './open-choices.ts';
import { ParsedExpressions } from './parsed-expressions.ts';
import type { KnownFile } from './template-file.ts';
import type { Location } from './template-path.ts';
import { Traces } from './traces.ts';
import { Values } from './values.ts';

/** Of one node so many are remembered: a loop makes another one in each round. */
const MOST_MADE = 64;

/**
 * What the expansions of the cases of one pipeline have in common: what is known of nodes and texts, whatever is chosen.
 * All of them must be given the same files, and the same parameters and variables. An expansion that stands alone has
 * it for itself.
 */
export class Sharing {
  readonly values = new Values();
  readonly choices = new ChoiceValues();
  readonly traces = new Traces();
  readonly expressions = new ParsedExpressions();
  /** Template files by repository and path. */
  readonly files = new Map<string, KnownFile>();
  /** What expanded nodes were read as. */
  readonly nodes = new ReadNodes<PipelineReading>();
  /** Where references stand that are kept in arguments. */
  readonly keptAt = new WeakMap<YamlNode, Location>();
  /** By which references an item of a list has come in. */
  readonly includes = new WeakMap<YamlNode, Include>();
  /** Of texts that were made for it: what in them could not be told, and where they stand. */
  readonly undecided = new WeakMap<ScalarNode, readonly Undecided[]>();
  readonly spots = new WeakMap<ScalarNode, Spot>();
  readonly #made = new WeakMap<YamlNode, YamlNode[]>();
  readonly #copies = new WeakMap<YamlNode, WeakMap<Include, YamlNode>>();
  readonly #below = new WeakMap<object, WeakMap<Position, Include>>();

  /** What was made of a node: the one that was made of it before, where that has the same parts. */
  same(of: YamlNode, made: YamlNode): YamlNode {
    let all = this.#made.get(of);
    if (all === undefined) this.#made.set(of, (all = []));
    const known = all.find((one) => hasSameParts(one, made));
    if (known === undefined) all.push(made);
    if (all.length > MOST_MADE) all.shift();
    return known ?? made;
  }

  /** A node as it comes in by a reference: one copy for each, since a node comes to each of its places in its own way. */
  copyFor(include: Include, node: YamlNode): YamlNode {
    let copies = this.#copies.get(node);
    if (copies === undefined) this.#copies.set(node, (copies = new WeakMap<Include, YamlNode>()));
    let copy = copies.get(include);
    if (copy === undefined) {
      copies.set(include, (copy = { ...node }));
      this.includes.set(copy, include);
    }
    return copy;
  }

  /** A reference and the one above it: the same two are the same. */
  include(at: Position, above: Include | undefined, level: number): Include {
    const owner = above ?? this;
    let known = this.#below.get(owner);
    if (known === undefined) this.#below.set(owner, (known = new WeakMap<Position, Include>()));
    let include = known.get(at);
    if (include === undefined) known.set(at, (include = { at, above, level }));
    return include;
  }
}

function hasSameParts(one: YamlNode, other: YamlNode): boolean {
  if (one.kind === 'sequence' && other.kind === 'sequence')
    return one.items.length === other.items.length && one.items.every((item, at) => item === other.items[at]);
  if (one.kind !== 'mapping' || other.kind !== 'mapping') return one === other;
  if (one.entries.length !== other.entries.length) return false;
  return one.entries.every(({ key, value }, at) => {
    const there = other.entries[at]!;
    return key === there.key && value === there.value;
  });
}
