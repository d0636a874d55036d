import { writeYaml } from '../../yaml/write-yaml.ts';
import type { MappingNode, YamlNode } from '../../yaml/node.ts';
import type { Expanded } from './expand-pipeline.ts';

const HEADS = new Set(['stage', 'job', 'deployment', 'phase']);

/**
 * The expanded pipeline as YAML, with a comment above each stage and job that says where it is written and by which
 * references it came in.
 */
export function printExpanded({
  root,
  includesOf,
}: Pick<Expanded, 'includesOf'> & { readonly root: YamlNode }): string {
  return writeYaml(root, (node, above) => {
    if (node.kind !== 'mapping' || !isStageOrJob(node)) return undefined;
    // A job that is written in a stage has come in with it.
    const includes = [node, ...above.toReversed()].map(includesOf).find(({ length }) => length > 0) ?? [];
    const places = [node, ...includes.toReversed()].map(({ file, line }) => `${file}:${line}`);
    return places.join(', included at ');
  });
}

function isStageOrJob({ entries }: MappingNode): boolean {
  return entries.some(({ key }) => HEADS.has(key.text.toLowerCase()));
}
