import type { MappingNode, YamlNode } from '../../yaml/node.ts';
import type { Frame, Spot } from './frame.ts';
import { referenceIn } from './node-facts.ts';

/**
 * What is known of the arguments of a reference: they stand there as they were written; they are expanded, since the
 * reference was inserted; or it was bound to a parameter of a type in which references are followed.
 */
export type Arguments = 'written' | 'expanded' | 'bound';

/** Follows a `template:` item of a list. */
export type Follow = (item: MappingNode, frame: Frame, spot: Spot, args: Arguments) => readonly YamlNode[];

/** Whether an item of a list is a template reference that is followed where it stands. */
export function isReference(item: YamlNode, frame: Frame, { list }: Spot): boolean {
  return (
    list !== undefined && frame.references === 'follow' && item.kind === 'mapping' && referenceIn(item) !== undefined
  );
}
