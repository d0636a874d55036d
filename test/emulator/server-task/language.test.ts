import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toTruth } from '../../../src/expression/convert.ts';
import { fromNumber } from '../../../src/expression/decimal.ts';
import { EAGER } from '../../../src/expression/functions.ts';
import { boolean, NULL, number, text, type Known } from '../../../src/expression/value.ts';
import { Work } from '../../../src/expression/work.ts';
import { holds, type Answer } from '../../../src/emulator/server-task/expression.ts';
import { fill } from '../../../src/emulator/server-task/template.ts';

const answer = (body: unknown, more: Partial<Answer> = {}): Answer => ({
  body: typeof body === 'string' ? body : JSON.stringify(body),
  response: undefined,
  taskInputs: {},
  variables: {},
  ...more,
});
const items = { Items: [{ price: 100 }, { price: 40 }, { price: 70 }] };
const inChain = { response: { statuscode: 'OK', headers: { location: 'https://example.com/1' } } };

/** Examples of the documentation and of published tasks, and what they come to. */
describe('expressions of server tasks, as the emulator evaluates them', () => {
  const rows: readonly (readonly [expression: string, answer: Answer, holds: boolean])[] = [
    ["eq(root['status'], 'successful')", answer({ status: 'Successful' }), true],
    ["eq(root['status'], 'successful')", answer({ state: 'successful' }), false],
    ["ge(count(root['names']), 3)", answer({ names: ['a', 'b', 'c'] }), true],
    [
      "and(eq(count(jsonpath('Items[?(@.price<50)]')), 1), eq(count(jsonpath('Items[?(@.price>60)]')), 2))",
      answer(items),
      true,
    ],
    ["xor(eq(root['type'], 'flat'), eq(root['type'], 'tree'))", answer({ type: 'flat' }), true],
    ["eq(jsonpath('$.result[0].status')[0], 'inserted')", answer({ result: [{ status: 'inserted' }] }), true],
    ["eq(jsonpath('$.result[1].status')[0], 'inserted')", answer({ result: [{ status: 'inserted' }] }), false],
    [
      "eq(count(intersect(split(taskInputs['ids'], ','), jsonpath('value[*].id'))), 1)",
      answer({ value: [{ id: 'b' }, { id: 'c' }] }, { taskInputs: { ids: 'a,b' } }),
      true,
    ],
    ["eq(isNullOrEmpty(variables['id']), true)", answer({}), true],
    ["isUrl(response['headers']['location'])", answer('', inChain), true],
    [
      "and(eq(response['statuscode'], 'OK'), eq(response['content']['status'], 'Succeeded'))",
      answer({ status: 'Succeeded' }, inChain),
      true,
    ],
    ["in(root['status'], 'a', 'b')", answer({ status: 'B' }), true],
    ["startsWith(coalesce(root['none'], root['status']), 'run')", answer({ status: 'running' }), true],
    [
      "contains(join(';', jsonpath('$.value[*].name')), 'b;c')",
      answer({ value: [{ name: 'b' }, { name: 'c' }] }),
      true,
    ],
    ["eq(length(root['status']), 4)", answer({ status: 'good' }), true],
    ["eq(count(jsonpath('$.id')), 1)", answer({ id: null }), true],
    ["lt(root['n'], 2.5)", answer({ n: 2.25 }), true],
  ];
  for (const [expression, given, expected] of rows)
    it(`${expression} is ${expected}`, () => assert.equal(holds(expression, given), expected));

  const errors: readonly (readonly [expression: string, answer: Answer, message: RegExp])[] = [
    ["eq(root['a'], 1)", answer('<html>'), /JSON/],
    ["eq(root['a'], 1", answer({}), /expected '\)'/],
    ["exists(root['a'])", answer({}), /expected a function/],
    ["eq(root['a'])", answer({}), /eq at 0 takes 2 arguments/],
    ["count(root['a'])", answer({ a: 'text' }), /takes a list/],
    ["contains(root, 'a')", answer({ a: 1 }), /Unable to convert/],
    ["eq(count(jsonpath('$..name')), 1)", answer({}), /no step of a JSON path/],
    ["eq(count(jsonpath('$.a[?(@.b =~ /x/)]')), 1)", answer({}), /no step of a JSON path/],
    ["eq(response['statuscode'], 'OK')", answer({}), /in a chain alone/],
  ];
  for (const [expression, given, message] of errors)
    it(`${expression} is an error`, () => assert.throws(() => holds(expression, given), message));
});

describe('templates of server tasks, as the emulator fills them', () => {
  const values: Readonly<Record<string, string>> = {
    app: 'payments',
    empty: '',
    'endpoint.url': 'https://arm/',
    at: '2026-01-05 03:00:07+01:00',
  };
  const lookup = (name: string): string | undefined => values[name];
  const rows: readonly (readonly [template: string, filled: string])[] = [
    ['$(endpoint.url)/sites/$(app)', 'https://arm//sites/payments'],
    ['{{app}} {{{app}}}', 'payments payments'],
    ['a{{#if app}}?app=$(app){{/if}}{{#if empty}}&x{{/if}}', 'a?app=payments'],
    ["{{#equals app 'Payments' 1}}same{{/equals}}{{#equals app 'Payments'}}exact{{/equals}}", 'same'],
    ["{{#notEquals '$(app)' 'store'}}{{#if app}}other{{/if}}{{/notEquals}}", 'other'],
    ["{{toDateTimeFormat '$(at)' 'yyyy-MM-ddTHH:mm:ssZ'}}", '2026-01-05T02:00:07Z'],
    ['$(nobody)', '$(nobody)'],
  ];
  for (const [template, filled] of rows)
    it(`${template} becomes ${filled}`, () => assert.equal(fill(template, lookup), filled));

  const errors: readonly (readonly [template: string, message: RegExp])[] = [
    ['{{#if app}}x', /\{\{#if\}\} is not closed/],
    ['x{{/if}}', /closes nothing/],
    ['{{#if app}}{{#equals app app}}{{/if}}', /closes \{\{#equals\}\}/],
    ['{{#each app}}{{/each}}', /no block that is known/],
    ["{{replace app 'a'}}", /no helper that is known/],
    ["{{toDateTimeFormat '$(app)' 'yyyy'}}", /'payments' is no time/],
    ['{{ app', /template that is not known/],
  ];
  for (const [template, message] of errors)
    it(`${template} is an error`, () => assert.throws(() => fill(template, lookup), message));
});

/** Two readings of the same page: what the emulator says of two values is what the order check says of them in a condition. */
describe('comparisons of server tasks beside those of conditions', () => {
  const texts = fc.constantFrom('', '1', '1.0', '-2', 'True', 'false', 'Staging', 'staging', 'a b', "it's");
  const literal = fc.oneof(fc.boolean(), fc.integer({ min: -2, max: 2 }), texts, fc.constant(null));
  const written = (value: string | number | boolean | null): string =>
    typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
  const kept = (value: string | number | boolean | null): Known => {
    if (value === null) return NULL;
    if (typeof value === 'string') return text(value);
    return typeof value === 'boolean' ? boolean(value) : number(fromNumber(value)!);
  };
  const attempt = (work: () => boolean): boolean | 'error' => {
    try {
      return work();
    } catch {
      return 'error';
    }
  };

  for (const name of ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'startsWith', 'endsWith'] as const)
    it(`${name} is the same`, () =>
      fc.assert(
        fc.property(literal, literal, (left, right) => {
          const here = attempt(() => holds(`${name}(${written(left)}, ${written(right)})`, answer({})));
          const there = attempt(() => {
            const outcome = EAGER[name]([kept(left), kept(right)], new Work());
            if (outcome.state !== 'value') throw new Error(outcome.error.message);
            return toTruth(outcome.value) === 'true';
          });
          assert.equal(here, there);
        }),
        { seed: 20261128, numRuns: 400 },
      ));
});
