import assert from 'node:assert/strict';
import { formatDecimal, fromNumber, parseLiteral, parseText } from '../../src/expression/decimal.ts';
import { fromYaml, text, UNKNOWN } from '../../src/expression/value.ts';
import { shown } from './run-expression.ts';

describe('a parameter as YAML wrote it', () => {
  const rows: readonly (readonly [unknown, string, string])[] = [
    ['a', "'a'", 'text'],
    [true, 'True', 'boolean'],
    [1.5, '1.5', 'number'],
    [1e21, '1000000000000000000000', 'a number that JavaScript writes with an exponent'],
    [1e-6, '0.000001', 'a small number'],
    [-0.5, '-0.5', 'a negative number'],
    [1e40, '?number|string', 'a number beyond the range'],
    [Number.NaN, '?number|string', 'no number'],
    [null, "''", 'null is the empty text'],
    [[1, ['a']], "[1, ['a']]", 'lists'],
    [{ b: { c: [] } }, '{b: {c: []}}', 'objects'],
    [new Date(0), shown(UNKNOWN), 'a date is not guessed at'],
  ];
  for (const [data, expected, reason] of rows)
    it(reason, () => {
      assert.equal(shown(fromYaml(data)), expected);
    });

  it('keys that JavaScript knows already are ordinary keys', () => {
    const data: unknown = JSON.parse('{"__proto__": "a", "constructor": "b"}');
    assert.equal(shown(fromYaml(data)), "{__proto__: 'a', constructor: 'b'}");
    assert.equal(shown(text('x')), "'x'");
  });
});

describe('decimals', () => {
  const texts: readonly (readonly [string, string | undefined, string])[] = [
    ['1,000', '1000', 'thousands'],
    ['1,0,0', '100', 'separators anywhere'],
    [',1', undefined, 'a separator first'],
    ['1,000.5', '1000.5', 'thousands and decimals'],
    ['\t+5\n', '5', 'spaces and plus'],
    ['- 5', undefined, 'a space behind the sign'],
    ['5-', undefined, 'a sign behind'],
    ['.', undefined, 'a point alone'],
    ['', undefined, 'nothing'],
    ['1e3', undefined, 'an exponent'],
    ['00000000000000000000000000000000000001', '1', 'zeros in front'],
    ['79228162514264337593543950335', '79228162514264337593543950335', 'the largest'],
    ['79228162514264337593543950336', undefined, 'beyond the largest'],
  ];
  for (const [source, expected, reason] of texts)
    it(`from text: ${reason}`, () => {
      const value = parseText(source);
      assert.equal(value === undefined ? undefined : formatDecimal(value), expected);
    });

  it('agree, however they came', () => {
    assert.equal(parseLiteral('0.1'), fromNumber(0.1));
    assert.equal(parseText('0.10'), fromNumber(0.1));
    assert.equal(parseLiteral('-3.'), fromNumber(-3));
  });

  it('are shown with seven decimals, rounded', () => {
    assert.equal(formatDecimal(parseText('-0.00000004') ?? 1n), '0');
    assert.equal(formatDecimal(parseText('-0.00000006') ?? 1n), '-0.0000001');
    assert.equal(formatDecimal(parseText('0.99999999') ?? 1n), '1');
  });
});
