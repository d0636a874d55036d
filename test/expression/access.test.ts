import assert from 'node:assert/strict';
import { array, context, NULL, text, UNKNOWN, UNKNOWN_TEXT } from '../../src/expression/value.ts';
import { environment } from '../../src/expression/evaluate.ts';
import { show, template } from './run-expression.ts';

const within = template(
  {
    data: {
      rows: [{ id: 1 }, { name: 'missing-id' }, { id: null }, 'plain'],
      mapping: { first: { id: 10 }, second: { id: 20 } },
      groups: [[{ id: 100 }, { id: 101 }], [{ id: 200 }]],
      scalar: 'text',
      nested: {
        left: { children: [{ value: 'L1' }, { value: 'L2' }] },
        right: { children: [{ value: 'R1' }] },
      },
    },
    obj: { CamelKey: 'camel', 'dotted.name': 'five', '1': 'numeric', list: ['zero', 'one'] },
    myParam: 'mine',
  },
  { MyVar: 'my', 'My.Var': 'dotted' },
);

describe('access', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['parameters.missing', "! Key not found 'missing'", 'parameters.missing is an ERROR'],
    ["parameters['missing'].deeper", "! Key not found 'missing'", 'parameters.missing is an ERROR, however asked'],
    ['variables.missing', 'null', 'variables.missing is Null'],
    ['variables.missing.deeper[0]', 'null', 'inside null is null'],
    ['parameters.MYPARAM', "'mine'", 'parameters in any case'],
    ['variables.MYVAR', "'my'", 'variables in any case'],
    ["variables['my.var']", "'dotted'", 'a variable with a point is one key'],
    ['variables.My.Var', 'null', 'a variable with a point is no path'],
    ['parameters.obj.CamelKey', "'camel'", 'keys inside a parameter'],
    ['parameters.obj.camelkey', 'null', 'keys inside a parameter mind case'],
    ["parameters.obj['dotted.name']", "'five'", 'a key that is no name'],
    ['parameters.obj[1]', "'numeric'", 'a number as a key'],
    ['parameters.obj[parameters.obj.list]', 'null', 'an array as a key'],
    ['parameters.obj.list[0]', "'zero'", 'the first item'],
    ["parameters.obj.list['1']", "'one'", 'text as an index'],
    ['parameters.obj.list[1.9]', "'one'", 'a fraction is rounded down'],
    ['parameters.obj.list[-1]', 'null', 'a negative index'],
    ['parameters.obj.list[2]', 'null', 'behind the end'],
    ["parameters.obj.list['x']", 'null', 'no index'],
    ['parameters.obj.list[variables.missing]', "'zero'", 'null as an index'],
    ['parameters.obj.CamelKey.x', 'null', 'inside a text'],
    ['parameters.data.rows.*', "[{id: 1}, {name: 'missing-id'}, {id: ''}, 'plain']", '* over an array'],
    ['parameters.data.rows.*.id', "[1, '']", '* leaves out what is not there'],
    ['parameters.data.rows[*].id', "[1, '']", '[*] is the same'],
    ['parameters.data.mapping.*', '[{id: 10}, {id: 20}]', '* over an object'],
    ['parameters.data.mapping[*].id', '[10, 20]', '* over an object, then a key'],
    ['parameters.data.absent.*', '[]', '* over null'],
    ['parameters.data.scalar[*]', '[]', '* over a text'],
    ["coalesce('', variables.missing).*", '[]', '* over the null of a function'],
    ['parameters.data.groups.*.*.id', '[100, 101, 200]', 'a second * flattens'],
    ['parameters.data.nested.*.children.*.value', "['L1', 'L2', 'R1']", 'a * further down flattens'],
    ['parameters.data.groups.*[0].id', '[100, 200]', 'an index after * applies to each'],
    ['parameters.data.rows.*.id[0]', '[]', 'an index after * is not one into the result'],
    ['parameters.data.mapping.*.absent', '[]', 'nothing is left out to nothing'],
  ];
  for (const [source, expected, reason] of rows)
    it(`${reason}: ${source}`, () => {
      assert.equal(show(source, within), expected);
    });
});

describe('access to what is unknown', () => {
  const unknowns = environment({
    variables: context([['set', text('x')]], UNKNOWN_TEXT),
    parameters: context([['object', UNKNOWN]], 'error'),
    known: context([
      ['a', text('1')],
      ['b', UNKNOWN_TEXT],
    ]),
    list: array([context([['id', text('1')]]), UNKNOWN, NULL]),
    texts: array([text('a'), UNKNOWN_TEXT]),
  });
  const rows: readonly (readonly [string, string, string])[] = [
    ['variables.set', "'x'", 'what is known stays known'],
    ['variables.other', '?null|string', 'a variable that may be set elsewhere'],
    ['variables.other.deeper', 'null', 'inside a text or null is null'],
    ['parameters.object.x', '?null|boolean|number|string|version|array|object', 'inside anything is anything'],
    ['parameters.other', "! Key not found 'other'", 'a parameter that is not declared'],
    ['known.*', "['1', ?null|string]", '* keeps what is known'],
    ['variables.*', '?array', '* over an object with more keys'],
    ['parameters.object.*', '?array', '* over anything'],
    ['list.*.id', '?array', 'a key that may or may not be there'],
    ['texts.*.id', '[]', 'no text has keys'],
    ['list[variables.other]', '?null|boolean|number|string|version|array|object', 'an unknown index'],
    ["containsValue(variables, 'x')", 'True', 'a match among some of the keys is certain'],
    ["containsValue(variables, 'y')", '?boolean', 'a miss among some of the keys is not'],
    ['length(variables)', '?number', 'keys that are not all known are not counted'],
    ['convertToJson(variables)', '?string', 'json of some of the keys'],
    ['format(variables)', '! Unable to convert from Object to String. Value: Object', 'an object as a format'],
    ["containsValue(known, '1')", 'True', 'a match is certain'],
    ["containsValue(known, '2')", '?boolean', 'a miss is not'],
    ["join(',', texts)", '?string', 'join of a part'],
    ['convertToJson(known)', '?string', 'json of a part'],
    ['length(texts)', '2', 'the number of items is known'],
    [
      'variables.nosuch[lt(1, list)]',
      'null or ! Unable to convert from Array to Number. Value: Array',
      'a failing index into nothing',
    ],
  ];
  for (const [source, expected, reason] of rows)
    it(`${reason}: ${source}`, () => {
      assert.equal(show(source, unknowns), expected);
    });
});
