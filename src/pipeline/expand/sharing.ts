import type { Position } from '../../finding/finding.ts';
import type { ScalarNode, YamlNode } from '../../yaml/node.ts';
import type { Undecided } from './causes.ts';
import type { ParsedExpression, TemplateText } from './expressions.ts';
import type { Include, Spot } from './frame.ts';
import { ChoiceValues } from './open-choices.ts';
import type { KnownFile } from './template-loader.ts';
import type { Location } from './template-path.ts';
import { Traces } from './traces.ts';
import { Values } from './values.ts';

/**
 * What the expansions of the cases of one pipeline have in common: what is known of nodes and texts, whatever is chosen.
 * All of them must be given the same files, and the same parameters and variables. An expansion that stands alone has
 * it for itself.
 */
export class Sharing {
  readonly values = new Values();
  readonly choices = new ChoiceValues();
  readonly traces = new Traces();
  /** Expressions by their text. */
  readonly texts = new Map<string, TemplateText>();
  readonly parsed = new Map<string, ParsedExpression | string>();
  /** Template files by repository and path. */
  readonly files = new Map<string, KnownFile>();
  /** Where references stand that are kept in arguments. */
  readonly keptAt = new WeakMap<YamlNode, Location>();
  /** By which references an item of a list has come in. */
  readonly includes = new WeakMap<YamlNode, Include>();
  /** Of texts that were made for it: what in them could not be told, and where they stand. */
  readonly undecided = new WeakMap<ScalarNode, readonly Undecided[]>();
  readonly spots = new WeakMap<ScalarNode, Spot>();
  readonly #below = new WeakMap<object, WeakMap<Position, Include>>();

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
