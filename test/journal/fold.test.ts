import assert from 'node:assert/strict';
import type { Action, Entry, Phase } from '../../src/journal/entry.ts';
import { fold } from '../../src/journal/fold.ts';
import { entryOf, pair } from './entries.ts';

function entries(...steps: (readonly [string, Partial<Entry>?])[]): Entry[] {
  return steps.map(([step, change], index) => {
    const [action, phase] = step.split(' ') as [Action, Phase];
    return entryOf({ sequence: index + 1, action, phase, ...change });
  });
}
const stateAfter = (...steps: string[]) =>
  fold({ entries: entries(...steps.map((step) => [step] as const)), problems: [] });

describe('fold', () => {
  const cases: [string[], string | undefined, string][] = [
    [[], undefined, 'nothing happened'],
    [['upload intent', 'upload done'], undefined, 'an upload changes no user'],
    [['upload done', 'verify failed'], undefined, 'a refusal before any swap'],
    [['promote intent'], 'open', 'sent or not: only Azure knows'],
    [['promote intent', 'promote unknown'], 'open', 'observed to no end'],
    [['promote intent', 'promote failed'], 'not-promoted', 'proven not to have moved'],
    [['promote intent', 'promote failed', 'promote intent'], 'open', 'the second attempt'],
    [['promote intent', 'promote failed', 'verify failed'], 'not-promoted', 'refused before the second attempt'],
    [['promote intent', 'promote done'], 'promoted', 'moved, not judged'],
    [['promote intent', 'promote done', 'verify done'], 'verified', 'moved and judged'],
    [['promote intent', 'promote done', 'verify failed'], 'promoted', 'judged unhealthy'],
    [['promote intent', 'promote done', 'verify done', 'verify failed'], 'promoted', 'taken back by the final check'],
    [['promote intent', 'verify done'], 'open', 'a verdict on what is not known to be there counts for nothing'],
    [['promote intent', 'promote done', 'undo intent'], 'undoing', 'on its way back'],
    [['promote intent', 'promote done', 'undo intent', 'undo unknown'], 'undoing', 'nobody knows'],
    [['promote intent', 'promote done', 'undo intent', 'undo done'], 'undone', 'swapped back'],
    [['promote intent', 'promote done', 'undo intent', 'undo failed'], 'promoted', 'the promotion stands'],
    [
      ['promote intent', 'undo intent', 'promote done', 'verify done'],
      'undoing',
      'a late outcome ends no compensation',
    ],
    [['promote intent', 'undo intent', 'promote failed'], 'undoing', 'nor does a late denial'],
    [['promote intent', 'undo done'], 'undone', 'found out by a rollback that it never happened'],
    [['promote intent', 'promote done', 'undo done', 'verify done'], 'undone', 'a late verdict revives nothing'],
    [['promote intent', 'reset-slot-config intent'], 'open', 'other actions say nothing of the swap'],
    [['route intent', 'route done', 'promote intent'], 'open', 'as do those before it'],
  ];
  for (const [steps, expected, reason] of cases)
    it(`${expected ?? 'no promotion'}: ${reason}`, () => {
      const { promotions, problems } = stateAfter(...steps);
      assert.deepEqual([promotions[0]?.state, promotions.length], [expected, expected === undefined ? 0 : 1]);
      assert.deepEqual(problems, []);
    });

  it('tells by the time of the server whether a late outcome is news to a compensation', () => {
    const [older, newer] = ['2026-01-05T03:01:00.000Z', '2026-01-05T03:02:00.000Z'];
    const after = (undone: string, moved: string): string | undefined =>
      fold({
        entries: entries(
          ['promote intent'],
          ['undo done', { after: pair('new', 'old', undone) }],
          ['promote done', { after: pair('old', 'new', moved) }],
          ['verify done'],
        ),
        problems: [],
      }).promotions[0]?.state;
    assert.equal(after(newer, older), 'undone', 'it was swapped back since');
    assert.equal(after(older, newer), 'verified', 'it came after the hook had looked');
  });

  it('names an outcome whose intent is missing: what it says happened cannot be undone', () => {
    const { promotions, problems } = stateAfter('promote done');
    assert.deepEqual(promotions, []);
    assert.match(problems[0]!, /w\.1 is the outcome of a promotion whose intent is missing/);
  });

  it('names a swap intent that does not say what it is about', () => {
    for (const lack of [{ service: null }, { target: null }, { before: null }] as const) {
      const { promotions, problems } = fold({ entries: entries(['promote intent', lack]), problems: [] });
      assert.deepEqual(promotions, []);
      assert.match(problems[0]!, /without service, target or prints/);
    }
  });

  it('keeps the problems of the reading', () => {
    assert.deepEqual(fold({ entries: [], problems: ['a gap'] }).problems, ['a gap']);
  });

  it('keeps the prints of the attempt that counts', () => {
    const [first, second] = [pair('new', 'old', 't1'), pair('new', 'old', 't2')];
    const after = pair('old', 'new', 't3');
    const { promotions } = fold({
      entries: entries(
        ['promote intent', { before: first }],
        ['promote failed', { after: first }],
        ['promote intent', { before: second }],
        ['promote done', { before: second, after }],
      ),
      problems: [],
    });
    assert.deepEqual([promotions[0]!.before, promotions[0]!.after], [second, after]);
  });

  it('keeps promotions apart, in the order of their intents', () => {
    const { promotions } = fold({
      entries: entries(
        ['promote intent', { promotion: 'a', service: 'payments' }],
        ['promote intent', { promotion: 'b', service: 'store' }],
        ['promote done', { promotion: 'b', service: 'store' }],
        ['promote failed', { promotion: 'a', service: 'payments' }],
      ),
      problems: [],
    });
    assert.deepEqual(
      promotions.map(({ id, service, state }) => [id, service, state]),
      [
        ['a', 'payments', 'not-promoted'],
        ['b', 'store', 'promoted'],
      ],
    );
  });

  it('is closed by a close, and opened again by whatever is begun after it', () => {
    assert.equal(stateAfter('promote intent', 'promote done', 'close done').closed, true);
    assert.equal(stateAfter('close done', 'plan done').closed, true);
    for (const begun of ['promote intent', 'upload intent', 'run intent', 'roll-back intent'])
      assert.equal(stateAfter('close done', begun).closed, false, begun);
  });

  it('knows all plans, the commands that came to their end, and those that were left half-way', () => {
    const run = { promotion: null, target: null, before: null } as const;
    const { plans, commandsDone, commandsLeft } = fold({
      entries: entries(
        ['plan done', { ...run, plan: 'first' }],
        ['plan done', { ...run, plan: 'second' }],
        ['run intent', { ...run, service: 'a' }],
        ['run done', { ...run, service: 'a' }],
        ['run intent', { ...run, service: 'b' }],
        ['run failed', { ...run, service: 'b' }],
        ['run intent', { ...run, service: 'c' }],
        ['run intent', { ...run, service: 'd' }],
        ['run unknown', { ...run, service: 'd' }],
        ['run intent', { ...run, service: 'd' }],
        ['run done', { ...run, service: 'd' }],
      ),
      problems: [],
    });
    assert.deepEqual(plans, ['first', 'second']);
    assert.deepEqual(
      [commandsDone, commandsLeft],
      [
        ['a', 'd'],
        ['b', 'c'],
      ],
    );
  });
});
