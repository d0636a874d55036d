import type { MappingEntry, MappingNode, YamlNode } from '../../yaml/node.ts';

/** Facts of trees that are asked again and again; nodes never change, so each is looked at once. */
const staticNodes = new WeakMap<YamlNode, boolean>();
const nodesWithReferences = new WeakMap<YamlNode, boolean>();

/** The `template` entry of a mapping. */
export function referenceIn({ entries }: MappingNode): MappingEntry | undefined {
  return entries.find(({ key }) => key.text.toLowerCase() === 'template');
}

/** Whether expansion leaves a node as it is: no expression and no template anywhere in it. */
export function isStatic(node: YamlNode): boolean {
  if (node.kind === 'scalar') return !node.text.includes('${{');
  return remembered(staticNodes, node, () =>
    node.kind === 'sequence'
      ? node.items.every(isStatic)
      : node.entries.every(({ key, value }) => isStatic(key) && isStatic(value)) && referenceIn(node) === undefined,
  );
}

/** Whether a template reference lies anywhere in a node. */
export function hasReference(node: YamlNode): boolean {
  if (node.kind === 'scalar') return false;
  return remembered(nodesWithReferences, node, () =>
    node.kind === 'sequence'
      ? node.items.some(hasReference)
      : referenceIn(node) !== undefined || node.entries.some(({ value }) => hasReference(value)),
  );
}

function remembered(facts: WeakMap<YamlNode, boolean>, node: YamlNode, find: () => boolean): boolean {
  const known = facts.get(node);
  if (known !== undefined) return known;
  const found = find();
  facts.set(node, found);
  return found;
}
