import type { YamlNode } from '../../yaml/node.ts';
import { LimitReached, TOO_DEEP, type Budget } from './budget.ts';
import type { Expressions } from './expressions.ts';
import type { Include } from './frame.ts';
import type { Reporter } from './reporter.ts';
import type { Location } from './template-path.ts';
import { Extents, type Values } from './values.ts';
import { Variables } from './variables.ts';

/** A tree that, written out, is larger than this is refused: the open SDK's limit. */
const LARGEST_TREE = 1_000_000;
const LONGEST_TREE = 20 * 1024 * 1024;
const DEEPEST_TREE = 100;

/** What all parts of one expansion share. */
export class Run {
  readonly values: Values;
  readonly reporter: Reporter;
  readonly budget: Budget;
  readonly expressions: Expressions;
  /** Where references stand that are kept in arguments. */
  readonly keptAt = new WeakMap<YamlNode, Location>();
  /** By which references an item of a list has come in. */
  readonly includes = new WeakMap<YamlNode, Include>();
  readonly unseen = Variables.unseen();
  readonly #extents = new Extents();

  constructor(parts: Pick<Run, 'values' | 'reporter' | 'budget' | 'expressions'>) {
    this.values = parts.values;
    this.reporter = parts.reporter;
    this.budget = parts.budget;
    this.expressions = parts.expressions;
  }

  /** Ends the expansion when a tree that is used again and again has become too large or too deep. */
  checkExtent(node: YamlNode, level: number, at: YamlNode): void {
    const { nodes, text, depth } = this.#extents.of(node);
    if (level + depth > DEEPEST_TREE) throw new LimitReached(at, TOO_DEEP);
    if (nodes > LARGEST_TREE || text > LONGEST_TREE)
      throw new LimitReached(
        at,
        `the expanded pipeline has more than ${LARGEST_TREE} parts or 20 MB; look for what doubles`,
      );
  }
}
