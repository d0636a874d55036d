import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';

/** One replacement in a text; the rest of it stays byte for byte. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

export type Planned = { readonly edit: Edit } | { readonly refused: string };

/** A mapping by the place of its first key, as findings name stages and jobs. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML text that can be changed in place. Offsets are those of the text without a byte order mark. */
export interface EditableYaml {
  /** Whether the mapping at a place stands under a template directive, or is named by a template expression. */
  isGenerated(place: Place): boolean;
  /**
   * Plans to add names to a list of the mapping at a place.
   * @param names.add what is missing; `names.whenAbsent` what the list has to begin with when there is none yet
   */
  addNames(place: Place, key: string, names: { add: readonly string[]; whenAbsent: readonly string[] }): Planned;
  /** The mapping at a place, for other changes; undefined under a directive, or where none begins. */
  mappingAt(place: Place): YAMLMap.Parsed | undefined;
}

type Map = YAMLMap.Parsed;
interface Found {
  readonly map: Map;
  readonly head: Pair<ParsedNode, ParsedNode | null>;
  readonly generated: boolean;
}

const LONGEST_LINE = 120;
/** Plain words that YAML reads as something else than themselves. */
const NOT_PLAIN = /^(?:~|null|true|false|yes|no|on|off|[-+.\d].*)?$/i;
const LAYOUT = 'its layout is not one that can be added to safely';

/** Opens a text for changes. Undefined when it is no single YAML document of mappings and lists. */
export function openYaml(body: string): EditableYaml | undefined {
  const lines = new LineCounter();
  const document = parseDocument(body, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  if (document.errors.length > 0 || document.contents === null) return undefined;
  const mappings = indexMappings(document.contents as ParsedNode);
  const at = ({ line, column }: Place): Found | undefined =>
    mappings.get((lines.lineStarts[line - 1] ?? Number.NaN) + column - 1);
  return {
    isGenerated: (place) => at(place)?.generated ?? true,
    mappingAt: (place) => {
      const found = at(place);
      return found === undefined || found.generated ? undefined : found.map;
    },
    addNames: (place, key, names) => {
      const found = at(place);
      if (found === undefined) return { refused: LAYOUT };
      // `${{ if ... }}: { dependsOn: x }` may stand among its keys.
      if (found.map.items.some((pair) => isTemplated(pair.key))) return { refused: 'it holds template directives' };
      const entry = found.map.items.find(({ key: one }) => keyText(one) === key.toLowerCase());
      if (entry === undefined) return insertKey(body, found, key, [...names.whenAbsent, ...names.add]);
      return extendValue(body, entry, names.add);
    },
  };
}

/** Applies edits that do not overlap. */
export function applyEdits(body: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { offset, length, text } of [...edits].sort((a, b) => a.offset - b.offset)) {
    parts.push(body.slice(from, offset), text);
    from = offset + length;
  }
  return [...parts, body.slice(from)].join('');
}

/** Every mapping by the offset of its first key, without recursion. */
function indexMappings(root: ParsedNode): ReadonlyMap<number, Found> {
  const found = new Map<number, Found>();
  const waiting: { node: ParsedNode; generated: boolean }[] = [{ node: root, generated: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, generated } = next;
    if (isSeq(node)) for (const item of node.items as ParsedNode[]) waiting.push({ node: item, generated });
    if (!isMap(node)) continue;
    const map = node as Map;
    for (const head of map.items) {
      const templated = isTemplated(head.key) || isTemplated(head.value);
      found.set(head.key.range[0], { map, head, generated: generated || templated });
      if (head.value !== null) waiting.push({ node: head.value, generated: generated || isTemplated(head.key) });
    }
    // A mapping in braces is also found by the first of them.
    const own = map.items[0] && found.get(map.items[0].key.range[0]);
    if (own !== undefined && map.flow === true) found.set(map.range[0], own);
  }
  return found;
}

function insertKey(body: string, { map, head }: Found, key: string, names: readonly string[]): Planned {
  if (map.flow === true) {
    if (head.value === null || isEmpty(head.value)) return { refused: LAYOUT };
    const quote = keyQuote(head.key);
    const text = `, ${quote}${key}${quote}: ${listOf(names, quote)}`;
    return { edit: { offset: head.value.range[1], length: 0, text } };
  }
  const at = map.items.indexOf(head);
  const next = map.items[at + 1];
  // The name to be read comes right after the name to be referred to; all else comes after both.
  const last = next !== undefined && keyText(next.key) === 'displayname' ? next : head;
  const start = head.key.range[0];
  const before = body.slice(body.lastIndexOf('\n', start - 1) + 1, start);
  if (before.includes('\t')) return { refused: LAYOUT };
  const indent = ' '.repeat(before.length);
  const end = last.value === null || isEmpty(last.value) ? last.key.range[1] : last.value.range[1];
  const newline = eolOf(body, end);
  const oneLine = `${indent}${key}: ${listOf(names, '')}`;
  const lines =
    oneLine.length <= LONGEST_LINE
      ? oneLine
      : [`${indent}${key}:`, ...names.map((name) => `${indent}  - ${quoted(name, '')}`)].join(newline);
  return { edit: insertLines(body, end, lines) };
}

function extendValue(
  body: string,
  { key, value }: Pair<ParsedNode, ParsedNode | null>,
  names: readonly string[],
): Planned {
  if (value === null || isEmpty(value)) {
    const colon = body.indexOf(':', key.range[1]);
    return { edit: { offset: colon + 1, length: 0, text: ` ${listOf(names, '')}` } };
  }
  const [offset, end] = value.range;
  if (isScalar(value)) {
    if (isTemplated(value)) return { refused: 'its dependsOn is a template expression' };
    if (value.type === 'BLOCK_FOLDED' || value.type === 'BLOCK_LITERAL') return { refused: LAYOUT };
    const quote = quoteOf(value);
    const own = String(value.value);
    const written = own === '' || (value.type === 'PLAIN' && /^(?:~|null)$/i.test(own));
    const text = written
      ? listOf(names, quote)
      : `[${[body.slice(offset, end), ...names.map((one) => quoted(one, quote))].join(', ')}]`;
    return { edit: { offset, length: end - offset, text } };
  }
  if (!isSeq(value)) return { refused: 'its dependsOn is not a name or a list of names' };
  return extendList(body, value as YAMLSeq.Parsed, names, keyQuote(key));
}

/** @param quote of an item where there is none yet to do as */
function extendList(body: string, list: YAMLSeq.Parsed, names: readonly string[], quote: string): Planned {
  const items = list.items as ParsedNode[];
  if (!items.every((item) => isScalar(item) && !isTemplated(item)))
    return { refused: 'its dependsOn holds template expressions' };
  const last = items.at(-1) as Scalar.Parsed | undefined;
  const written = names.map((name) => quoted(name, last === undefined ? quote : quoteOf(last)));
  if (last === undefined) return { edit: { offset: list.range[0] + 1, length: 0, text: written.join(', ') } };
  if (isEmpty(last) || last.type === 'BLOCK_FOLDED' || last.type === 'BLOCK_LITERAL') return { refused: LAYOUT };
  const end = last.range[1];
  if (list.flow === true)
    return { edit: { offset: end, length: 0, text: written.map((name) => `, ${name}`).join('') } };
  const start = body.lastIndexOf('\n', last.range[0] - 1) + 1;
  const lead = body.slice(start, last.range[0]);
  // `  - Build`: what stands before the last item is what stands before its neighbours to come.
  if (!/^ *- +$/.test(lead)) return { refused: LAYOUT };
  return { edit: insertLines(body, end, written.map((name) => `${lead}${name}`).join(eolOf(body, end))) };
}

/** Puts whole lines behind the line that holds the end of something. */
function insertLines(body: string, end: number, lines: string): Edit {
  const newline = eolOf(body, end);
  // A block of text ends with its last line end.
  const at = body[end - 1] === '\n' ? end - 1 : body.indexOf('\n', end);
  if (at < 0) return { offset: body.length, length: 0, text: `${newline}${lines}` };
  return { offset: at + 1, length: 0, text: `${lines}${newline}` };
}

/** The line end that is used around a place: that of its line, else that of the first line. */
function eolOf(body: string, offset: number): string {
  const own = body.indexOf('\n', offset);
  const at = own < 0 ? body.indexOf('\n') : own;
  return at > 0 && body[at - 1] === '\r' ? '\r\n' : '\n';
}

function listOf(names: readonly string[], quote: string): string {
  const written = names.map((name) => quoted(name, quote));
  return written.length === 1 ? written[0]! : `[${written.join(', ')}]`;
}

function quoted(name: string, quote: string): string {
  const mark = quote === '' && (NOT_PLAIN.test(name) || !/^[\w.-]+$/.test(name)) ? "'" : quote;
  if (mark === '"') return JSON.stringify(name);
  return mark === '' ? name : `'${name.replaceAll("'", "''")}'`;
}

/** Where keys are in double quotes, as in JSON, so are the names. */
function keyQuote(key: ParsedNode): string {
  return isScalar(key) && key.type === 'QUOTE_DOUBLE' ? '"' : '';
}

function quoteOf(scalar: Scalar.Parsed): string {
  if (scalar.type === 'QUOTE_DOUBLE') return '"';
  return scalar.type === 'QUOTE_SINGLE' ? "'" : '';
}

function isTemplated(node: ParsedNode | null): boolean {
  return isScalar(node) && String(node.value).includes('${{');
}

/** Nothing at all is written, not even a word for nothing. */
function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.range[0] === node.range[1];
}

function keyText(key: ParsedNode): string {
  return isScalar(key) ? String(key.value).toLowerCase() : '';
}
