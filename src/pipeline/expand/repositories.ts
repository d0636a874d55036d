import { didYouMean } from '../../finding/nearest.ts';
import type { MappingNode, YamlNode } from '../../yaml/node.ts';
import { findExpression } from './parameters.ts';
import type { Reporter } from './reporter.ts';
import { SELF } from './template-path.ts';

/** The aliases that `resources.repositories` declares, by lower case. */
export class Repositories {
  readonly #aliases = new Map<string, string>([[SELF, SELF]]);

  /** Adds what a file declares. Measured: no directive may stand there. Documented: `ref` may be an expression. */
  add(root: MappingNode, reporter: Reporter): void {
    const resources = field(root, 'resources');
    const list = resources === undefined ? undefined : field(resources, 'repositories');
    if (list === undefined) return;
    const expression = findExpression(list.kind === 'sequence' ? { ...list, items: list.items.map(withoutRef) } : list);
    if (expression !== undefined) reporter.fault(expression, 'A template expression is not allowed in this context');
    if (list.kind !== 'sequence') return;
    for (const item of list.items) {
      const alias = field(item, 'repository');
      if (alias?.kind === 'scalar') this.#aliases.set(alias.text.toLowerCase(), alias.text);
    }
  }

  has(alias: string): boolean {
    return this.#aliases.has(alias);
  }

  /** The alias as its author wrote it. */
  nameOf(alias: string): string {
    return this.#aliases.get(alias) ?? alias;
  }

  suggest(alias: string): string {
    return didYouMean(alias, this.#aliases.values());
  }
}

function withoutRef(repository: YamlNode): YamlNode {
  if (repository.kind !== 'mapping') return repository;
  return {
    ...repository,
    entries: repository.entries.filter(({ key, value }) => key.text.toLowerCase() !== 'ref' || value.kind !== 'scalar'),
  };
}

/** The value of a key of a mapping, in any case; undefined when the node is something else. */
export function field(node: YamlNode, name: string): YamlNode | undefined {
  if (node.kind !== 'mapping') return undefined;
  return node.entries.find(({ key }) => key.text.toLowerCase() === name)?.value;
}
