import assert from 'node:assert/strict';
import { show, template } from './run-expression.ts';
import { cpuTime } from '../cpu-time.ts';

const within = template(
  {
    objectA: { key: 'value' },
    objectB: { key: 'value' },
    listA: ['one', 'two'],
    listB: ['one', 'two'],
    items: ['Alpha', '', 2],
    mixed: ['a', { b: 'c' }, true],
    values: { first: 'Alpha', second: 'beta', numericText: '01' },
    nested: { alpha: 'one', nested: ['two', 3], none: [], empty: {} },
    empty: {},
    nothing: [],
    flag: true,
    notSet: null,
  },
  { letters: 'ABC', numbers: '123', 'Build.SourceBranch': 'refs/heads/main' },
);

function table(title: string, rows: readonly (readonly [string, string, string])[]): void {
  describe(title, () => {
    for (const [source, expected, reason] of rows)
      it(`${reason}: ${source}`, () => {
        assert.equal(show(source, within), expected);
      });
  });
}

const numberFailure = "! Unable to convert from String to Number. Value: 'x'";

table('conversions: eq converts right to the type of left', [
  ["eq('', parameters.objectA.missing)", 'True', 'null to text'],
  ["eq(parameters.objectA.missing, '')", 'True', 'the empty text to null'],
  ["eq(parameters.objectA.missing, 'x')", 'False', 'no other text to null'],
  ['eq(parameters.objectA.missing, 0)', 'False', 'no number to null'],
  ['eq(0, parameters.objectA.missing)', 'True', 'null to number'],
  ["eq('0.5', .5)", 'True', 'number to text'],
  ["eq(.5, '0.5')", 'True', 'text to number with decimals'],
  ["eq('1000', 1000)", 'True', 'number to text without thousands'],
  ["eq(1000, '1,000')", 'True', 'text to number with thousands'],
  ["eq(-1, ' -1 ')", 'True', 'text to number with spaces and sign'],
  ["eq(0, '')", 'True', 'the empty text is zero'],
  ["eq(1, '1e0')", 'False', 'no exponent in a text'],
  ["eq(255, '0xFF')", 'False', 'no hexadecimal in a text'],
  ["eq(1, 'x')", 'False', 'no conversion is unequal'],
  ["ne(1, 'x')", 'True', 'no conversion is unequal, ne'],
  ["lt(1, 'x')", numberFailure, 'no conversion fails an order'],
  ["eq('True', true)", 'True', 'boolean to text'],
  ["eq(true, 'false')", 'True', 'scalar parameters without type are strings: every text but the empty one is true'],
  ["eq(true, '')", 'False', 'the empty text is false'],
  ['eq(true, 7)', 'True', 'a number but zero is true'],
  ['eq(1, true)', 'True', 'boolean to number'],
  ["eq('AbC', 'aBc')", 'True', 'text without regard to case'],
  ["eq('straße', 'STRASSE')", 'False', 'one letter is never two'],
  ["eq('ä', 'Ä')", 'True', 'letters outside ASCII fold too'],
  ["eq('ı', 'I')", 'False', 'the dotless i is no I'],
  ['eq(9007199254740993, 9007199254740992)', 'False', 'numbers are exact'],
  ['eq(0.1, 0.10)', 'True', 'trailing zeros do not count'],
  ['eq(parameters.objectA, parameters.objectA)', 'True', 'an object is itself'],
  ['eq(parameters.objectA, parameters.objectB)', 'False', 'an object is no other'],
  ['eq(parameters.listA, parameters.listA)', 'True', 'an array is itself'],
  ['eq(parameters.listA, parameters.listB)', 'False', 'an array is no other'],
  ["eq('Array', parameters.listA)", 'False', 'an array is no text'],
  ['le(parameters.objectA, parameters.objectA)', '! Unable to convert from Object to Number. Value: Object', 'objects'],
  ['lt(parameters.listA, parameters.listB)', '! Unable to convert from Array to Number. Value: Array', 'arrays'],
]);

table('versions', [
  ['1.2.3.4', 'v1.2.3.4', 'version literals of 3-4 parts'],
  ['gt(1.10, 1.9)', 'False', 'two parts are a number'],
  ['gt(1.10.0, 1.9.0)', 'True', 'three parts are a version'],
  ['lt(1.2.3, 1.10.0)', 'True', 'part by part'],
  ['eq(1.2.0, 1.2)', 'False', 'a number is a version of two parts'],
  ['lt(1.2.0, 1.3)', 'True', 'a number is a version of two parts, ordered'],
  ['lt(1.2.0, 2)', '! Unable to convert from Number to Version. Value: 2', 'a whole number is no version'],
  ["eq(1.2.0, '1.2')", 'False', 'a missing part is less than zero'],
  ["eq(1.2.0, '1.2.0')", 'True', 'text to version'],
  ["lt(1.2.0, '1.3')", 'True', 'text to version of two parts'],
  ["eq('1.2.3', 1.2.3)", 'True', 'version to text'],
  ['eq(1.2, 1.2.0)', 'False', 'no version to number'],
]);

table('order', [
  ['ge(5, 5)', 'True', 'documented example'],
  ['gt(5, 2)', 'True', 'documented example'],
  ['le(2, 2)', 'True', 'documented example'],
  ['lt(2, 5)', 'True', 'documented example'],
  ["lt('a', 'B')", 'True', 'text without regard to case'],
  ['lt(false, true)', 'True', 'false before true'],
  ["lt(parameters.objectA.missing, '1')", 'True', 'null as zero'],
]);

table('logic', [
  ['and(true, 1, 1.2.3)', 'True', 'all true'],
  ["and(false, lt(1, 'x'))", 'False', 'and stops at the first false'],
  ["or(true, lt(1, 'x'))", 'True', 'or stops at the first true'],
  ["and(true, lt(1, 'x'))", numberFailure, 'and goes on'],
  ["in('Alpha', 'alpha', lt(1, 'x'))", 'True', 'in stops at the first match'],
  ["notIn('Alpha', 'alpha', lt(1, 'x'))", 'False', 'notIn stops at the first match'],
  ["in('B', 'A', 'B', 'C')", 'True', 'documented example'],
  ["notIn('D', 'A', 'B', 'C')", 'True', 'documented example'],
  ["in(1, '1')", 'True', 'in converts to the left'],
  ['not(eq(1, 2))', 'True', 'documented example'],
  [
    "format('{0}|{1}|{2}|{3}', xor(true, false), xor(false, true), xor(true, true), xor(false, false))",
    "'True|True|False|False'",
    'xor',
  ],
  ["format('{0}|{1}', iif(true, 'yes', 'no'), iif(false, 'yes', 'no'))", "'yes|no'", 'iif'],
  ["iif(true, 'yes', lt(1, 'x'))", numberFailure, 'iif evaluates both arms'],
  ["format('{0}|{1}|{2}', coalesce('', 'x'), coalesce(false, 'x'), coalesce(0, 'x'))", "'x|False|0'", 'coalesce'],
  ["coalesce('hit', lt(1, 'x'))", "'hit'", 'coalesce stops'],
  ["coalesce('', variables.missing)", 'null', 'coalesce of nothing'],
]);

table('text functions', [
  ["contains('ABCDE', 'bcd')", 'True', 'contains without regard to case'],
  [
    "contains(parameters.items, 'BETA')",
    '! Unable to convert from Array to String. Value: Array',
    'contains takes no array',
  ],
  ["and(startsWith(12345, '123'), endsWith('AbCdE', 'DE'))", 'True', 'startsWith and endsWith convert'],
  ["startsWith(variables['build.sourcebranch'], 'refs/heads/')", 'True', 'a variable in any case'],
  ["format('{0}|{1}', lower('ÄBC'), upper('äbc'))", "'äbc|ÄBC'", 'lower and upper'],
  ["upper('straße')", "'STRAßE'", 'upper keeps the length'],
  ["trim('  a b  ')", "'a b'", 'trim'],
  ["replace('AaA', 'a', 'x')", "'AxA'", 'replace minds case'],
  ["replace('abc', '', 'x')", "'abc'", 'replace of nothing'],
  ["replace('a.b.c', '.', '$&')", "'a$&b$&c'", 'replace takes text literally'],
  ["join('|', split('a,b;c,,', ',;'))", "'a,b;c,,'", 'split by the whole delimiter'],
  ["join('|', split('a,b,', ','))", "'a|b|'", 'split keeps empty parts'],
  ["join('|', split('abc', ''))", "'abc'", 'split by nothing'],
  ["join(';', parameters.items)", "'Alpha;;2'", 'join'],
  ["join(';', parameters.mixed)", "'a;;True'", 'join makes complex elements empty'],
  ["join('-', 12)", "'12'", 'join of no array'],
  ["format('{0}|{1}', length('fabrikam'), length(parameters.items))", "'8|3'", 'length'],
  ['length(parameters.values)', '3', 'length of an object'],
  ["substring('abcdef', 1, 3)", "'bcd'", 'substring'],
]);

table('format', [
  ["format('{1}-{0}-{1}', 'A', 'B')", "'B-A-B'", 'in any order'],
  ["format('{{{0}}} {{ and }}', 'x')", "'{x} { and }'", 'doubled braces'],
  [
    "format('{1}', 'only')",
    '! The following format string references more arguments than were supplied: {1}',
    'too few',
  ],
  ["format('{0', 'x')", '! The following format string is invalid: {0', 'a brace not closed'],
  ["format('}', 'x')", '! The following format string is invalid: }', 'a brace not opened'],
  ["format('{a}', 'x')", '! The following format string is invalid: {a}', 'no number'],
  [
    "format('{0:yyyy}', 'x')",
    "! The format specifiers 'yyyy' are not valid for objects of type 'String'",
    'specifiers',
  ],
  ["format('{0}', parameters.items)", '! Unable to convert from Array to String. Value: Array', 'an array'],
  ["format('a', lt(1, 'x'))", "'a' or ! Unable to convert from String to Number. Value: 'x'", 'an argument never used'],
]);

table('number to text', [
  ["format('{0}', 0.5)", "'0.5'", 'with decimals'],
  ["format('{0}', 1.0)", "'1'", 'without zeros'],
  ["format('{0}', 1000000)", "'1000000'", 'without thousands'],
  ["format('{0}', -1.25)", "'-1.25'", 'with a sign'],
  ["format('{0}', .12345678)", "'0.1234568'", 'seven decimals'],
]);

table('containsValue', [
  ["containsValue(parameters.items, 'ALPHA')", 'True', 'in an array'],
  ["containsValue(parameters.values, 'BETA')", 'True', 'in an object'],
  ['containsValue(parameters.values, 1)', 'True', 'converts to the wanted'],
  ["containsValue('Alpha', 'alpha')", 'False', 'in a text'],
]);

table('convertToJson', [
  [
    'convertToJson(parameters.nested)',
    `'{\n  "alpha": "one",\n  "nested": [\n    "two",\n    3\n  ],\n  "none": [],\n  "empty": {}\n}'`,
    'layout',
  ],
  ["convertToJson('text')", `'"text"'`, 'a text'],
  ['convertToJson(true)', `'true'`, 'a boolean'],
  ['convertToJson(variables.missing)', `'null'`, 'null'],
]);

table('truthiness (measured for each kind)', [
  ['not(variables.missing)', 'True', 'null'],
  ["not('')", 'True', 'empty text'],
  ["not('false')", 'False', 'any text'],
  ['not(0)', 'True', 'zero'],
  ['not(-1)', 'False', 'other numbers'],
  ['not(1.2.3)', 'False', 'version'],
  ['not(parameters.empty)', 'False', 'empty object'],
  ['not(parameters.nothing)', 'False', 'empty array'],
  ['not(parameters.notSet)', 'True', 'a null in YAML is the empty text'],
]);

describe('an expression that would fill the memory or the day', () => {
  it('doubling a text in every step ends in what is unknown', () => {
    let source = "'0123456789'";
    for (let step = 0; step < 45; step++) source = `format('{0}{0}', ${source})`;
    assert.match(show(source), /^\?string or ! The expression needs more text/);
  });

  it('doubling a text by replacing ends in what is unknown', () => {
    let source = "'aaaaaaaaaa'";
    for (let step = 0; step < 45; step++) source = `replace(${source}, 'a', 'aa')`;
    assert.match(show(source), /^\?string or ! The expression needs more text/);
  });

  it('five hundred searches of a large text end in what is unknown', () => {
    const large = template({}, { large: 'x'.repeat(1_000_000) });
    const started = cpuTime();
    const source = `or(${Array.from({ length: 500 }, () => "contains(variables.large, 'y')").join(', ')})`;
    assert.match(show(source, large), /^\?boolean or ! The expression needs more text/);
    assert.ok(cpuTime() - started < 5000);
  });
});
