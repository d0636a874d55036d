import type { Position } from '../finding/finding.ts';

/** One value written as text. What it means (a number, a truth value, nothing) is for the reader of the field to say. */
export interface ScalarNode extends Position {
  readonly kind: 'scalar';
  readonly text: string;
  /** Written without quotes and not as a block: only such text can be a number, `true` or nothing. */
  readonly plain: boolean;
  /** What may stand for a text that is not known before the run, where it does nothing but name things. */
  readonly stand?: string;
  /** How the service prints it, where that is not its text: a truth value that an expression came to. */
  readonly shown?: string;
}

export interface MappingEntry {
  readonly key: ScalarNode;
  readonly value: YamlNode;
}

/** Entries in the order of the file. A key that is written twice is here twice: reading reports it. */
export interface MappingNode extends Position {
  readonly kind: 'mapping';
  readonly entries: readonly MappingEntry[];
}

export interface SequenceNode extends Position {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

/** A YAML document as plain data: every node knows its place, nothing is shared, nothing refers to anything else. */
export type YamlNode = ScalarNode | MappingNode | SequenceNode;

const NULLS = new Set(['', '~', 'null', 'Null', 'NULL']);

/** True for `key:` with nothing behind it, and for the words YAML has for nothing. */
export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.plain && NULLS.has(node.text);
}

/** The text of a node that names something: what stands for it, where it is not known. */
export function nameText({ stand, text }: ScalarNode): string {
  return stand ?? text;
}

/** The place of a node alone, for a finding. */
export function placeOf(node: Position): Position {
  return { file: node.file, line: node.line, column: node.column };
}

/** What a node is, in words for a message of one line: `a list`, `'x'`. */
export function describeNode(node: YamlNode): string {
  switch (node.kind) {
    case 'mapping':
      return 'a mapping';
    case 'sequence':
      return 'a list';
    case 'scalar':
      return isNull(node) ? 'nothing' : `'${excerpt(node.text)}'`;
  }
}

/** The beginning of a text on one line, for a message. */
export function excerpt(text: string, most = 60): string {
  const line = text.slice(0, most).replace(/\s+/g, ' ');
  return text.length > most ? `${line}...` : line;
}
