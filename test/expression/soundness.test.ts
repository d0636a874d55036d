import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluateThreeValued } from '../../src/expression/condition.ts';
import type { Truth } from '../../src/expression/convert.ts';
import { environment, evaluate, type Environment } from '../../src/expression/evaluate.ts';
import {
  array,
  context,
  FALSE,
  fromYaml,
  NULL,
  object,
  text,
  TRUE,
  unknownOf,
  UNKNOWN,
  type Known,
  type Value,
} from '../../src/expression/value.ts';
import { parsed, shown } from './run-expression.ts';
import { runs } from '../depth.ts';

const SEED = 20250302;

/** A few values of each kind, chosen so that comparisons come out both ways. */
const DOMAIN: readonly Known[] = [
  NULL,
  TRUE,
  FALSE,
  text(''),
  text('a'),
  text('1.5'),
  fromYaml(0) as Known,
  fromYaml(1.5) as Known,
  { kind: 'version', parts: [1, 5, 0] },
  array([text('a'), fromYaml(0)]),
  array([]),
  object([['k', text('a')]]),
];

/** Expressions over two unknown slots, a known object that holds them, literals and status functions. */
const { expression } = fc.letrec<{ expression: string; leaf: string; call: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 2, arbitrary: tie('leaf') },
    { weight: 3, arbitrary: tie('call') },
  ),
  leaf: fc.constantFrom(
    'true',
    'false',
    '0',
    '1.5',
    '1.5.0',
    "''",
    "'a'",
    "'b'",
    "'1.5'",
    'variables.p',
    'variables.q',
    'variables.p.k',
    'variables.q[0]',
    'variables.known',
    'variables.none',
    'variables.bag.*',
    'variables.bag.*.k',
    'variables.bag[variables.p]',
    'variables.list[variables.q]',
    'variables.list[0]',
    'succeeded()',
    "failed('x')",
    'always()',
  ),
  call: fc.oneof(
    calls(tie('expression'), ['not', 'length', 'lower', 'upper', 'trim', 'convertToJson'], 1),
    calls(
      tie('expression'),
      ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'xor', 'contains', 'startsWith', 'endsWith', 'containsValue', 'join'],
      2,
    ),
    calls(tie('expression'), ['and', 'or', 'in', 'notIn', 'coalesce'], 2),
    calls(tie('expression'), ['and', 'or', 'in', 'notIn', 'coalesce', 'iif', 'replace', 'substring'], 3),
    fc
      .tuple(fc.constantFrom('{0}', '{1}', '{0}{1}', '{{', '{0', 'x'), tie('expression'), tie('expression'))
      .map(([format, a, b]) => `format('${format}', ${a}, ${b})`),
  ),
}));

function calls(arg: fc.Arbitrary<string>, names: readonly string[], count: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...names), fc.array(arg, { minLength: count, maxLength: count }))
    .map(([name, args]) => `${name}(${args.join(', ')})`);
}

function world(p: Value, q: Value, answer: Truth): Environment {
  const bag = object([
    ['k', p],
    ['o', object([['k', q]])],
    ['a', text('a')],
  ]);
  const variables = context([
    ['p', p],
    ['q', q],
    ['known', text('a')],
    ['bag', bag],
    ['list', array([p, text('a')])],
  ]);
  return environment({ variables }, () => answer);
}

/** All that a slot may be when no more than its kinds are known. */
function allowed(slot: Value): readonly Known[] {
  return slot.kind === 'unknown' ? DOMAIN.filter(({ kind }) => slot.kinds.includes(kind)) : [slot];
}

const slot: fc.Arbitrary<Value> = fc.constantFrom(
  UNKNOWN,
  unknownOf('null', 'string'),
  unknownOf('boolean'),
  unknownOf('number'),
  unknownOf('array', 'object'),
  unknownOf('version', 'null'),
  text('a'),
);

describe('what is said without knowing holds for everything it might be', () => {
  it('an outcome that is certain is the outcome of every assignment', () => {
    let certain = 0;
    fc.assert(
      fc.property(
        expression,
        slot,
        slot,
        fc.constantFrom<Truth>('true', 'false', 'unknown'),
        (source, p, q, answer) => {
          const tree = parsed(source, 'condition');
          const claimed = evaluateThreeValued(tree, world(p, q, answer));
          if (claimed.outcome !== 'unknown') certain++;
          for (const a of allowed(p))
            for (const b of allowed(q))
              for (const status of answer === 'unknown' ? (['true', 'false'] as const) : [answer]) {
                const actual = evaluateThreeValued(tree, world(a, b, status));
                for (const end of actual.possible)
                  assert.ok(
                    claimed.possible.has(end),
                    `${source} with p ${shown(a)}, q ${shown(b)}: ${end}, but claimed ${[...claimed.possible].join('|')}`,
                  );
              }
        },
      ),
      { seed: SEED, numRuns: runs(6000), interruptAfterTimeLimit: 12_000, markInterruptAsFailure: true },
    );
    assert.ok(certain > runs(1000), `only ${certain} certain outcomes: the property says little`);
  });

  it('a value that is certain is the value of every assignment', () => {
    fc.assert(
      fc.property(expression, slot, slot, (source, p, q) => {
        const tree = parsed(source, 'condition');
        const claimed = evaluate(tree, world(p, q, 'true'));
        for (const a of allowed(p))
          for (const b of allowed(q)) {
            const actual = evaluate(tree, world(a, b, 'true'));
            const problem = `${source} with p ${shown(a)}, q ${shown(b)}`;
            if (actual.state !== 'value') assert.notEqual(claimed.state, 'value', problem);
            if (actual.state === 'failed') continue;
            assert.notEqual(claimed.state, 'failed', problem);
            if (claimed.state !== 'failed') assertCovers(claimed.value, actual.value, problem);
          }
      }),
      { seed: SEED, numRuns: runs(4000), interruptAfterTimeLimit: 12_000, markInterruptAsFailure: true },
    );
  });
});

/** The claim is the value itself, or leaves it open. */
function assertCovers(claim: Value, actual: Value, problem: string): void {
  if (claim.kind === 'unknown') {
    const kinds = actual.kind === 'unknown' ? actual.kinds : [actual.kind];
    assert.ok(
      kinds.every((kind) => claim.kinds.includes(kind)),
      `${problem}: ${shown(actual)} is none of ${shown(claim)}`,
    );
    return;
  }
  if (claim.kind === 'array' && actual.kind === 'array') {
    assert.equal(claim.items.length, actual.items.length, problem);
    for (const [index, item] of claim.items.entries()) assertCovers(item, actual.items[index] ?? NULL, problem);
    return;
  }
  if (claim.kind === 'object' && actual.kind === 'object') {
    for (const [key, entry] of claim.entries)
      assertCovers(entry.value, actual.entries.get(key)?.value ?? UNKNOWN, problem);
    return;
  }
  assert.equal(shown(claim), shown(actual), problem);
}
