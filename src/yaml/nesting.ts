import type { CST } from 'yaml';

/**
 * Levels of lists and mappings in what the parser found. Composing recurses and, on thousands of open brackets, takes
 * the whole process down (a regular expression compiled at the end of the stack); this looks first, without recursion.
 */
export function nestingDepth(tokens: readonly CST.Token[]): number {
  let deepest = 0;
  const waiting: [CST.Token, number][] = tokens.map((token) => [token, 0]);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [token, depth] = next;
    if (token.type === 'document' && token.value !== undefined) waiting.push([token.value, depth]);
    if (!('items' in token)) continue;
    if (depth === deepest) deepest++;
    for (const { key, value } of token.items) {
      if (key && 'items' in key) waiting.push([key, depth + 1]);
      if (value !== undefined && 'items' in value) waiting.push([value, depth + 1]);
    }
  }
  return deepest;
}
