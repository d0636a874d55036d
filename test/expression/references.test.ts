import assert from 'node:assert/strict';
import { findCalls, findReferences } from '../../src/expression/references.ts';
import { parsed } from './run-expression.ts';

describe('what an expression refers to', () => {
  const source =
    "and(succeeded('A'), eq(dependencies.A.outputs['s.v'], variables[dependencies.B.result]), not(failed()), dependencies.*.result)";

  it('contexts with their paths, in the order of the text', () => {
    const found = findReferences(parsed(source, 'condition'));
    assert.deepEqual(
      found.map(({ context, path }) => [context, ...path]),
      [
        ['dependencies', 'A', 'outputs', 's.v'],
        ['variables', undefined],
        ['dependencies', 'B', 'result'],
        ['dependencies', undefined, 'result'],
      ],
    );
    for (const { context, start, end } of found) {
      assert.ok(source.slice(start, end).toLowerCase().startsWith(context));
      assert.doesNotMatch(source.slice(start, end), /[,(]/);
    }
  });

  it('calls with their arguments, in the order of the text', () => {
    const found = findCalls(parsed(source, 'condition'));
    assert.deepEqual(
      found.map((call) => [call.name, call.args.length]),
      [
        ['and', 4],
        ['succeeded', 1],
        ['eq', 2],
        ['not', 1],
        ['failed', 0],
      ],
    );
    for (const { name, start, end } of found) assert.ok(source.slice(start, end).startsWith(`${name}(`));
  });

  it('a context alone', () => {
    const [found] = findReferences(parsed('convertToJson(parameters)'));
    assert.deepEqual(found, { context: 'parameters', path: [], start: 14, end: 24 });
  });
});
