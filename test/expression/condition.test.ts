import assert from 'node:assert/strict';
import type { Truth } from '../../src/expression/convert.ts';
import { environment, type Environment } from '../../src/expression/evaluate.ts';
import { context, text, UNKNOWN, UNKNOWN_TEXT, type Value } from '../../src/expression/value.ts';
import { dependencies, verdict } from './run-expression.ts';

type Asked = Parameters<NonNullable<Environment['status']>>;

/** A job that depends on B, whose result is given, and on C, of which nothing is known. */
function job(result: Value, status: (...asked: Asked) => Truth = () => 'unknown'): Environment {
  return environment(
    {
      dependencies: dependencies({ B: result, C: UNKNOWN_TEXT }),
      variables: context([['set', text('x')]], UNKNOWN_TEXT),
    },
    status,
  );
}

function outcomes(source: string, within: Environment): string {
  const { outcome, possible } = verdict(source, within);
  return outcome === 'unknown' ? [...possible].sort().join('|') : outcome;
}

describe('a condition that a failed dependency must not pass', () => {
  // Section 1.3 of what was measured: missing members, unknown names, what not() lets through.
  const rows: readonly (readonly [string, string, string, string])[] = [
    ["in(dependencies.B.result, 'Succeeded', 'Skipped')", 'Failed', 'false', 'the result is not among them'],
    ["in(dependencies.B.result, 'Succeeded', 'Skipped')", 'Skipped', 'true', 'the result is among them'],
    ["not(in(dependencies.B.result, 'Failed', 'Canceled'))", 'Skipped', 'true', 'not(in(...)) lets Skipped through'],
    [
      "not(in(dependencies.B.result, 'Failed', 'Canceled'))",
      'Abandoned',
      'true',
      'not(in(...)) lets Abandoned through',
    ],
    ["not(in(dependencies.B.result, 'Failed', 'Canceled'))", 'Failed', 'false', 'not(in(...)) stops Failed'],
    ["eq(dependencies.A.result, 'Succeeded')", 'Failed', 'false', 'missing member => Null: eq is silently False'],
    ["ne(dependencies.A.result, 'Failed')", 'Failed', 'true', 'missing member => Null: ne is silently TRUE'],
    ["not(in(dependencies.A.result, 'Failed'))", 'Failed', 'true', 'missing member => Null: not(in) is silently TRUE'],
    ["eq(dependencies.b.RESULT, 'failed')", 'Failed', 'true', 'names and results in any case'],
    ["eq(dependencies.C.result, 'Succeeded')", 'Failed', 'false|true', 'the other dependency is unknown'],
    ["eq(dependencies.B.outputs['s.v'], 'yes')", 'Failed', 'false', 'an output that is not there'],
    [
      "eq(variables['Build.SourceBranch'], 'refs/heads/main')",
      'Failed',
      'false|true',
      'a custom condition REPLACES succeeded()',
    ],
    ["and(eq(dependencies.B.result, 'Succeeded'), eq(variables.x, 'a'))", 'Failed', 'false', 'false and unknown'],
    ["and(eq(variables.x, 'a'), eq(dependencies.B.result, 'Succeeded'))", 'Failed', 'false', 'unknown and false'],
    ["or(eq(variables.x, 'a'), eq(dependencies.B.result, 'Failed'))", 'Failed', 'true', 'unknown or true'],
    ["or(eq(variables.x, 'a'), eq(dependencies.B.result, 'Succeeded'))", 'Failed', 'false|true', 'unknown or false'],
    ["xor(eq(variables.x, 'a'), true)", 'Failed', 'false|true', 'unknown xor true'],
    ['xor(true, false)', 'Failed', 'true', 'xor'],
    ["in('a', variables.x, 'A')", 'Failed', 'true', 'in: a certain match behind an unknown one'],
    ["in('a', variables.x, 'b')", 'Failed', 'false|true', 'in: no certain match'],
    ["notIn('a', variables.x, 'A')", 'Failed', 'false', 'notIn: a certain match'],
    ['in(variables.x, 1.2.3, dependencies.B)', 'Failed', 'false|true', 'in: an unknown text may be any text'],
    ['eq(1.2.3, dependencies.B)', 'Failed', 'false', 'eq: an object is no version'],
    ["containsValue(dependencies.*.result, 'Failed')", 'Failed', 'true', 'any result Failed'],
    ["containsValue(dependencies.*.result, 'Failed')", 'Skipped', 'false|true', 'any result Failed, one unknown'],
    ["iif(eq(variables.x, 'a'), false, false)", 'Failed', 'false', 'both arms agree'],
    ["coalesce(variables.x, 'y')", 'Failed', 'false|true', 'that the unknown text is not empty here is not followed'],
    ["coalesce(variables.x, '')", 'Failed', 'false|true', 'an unknown text may be empty'],
    ['variables.set', 'Failed', 'true', 'a text as a condition'],
    ["'false'", 'Failed', 'true', 'the text false is true'],
  ];
  for (const [source, result, expected, reason] of rows)
    it(`${reason}: ${source} with ${result}`, () => {
      assert.equal(outcomes(source, job(text(result))), expected);
    });
});

describe('a condition that itself errors => result abandoned', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["gt(1, 'not-a-number')", 'error', 'certain'],
    ['gt(1, variables.x)', 'error|false|true', 'it depends on a variable'],
    ["and(false, gt(1, 'x'))", 'false', 'and stops before it'],
    ["and(gt(1, 'x'), false)", 'error', 'and does not reach false'],
    ["and(eq(variables.x, 'a'), gt(1, 'x'))", 'error|false', 'reached only if the variable allows: it never runs'],
    ["or(eq(variables.x, 'a'), gt(1, 'x'))", 'error|true', 'reached unless the variable prevents'],
    ['or(gt(1, variables.x), true)', 'error|true', 'a doubt before what is certain'],
    ["in('a', 'a', gt(1, 'x'))", 'true', 'in stops before it'],
    ["iif(true, true, gt(1, 'x'))", 'error', 'iif evaluates both arms'],
    ["contains(dependencies, 'x')", 'error', 'an object is no text'],
  ];
  for (const [source, expected, reason] of rows)
    it(`${reason}: ${source}`, () => {
      assert.equal(outcomes(source, job(text('Failed'))), expected);
    });

  it('names the failure and its place', () => {
    const source = "and(true, gt(1, 'x'))";
    const { error } = verdict(source, job(text('Failed')));
    assert.equal(error?.message, "Unable to convert from String to Number. Value: 'x'");
    assert.equal(source.slice(error?.offset), "gt(1, 'x'))");
  });
});

describe('status functions are answered by the environment', () => {
  it('with their names, converted to text, in any case of the function', () => {
    const asked: Asked[] = [];
    const within = job(text('Failed'), (...question) => {
      asked.push(question);
      return 'true';
    });
    assert.equal(
      outcomes("and(succeeded('A', 1), FAILED(), succeededOrFailed(variables.x), canceled())", within),
      'true',
    );
    assert.deepEqual(asked, [
      ['succeeded', ['A', '1']],
      ['failed', []],
      ['succeededOrFailed', [undefined]],
      ['canceled', []],
    ]);
  });

  it('always() is true whatever happened', () => {
    assert.equal(
      outcomes(
        'always()',
        job(text('Failed'), () => 'false'),
      ),
      'true',
    );
  });

  it('no answer is unknown', () => {
    assert.equal(outcomes('succeeded()', environment({})), 'false|true');
    assert.equal(outcomes('and(succeeded(), false)', environment({})), 'false');
  });

  it('not(canceled()) of a run that is not canceled', () => {
    assert.equal(
      outcomes(
        'not(canceled())',
        job(text('Failed'), () => 'false'),
      ),
      'true',
    );
  });
});

describe('what is not known is never taken as empty', () => {
  const rows: readonly (readonly [string, Environment, string, string])[] = [
    ["eq(pipeline.startTime, '')", environment({}), 'false|true', 'a context that nobody gave'],
    [
      "eq(dependencies.B.result, '')",
      environment({ dependencies: UNKNOWN }),
      'false|true',
      'a context that is unknown',
    ],
    ["format('{0:yyyy}', pipeline.startTime)", environment({}), 'error|false|true', 'a date before the run'],
    ['or(x, not(x))'.replaceAll('x', "eq(variables.x, 'a')"), job(UNKNOWN), 'false|true', 'sound, not complete'],
    ['gt(length(variables.x), 0)', job(UNKNOWN), 'error|false|true', 'the length of null is not measured'],
    [
      "eq(substring('abc', 1, 9), 'bc')",
      job(UNKNOWN),
      'error|false|true',
      'a substring beyond the end is not measured',
    ],
  ];
  for (const [source, within, expected, reason] of rows)
    it(`${reason}: ${source}`, () => {
      assert.equal(outcomes(source, within), expected);
    });
});
