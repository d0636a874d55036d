import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planThreads, type ThreadSituation } from '../../../src/order/discuss/plan-threads.ts';
import type { NewThread, Thread, ThreadState } from '../../../src/order/discuss/pull-request.ts';
import { afterChanges } from './after-changes.ts';

const OURS = 'ours';
const mark = (finding: string, check = OURS, rule = 'missing-order') => ({ check, finding, rule });
const want = (finding: string, text = `text of ${finding}`): NewThread => ({
  mark: mark(finding),
  place: { path: '/azure-pipelines.yml', line: 3, column: 5 },
  text,
});
const thread = (id: number, finding: string, state: ThreadState = 'active', more: Partial<Thread> = {}): Thread => ({
  id,
  mark: mark(finding),
  state,
  text: `text of ${finding}`,
  ...more,
});
const plan = (threads: readonly Thread[], wanted: readonly NewThread[], more: Partial<ThreadSituation> = {}) =>
  planThreads({ check: OURS, threads, wanted, isSettled: () => true, ...more });
const kinds = (threads: readonly Thread[], wanted: readonly NewThread[], more: Partial<ThreadSituation> = {}) =>
  plan(threads, wanted, more).changes.map((one) => (one.kind === 'create' ? one.kind : `${one.kind} ${one.id}`));

describe('planThreads', () => {
  const cases: [string, string[], string[]][] = [
    ['a finding without a thread gets one', kinds([], [want('a')]), ['create']],
    ['a finding that has its thread needs nothing', kinds([thread(1, 'a')], [want('a')]), []],
    ['a text that has changed is written anew', kinds([thread(1, 'a')], [want('a', 'other')]), ['edit 1']],
    ['a comment that was deleted is not', kinds([thread(1, 'a', 'active', { text: undefined })], [want('a')]), []],
    ['other line ends are no change', kinds([thread(1, 'a', 'active', { text: 'x\r\ny ' })], [want('a', 'x\ny')]), []],
    ['a finding that is gone is resolved', kinds([thread(1, 'a')], []), ['resolve 1']],
    ['what is pending is resolved, too', kinds([thread(1, 'a', 'pending')], []), ['resolve 1']],
    ['what is resolved stays so', kinds([thread(1, 'a', 'fixed')], []), []],
    ['a finding that comes back opens its thread', kinds([thread(1, 'a', 'fixed')], [want('a')]), ['reopen 1']],
    ['and says what is so now', kinds([thread(1, 'a', 'fixed')], [want('a', 'other')]), ['edit 1', 'reopen 1']],
    [
      'of two threads of a finding the first stays',
      kinds([thread(2, 'a'), thread(1, 'a')], [want('a')]),
      ['resolve 2'],
    ],
    [
      'of two that were resolved one is opened',
      kinds([thread(1, 'a', 'fixed'), thread(2, 'a', 'fixed')], [want('a')]),
      ['reopen 1'],
    ],
    [
      'a person who has closed one of two has closed both',
      kinds([thread(1, 'a'), thread(2, 'a', 'wontFix')], [want('a')]),
      ['resolve 1'],
    ],
    ['a thread of another check is left', kinds([thread(1, 'a', 'active', { mark: mark('a', 'theirs') })], []), []],
    ['a thread of a person is left', kinds([thread(1, 'a', 'active', { mark: undefined })], []), []],
  ];
  for (const [reason, actual, expected] of cases) it(reason, () => assert.deepEqual(actual, expected));

  for (const state of ['wontFix', 'byDesign', 'closed'] as const)
    it(`leaves alone what a person has closed as ${state}, whatever becomes of the finding`, () => {
      const there = plan([thread(1, 'a', state)], [want('a', 'other')]);
      assert.deepEqual([there.changes, there.decided], [[], 1]);
      const gone = plan([thread(1, 'a', state)], []);
      assert.deepEqual([gone.changes, gone.decided], [[], 0]);
    });

  it('resolves only what is settled, and counts the rest', () => {
    const threads = [thread(1, 'a'), thread(2, 'b', 'active', { mark: mark('b', OURS, 'unresolved') })];
    const { changes, unproven } = plan(threads, [], { isSettled: ({ rule }) => rule === 'unresolved' });
    assert.deepEqual([changes, unproven], [[{ kind: 'resolve', id: 2 }], 1]);
  });

  it('begins no more threads than there is room for, and keeps those that are there', () => {
    const wanted = ['a', 'b', 'c', 'd'].map((one) => want(one));
    const { changes, beyond } = plan([thread(7, 'd')], wanted, { most: 3 });
    assert.deepEqual(
      changes.map((one) => one.kind === 'create' && one.thread.mark.finding),
      ['a', 'b'],
    );
    assert.equal(beyond, 1);
  });

  const finding = fc.constantFrom('a', 'b', 'c', 'd');
  const state = fc.constantFrom<ThreadState>('active', 'pending', 'fixed', 'wontFix', 'closed', 'byDesign');
  const text = fc.constantFrom('one', 'two', undefined);
  const threads = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 30 }),
      mark: fc.option(fc.record({ check: fc.constantFrom(OURS, 'theirs'), finding, rule: fc.constantFrom('r', 's') }), {
        nil: undefined,
      }),
      state,
      text,
    }),
    { selector: ({ id }) => id, maxLength: 12 },
  );
  const situation = fc.record({
    threads,
    wanted: fc.uniqueArray(finding, { maxLength: 4 }).map((all) => all.map((one) => want(one, 'one'))),
    proven: fc.subarray(['r', 's']),
    most: fc.integer({ min: 0, max: 4 }),
  });
  interface Drawn extends Pick<ThreadSituation, 'threads' | 'wanted' | 'most'> {
    readonly proven: readonly string[];
  }
  const planOf = ({ proven, ...rest }: Drawn) =>
    planThreads({ ...rest, check: OURS, isSettled: ({ rule }) => proven.includes(rule) });

  it('has nothing left to do once its changes are made', () => {
    fc.assert(
      fc.property(situation, (one) => {
        const after = afterChanges(one.threads, planOf(one).changes);
        assert.deepEqual(planOf({ ...one, threads: after }).changes, []);
      }),
    );
  });

  it('never touches a thread that is not its own, nor one that a person has closed', () => {
    fc.assert(
      fc.property(situation, (one) => {
        const touched = planOf(one).changes.flatMap((change) => (change.kind === 'create' ? [] : [change.id]));
        for (const id of touched) {
          const { mark: of, state: was } = one.threads.find((each) => each.id === id)!;
          assert.equal(of?.check, OURS);
          assert.ok(['active', 'pending', 'fixed'].includes(was), was);
        }
      }),
    );
  });

  it('leaves one open thread at most of each finding', () => {
    fc.assert(
      fc.property(situation, (one) => {
        const open = afterChanges(one.threads, planOf(one).changes)
          .filter((each) => each.mark?.check === OURS && ['active', 'pending'].includes(each.state))
          .map((each) => each.mark!.finding)
          .filter((each) => one.wanted.some(({ mark: of }) => of.finding === each));
        assert.deepEqual(open, [...new Set(open)]);
      }),
    );
  });
});
