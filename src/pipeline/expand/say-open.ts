import type { YamlNode } from '../../yaml/node.ts';
import { below, type Spot } from './frame.ts';
import { hasReference, isStatic } from './node-facts.ts';
import type { Run } from './run.ts';
import { isOpen } from './values.ts';

/** Nothing was said of what is open in an argument: only where it is inserted does it decide anything. */
export function sayOpen(run: Run, node: YamlNode, spot: Spot): void {
  if (isStatic(node)) return;
  const { budget, expressions } = run;
  budget.take(node);
  if (node.kind === 'scalar') {
    if (!spot.inert && !(spot.names && node.stand !== undefined)) expressions.sayAgain(node);
    return;
  }
  budget.deeper(node, () => {
    if (node.kind === 'sequence') for (const item of node.items) sayOpen(run, item, spot);
    else
      for (const { key, value } of node.entries) {
        const open = isOpen(key);
        if (open && (!spot.inert || hasReference(value))) expressions.sayAgain(key);
        sayOpen(run, value, open ? spot : below(spot, key.text));
      }
  });
}
