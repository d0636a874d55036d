import type { Finding, Position } from '../finding/finding.ts';
import { describeNode, isNull, type YamlNode } from '../yaml/node.ts';
import type { GraphDraft } from './draft.ts';

/** The rule of what is wrong with a file that is imported. */
export const IMPORT_FILE = 'import-file';

/** What an import came to: a draft, or all that is wrong with the file. */
export interface Imported {
  readonly draft: GraphDraft | undefined;
  readonly findings: readonly Finding[];
}

export function importProblem({ file, line, column }: Position, message: string): Finding {
  return { rule: IMPORT_FILE, severity: 'error', message, file, line, column, services: [] };
}

/** The value of a key, or undefined where the node is no mapping or does not have it. The first of two counts. */
export function at(node: YamlNode | undefined, ...path: readonly string[]): YamlNode | undefined {
  let here = node;
  for (const key of path)
    here = here?.kind === 'mapping' ? here.entries.find((entry) => entry.key.text === key)?.value : undefined;
  return here;
}

/** The text of a scalar; undefined for nothing, lists and mappings. */
export function textAt(node: YamlNode | undefined, ...path: readonly string[]): string | undefined {
  const found = at(node, ...path);
  return found?.kind === 'scalar' && !isNull(found) && found.text.trim() !== '' ? found.text.trim() : undefined;
}

/** The names of a list of texts; what is no text is a finding. */
export function namesIn(node: YamlNode | undefined, what: string, findings: Finding[]): string[] {
  if (node === undefined || isNull(node)) return [];
  if (node.kind !== 'sequence') {
    findings.push(importProblem(node, `${what} must be a list of names, not ${describeNode(node)}`));
    return [];
  }
  return node.items.flatMap((item) => {
    if (item.kind === 'scalar' && !isNull(item)) return [item.text.trim()];
    findings.push(importProblem(item, `${what} must hold names, not ${describeNode(item)}`));
    return [];
  });
}

/** A name made fit for an app of Azure: letters, digits and -, at most 60. Undefined when nothing of it is left. */
export function appNameOf(name: string): string | undefined {
  const fit = name
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+/, '')
    .slice(0, 60)
    .replace(/-+$/, '');
  return fit === '' ? undefined : fit;
}
