import { isMap, isScalar, isSeq } from 'yaml';
import type { Pair, ParsedNode, YAMLMap } from 'yaml';
import type { Edit, Planned } from './edit.ts';

type Map = YAMLMap.Parsed;

const LAYOUT = 'its layout is not one that can be changed safely';

/** The entry of a mapping, whatever the case of its key. */
export function entryOf(map: Map, key: string): Pair<ParsedNode, ParsedNode | null> | undefined {
  return map.items.find(({ key: one }) => isScalar(one) && String(one.value).toLowerCase() === key.toLowerCase());
}

/** Puts another text in place of a scalar value. */
export function replaceText(map: Map, key: string, text: string): Planned {
  const value = entryOf(map, key)?.value;
  if (!isScalar(value) || value.type === 'BLOCK_FOLDED' || value.type === 'BLOCK_LITERAL') return { refused: LAYOUT };
  const [offset, end] = value.range;
  return { edit: { offset, length: end - offset, text } };
}

/** Adds `key: text` behind an entry of a mapping; the last one when none is named. */
export function addPair(body: string, map: Map, key: string, text: string, behind = map.items.at(-1)): Planned {
  if (behind === undefined) return { refused: LAYOUT };
  const end = (behind.value ?? behind.key).range[1];
  if (map.flow === true) return { edit: { offset: end, length: 0, text: `, ${key}: ${text}` } };
  const start = behind.key.range[0];
  const before = body.slice(body.lastIndexOf('\n', start - 1) + 1, start);
  // What stands before the first key of an item of a list is its dash.
  if (!/^ *(?:- +)*$/.test(before)) return { refused: LAYOUT };
  return { edit: linesBehind(body, end, `${' '.repeat(before.length)}${key}: ${text}`) };
}

/** Leaves a mapping with some of its entries, as they are written. */
export function keepOnly(body: string, map: Map, keys: readonly string[]): Planned {
  const kept = keys.flatMap((key) => entryOf(map, key) ?? []);
  const texts = kept.map(({ key, value }) => body.slice(key.range[0], (value ?? key).range[1]).trimEnd());
  if (kept.length === 0 || texts.some((one) => one.includes('\n'))) return { refused: LAYOUT };
  const [first, last] = [map.items[0], map.items.at(-1)];
  if (first === undefined || last === undefined) return { refused: LAYOUT };
  const offset = first.key.range[0];
  const written = body.slice(offset, (last.value ?? last.key).range[1]);
  const length = written.trimEnd().length;
  if (map.flow === true) return { edit: { offset, length, text: texts.join(', ') } };
  const start = body.lastIndexOf('\n', offset - 1) + 1;
  return { edit: { offset, length, text: texts.join(`\n${' '.repeat(offset - start)}`) } };
}

/** Puts an item before another one of a list that is written in lines. */
export function itemBefore(body: string, map: Map, lines: readonly string[]): Planned {
  const offset = map.items[0]?.key.range[0];
  if (offset === undefined || map.flow === true) return { refused: LAYOUT };
  const start = body.lastIndexOf('\n', offset - 1) + 1;
  const lead = body.slice(start, offset);
  if (!/^ *- +$/.test(lead)) return { refused: LAYOUT };
  const newline = body[body.indexOf('\n') - 1] === '\r' ? '\r\n' : '\n';
  const indent = ' '.repeat(lead.length);
  const text = lines.map((line, at) => `${at === 0 ? lead : indent}${line}${newline}`).join('');
  return { edit: { offset: start, length: 0, text } };
}

/** A mapping below a key of another. */
export function mappingUnder(map: Map, key: string): Map | undefined {
  const value = entryOf(map, key)?.value;
  return isMap(value) && !isSeq(value) ? (value as Map) : undefined;
}

function linesBehind(body: string, end: number, line: string): Edit {
  const at = body[end - 1] === '\n' ? end - 1 : body.indexOf('\n', end);
  const newline = body[body.indexOf('\n') - 1] === '\r' ? '\r\n' : '\n';
  if (at < 0) return { offset: body.length, length: 0, text: `${newline}${line}` };
  return { offset: at + 1, length: 0, text: `${line}${newline}` };
}
