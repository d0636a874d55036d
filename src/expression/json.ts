import { toText } from './convert.ts';
import { isOpen, type Known, type Value } from './value.ts';
import type { Work } from './work.ts';

/** Deeper than any parameter can be written; beyond it nothing is claimed. */
const MOST_LEVELS = 500;

/**
 * `convertToJson`: two spaces a level, `[]` and `{}` when empty, versions as text (measured, and the open SDK).
 * `unknown` when a part is not known, `too-much` when the limits do not allow to tell.
 */
export function toJson(value: Value, work: Work): { readonly text: string } | 'unknown' | 'too-much' {
  const out: string[] = [];
  const stopped = write(value, 0, out, work);
  return stopped ?? { text: out.join('') };
}

function write(value: Value, level: number, out: string[], work: Work): 'unknown' | 'too-much' | undefined {
  if (value.kind === 'unknown') return 'unknown';
  if (level > MOST_LEVELS) return 'too-much';
  if (value.kind === 'array') {
    const items = value.items.map((item) => ['', item] as const);
    return writeAll(items, '[', ']', level, out, work);
  }
  if (value.kind === 'object') {
    if (isOpen(value)) return 'unknown';
    const items = [...value.entries.values()].map((entry) => [`${JSON.stringify(entry.key)}: `, entry.value] as const);
    return writeAll(items, '{', '}', level, out, work);
  }
  return put(scalar(value), out, work);
}

function writeAll(
  items: readonly (readonly [string, Value])[],
  open: string,
  close: string,
  level: number,
  out: string[],
  work: Work,
): 'unknown' | 'too-much' | undefined {
  if (items.length === 0) return put(open + close, out, work);
  const indent = '\n' + '  '.repeat(level + 1);
  for (const [index, [label, item]] of items.entries()) {
    const stopped = put(`${index === 0 ? open : ','}${indent}${label}`, out, work) ?? write(item, level + 1, out, work);
    if (stopped !== undefined) return stopped;
  }
  return put(`\n${'  '.repeat(level)}${close}`, out, work);
}

function put(piece: string, out: string[], work: Work): 'too-much' | undefined {
  if (!work.takeText(piece.length + 1)) return 'too-much';
  out.push(piece);
  return undefined;
}

function scalar(value: Known): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'number':
      return toText(value) ?? '';
    case 'string':
    case 'version':
    case 'array':
    case 'object':
      return JSON.stringify(toText(value) ?? '');
  }
}
