import assert from 'node:assert/strict';
import fc from 'fast-check';
import { textDiff } from '../../../src/order/fix/text-diff.ts';

/** Applies a unified difference by its line numbers, as strictly as `git apply`. */
function apply(before: string, diff: string): string {
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const out: string[] = [];
  let at = 0;
  const body = diff.split('\n').slice(2);
  for (let row = 0; row < body.length; row++) {
    const line = body[row]!;
    const head = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
    if (head !== null) {
      const start = Number(head[1]) - (head[2] === '0' ? 0 : 1);
      out.push(...lines.slice(at, start));
      at = start;
      assert.equal(out.length, Number(head[3]) - (head[4] === '0' ? 0 : 1), 'the new line number');
      continue;
    }
    if (line === '' || line.startsWith('\\')) continue;
    const text = line.slice(1) + (body[row + 1]?.startsWith('\\') === true ? '' : '\n');
    if (!line.startsWith('+')) assert.equal(lines[at++], text);
    if (!line.startsWith('-')) out.push(text);
  }
  return [...out, ...lines.slice(at)].join('');
}

describe('textDiff', () => {
  const anyText = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 30 }), fc.boolean())
    .map(([lines, end]) => lines.join('\n') + (end ? '\n' : ''));

  it('leads from the one text to the other, whatever they are', () =>
    fc.assert(
      fc.property(anyText, anyText, (before, after) => {
        const diff = textDiff(before, after, 'x.yml');
        if (before === after) assert.equal(diff, '');
        else assert.equal(apply(before, diff), after);
      }),
      { seed: 20261123, numRuns: 2000 },
    ));

  it('keeps changes that are far apart in hunks of their own, with three lines around each', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}\n`);
    const changed = lines.map((line, at) => (at === 5 || at === 20 ? `${line}new\n` : line));
    const diff = textDiff(lines.join(''), changed.join(''), 'x.yml');
    assert.deepEqual(diff.match(/^@@.*$/gm), ['@@ -4,6 +4,7 @@', '@@ -19,6 +20,7 @@']);
  });
});
