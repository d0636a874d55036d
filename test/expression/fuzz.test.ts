import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluateThreeValued } from '../../src/expression/condition.ts';
import { environment, evaluate } from '../../src/expression/evaluate.ts';
import { parseExpression } from '../../src/expression/parse.ts';
import type { Place } from '../../src/expression/places.ts';
import { findCalls, findReferences } from '../../src/expression/references.ts';
import type { Node } from '../../src/expression/syntax.ts';
import { splitTemplateText } from '../../src/expression/template-text.ts';
import { context, fromYaml, UNKNOWN, UNKNOWN_TEXT } from '../../src/expression/value.ts';
import { runs } from '../depth.ts';
import { cpuTime } from '../cpu-time.ts';

const LIMITS = { seed: 20250304, interruptAfterTimeLimit: 8_000, markInterruptAsFailure: true };

const PLACES: readonly Place[] = ['template', 'rootVariable', 'jobVariable', 'condition', 'stepCondition'];
const place = fc.constantFrom(...PLACES);

/** Shreds of the language in any order: far more of these come near to being right than of any characters. */
const shred = fc.constantFrom(
  ...[
    '(',
    ')',
    '[',
    ']',
    ',',
    '.',
    '*',
    "'",
    "''",
    ' ',
    '\n',
    '-',
    '!',
    '==',
    '{',
    '}',
    '{0}',
    '${{',
    '}}',
    '$[',
    '\u0000',
    '\uD800',
    'é',
  ],
  ...[
    'eq(',
    'and(',
    'not(',
    'format(',
    'in(',
    'iif(',
    'length(',
    'convertToJson(',
    'split(',
    'succeeded(',
    'substring(',
  ],
  ...[
    'true',
    'null',
    '1',
    '-1.5',
    '1.2.3',
    '1e3',
    '.5',
    "'a'",
    "'{0}'",
    "'{0:x}'",
    "','",
    '99999999999999999999999999999999',
  ],
  ...['variables', 'parameters', 'dependencies', 'item', '.name', "['a']", '[0]', '.*', '[*]'],
);
const shreds = fc.array(shred, { maxLength: 40 }).map((parts) => parts.join(''));
const anything = fc.oneof(shreds, fc.string({ maxLength: 60, unit: 'binary' }));

const within = environment(
  {
    variables: context([['name', UNKNOWN_TEXT]], UNKNOWN_TEXT),
    parameters: context([['name', fromYaml({ a: [1, 'x', null, { b: true }] })]], 'error'),
    dependencies: context([['name', UNKNOWN]]),
    item: fromYaml([['a'], { name: 'b' }, 3]),
  },
  () => 'unknown',
);

describe('no text breaks the expression language', () => {
  it('parses or refuses, with places inside the text', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anything, place, (source, where) => {
        const result = parseExpression(source, { place: where, names: ['item'] });
        if ('error' in result) {
          const { start, end, message } = result.error;
          assert.ok(start >= 0 && start <= end && end <= source.length, `${start}-${end} of ${source.length}`);
          assert.ok(message !== '' && message.length <= 505);
          return;
        }
        accepted++;
        assertInside(result.expression.root, 0, source.length);
        for (const found of [...findReferences(result.expression), ...findCalls(result.expression)])
          assert.ok(found.start >= 0 && found.start < found.end && found.end <= source.length);
      }),
      { ...LIMITS, numRuns: runs(20_000) },
    );
    assert.ok(accepted > runs(200), `only ${accepted} were accepted: the fuzz says little`);
  });

  it('evaluates whatever parses', () => {
    const argument = fc.constantFrom(
      'item',
      'variables.x',
      'variables',
      "'a'",
      '0',
      '1.2.3',
      'item.*',
      'item[0]',
      'true',
      'pipeline',
    );
    const known = [
      'and',
      'coalesce',
      'contains',
      'containsValue',
      'convertToJson',
      'endsWith',
      'eq',
      'format',
      'ge',
      'iif',
      'in',
      'join',
    ];
    const more = [
      'length',
      'lower',
      'lt',
      'ne',
      'not',
      'notIn',
      'or',
      'replace',
      'startsWith',
      'substring',
      'trim',
      'upper',
      'xor',
    ];
    const { source } = fc.letrec<{ source: string }>((tie) => ({
      source: fc.oneof(
        { maxDepth: 5 },
        argument,
        fc
          .tuple(
            fc.constantFrom(...known, ...more, 'succeeded'),
            fc.array(tie('source'), { minLength: 1, maxLength: 3 }),
          )
          .map(([name, args]) => `${name}(${args.join(',')})`),
      ),
    }));
    let evaluated = 0;
    fc.assert(
      fc.property(source, (one) => {
        const result = parseExpression(one, { place: 'condition', names: ['item'] });
        if ('error' in result) return;
        evaluated++;
        const outcome = evaluate(result.expression, within);
        if (outcome.state !== 'value') assert.ok((outcome.error.offset ?? -1) < one.length);
        assert.ok(evaluateThreeValued(result.expression, within).possible.size > 0);
      }),
      { ...LIMITS, numRuns: runs(10_000) },
    );
    assert.ok(evaluated > runs(1000), `only ${evaluated} were evaluated`);
  });

  it('splits any scalar without losing a character', () => {
    fc.assert(
      fc.property(anything, (source) => {
        const result = splitTemplateText(source);
        if ('error' in result) {
          assert.equal(source.slice(result.error.start, result.error.end), '${{');
          return;
        }
        assert.equal(result.segments.map(({ start, end }) => source.slice(start, end)).join(''), source);
      }),
      { ...LIMITS, numRuns: runs(10_000) },
    );
  });

  it('takes linear time for the longest that is read', () => {
    const hostile = [
      '('.repeat(20_000),
      '['.repeat(20_000),
      'parameters' + '[0]'.repeat(6000),
      "'".repeat(20_001),
      '1.'.repeat(9000),
    ];
    const started = cpuTime();
    for (const source of hostile) for (const where of PLACES) parseExpression(source, { place: where });
    assert.ok(cpuTime() - started < 1000);
  });
});

function assertInside(node: Node, from: number, to: number): void {
  assert.ok(from <= node.start && node.start < node.end && node.end <= to, `${node.type} ${node.start}-${node.end}`);
  if (node.type === 'call') for (const arg of node.args) assertInside(arg, node.start, node.end);
  if (node.type !== 'access') return;
  assertInside(node.target, node.start, node.end);
  for (const step of node.path) {
    assert.ok(node.start < step.start && step.end <= node.end);
    if (step.type === 'index') assertInside(step.index, step.start, step.end);
  }
}
