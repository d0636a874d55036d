import { isDirective } from '../../expression/directive.ts';
import { text as textValue } from '../../expression/value.ts';
import type { MappingEntry, MappingNode, ScalarNode, YamlNode } from '../../yaml/node.ts';
import type { ChainState } from './chain.ts';
import { Directives } from './directives.ts';
import { fillKey } from './fill-key.ts';
import { below, type Frame, type Spot, spotKey } from './frame.ts';
import { MappingBuilder } from './mapping-builder.ts';
import { hasReference, isStatic, referenceIn } from './node-facts.ts';
import { isReference, type Arguments, type Follow } from './references.ts';
import type { Run } from './run.ts';
import { sayOpen } from './say-open.ts';
import { hasVariables, isVariables, scopeOf } from './variable-scope.ts';
import type { Variables } from './variables.ts';

/**
 * Expands nodes: fills expressions, decides directives, has template references followed. What cannot be decided stays
 * as it is written and has been reported, unless the spot is inert. Scalars, mappings and lists recurse into one another, and
 * what becomes of a directive's bodies differs between the last two.
 */
export class Walker {
  readonly #run: Run;
  readonly #directives: Directives;
  readonly #follow: Follow;

  constructor(run: Run, follow: Follow) {
    this.#run = run;
    this.#directives = new Directives(run);
    this.#follow = follow;
  }

  node(node: YamlNode, frame: Frame, spot: Spot, grows?: Variables): YamlNode {
    if (grows === undefined && isStatic(node)) return node;
    const { traces, sharing } = this.#run;
    if (traces === undefined) return this.#expand(node, frame, spot, grows);
    // A block of variables does more than to look: the frame sees more behind it.
    if (grows !== undefined) return sharing.same(node, this.#expand(node, frame, spot, grows));
    return traces.of(node, frame, `node ${spotKey(spot)}`, () => this.#expand(node, frame, spot, undefined));
  }

  #expand(node: YamlNode, frame: Frame, spot: Spot, grows: Variables | undefined): YamlNode {
    const { budget } = this.#run;
    budget.take(node);
    budget.checkTree(node, spot.level);
    return budget.deeper(node, () => {
      switch (node.kind) {
        case 'scalar':
          return this.#scalar(node, frame, spot);
        case 'sequence':
          return { ...node, items: this.#sequence(node.items, frame, spot, grows) };
        case 'mapping':
          return this.mapping(node, frame, spot, grows);
      }
    });
  }

  /** @param grows the block of variables that the mapping is */
  mapping(node: MappingNode, outer: Frame, spot: Spot, grows?: Variables): MappingNode {
    const scope = grows === undefined ? scopeOf(node, outer, this.#run.unseen) : undefined;
    let frame = scope?.before ?? outer;
    let chain: ChainState = 'none';
    const built = new MappingBuilder(this.#run.reporter);
    for (const entry of node.entries) {
      const directive = this.#directives.read(entry.key);
      if (directive === 'faulty') continue;
      if (directive === undefined) {
        const key = fillKey(this.#run, entry.key, frame, spot);
        if (key === undefined) built.keep(entry);
        else built.add(key, this.#value(entry, key, frame, scope?.inside, spot), key === entry.key);
        if (key === undefined) grows?.addEntry(entry.key, entry.value);
        else grows?.addEntry(key, built.last);
        if (scope !== undefined && isVariables(entry.key)) frame = scope.inside;
        continue;
      }
      const { bodies, state } = this.#directives.decide(directive, entry, frame, spot, chain);
      chain = state;
      if (bodies === 'keep') {
        built.keep(entry);
        grows?.addEntry(entry.key, entry.value);
      } else for (const body of bodies) this.#merge(built, body.node, body.frame, spot, grows);
      // What the body declares is not seen in order here.
      if (scope !== undefined && hasVariables(entry.value)) scope.inside.variables.blur();
    }
    const { file, line, column } = node;
    const made: MappingNode = { kind: 'mapping', entries: built.entries, file, line, column };
    if (frame.references === 'keep' && referenceIn(made) !== undefined) this.#run.keptAt.set(made, frame.location);
    return made;
  }

  /** Follows the references in nodes whose expressions have been filled already: those of arguments. */
  settle(node: YamlNode, frame: Frame, spot: Spot, how: Arguments = 'expanded'): YamlNode {
    if (frame.references === 'keep' || !hasReference(node)) return node;
    // One item of a list: whoever puts it there follows it.
    if (node.kind === 'mapping' && isReference(node, frame, spot)) return node;
    const { traces } = this.#run;
    if (traces === undefined || spot.list === 'variables') return this.#settle(node, frame, spot, how);
    return traces.of(node, frame, `settle ${how} ${spotKey(spot)}`, () => this.#settle(node, frame, spot, how));
  }

  #settle(node: YamlNode, frame: Frame, spot: Spot, how: Arguments): YamlNode {
    const { budget } = this.#run;
    budget.take(node);
    budget.checkTree(node, spot.level);
    return budget.deeper(node, () => {
      if (node.kind === 'mapping') {
        const entries = node.entries.map(({ key, value }) => ({
          key,
          value: this.settle(value, frame, below(spot, key.text), how),
        }));
        return { ...node, entries };
      }
      if (node.kind === 'scalar') return node;
      const items = node.items.flatMap((item) =>
        spot.list !== undefined && item.kind === 'mapping' && referenceIn(item) !== undefined
          ? this.#follow(item, frame, spot, how)
          : [this.settle(item, frame, { ...spot, level: spot.level + 1 }, how)],
      );
      return { ...node, items };
    });
  }

  #scalar(node: ScalarNode, frame: Frame, spot: Spot): YamlNode {
    const { expressions, reporter, values } = this.#run;
    const text = expressions.split(node.text);
    switch (text.kind) {
      case 'plain':
        return node;
      case 'broken':
        reporter.fault(node, text.message);
        return node;
      case 'sole': {
        // Measured: the word of a directive is none where a value stands, and the text reaches the reader as it is.
        if (isDirective(text.source)) reporter.fault(node, `Unexpected value '${node.text}'`);
        if (isDirective(text.source)) return node;
        const value = expressions.fill(text.source, frame, node, spot);
        if (value.kind === 'scalar') return value;
        const made = values.toNode(value, node);
        return made === undefined ? node : this.#inserted(made, frame, spot, node);
      }
      case 'mixed': {
        const written = expressions.interpolate(text.segments, frame, node, spot);
        return typeof written === 'string'
          ? this.#inserted(values.scalar(textValue(written), node), frame, spot, node)
          : written;
      }
    }
  }

  /** What an expression came to: it must not be too large, and may hold references of its author's. */
  #inserted(made: YamlNode, frame: Frame, spot: Spot, host: ScalarNode): YamlNode {
    this.#run.checkExtent(made, spot.level, host);
    if (made.kind === 'scalar' && made.text.includes('${{') && !spot.inert)
      this.#run.reporter.cannotTell(host, `an expression yields text that looks like an expression`);
    const settled = this.settle(made, frame, spot);
    if (settled.kind !== 'scalar') sayOpen(this.#run, settled, spot);
    return settled;
  }

  #value(entry: MappingEntry, key: ScalarNode, frame: Frame, scope: Frame | undefined, spot: Spot): YamlNode {
    if (scope !== undefined && isVariables(key))
      return this.node(entry.value, scope, below(spot, key.text), scope.variables);
    return this.node(entry.value, frame, below(spot, key.text));
  }

  /** The body of a directive in a mapping. Measured: anything but a mapping is refused. */
  #merge(built: MappingBuilder, body: YamlNode, frame: Frame, spot: Spot, grows: Variables | undefined): void {
    const made =
      body.kind === 'mapping'
        ? this.#run.budget.deeper(body, () => this.mapping(body, frame, spot, grows))
        : this.node(body, frame, spot);
    if (made.kind !== 'mapping') {
      // An expression whose value is not known stands there still, and hides keys.
      if (made.kind === 'scalar' && made.text.includes('${{')) built.keep({ key: made, value: made });
      else this.#run.reporter.fault(body, 'Expected a mapping');
      if (made.kind === 'scalar') grows?.addEntry(made, made);
      return;
    }
    for (const { key, value } of made.entries) {
      // Measured: what an expression brings in is reported at the expression.
      built.add(key, value, false, body.kind === 'mapping' ? key : body);
      if (body.kind !== 'mapping') grows?.addEntry(key, value);
    }
  }

  #sequence(nodes: readonly YamlNode[], frame: Frame, spot: Spot, grows: Variables | undefined): YamlNode[] {
    const made: YamlNode[] = [];
    const add = (items: readonly YamlNode[], seen: boolean): void => {
      for (const item of items) {
        made.push(item);
        if (!seen) grows?.addItem(item);
      }
    };
    let chain: ChainState = 'none';
    for (const item of nodes) {
      const [entry, ...others] = item.kind === 'mapping' ? item.entries : [];
      const directive = entry === undefined || others.length > 0 ? undefined : this.#directives.read(entry.key);
      if (directive === 'faulty') continue;
      if (entry === undefined || directive === undefined || directive.kind === 'insert') {
        // Measured: an insertion makes one item, and ends a chain.
        if (directive !== undefined) chain = 'none';
        add(this.#item(item, frame, spot, grows), isReference(item, frame, spot));
        continue;
      }
      const { bodies, state } = this.#directives.decide(directive, entry, frame, spot, chain);
      chain = state;
      if (bodies === 'keep') add([item], false);
      else
        for (const body of bodies)
          if (body.node.kind === 'sequence') {
            const { items } = body.node;
            add(
              this.#run.budget.deeper(body.node, () => this.#sequence(items, body.frame, spot, grows)),
              true,
            );
          } else add(this.#bodyItem(body.node, body.frame, spot, grows), isReference(body.node, frame, spot));
    }
    return made;
  }

  /** A body that is no list is one item (measured for mappings). */
  #bodyItem(body: YamlNode, frame: Frame, spot: Spot, grows: Variables | undefined): readonly YamlNode[] {
    const [entry, ...others] = body.kind === 'mapping' ? body.entries : [];
    if (entry === undefined || others.length > 0) return this.#item(body, frame, spot, grows);
    const directive = this.#directives.read(entry.key);
    if (directive === undefined || directive === 'faulty' || directive.kind === 'insert')
      return this.#item(body, frame, spot, grows);
    this.#run.reporter.cannotTell(
      entry.key,
      'a directive right under another, without a list between them, is not measured',
    );
    return [body];
  }

  /** One item of a list: several when it is a template or an expression that yields a list (documented, measured). */
  #item(item: YamlNode, frame: Frame, spot: Spot, grows: Variables | undefined): readonly YamlNode[] {
    const inside = { ...spot, level: spot.level + 1 };
    if (item.kind === 'mapping' && isReference(item, frame, spot)) return this.#follow(item, frame, spot, 'written');
    const made = this.node(item, frame, item.kind === 'scalar' ? spot : inside);
    if (item.kind === 'scalar' && made.kind === 'sequence') return made.items;
    if (made.kind === 'mapping' && isReference(made, frame, spot)) return this.#follow(made, frame, spot, 'expanded');
    if (grows !== undefined && item.kind === 'sequence') grows.blur();
    return [made];
  }
}
