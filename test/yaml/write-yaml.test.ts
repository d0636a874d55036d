import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { YamlNode } from '../../src/yaml/node.ts';
import { readYaml } from '../../src/yaml/read-yaml.ts';
import { writeYaml } from '../../src/yaml/write-yaml.ts';
import { runs } from '../depth.ts';

function read(text: string): YamlNode {
  const { root, findings } = readYaml(text, { file: 'f', rule: 'r' });
  assert.deepEqual(findings, []);
  return root!;
}

/** The data of a node, with what quotes say: `"1"` and 1 are not the same. */
function data(node: YamlNode): unknown {
  if (node.kind === 'sequence') return node.items.map(data);
  if (node.kind === 'mapping') return node.entries.map(({ key, value }) => [key.text, data(value)]);
  const ambiguous = /^(?:[-+.\d]|true$|false$|null$|~$|$)/i.test(node.text);
  return ambiguous && node.plain ? { plain: node.text } : node.text;
}

describe('writeYaml', () => {
  const rows: [string, string, string][] = [
    ['a: {b: [1, "2"]}', "a:\n  b:\n  - 1\n  - '2'\n", 'lists under their key, quotes where they mean something'],
    ['a: []\nb: {}\nc:\n', 'a: []\nb: {}\nc:\n', 'empty lists, empty mappings, nothing'],
    ['a: "x\\ny\\n"', 'a: |\n  x\n  y\n', 'lines'],
    ["a: 'it''s: #'", "a: 'it''s: #'\n", 'quotes in quotes'],
    ['a: "true"\nb: true', "a: 'true'\nb: true\n", 'words that are no texts'],
    [`a: ${'x '.repeat(100)}y`, `a: ${'x '.repeat(100)}y\n`, 'long lines as they are'],
  ];
  for (const [text, expected, reason] of rows)
    it(`writes ${reason}`, () => assert.equal(writeYaml(read(text)), expected));

  it('puts comments above items', () => {
    const comment = (node: YamlNode): string | undefined =>
      node.kind === 'mapping' && node.line > 1 ? 'here' : undefined;
    assert.equal(writeYaml(read('l:\n- a: 1\n- b: 2'), comment), 'l:\n# here\n- a: 1\n# here\n- b: 2\n');
  });

  it('writes what reads as the same again', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('', 'true', '1', '- x', 'a: b', '#', 'a\nb', ' x '),
    );
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, text, fc.array(tie('node')), fc.dictionary(text, tie('node'))),
    })).node;
    fc.assert(
      fc.property(tree, (value) => {
        const node = read(JSON.stringify(value));
        assert.deepEqual(data(read(writeYaml(node))), data(node));
      }),
      { seed: 20260807, numRuns: runs(1000) },
    );
  });
});
