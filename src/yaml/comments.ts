import { LineCounter, Parser } from 'yaml';
import type { CST } from 'yaml';
import type { Position } from '../finding/finding.ts';

/** A comment of a YAML file. */
export interface Comment extends Position {
  /** With the `#`. */
  readonly text: string;
  /** Nothing else stands on its line. */
  readonly alone: boolean;
}

/**
 * All comments of a text, in its order, as the parser sees them: a `#` inside quotes, in plain text or in a block of
 * text is none. Never throws; what follows a syntax error may be missing.
 */
export function findComments(text: string, file: string): Comment[] {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lines = new LineCounter();
  const found: { offset: number; source: string }[] = [];
  const waiting: CST.Token[] = [...new Parser(lines.addNewLine).parse(body)];
  // Not by recursion: how deep a file is nested is not ours to choose.
  for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
    if (token.type === 'comment') found.push(token);
    if ('start' in token) waiting.push(...[token.start].flat());
    if ('end' in token && token.end !== undefined) waiting.push(...token.end);
    if ('props' in token) waiting.push(...token.props);
    if ('value' in token && token.value !== undefined) waiting.push(token.value);
    if ('items' in token)
      for (const { start, key, sep, value } of token.items) {
        waiting.push(...start, ...(sep ?? []));
        if (key) waiting.push(key);
        if (value !== undefined) waiting.push(value);
      }
  }
  return found
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, source }) => {
      const { line, col } = lines.linePos(offset);
      const before = body.slice(offset - col + 1, offset);
      return { file, line, column: col, text: source, alone: before.trim() === '' };
    });
}
