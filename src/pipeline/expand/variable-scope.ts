import type { MappingNode, ScalarNode, YamlNode } from '../../yaml/node.ts';
import type { Frame } from './frame.ts';
import type { Variables } from './variables.ts';

/** The frames before and behind the block of variables of a stage, a job or a file; undefined when there is none. */
export function scopeOf(
  node: MappingNode,
  frame: Frame,
  unseen: Variables,
): { readonly before: Frame; readonly inside: Frame } | undefined {
  if (frame.references === 'keep') return undefined;
  const own = node.entries.some(({ key }) => isVariables(key));
  if (!own && !node.entries.some(({ key, value }) => key.text.includes('${{') && hasVariables(value))) return undefined;
  const inside = { ...frame, variables: frame.variables.copy() };
  return { before: own ? { ...frame, variables: unseen } : inside, inside };
}

export function isVariables(key: ScalarNode): boolean {
  return key.text.toLowerCase() === 'variables';
}

export function hasVariables(node: YamlNode): boolean {
  return (
    node.kind === 'mapping' &&
    node.entries.some(({ key, value }) => isVariables(key) || (key.text.includes('${{') && hasVariables(value)))
  );
}
