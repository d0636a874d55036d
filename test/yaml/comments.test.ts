import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findComments } from '../../src/yaml/comments.ts';
import { runs } from '../depth.ts';

describe('findComments', () => {
  const cases: [string, string, string[]][] = [
    ['beside a value', 'a: b # one', ['1:6 beside # one']],
    [
      'alone, in a mapping and a list',
      '# one\na:\n  # two\n  - b\n# three\n',
      ['1:1 alone # one', '3:3 alone # two', '5:1 alone # three'],
    ],
    [
      'in brackets',
      'a: [ # one\n  b, # two\n] # three',
      ['1:6 beside # one', '2:6 beside # two', '3:3 beside # three'],
    ],
    ['behind the mark of a block', 'a: | # one\n  # text\n', ['1:6 beside # one']],
    [
      'behind a byte order mark and CRLF',
      '\uFEFFa: b\r\n# one\r\nc: d # two\r\n',
      ['2:1 alone # one', '3:6 beside # two'],
    ],
    ['none in quotes, plain text or folded text', 'a: "x # y"\nb: \'# z\'\nc: d#e\nf: >\n  # g\n', []],
    ['after a tab', 'a: b\t# one', ['1:6 beside # one']],
    ['between keys, and of nothing', 'a: # one\n# two\nb:\n  c: d', ['1:4 beside # one', '2:1 alone # two']],
    ['in a document of nothing else', '# one', ['1:1 alone # one']],
  ];
  for (const [name, text, expected] of cases)
    it(name, () => {
      const found = findComments(text, 'f.yml');
      assert.deepEqual(
        found.map(({ line, column, alone, text: said }) => `${line}:${column} ${alone ? 'alone' : 'beside'} ${said}`),
        expected,
      );
    });

  it('never throws, and points at a # in the text', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '#', '-', '[', '"', '|', '&', '\t', '\r') }),
        (text) => {
          const lines = text.split('\n');
          for (const { line, column } of findComments(text, 'f')) assert.equal(lines[line - 1]![column - 1], '#');
        },
      ),
      { seed: 20261125, numRuns: runs(2000) },
    ));
});
