import type { ScalarNode, YamlNode } from '../../yaml/node.ts';
import { isOpen } from './values.ts';

/** The first texts in a node that could not be expanded, a few more than `most`. Looks a few thousand nodes far. */
export function openIn(node: YamlNode, most: number): readonly ScalarNode[] {
  const waiting: YamlNode[] = [node];
  const found: ScalarNode[] = [];
  for (let seen = 0; seen < 5000; seen++) {
    const next = waiting.pop();
    if (next === undefined || found.length > most) return found;
    if (next.kind === 'scalar') {
      if (isOpen(next)) found.push(next);
    } else if (next.kind === 'sequence') waiting.push(...next.items.toReversed());
    else for (const { key, value } of next.entries.toReversed()) waiting.push(value, key);
  }
  return found;
}
