import { isNull, type MappingNode, type YamlNode } from '../../yaml/node.ts';
import { readYaml } from '../../yaml/read-yaml.ts';

/** What was to be written at one stage or job. */
export interface Written {
  readonly after: { readonly line: number; readonly column: number };
  readonly names: { readonly add: readonly string[]; readonly whenAbsent: readonly string[] };
}

/**
 * Whether a changed text says what the old one said and, beyond it, exactly what was to be written. The last word on
 * every fix: an edit that went wrong is never written to a file.
 */
export function isWhatWasMeant(before: string, after: string, written: readonly Written[]): boolean {
  const [old, changed] = [before, after].map((text) => readYaml(text, { file: '', rule: '', foldKeys: true }));
  if (old?.root === undefined || changed?.root === undefined || changed.findings.length > old.findings.length)
    return false;
  const wanted = new Map(written.map(({ after: { line, column }, names }) => [`${line}:${column}`, names]));
  const expected = plain(old.root, wanted);
  return wanted.size === 0 && JSON.stringify(expected) === JSON.stringify(plain(changed.root, new Map()));
}

type Plain = string | { readonly list: readonly Plain[] } | { readonly map: readonly (readonly [string, Plain])[] };

/** The content alone, without places or layout; `dependsOn` as a set wherever it stands. */
function plain(node: YamlNode, wanted: Map<string, Written['names']>): Plain {
  switch (node.kind) {
    case 'scalar':
      return isNull(node) ? 'null' : `text ${node.text}`;
    case 'sequence':
      return { list: node.items.map((item) => plain(item, wanted)) };
    case 'mapping':
      return plainMapping(node, wanted);
  }
}

function plainMapping(node: MappingNode, wanted: Map<string, Written['names']>): Plain {
  const place = node.entries.map(({ key }) => `${key.line}:${key.column}`).find((one) => wanted.has(one));
  const names = place === undefined ? undefined : wanted.get(place);
  if (place !== undefined) wanted.delete(place);
  const entries = node.entries.map(({ key, value }): readonly [string, Plain] => {
    if (key.text.toLowerCase() !== 'dependson') return [key.text, plain(value, wanted)];
    return ['dependsOn', listOf([...namesIn(value), ...(names?.add ?? [])])];
  });
  const own = entries.find(([key]) => key === 'dependsOn');
  const added = names !== undefined && own === undefined ? [listOf([...names.whenAbsent, ...names.add])] : [];
  const rest = entries.filter((entry) => entry !== own);
  // Where the key stands among the others is layout.
  return { map: [...(own === undefined ? added : [own[1]]).map((list) => ['dependsOn', list] as const), ...rest] };
}

function namesIn(value: YamlNode): string[] {
  if (value.kind === 'scalar') return isNull(value) || value.text === '' ? [] : [value.text];
  return value.kind === 'sequence'
    ? value.items.map((item) => JSON.stringify(plain(item, new Map())).replace(/^"text (.*)"$/, '$1'))
    : [JSON.stringify(plain(value, new Map()))];
}

function listOf(names: readonly string[]): Plain {
  return { list: names };
}
