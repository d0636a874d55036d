import assert from 'node:assert/strict';
import fc from 'fast-check';
import { entryName } from '../../src/journal/entry-name.ts';
import type { Action, Entry, Phase } from '../../src/journal/entry.ts';
import { fold } from '../../src/journal/fold.ts';
import { holds } from '../../src/emulator/server-task/expression.ts';
import { fill } from '../../src/emulator/server-task/template.ts';
import { runs } from '../depth.ts';
import { entryOf } from '../journal/entries.ts';
import { readTask } from './server-task.ts';

const EXPRESSION = fill(readTask('SafeRolloutStateGate').execution.HttpRequest!.Execute.Expression, () => 'payments');

type Step = readonly [promotion: string, action: Action, phase: Phase];

const STEPS: readonly Step[] = ['p1', 'p2', 'p3'].flatMap((promotion): Step[] => [
  [promotion, 'promote', 'intent'],
  [promotion, 'promote', 'done'],
  [promotion, 'promote', 'failed'],
  [promotion, 'promote', 'unknown'],
  [promotion, 'verify', 'done'],
  [promotion, 'verify', 'failed'],
  [promotion, 'verify', 'unknown'],
  [promotion, 'undo', 'intent'],
  [promotion, 'undo', 'done'],
]);

/**
 * Only what some writer could have written by then: a promotion is asked for when nothing of it is open and it has not moved, an
 * outcome follows its intent, a judgement what has moved, and a good one once.
 */
function asWritten(steps: readonly Step[]): Step[] {
  const written: Step[] = [];
  const count = (promotion: string, action: Action, ...phases: Phase[]): number =>
    written.filter(([one, what, how]) => one === promotion && what === action && phases.includes(how)).length;
  for (const step of steps) {
    const [promotion, action, phase] = step;
    const moved = count(promotion, 'promote', 'done') > 0;
    const ended = count(promotion, 'promote', 'done', 'failed', 'unknown');
    const isOpen = count(promotion, 'promote', 'intent') > ended;
    const isPossible =
      action === 'promote'
        ? phase === 'intent'
          ? !moved && !isOpen
          : isOpen
        : moved && !(action === 'verify' && phase === 'done' && count(promotion, 'verify', 'done') > 0);
    if (isPossible) written.push(step);
  }
  return written;
}

const entriesOf = (steps: readonly Step[]): Entry[] =>
  steps.map(([promotion, action, phase], index) => entryOf({ sequence: index + 1, promotion, action, phase }));

/** What the gate says of the names alone, in any order. */
const passes = (entries: readonly Entry[]): boolean => {
  const value = entries.map((entry) => ({ name: entryName(entry) })).sort((a, b) => (a.name < b.name ? 1 : -1));
  return holds(EXPRESSION, {
    body: JSON.stringify({ count: value.length, value }),
    response: undefined,
    taskInputs: {},
    variables: {},
  });
};

describe('the state gate beside the journal itself', () => {
  it('passes only where the journal says that all that has moved is verified', () => {
    let passed = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 14 }), (steps) => {
        const entries = entriesOf(asWritten(steps));
        if (!passes(entries)) return;
        passed += 1;
        const { promotions } = fold({ entries, problems: [] });
        const states = promotions.map(({ state }) => state);
        assert.ok(states.includes('verified'), states.join());
        assert.ok(
          states.every((state) => state === 'verified' || state === 'not-promoted'),
          states.join(),
        );
      }),
      { seed: 20261128, numRuns: runs(40_000) },
    );
    assert.ok(passed >= runs(40), `only ${passed} passed`);
  });

  it('passes for every good end of one promotion', () => {
    const again = fc.array(
      fc.constant<Step[]>([
        ['p1', 'promote', 'intent'],
        ['p1', 'promote', 'failed'],
      ]),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(again, (before) => {
        const end: Step[] = [
          ['p1', 'promote', 'intent'],
          ['p1', 'promote', 'done'],
          ['p1', 'verify', 'done'],
        ];
        assert.ok(passes(entriesOf([...before.flat(), ...end])));
      }),
      { numRuns: 10 },
    );
  });
});
