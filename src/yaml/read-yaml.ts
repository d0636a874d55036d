import { Composer, isAlias, isMap, isScalar, LineCounter, Parser } from 'yaml';
import type { Alias, CST, ParsedNode, YAMLMap } from 'yaml';
import type { Finding, Position } from '../finding/finding.ts';
import { nestingDepth } from './nesting.ts';
import { excerpt, type MappingEntry, type YamlNode } from './node.ts';

/** The service reads pipelines of up to 20 MB; no graph file comes near it. */
const LARGEST_TEXT = 20 * 1024 * 1024;
/** The service's own limit is 100 levels. The composer of `yaml` recurses, and dies far above it. */
const DEEPEST_NESTING = 100;
/** One missing quote can make every later line an error; the first few say it all. */
const MOST_SYNTAX_FINDINGS = 10;

export interface ReadYamlOptions {
  readonly file: string;
  /** Rule name for the findings, as the reader of this kind of file calls it. */
  readonly rule: string;
  /** Pipelines fold the case of keys, except those that are template directives (`${{ if ... }}`). */
  readonly foldKeys?: boolean;
  /**
   * Files of other tools may use anchors and tags. What an alias stands for is not followed (a few lines of them can
   * stand for more than any memory holds): it is read as nothing, as is what a merge key would bring.
   */
  readonly foreign?: boolean;
}

export interface ReadYaml {
  /** Undefined when the text has syntax errors or is no single document. */
  readonly root: YamlNode | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Reads one YAML document into plain nodes with places. Never throws on any input: syntax errors, anchors, tags, too
 * large or too deep input, duplicate keys and a second document are findings. Duplicate keys leave the root usable.
 */
export function readYaml(text: string, options: ReadYamlOptions): ReadYaml {
  const { roots, findings } = readAll(text, options, (reading, tokens) => {
    const second = tokens.filter((token) => token.type === 'document')[1];
    return second && reading.refuse(second.offset, 'a second document begins here; write only one a file');
  });
  return { root: roots[0], findings };
}

/** What could be read of a file of several documents: none where one of them has syntax errors. */
export interface ReadDocuments {
  readonly roots: readonly YamlNode[];
  readonly findings: readonly Finding[];
}

/** As `readYaml`, for files that hold several documents; empty ones are left out. */
export function readYamlDocuments(text: string, options: ReadYamlOptions): ReadDocuments {
  return readAll(text, options, () => undefined);
}

function readAll(
  text: string,
  options: ReadYamlOptions,
  refuse: (reading: Reading, tokens: readonly CST.Token[]) => ReadDocuments | undefined,
): ReadDocuments {
  const reading = new Reading(options);
  if (text.length > LARGEST_TEXT)
    return reading.refuse(0, `the file has ${text.length} characters; at most ${LARGEST_TEXT} are read`);
  // A byte order mark is no column of the first line.
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const tokens = [...new Parser(reading.lines.addNewLine).parse(body)];
  if (nestingDepth(tokens) > DEEPEST_NESTING)
    return reading.refuse(0, `lists and mappings are nested more than ${DEEPEST_NESTING} levels deep`);
  return refuse(reading, tokens) ?? reading.compose(tokens, body);
}

/** The state of one reading: line starts and what was found. */
class Reading {
  readonly lines = new LineCounter();
  #text = '';
  #line = 0;
  readonly #findings: Finding[] = [];
  readonly #options: ReadYamlOptions;

  constructor(options: ReadYamlOptions) {
    this.#options = options;
  }

  refuse(offset: number, message: string): ReadDocuments {
    this.#report(this.#at(offset), message);
    return { roots: [], findings: this.#findings };
  }

  compose(tokens: readonly CST.Token[], text: string): ReadDocuments {
    this.#text = text;
    // Scalars stay text: what `on`, `1.10` or `2024-01-01` mean is for the reader of each field to say.
    const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
    const documents = [...composer.compose(tokens, true, text.length)];
    const errors = documents.flatMap((document) => document.errors);
    for (const error of errors.slice(0, MOST_SYNTAX_FINDINGS))
      this.#report(this.#at(error.pos[0]), `not valid YAML: ${excerpt(error.message, 160)}`);
    if (errors.length > 0) return { roots: [], findings: this.#findings };
    const contents = documents.flatMap((document) => (document.contents as ParsedNode | null) ?? []);
    if (contents.length === 0) return this.refuse(0, 'the file is empty');
    return { roots: contents.map((one) => this.#node(one, 0)), findings: this.#findings };
  }

  #node(node: ParsedNode | null, offset: number): YamlNode {
    const { file, line, column } = this.#at(node?.range[0] ?? offset);
    if (node === null) return { kind: 'scalar', text: '', plain: true, file, line, column };
    if (isAlias(node)) {
      const nothing = { kind: 'scalar', text: '', plain: true, file, line, column } as const;
      if (this.#options.foreign === true) return nothing;
      const message = `Anchors are not currently supported. Replace the alias '*${node.source}' by what it stands for`;
      this.#report({ file, line, column }, message);
      return nothing;
    }
    this.#refuseProperties(node);
    if (isScalar(node))
      return { kind: 'scalar', text: String(node.value), plain: node.type === 'PLAIN', file, line, column };
    if (isMap(node)) return { kind: 'mapping', entries: this.#entries(node), file, line, column };
    const items = node.items.map((item) => this.#node(item, node.range[0]));
    return { kind: 'sequence', items, file, line, column };
  }

  #refuseProperties(node: Exclude<ParsedNode, Alias>): void {
    if (this.#options.foreign === true) return;
    // Both stand before the node, where its own place does not lie.
    if (node.anchor !== undefined) {
      const at = this.#at(this.#text.lastIndexOf(`&${node.anchor}`, node.range[0]));
      this.#report(at, `Anchors are not currently supported. Remove the anchor '${node.anchor}'`);
    }
    if (node.tag !== undefined) {
      const at = this.#at(this.#text.lastIndexOf('!', node.range[0]));
      this.#report(at, `tags are not supported. Remove the tag '${excerpt(node.tag)}'`);
    }
  }

  #entries(map: YAMLMap.Parsed): MappingEntry[] {
    const entries: MappingEntry[] = [];
    const seen = new Map<string, Position>();
    for (const pair of map.items) {
      const key = this.#node(pair.key, map.range[0]);
      const value = this.#node(pair.value, pair.key.range[1]);
      if (key.kind !== 'scalar') {
        this.#report(key, 'a key must be plain text; put quotes around a value that begins with { or [');
        continue;
      }
      const name = this.#options.foldKeys === true ? key.text.toLowerCase() : key.text;
      const first = seen.get(name);
      if (first === undefined) seen.set(name, key);
      else if (this.#options.foldKeys !== true || !name.startsWith('${{'))
        this.#report(key, `'${excerpt(key.text)}' is already defined, on line ${first.line}`);
      entries.push({ key, value });
    }
    return entries;
  }

  /** Places are asked for nearly in the order of the text, so the line is looked for from the last one on. */
  #at(offset: number): Position {
    const starts = this.lines.lineStarts;
    while (this.#line > 0 && starts[this.#line]! > offset) this.#line--;
    while (this.#line + 1 < starts.length && starts[this.#line + 1]! <= offset) this.#line++;
    return { file: this.#options.file, line: this.#line + 1, column: offset - (starts[this.#line] ?? 0) + 1 };
  }

  #report({ file, line, column }: Position, message: string): void {
    this.#findings.push({ rule: this.#options.rule, severity: 'error', message, file, line, column, services: [] });
  }
}
