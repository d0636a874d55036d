import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toText } from '../../../src/expression/convert.ts';
import { number, text, type Known, type Question, type Shape } from '../../../src/expression/value.ts';
import {
  answerOf,
  both,
  describeKnowledge,
  fallbackOf,
  isPossible,
  onlyValue,
  splitBy,
  splitByValue,
  type Knowledge,
} from '../../../src/pipeline/expand/knowledge.ts';

const ANY_TEXT: Knowledge = { kind: 'text', answers: [], fallback: 'dev' };
const ALL = ['early', 'all', 'none'].map((written) => ({ written, value: text(written) }));
const RINGS: Knowledge = { kind: 'values', possible: ALL, all: ALL };

function holds(content: string, { by, literal }: Shape): boolean {
  const [whole, part] = [content.toLowerCase(), literal.toLowerCase()];
  if (by === 'eq') return whole === part;
  return by === 'contains' ? whole.includes(part) : by === 'startsWith' ? whole.startsWith(part) : whole.endsWith(part);
}

function question(by: Shape['by'], literal: string): Question {
  const shape = { by, literal };
  return { shape, holds: (value: Known) => holds(toText(value) ?? '', shape) };
}

function told(knowledge: Knowledge, ...answers: readonly [Shape['by'], string, boolean][]): Knowledge {
  return answers.reduce((known, [by, literal, yes]) => {
    const parts = splitBy(known, question(by, literal));
    const found = parts.find((one) => answerOf(one, question(by, literal)) === yes);
    assert.ok(found, `${by} ${literal} is not ${String(yes)}`);
    return found;
  }, knowledge);
}

describe('what is known of a choice', () => {
  it('has an answer only when all values that are left have the same', () => {
    assert.equal(answerOf(RINGS, question('eq', 'all')), undefined);
    assert.equal(answerOf(RINGS, question('eq', 'later')), false);
    assert.equal(answerOf(told(RINGS, ['eq', 'all', false]), question('contains', 'e')), true);
    assert.equal(answerOf(ANY_TEXT, question('startsWith', '')), true);
    assert.equal(answerOf(told(ANY_TEXT, ['startsWith', 'refs/heads/', true]), question('eq', 'main')), false);
    assert.equal(answerOf(told(ANY_TEXT, ['eq', 'MAIN', true]), question('endsWith', 'in')), true);
    assert.equal(answerOf(told(ANY_TEXT, ['contains', 'east', false]), question('eq', 'north-EAST')), false);
  });

  it('knows the value once no other is left, and the default while it fits', () => {
    assert.equal(onlyValue(ANY_TEXT), undefined);
    assert.deepEqual(onlyValue(told(ANY_TEXT, ['eq', 'prod', true])), text('prod'));
    assert.deepEqual(onlyValue(told(RINGS, ['eq', 'all', true])), text('all'));
    assert.equal(fallbackOf(told(ANY_TEXT, ['eq', 'prod', false])), 'dev');
    assert.equal(fallbackOf(told(ANY_TEXT, ['startsWith', 'd', false])), undefined);
  });

  it('splits what has an end into its values, and nothing else', () => {
    assert.deepEqual(
      splitByValue(RINGS).map((one) => onlyValue(one)),
      ['early', 'all', 'none'].map(text),
    );
    assert.deepEqual(splitByValue(ANY_TEXT), []);
    assert.deepEqual(splitBy(told(RINGS, ['eq', 'all', true]), question('eq', 'none')), []);
  });

  it('takes zero for nothing, of numbers', () => {
    const any: Knowledge = { kind: 'number', answers: [], fallback: '3' };
    const isTrue: Question = {
      shape: { by: 'eq', literal: '' },
      holds: (value) => value.kind === 'number' && value.value !== 0n,
    };
    // The case of the default comes first.
    const parts = splitBy(any, isTrue).toReversed();
    assert.deepEqual(
      parts.map((one) => answerOf(one, isTrue)),
      [false, true],
    );
    assert.deepEqual(onlyValue(parts[0]!), number(0n));
  });

  it('says in words what it knows', () => {
    const said = (knowledge: Knowledge): string | undefined => describeKnowledge(knowledge);
    assert.equal(said(RINGS), undefined);
    assert.equal(said(told(RINGS, ['eq', 'all', false])), ' other than all');
    assert.equal(said(told(RINGS, ['eq', 'all', true])), '=all');
    assert.equal(said(told(ANY_TEXT, ['eq', '', true])), "=''");
    assert.equal(said(told(ANY_TEXT, ['eq', 'a', false], ['eq', 'b', false])), " other than 'a', 'b'");
    assert.equal(
      said(told(ANY_TEXT, ['startsWith', 'refs/', true], ['contains', 'x', false], ['eq', 'refs/a', false])),
      " starting with 'refs/' and not containing 'x' and other than 'refs/a'",
    );
  });

  it('brings together what two cases know', () => {
    const [one, other] = splitBy(RINGS, question('eq', 'all'));
    assert.equal(isPossible(both(one!, other!)), false);
    assert.equal(isPossible(both(one!, RINGS)), true);
    const [main, rest] = splitBy(ANY_TEXT, question('eq', 'main'));
    assert.equal(isPossible(both(main!, rest!)), false);
    assert.equal(isPossible(both(main!, told(ANY_TEXT, ['startsWith', 'm', true]))), true);
  });

  it('loses no text: each is in one of the cases that questions make, and answers as its case does', () => {
    const piece = fc.stringMatching(/^[ab/]{0,3}$/);
    const asked = fc.array(fc.tuple(fc.constantFrom('eq', 'startsWith', 'endsWith', 'contains'), piece), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        asked,
        fc.array(piece).map((pieces) => pieces.join('')),
        (questions, content) => {
          let cases: readonly Knowledge[] = [ANY_TEXT];
          const all = questions.map(([by, literal]) => question(by, literal));
          for (const one of all)
            cases = cases.flatMap((known) => (answerOf(known, one) === undefined ? splitBy(known, one) : [known]));
          const own = cases.filter((known) => all.every((one) => answerOf(known, one) === one.holds(text(content))));
          assert.equal(own.length, 1, `${cases.length} cases`);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
