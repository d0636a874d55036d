import assert from 'node:assert/strict';
import { parseExpression } from '../../src/expression/parse.ts';
import type { Place } from '../../src/expression/places.ts';
import { MAX_LENGTH } from '../../src/expression/syntax-error.ts';
import { parsed, refusal } from './run-expression.ts';

const nested = (depth: number): string => 'not('.repeat(depth) + 'false' + ')'.repeat(depth);

describe('an expression is read', () => {
  const accepted: readonly (readonly [string, string])[] = [
    ['true', 'booleans in any case: lower'],
    ['True', 'booleans in any case: title'],
    ['TRUE', 'booleans in any case: upper'],
    ['42', 'whole number'],
    ['-1.2', 'the minus is part of the number'],
    ['.5', 'a point may begin a number'],
    ['1.', 'a point may end a number'],
    ['1.2.3', 'version literals have three parts'],
    ['1.2.3.4', 'or four'],
    ["'It''s OK'", 'a quote is doubled'],
    ['EQ(1, 1)', 'function names in any case'],
    ['eq (1, 1)', 'space before the bracket'],
    ['PARAMETERS.a', 'context names in any case'],
    ['parameters', 'a context alone'],
    ['parameters.a._b.c9', 'property names of letters, digits and underscore'],
    ["parameters['a.b'][0][variables.x].y", 'any expression as an index'],
    ["split('a,b', ',')[1]", 'an index into what a function gives'],
    ['parameters.*.a', 'wildcard after a point'],
    ['parameters[*].a[*]', 'wildcard in brackets'],
    ['parameters.true.eq.always', 'any name is a property name'],
    ['  parameters . a [ 0 ]  ', 'space anywhere'],
    ['in(1, 2)', 'in with two arguments'],
    ['and(1, 2, 3, 4)', 'and with many'],
    ["format('x')", 'format without arguments'],
    [`and(${'true, '.repeat(500)}true)`, 'five hundred arguments'],
    [nested(49), 'depth limit 50: forty-nine calls around a value'],
    [`parameters${'.a'.repeat(3000)}`, 'depth limit 50: properties do not count'],
    [`parameters${"['a']".repeat(3000)}`, 'depth limit 50: indexes one after the other do not count'],
    ["substring('abc', 0, 1)", 'substring, which no documentation names'],
  ];
  for (const [source, reason] of accepted)
    it(`accepts ${reason}`, () => {
      parsed(source);
    });

  it('knows loop variables in any case', () => {
    parsed('Item.name', 'template', ['ITEM']);
    assert.match(refusal('item.name'), /^Unrecognized value: 'item'/);
  });
});

/** Sentence and position as the service gave them; the position counts from one in the trimmed text. */
describe('an expression is refused in the words of the service', () => {
  const refused: readonly (readonly [string, string, number, string])[] = [
    ['null', "Unrecognized value: 'null'", 1, 'no null literal'],
    ['NULL', "Unrecognized value: 'NULL'", 1, 'no null literal in capitals'],
    ['+1', "Unrecognized value: '+1'", 1, 'no plus sign'],
    ['1e3', "Unrecognized value: '1e3'", 1, 'no exponent'],
    ['0x1F', "Unrecognized value: '0x1F'", 1, 'no hexadecimal'],
    ['NaN', "Unrecognized value: 'NaN'", 1, 'no NaN'],
    ['1..2', "Unrecognized value: '1..2'", 1, 'no empty part'],
    ['1.2.3.4.5', "Unrecognized value: '1.2.3.4.5'", 1, 'version literals of five parts'],
    ['-1.2.3', "Unrecognized value: '-1.2.3'", 1, 'a version has no sign'],
    ['"double"', 'Unrecognized value: \'"double"\'', 1, 'double quotes'],
    ["'unclosed", "Unrecognized value: ''unclosed'", 1, 'a text that is not closed'],
    ['1 == 1', "Unexpected symbol: '=='", 3, 'no operators: =='],
    ['1 != 2', "Unexpected symbol: '!='", 3, 'no operators: !='],
    ['true && false', "Unexpected symbol: '&&'", 6, 'no operators: &&'],
    ['true || false', "Unexpected symbol: '||'", 6, 'no operators: ||'],
    ['1 > 0', "Unexpected symbol: '>'", 3, 'no operators: >'],
    ['!true', "Unrecognized value: '!true'", 1, 'no operators: !'],
    ['!!true', "Unrecognized value: '!!true'", 1, 'no operators: !!'],
    ['! true', "Unexpected symbol: 'true'", 3, 'no operators: ! apart'],
    ['! !', "Unexpected symbol: '!'", 3, 'no operators: twice'],
    ['!eq(1, 1)', "Unrecognized value: '!eq'", 1, 'no operators: ! before a call'],
    ['(true)', "Unexpected symbol: '('", 1, 'no grouping'],
    ['parameters.obj.9num', "Unexpected symbol: '9num'", 16, 'a property that begins with a digit'],
    ['parameters.resource-group', "Unexpected symbol: 'resource-group'", 12, 'a property with a hyphen'],
    ['parameters.list[]', "Unexpected symbol: ']'", 17, 'an empty index'],
    ['parameters.', "Expected a property name to follow the dereference operator '.': '.'", 11, 'a point at the end'],
    ['eq', "Expected '(' to follow a function: 'eq'", 1, 'a function without brackets'],
    ['nosuchfunc(1)', "Unrecognized value: 'nosuchfunc'", 1, 'an unknown function'],
    ['nosuchcontext.a', "Unrecognized value: 'nosuchcontext'", 1, 'an unknown context'],
    ['eq(1)', "Unexpected symbol: ')'", 5, 'measured arity: too few'],
    ['eq(1, 2, 3)', "Unexpected symbol: ','", 8, 'measured arity: too many'],
    ["in('a')", "Unexpected symbol: ')'", 7, 'measured arity: in needs two'],
    ["notIn('a')", "Unexpected symbol: ')'", 10, 'measured arity: notIn needs two'],
    ["iif(true, 'a')", "Unexpected symbol: ')'", 14, 'measured arity: iif needs three'],
    ['and(true)', "Unexpected symbol: ')'", 9, 'measured arity: and needs two'],
    ['eq(1,', "Unclosed function: 'eq'", 1, 'a call that is not closed'],
    ['and(true, eq(1', "Unclosed function: 'eq'", 11, 'the innermost of two calls'],
    ['1 2', "Unexpected symbol: '2'", 3, 'something after the end'],
    ['1e3 2', "Unrecognized value: '1e3'", 1, 'a broken number at once'],
    ['"double" 2', "Unexpected symbol: '2'", 10, 'an unknown name only when nothing else is wrong'],
    ['nosuchfunc(1) 2', "Unexpected symbol: '2'", 15, 'an unknown function only when nothing else is wrong'],
    ['eq(1) 2', "Unexpected symbol: ')'", 5, 'the first of two syntax errors'],
    ['eq(,1)', "Unexpected symbol: ','", 4, 'an argument that is missing'],
    ['eq(1,)', "Unexpected symbol: ')'", 6, 'a last argument that is missing'],
    ["'a'.b", "Unexpected symbol: '.'", 4, 'a property of a text'],
    ['parameters(1)', "Unexpected symbol: '('", 11, 'a call of a context'],
    ['parameters[1, 2]', "Unexpected symbol: ','", 13, 'two indexes'],
    ['parameters[', "Unclosed indexer: '['", 11, 'an index that is not closed'],
    ['parameters.*x', "Unexpected symbol: 'x'", 13, 'a word after a wildcard'],
    ['*', "Unexpected symbol: '*'", 1, 'a wildcard alone'],
    ['   1 == 1 ', "Unexpected symbol: '=='", 3, 'position in the trimmed text'],
  ];
  for (const [source, sentence, position, reason] of refused)
    it(reason, () => {
      const expected = `${sentence}. Located at position ${position} within expression: '${source.trim()}'.`;
      assert.equal(refusal(source), expected);
    });

  it('an empty expression', () => {
    assert.equal(refusal('   '), 'An expression was expected');
  });

  for (const depth of [50, 51, 60, 4000])
    it(`depth limit 50: ${depth} calls`, () => {
      assert.equal(refusal(nested(depth)), 'Exceeded max expression depth 50.');
    });

  it('depth limit 50: indexes within indexes', () => {
    const deep = (depth: number): string => 'parameters['.repeat(depth) + '0' + ']'.repeat(depth);
    parsed(deep(49));
    assert.equal(refusal(deep(50)), 'Exceeded max expression depth 50.');
  });

  it('an expression that is too long', () => {
    assert.equal(refusal(`'${'x'.repeat(MAX_LENGTH)}'`), 'Exceeded max expression length 21000.');
  });

  it('a message is cut at 500 characters', () => {
    const message = refusal(`nosuchfunc('${'x'.repeat(2000)}')`);
    assert.equal(message.length, 505);
    assert.ok(message.endsWith('[...]'));
  });

  it('places point into the text as it was given', () => {
    const source = '\n   eq(1, nosuch)';
    const result = parseExpression(source, { place: 'condition' });
    assert.ok('error' in result);
    assert.equal(source.slice(result.error.start, result.error.end), 'nosuch');
  });
});

describe('names are legal by place', () => {
  const contexts: readonly (readonly [string, string])[] = [
    // A `y` for template, root variable, job variable, condition, step condition.
    ['parameters.x', 'ynnnn'],
    ['variables.x', 'yyyyy'],
    ['dependencies.x', 'nnyyn'],
    ['stageDependencies.x', 'nnyyn'],
    ['pipeline.x', 'nyyyn'],
    ['resources.x', 'nyynn'],
    ['environment.x', 'nnnnn'],
    ['always()', 'nnnyy'],
    ['canceled()', 'nnnyy'],
    ['failed()', 'nnnyy'],
    ['succeeded()', 'nnnyy'],
    ['succeededOrFailed()', 'nnnyy'],
    ['SUCCEEDEDORFAILED()', 'nnnyy'],
    ["succeeded('A', 'B', 'C')", 'nnnyn'],
    ["failed('A')", 'nnnyn'],
    ["always('A')", 'nnnnn'],
    ["canceled('A')", 'nnnnn'],
    ["counter('a', 1)", 'nyynn'],
    ["counter('a')", 'nyynn'],
    ["counter('a', 1, 2)", 'nnnnn'],
    ["split('a', ',')", 'yyynn'],
    ["iif(true, 'a', 'b')", 'yyyyy'],
    ["trim('a')", 'yyyyy'],
  ];
  const places: readonly Place[] = ['template', 'rootVariable', 'jobVariable', 'condition', 'stepCondition'];
  for (const [source, legal] of contexts)
    it(`${source}: ${places.filter((_, index) => legal.charAt(index) === 'y').join(', ') || 'nowhere'}`, () => {
      const found = places.map((place) => ('error' in parseExpression(source, { place }) ? 'n' : 'y')).join('');
      assert.equal(found, legal);
    });

  it('the service calls a name of another place unrecognized, and we say where it belongs', () => {
    const result = parseExpression("eq(parameters.environment, 'production')", { place: 'condition' });
    assert.ok('error' in result);
    assert.match(result.error.message, /^Unrecognized value: 'parameters'\. Located at position 4 within/);
    assert.equal(
      result.error.note,
      "the context 'parameters' does not exist in the condition of a stage or job, only in ${{ }}",
    );
  });

  it('outside of templates an unknown word is unrecognized where it stands', () => {
    assert.match(refusal('1 == 1', 'rootVariable'), /^Unrecognized value: '=='\. Located at position 3 within/);
    assert.match(refusal('eq(1)', 'rootVariable'), /^Unexpected symbol: '\)'\. Located at position 5 within/);
    assert.match(refusal('nosuchfunc()', 'condition'), /^Unrecognized value: 'nosuchfunc'/);
    assert.match(refusal('always', 'condition'), /^Expected '\(' to follow a function: 'always'/);
    assert.match(refusal('always', 'template'), /^Unrecognized value: 'always'/);
  });
});
