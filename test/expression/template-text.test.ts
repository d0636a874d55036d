import assert from 'node:assert/strict';
import { runtimeExpression, soleExpression, splitTemplateText } from '../../src/expression/template-text.ts';
import { cpuTime } from '../cpu-time.ts';

function pieces(source: string): string {
  const result = splitTemplateText(source);
  if ('error' in result) return `! ${result.error.start}: ${result.error.message}`;
  // Without gaps, and each inside where it says.
  assert.equal(result.segments.map(({ start, end }) => source.slice(start, end)).join(''), source);
  for (const one of result.segments)
    if (one.type === 'expression') assert.equal(source.slice(one.inside, one.inside + one.source.length), one.source);
  return result.segments.map((one) => (one.type === 'text' ? one.text : `<${one.source}>`)).join('|');
}

describe('a scalar is split into text and expressions', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['', '', 'nothing'],
    ['plain $(x) }} text', 'plain $(x) }} text', 'text alone'],
    ['${{ a }}', '< a >', 'one expression'],
    ['${{a}}', '<a>', 'without spaces'],
    ['pre-${{ a }}-post', 'pre-|< a >|-post', 'in the middle'],
    ['${{ a }}${{ b }}', '< a >|< b >', 'two that touch'],
    ["${{ 'my${{value' }}", "< 'my${{value' >", 'braces in a text do not open'],
    ["${{ 'a }} b' }}c", "< 'a }} b' >|c", 'braces in a text do not close'],
    ["${{ 'it''s }}' }}", "< 'it''s }}' >", 'a doubled quote'],
    ['a\n${{ b }}\n', 'a\n|< b >|\n', 'over lines'],
    ['${{ }}', '< >', 'an empty one'],
    ['${{ format(}}', '< format(>', 'the first braces close'],
  ];
  for (const [source, expected, reason] of rows)
    it(reason, () => {
      assert.equal(pieces(source), expected);
    });

  it('an expression that is not closed is refused in the words of the service', () => {
    const sentence =
      'The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found.';
    assert.equal(pieces('ab ${{ x'), `! 3: ${sentence}`);
    assert.equal(pieces("${{ 'x }}"), `! 0: ${sentence}`);
  });

  const sole: readonly (readonly [string, boolean, string])[] = [
    ['${{ a }}', true, 'one expression'],
    [' ${{ a }}', false, 'a space before it'],
    ['${{ a }}${{ b }}', false, 'two'],
    ['a', false, 'text'],
    ['', false, 'nothing'],
  ];
  for (const [source, expected, reason] of sole)
    it(`a value keeps its kind only when it is one expression: ${reason}`, () => {
      const result = splitTemplateText(source);
      assert.ok('segments' in result);
      assert.equal(soleExpression(result.segments) !== undefined, expected);
    });

  it('a million opening braces take no time', () => {
    const started = cpuTime();
    splitTemplateText('${{ a }}'.repeat(100_000) + "${{ '".repeat(100_000));
    assert.ok(cpuTime() - started < 2000);
  });

  it('a runtime expression takes the whole value', () => {
    assert.deepEqual(runtimeExpression(' $[ a[0] ] '), { source: ' a[0] ', inside: 3 });
    assert.equal(runtimeExpression('x$[ a ]'), undefined);
    assert.equal(runtimeExpression('$[ a ] b'), undefined);
    assert.equal(runtimeExpression('$['), undefined);
  });
});
