import assert from 'node:assert/strict';
import { isNull, type YamlNode } from '../../src/yaml/node.ts';
import { readYaml } from '../../src/yaml/read-yaml.ts';

const read = (text: string, foldKeys = false) => readYaml(text, { file: 'f.yml', rule: 'r', foldKeys });

/** `key@line:column=value` of every scalar, depth first. */
function outline(node: YamlNode): string {
  if (node.kind === 'scalar') return `${node.text}@${node.line}:${node.column}${node.plain ? '' : '"'}`;
  if (node.kind === 'sequence') return `[${node.items.map(outline).join(' ')}]`;
  return `{${node.entries.map(({ key, value }) => `${outline(key)}=${outline(value)}`).join(' ')}}`;
}

describe('readYaml', () => {
  const shapes: [string, string, string][] = [
    ['a: 1\nb: "x"\n', '{a@1:1=1@1:4 b@2:1=x@2:4"}', 'a mapping with places and quoting'],
    ['a:\r\n  - x\r\n  - y\r\n', '{a@1:1=[x@2:5 y@3:5]}', 'CRLF'],
    ['\uFEFFa: 1', '{a@1:1=1@1:4}', 'a byte order mark, which is no column'],
    ['a:\nb: 1', '{a@1:1=@1:3 b@2:1=1@2:4}', 'a key without a value'],
    ['a: |\n  one\n  two\n', '{a@1:1=one\ntwo\n@1:4"}', 'a block of text'],
    [
      'on: yes\nv: 1.10\nd: 2024-01-01',
      '{on@1:1=yes@1:5 v@2:1=1.10@2:4 d@3:1=2024-01-01@3:4}',
      'scalars as they are written',
    ],
    ['[a, {b: c}]', '[a@1:2 {b@1:6=c@1:9}]', 'flow style'],
    ['${{ if eq(1, 1) }}:\n  x: 1', '{${{ if eq(1, 1) }}@1:1={x@2:3=1@2:6}}', 'a directive as a key'],
  ];
  for (const [text, expected, reason] of shapes)
    it(`reads ${reason}`, () => {
      const { root, findings } = read(text);
      assert.deepEqual(findings, []);
      assert.equal(outline(root!), expected);
    });

  const faults: [string, string, string][] = [
    ['a:\n\tb: 1\n', '2:1 not valid YAML: Tabs are not allowed as indentation', 'a tab'],
    [
      'a: [1, 2\nb: 3\n',
      '2:1 not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      'an open bracket',
    ],
    ['a: 1\n---\nb: 2\n', '2:1 a second document begins here; write only one a file', 'two documents'],
    ['a: &x 1\n', "1:4 Anchors are not currently supported. Remove the anchor 'x'", 'an anchor'],
    ['b: *y', "1:4 Anchors are not currently supported. Replace the alias '*y' by what it stands for", 'an alias'],
    ['a: !secret 1', "1:4 tags are not supported. Remove the tag '!secret'", 'a tag'],
    ['a: 1\nb: 2\na: 3', "3:1 'a' is already defined, on line 1", 'a key written twice'],
    [
      '? [a]\n: b',
      '1:3 a key must be plain text; put quotes around a value that begins with { or [',
      'a list as a key',
    ],
    [
      'x: {{ y }}',
      '1:5 a key must be plain text; put quotes around a value that begins with { or [',
      'a mustache without quotes',
    ],
    ['', '1:1 the file is empty', 'nothing'],
    ['# only a comment\n', '1:1 the file is empty', 'only a comment'],
  ];
  for (const [text, expected, reason] of faults)
    it(`finds ${reason}`, () => {
      const { findings } = read(text);
      assert.deepEqual(
        findings.map((f) => `${f.line}:${f.column} ${f.message}`),
        [expected],
      );
      assert.equal(findings[0]!.file, 'f.yml');
      assert.equal(findings[0]!.rule, 'r');
    });

  it('folds the case of keys only where asked, and never of directives', () => {
    assert.equal(read('a: 1\nA: 2').findings.length, 0);
    assert.equal(read('a: 1\nA: 2', true).findings.length, 1);
    assert.equal(read('${{ if x }}: 1\n${{ if x }}: 2', true).findings.length, 0);
  });

  it('tells nothing from text that says nothing', () => {
    const { root } = read('[~, "", null, "null"]');
    assert.deepEqual(root?.kind === 'sequence' && root.items.map(isNull), [true, false, true, false]);
  });

  const bombs: [string, string, string][] = [
    ['['.repeat(100_000), 'nested more than 100', 'open brackets'],
    ['{a: '.repeat(20_000), 'nested more than 100', 'open braces'],
    ['- '.repeat(20_000), 'nested more than 100', 'dashes on one line'],
    ['? '.repeat(20_000), 'nested more than 100', 'complex keys'],
    ['x'.repeat(21 * 1024 * 1024), 'at most', 'a huge file'],
    ['"\n'.repeat(5000), 'not valid YAML', 'quotes that never close'],
  ];
  for (const [text, expected, reason] of bombs)
    it(`survives ${reason}`, () => assert.match(read(text).findings[0]!.message, new RegExp(expected)));

  it('expands no aliases, however many', () => {
    const lines = ['a0: &a0 [x, x]'];
    for (let i = 1; i < 40; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
    const { findings } = read(lines.join('\n'));
    assert.ok(findings.every((f) => f.message.startsWith('Anchors are not currently supported')));
    assert.equal(findings.length, 40 + 2 * 39);
  });

  it('goes 100 levels deep', () => {
    assert.deepEqual(read('['.repeat(100) + ']'.repeat(100)).findings, []);
    assert.equal(read('['.repeat(101) + ']'.repeat(101)).findings.length, 1);
  });
});
