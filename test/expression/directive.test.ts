import assert from 'node:assert/strict';
import { isDirective, parseDirective } from '../../src/expression/directive.ts';
import { cpuTime } from '../cpu-time.ts';

function show(source: string): string {
  const directive = parseDirective(source);
  if (directive === undefined) return 'expression';
  if ('error' in directive) return `! ${directive.error}`;
  const parts = Object.values(directive).flatMap((part) => (typeof part === 'string' ? [] : [part]));
  for (const { source: piece, inside } of parts) assert.equal(source.slice(inside, inside + piece.length), piece);
  return [directive.kind, ...parts.map((part) => `<${part.source}>`)].join(' ');
}

const EACH = "The expected format of an 'each' expression is: ${ each <identifier> in <value> }";
const count = (word: string, expected: number, actual: number): string =>
  `! Exactly ${expected} parameter(s) were expected following the directive '${word}'. Actual parameter count: ${actual}`;

describe('directives', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    [' if eq(1, 1) ', 'if <eq(1, 1)>', 'white space around and within calls'],
    ['if and ( a , b )', 'if <and ( a , b )>', 'white space before a bracket'],
    ['if parameters . x [ 0 ]', 'if <parameters . x [ 0 ]>', 'white space around points and brackets'],
    ["if 'a b'", "if <'a b'>", 'a text'],
    ["elseif 'it''s ( [ '", "elseif <'it''s ( [ '>", 'quotes and brackets in a text'],
    ['else', 'else', 'nothing'],
    ['insert', 'insert', 'nothing'],
    ['each x in parameters.items', 'each <x> <parameters.items>', 'a loop'],
    ["each item in split('a in b', ' in ')", "each <item> <split('a in b', ' in ')>", 'in as text [measured]'],
    ["each x in split(format('{0}', in('b', 'b')), ',')", "each <x> <split(format('{0}', in('b', 'b')), ',')>", 'in()'],
    ['each x on y', `! The value 'on' is unexpected. ${EACH}`, 'another word [measured]'],
    ['each x IN y', `! The value 'IN' is unexpected. ${EACH}`, 'another case [measured]'],
    ['each x in a b', count('each', 3, 4), 'one too many [measured]'],
    ['each', count('each', 3, 0), 'none'],
    ['else if eq(1, 1)', count('else', 0, 2), 'a call is one [measured]'],
    ['insert extra', count('insert', 0, 1), 'one [measured]'],
    ['if', 'expression', 'no condition [measured]'],
    ['if eq(1, 1) eq(2, 2)', 'expression', 'two conditions [measured]'],
    ['IF eq(1, 1)', 'expression', 'capitals [measured]'],
    ['Each x in y', 'expression', 'a capital [measured]'],
    ['foreach x in y', 'expression', 'another word'],
    ['iif(a, b, c)', 'expression', 'a function that begins alike'],
    ['', 'expression', 'nothing at all'],
  ];
  for (const [source, expected, reason] of rows)
    it(`reads '${source}': ${reason}`, () => {
      assert.equal(show(source), expected);
    });

  it('knows the words where they are no directives', () => {
    for (const word of ['if', ' if x', 'else', 'insert', 'each a in b', 'elseif\tx'])
      assert.ok(isDirective(word), word);
    for (const word of ['IF x', 'iffy', 'variables.if', '', 'else(']) assert.ok(!isDirective(word), word);
  });

  it('is linear in the length', () => {
    const started = cpuTime();
    for (const piece of ['( ', ') ', "' ", 'a ', '. ']) parseDirective(`each ${piece.repeat(20_000)}`);
    assert.ok(cpuTime() - started < 1000);
  });
});
