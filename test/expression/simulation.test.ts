import assert from 'node:assert/strict';
import fc from 'fast-check';
import { evaluateThreeValued } from '../../src/expression/condition.ts';
import { environment } from '../../src/expression/evaluate.ts';
import { context, text, UNKNOWN_TEXT } from '../../src/expression/value.ts';
import { parsed } from './run-expression.ts';
import { runs as tries } from '../depth.ts';

/**
 * A second reading of the part of the language that real conditions are made of, written over plain booleans and
 * strings and sharing nothing with the evaluator: one misreading must not pass on both sides.
 */
type Condition =
  | { readonly op: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly op: 'not'; readonly part: Condition }
  | { readonly op: 'eq' | 'ne'; readonly job: string; readonly result: string }
  | { readonly op: 'in' | 'notIn'; readonly job: string; readonly results: readonly string[] }
  | { readonly op: 'variable'; readonly is: string }
  | { readonly op: 'succeeded' | 'failed' | 'always' };

const RESULTS = ['Succeeded', 'SucceededWithIssues', 'Failed', 'Canceled', 'Skipped', 'Abandoned'];
const JOBS = ['A', 'B'];
const SEED = 20250303;

const job = fc.constantFrom(...JOBS);
const result = fc.constantFrom(...RESULTS);
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.record({ op: fc.constantFrom('eq' as const, 'ne' as const), job, result }),
      fc.record({
        op: fc.constantFrom('in' as const, 'notIn' as const),
        job,
        results: fc.array(result, { minLength: 1, maxLength: 4 }),
      }),
      fc.record({ op: fc.constant('variable' as const), is: fc.constantFrom('x', 'y') }),
      fc.record({ op: fc.constantFrom('succeeded' as const, 'failed' as const, 'always' as const) }),
    ),
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), part: tie('condition') }),
  ),
}));

function write(node: Condition): string {
  switch (node.op) {
    case 'and':
    case 'or':
      return `${node.op}(${node.parts.map(write).join(', ')})`;
    case 'not':
      return `not(${write(node.part)})`;
    case 'eq':
    case 'ne':
      return `${node.op}(dependencies.${node.job}.result, '${node.result.toUpperCase()}')`;
    case 'in':
    case 'notIn':
      return `${node.op}(dependencies['${node.job}'].result, ${node.results.map((one) => `'${one}'`).join(', ')})`;
    case 'variable':
      return `eq(variables.v, '${node.is}')`;
    case 'succeeded':
    case 'failed':
    case 'always':
      return `${node.op}()`;
  }
}

type Run = Readonly<Record<string, string>>;

function runs(node: Condition, run: Run, variable: string): boolean {
  switch (node.op) {
    case 'and':
      return node.parts.every((part) => runs(part, run, variable));
    case 'or':
      return node.parts.some((part) => runs(part, run, variable));
    case 'not':
      return !runs(node.part, run, variable);
    case 'eq':
      return run[node.job] === node.result;
    case 'ne':
      return run[node.job] !== node.result;
    case 'in':
      return node.results.includes(run[node.job] ?? '');
    case 'notIn':
      return !node.results.includes(run[node.job] ?? '');
    case 'variable':
      return variable === node.is;
    case 'succeeded':
      return JOBS.every((one) => (run[one] ?? '').startsWith('Succeeded'));
    case 'failed':
      return JOBS.some((one) => run[one] === 'Failed');
    case 'always':
      return true;
  }
}

describe('conditions against a simulation of all results', () => {
  it('known results and variables: the same verdict; an unknown variable: the verdict of all its values', () => {
    let simulated = 0;
    fc.assert(
      fc.property(condition, (node) => {
        const tree = parsed(write(node), 'condition');
        for (const a of RESULTS)
          for (const b of RESULTS) {
            const run: Run = { A: a, B: b };
            const status = (name: string): 'true' | 'false' =>
              runs({ op: name === 'failed' ? 'failed' : 'succeeded' }, run, '') ? 'true' : 'false';
            const dependencies = context(
              JOBS.map((one) => [one, context([['result', text(run[one] ?? '')]])] as const),
            );
            const seen = ['x', 'y', 'z'].map((value) => {
              const within = environment({ dependencies, variables: context([['v', text(value)]]) }, status);
              const expected = String(runs(node, run, value));
              assert.equal(evaluateThreeValued(tree, within).outcome, expected, `${write(node)} after ${a}, ${b}`);
              simulated++;
              return expected;
            });
            const blind = environment({ dependencies, variables: context([], UNKNOWN_TEXT) }, status);
            const claimed = evaluateThreeValued(tree, blind);
            for (const end of seen) assert.ok(claimed.possible.has(end as 'true'), `${write(node)} after ${a}, ${b}`);
          }
      }),
      { seed: SEED, numRuns: tries(1000), interruptAfterTimeLimit: 12_000, markInterruptAsFailure: true },
    );
    assert.ok(simulated >= tries(20_000), `only ${simulated} runs were simulated`);
  });
});
