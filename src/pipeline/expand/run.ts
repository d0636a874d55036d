import type { YamlNode } from '../../yaml/node.ts';
import { LimitReached, TOO_DEEP, type Budget } from './budget.ts';
import type { Expressions } from './expressions.ts';
import type { Include } from './frame.ts';
import type { Reporter } from './reporter.ts';
import type { Location } from './template-path.ts';
import type { Sharing } from './sharing.ts';
import type { Traces } from './traces.ts';
import { extentOf, type Values } from './values.ts';
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
  readonly keptAt: WeakMap<YamlNode, Location>;
  /** By which references an item of a list has come in. */
  readonly includes: WeakMap<YamlNode, Include>;
  readonly unseen = Variables.unseen();
  readonly sharing: Sharing;
  /** Undefined in an expansion that stands alone. */
  readonly traces: Traces | undefined;

  constructor(parts: Pick<Run, 'reporter' | 'budget' | 'expressions' | 'sharing' | 'traces'>) {
    this.sharing = parts.sharing;
    this.values = parts.sharing.values;
    this.keptAt = parts.sharing.keptAt;
    this.includes = parts.sharing.includes;
    this.reporter = parts.reporter;
    this.budget = parts.budget;
    this.expressions = parts.expressions;
    this.traces = parts.traces;
  }

  /** Ends the expansion when a tree that is used again and again has become too large or too deep. */
  checkExtent(node: YamlNode, level: number, at: YamlNode): void {
    const { nodes, text, depth } = extentOf(node);
    if (level + depth > DEEPEST_TREE) throw new LimitReached(at, TOO_DEEP);
    if (nodes > LARGEST_TREE || text > LONGEST_TREE)
      throw new LimitReached(
        at,
        `the expanded pipeline has more than ${LARGEST_TREE} parts or 20 MB; look for what doubles`,
      );
  }
}
