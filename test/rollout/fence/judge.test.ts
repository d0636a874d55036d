import { judgeSwap, type SwapEvidence, decideUndo } from '../two-slots.ts';
import assert from 'node:assert/strict';
import { comparePrints, movement, swappedSince } from '../../../src/rollout/kinds/app-service/content-print.ts';

import type { MutationReply } from '../../../src/rollout/ports.ts';
import {
  changedBetween,
  refusals,
  staleRules,
  type Observed,
} from '../../../src/rollout/kinds/app-service/preflight.ts';

import { pair, print, TARGET } from '../../journal/entries.ts';

const [OLD, NEW] = ['old', 'new'];
const T1 = '2026-01-05T03:00:00.000Z';
const T2 = '2026-01-05T03:01:00.000Z';
const T3 = '2026-01-05T03:02:00.000Z';

/** Both slots as read: contents as `source/target`. */
function observed(contents: string, swapStamp: string | null, operation: string | null = null): Observed {
  const [source = '', target = ''] = contents.split('/');
  const rest = {
    state: 'running',
    swapStamp,
    previewWith: null,
    slotless: false,
    linux: false,
    functions: false,
    unread: [],
  } as const;
  const of = (slot: string, content: string, busy: string | null) => {
    const [id = '', deployment] = content.split('+');
    const shown = print(id === '?' ? null : id, deployment ?? null);
    return { ...rest, slot, url: `https://${slot}.test`, print: shown, operation: busy };
  };
  return { source: of('staging', source, null), target: of('production', target, operation) };
}

describe('comparePrints', () => {
  const cases: [ReturnType<typeof print>, ReturnType<typeof print>, string, string][] = [
    [print('a', '1'), print('a', '1'), 'same', 'all parts'],
    [print('a', '1'), print('a', '2'), 'different', 'another deployment in the same place'],
    [print('a', '1'), print('b', '1'), 'different', 'another place'],
    [print('a', null), print('a', '2'), 'same', 'what is not known on one side does not count'],
    [print(null, '1'), print('a', null), 'unknown', 'no part known on both'],
    [print(null), print(null), 'unknown', 'nothing known at all'],
  ];
  for (const [a, b, expected, reason] of cases)
    it(`${expected}: ${reason}`, () =>
      assert.deepEqual([comparePrints(a, b), comparePrints(b, a)], [expected, expected]));
});

describe('movement', () => {
  const before = pair(NEW, OLD);
  const cases: [string, string, string][] = [
    ['new/old', 'unmoved', 'as before'],
    ['old/new', 'moved', 'exchanged'],
    ['old/old', 'half', 'the source moved and the target not yet'],
    ['new/new', 'half', 'the other way round'],
    ['new/other', 'foreign', 'somebody deployed into the target'],
    ['other/new', 'foreign', 'moved, and somebody deployed into the source'],
    ['?/old', 'unreadable', 'one end is not readable'],
  ];
  for (const [contents, expected, reason] of cases)
    it(`${expected}: ${reason} (${contents})`, () => {
      const { source, target } = observed(contents, null);
      assert.equal(
        movement(before, { kind: 'appService', source: source.print, target: target.print, swapStamp: null }),
        expected,
      );
    });

  it('falls back to the active deployment where the place is not told', () => {
    const of = (source: string, target: string) => ({
      kind: 'appService' as const,
      source: print(null, source),
      target: print(null, target),
      swapStamp: null,
    });
    assert.equal(movement(of('2', '1'), of('1', '2')), 'moved');
    assert.equal(movement(of('2', '1'), of('2', '1')), 'unmoved');
  });

  it('cannot tell two slots apart that hold the same', () => {
    assert.equal(movement(pair(OLD, OLD), pair(OLD, OLD)), 'unreadable');
  });
});

describe('swappedSince', () => {
  const cases: [string | null, string | null, boolean][] = [
    [null, null, false],
    [null, T1, true],
    [T1, T1, false],
    [T1, T2, true],
    [T2, T1, false],
    [T1, null, false],
  ];
  for (const [before, now, expected] of cases)
    it(`${before} to ${now}: ${expected}`, () => assert.equal(swappedSince(before, now), expected));
});

describe('judgeSwap', () => {
  const accepted: MutationReply = { kind: 'accepted', operation: 'op', retryAfterMs: undefined };
  const ambiguous: MutationReply = { kind: 'ambiguous', message: '503', retryAfterMs: undefined, swapRuns: false };
  const conflict: MutationReply = { ...ambiguous, message: '409', swapRuns: true };
  const refused: MutationReply = { kind: 'refused', status: 403, message: '403: no' };
  const failed = { kind: 'failed', message: '417', passing: false } as const;
  const succeeded = { kind: 'succeeded' } as const;
  const times = { swapDeadlineMs: 2_700_000, settleMs: 180_000, unseenMs: 1_500_000, mayStayOpen: true };
  const late = { elapsedMs: 2_700_000 };
  const quiet = { elapsedMs: 200_000, quietMs: 180_000 };
  const longQuiet = { elapsedMs: 1_600_000, quietMs: 1_500_000 };
  const unmoved = observed('new/old', T1);
  const moved = observed('old/new', T2);

  const cases: [string, Partial<SwapEvidence>, string, RegExp?][] = [
    ['nothing was read yet', { observed: undefined }, 'pending'],
    ['nothing could be read until the deadline', { observed: undefined, ...late }, 'unknown', /neither slot/],
    ['moved and recorded', { observed: moved, running: true }, 'done', /swapped at 2026-01-05T03:01/],
    ['moved and recorded, the reply was lost', { observed: moved, reply: ambiguous }, 'done', /reply was lost \(503\)/],
    ['moved and recorded, and something still runs', { observed: observed('old/new', T2, 'x') }, 'pending'],
    [
      'something runs past the deadline',
      { observed: observed('old/new', T2, 'x'), ...late },
      'unknown',
      /x has not ended/,
    ],
    ['moved, not recorded yet', { observed: observed('old/new', T1) }, 'pending'],
    ['moved, never recorded', { observed: observed('old/new', T1), ...late }, 'unknown', /has not, after 45m00s/],
    ['moved, not recorded, the operation failed', { observed: observed('old/new', T1), ended: failed }, 'pending'],
    [
      'moved, not recorded, the operation failed long ago',
      { observed: observed('old/new', T1), ended: failed, ...quiet },
      'unknown',
    ],
    [
      'moved, not recorded, quiet, and no word of the operation',
      { observed: observed('old/new', T1), ...quiet },
      'pending',
    ],
    ['moved by somebody else', { observed: moved, reply: refused }, 'unknown', /by somebody else/],
    ['unmoved and running', { running: true }, 'pending'],
    ['unmoved, quiet, and running all the same', { running: true, ...quiet }, 'pending'],
    ['unmoved and running past the deadline', { running: true, ...late }, 'unknown', /nothing has moved/],
    ['unmoved and refused', { reply: refused }, 'not-done', /^403: no$/],
    ['unmoved and failed', { ended: failed }, 'not-done', /^417$/],
    ['unmoved and failed for a reason that passes', { ended: { ...failed, passing: true } }, 'not-done', /^417$/],
    ['unmoved, the reply was lost a moment ago', { reply: ambiguous }, 'pending'],
    [
      'unmoved, the reply was lost long ago',
      { reply: ambiguous, ...quiet },
      'unseen',
      /503, and nothing moved for 3m00s/,
    ],
    [
      'unmoved, the reply was lost longer ago than any swap takes',
      { reply: ambiguous, ...longQuiet },
      'not-done',
      /503, and nothing moved for 25m00s/,
    ],
    [
      'unmoved, the reply was lost, and an operation was seen to end',
      { reply: ambiguous, shown: true, ...quiet },
      'not-done',
    ],
    ['unmoved, and Azure has said that a swap runs', { reply: conflict, ...quiet }, 'pending'],
    [
      'unmoved, and Azure has said that a swap runs, longer ago than any takes',
      { reply: conflict, ...longQuiet },
      'not-done',
    ],
    [
      'unmoved, and the swap that Azure spoke of was seen to end',
      { reply: conflict, shown: true, ...quiet },
      'not-done',
    ],
    ['unmoved, accepted, the operation was lost', { ...quiet }, 'pending'],
    ['unmoved, accepted, the operation was lost long ago', { ...longQuiet }, 'not-done', /the operation was lost/],
    ['unmoved, and yet called a success', { ended: succeeded }, 'pending'],
    ['unmoved, and yet called a success long ago', { ended: succeeded, ...quiet }, 'not-done', /ended as a success/],
    ['there and back', { observed: observed('new/old', T2) }, 'unknown', /there and back/],
    ['half', { observed: observed('old/old', T1) }, 'pending'],
    ['half for ever', { observed: observed('old/old', T2), ...late }, 'unknown', /one slot/],
    ['foreign', { observed: observed('new/other', T1) }, 'unknown', /somebody deployed/],
    ['unreadable', { observed: observed('?/?', T2) }, 'pending'],
    ['unreadable for ever', { observed: observed('?/?', T2), ...late }, 'unknown', /do not tell/],
  ];
  for (const [name, change, kind, reason] of cases)
    it(`${name}: ${kind}`, () => {
      const verdict = judgeSwap(
        {
          before: pair(NEW, OLD, T1),
          reply: accepted,
          observed: unmoved,
          ended: undefined,
          running: false,
          elapsedMs: 60_000,
          quietMs: 0,
          shown: false,
          ...change,
        },
        times,
      );
      assert.equal(verdict.kind, kind, JSON.stringify(verdict));
      if (reason !== undefined) assert.match('reason' in verdict ? verdict.reason : '', reason);
    });

  it('says nothing of the request before it when it is refused, and that one is without a sign', () => {
    const busy: MutationReply = { kind: 'refused', status: 409, message: '409: a change runs', passing: true };
    const judged = (change: Partial<SwapEvidence>, open: boolean) =>
      judgeSwap(
        {
          before: pair(NEW, OLD, T1),
          observed: unmoved,
          reply: busy,
          ended: undefined,
          running: false,
          elapsedMs: 60_000,
          quietMs: 0,
          shown: false,
          ...change,
        },
        { ...times, mayStayOpen: false, open },
      ).kind;
    assert.deepEqual([judged({}, false), judged({}, true)], ['not-done', 'pending']);
    assert.equal(judged({ ...quiet }, true), 'pending', 'it was asked already');
    assert.equal(judged({ ...longQuiet }, true), 'not-done');
    assert.deepEqual([judged({ observed: moved }, false), judged({ observed: moved }, true)], ['unknown', 'done']);
    assert.equal(judged({ reply: refused, observed: moved }, true), 'done', 'by the request before it');
  });

  it('is not left open where nobody asks after it', () => {
    const evidence = { before: pair(NEW, OLD, T1), observed: unmoved, ended: undefined, running: false, shown: false };
    const verdict = judgeSwap({ ...evidence, ...quiet, reply: ambiguous }, { ...times, mayStayOpen: false });
    assert.equal(verdict.kind, 'pending');
  });

  it('may be tried again only when the service turned it away for a reason that passes', () => {
    const retryable = (change: Partial<SwapEvidence>) => {
      const evidence = {
        before: pair(NEW, OLD, T1),
        reply: accepted,
        observed: unmoved,
        ended: undefined,
        running: false,
        shown: false,
      };
      const verdict = judgeSwap({ ...evidence, ...longQuiet, ...change }, times);
      return verdict.kind === 'not-done' && verdict.retryable;
    };
    assert.equal(retryable({ reply: ambiguous }), true);
    assert.equal(retryable({ reply: refused }), false);
    assert.equal(retryable({ ended: failed }), false);
    assert.equal(retryable({ reply: accepted }), false);
  });
});

describe('decideUndo', () => {
  const before = pair(NEW, OLD, T1);
  const after = pair(OLD, NEW, T2);
  const cases: [string, Parameters<typeof decideUndo>[0], Observed, string, RegExp?][] = [
    ['as it was left', { before, after }, observed('old/new', T2), 'undo'],
    ['nothing is known of the end, and it moved', { before, after: null }, observed('old/new', T2), 'undo'],
    ['it never moved', { before, after: null }, observed('new/old', T1), 'nothing-to-undo', /never happened/],
    [
      'it was swapped back already',
      { before, after },
      observed('new/old', T3),
      'nothing-to-undo',
      /already at .*03:02/,
    ],
    ['an operation runs', { before, after }, observed('old/new', T2, 'x'), 'wait', /x is changing/],
    ['half way', { before, after: null }, observed('old/old', T2), 'wait'],
    ['somebody deployed elsewhere', { before, after }, observed('old/other', T2), 'refuse', /somebody deployed since/],
    ['somebody swapped there and back since', { before, after }, observed('old/new', T3), 'refuse', /on purpose/],
    ['the stamp is gone', { before, after }, observed('old/new', null), 'refuse', /an unknown time/],
    ['nothing is told', { before, after }, observed('?/?', T2), 'refuse', /do not tell/],
  ];
  for (const [name, promotion, now, kind, reason] of cases)
    it(`${name}: ${kind}`, () => {
      const decision = decideUndo(promotion, now);
      assert.equal(decision.kind, kind, JSON.stringify(decision));
      if (reason !== undefined) assert.match('reason' in decision ? decision.reason : '', reason);
    });

  const withDeployments = (source: string, target: string, stamp: string) => ({
    source: print(source.split('+')[0]!, source.split('+')[1]!),
    target: print(target.split('+')[0]!, target.split('+')[1]!),
    swapStamp: stamp,
    kind: 'appService' as const,
  });
  it('takes nothing for swapped back that is neither the release from before nor ours', () => {
    const known = withDeployments('new+2', 'old+1', T1);
    const done = withDeployments('old+1', 'new+2', T2);
    // Another run has uploaded into the source slot, over the old release, and has swapped: each is in its old place.
    const { source, target, swapStamp } = withDeployments('new+2', 'old+3', T3);
    const base = observed('new/old', swapStamp);
    const now = { source: { ...base.source, print: source }, target: { ...base.target, print: target } };
    const decision = decideUndo({ before: known, after: done }, now);
    assert.equal(decision.kind, 'refuse', JSON.stringify(decision));
    const back = { ...now, target: { ...now.target, print: print('old', '1') } };
    assert.equal(decideUndo({ before: known, after: done }, back).kind, 'nothing-to-undo');
  });

  const uploads: [string, string, string][] = [
    ['old+1/new+2', 'undo', 'nobody deployed'],
    ['old+1/new+9', 'refuse', 'somebody deployed into the target'],
    ['old+9/new+2', 'refuse', 'somebody deployed over the release from before'],
  ];
  for (const [now, kind, reason] of uploads)
    for (const known of [true, false])
      it(`${reason}, ${known ? 'the end was journalled' : 'the end is not known'}: ${kind}`, () => {
        const promotion = {
          before: withDeployments('new+2', 'old+1', T1),
          after: known ? withDeployments('old+1', 'new+2', T2) : null,
        };
        assert.equal(decideUndo(promotion, observed(now, T2)).kind, kind);
      });
});

describe('preflight', () => {
  const config = { autoSwapSlot: null, routing: [] };

  it('has no reason against two running slots that differ', () => {
    assert.deepEqual(refusals(observed('new/old', null), config, TARGET), []);
  });

  it('names what could not be read when the contents cannot be told', () => {
    const blind = observed('?/?', null);
    const [refusal] = refusals(
      { ...blind, source: { ...blind.source, unread: ['the deployments of x'] } },
      config,
      TARGET,
    );
    assert.match(refusal!.message, /Not readable with these rights: the deployments of x/);
  });

  const AT = '--name payments --resource-group rg';
  const SLOTS = '--app-name payments --resource-group-name rg --source-slot staging --target-slot production';
  const cures: [string, (now: Observed) => Observed, string][] = [
    ['starts production', (now) => ({ ...now, target: { ...now.target, state: 'stopped' } }), `az webapp start ${AT}`],
    [
      'starts a slot',
      (now) => ({ ...now, source: { ...now.source, state: 'stopped' } }),
      `az webapp start ${AT} --slot staging`,
    ],
    [
      'ends a preview',
      (now) => ({
        source: { ...now.source, previewWith: 'Production' },
        target: { ...now.target, previewWith: 'staging' },
      }),
      `safe-rollout swap --action cancel ${SLOTS}`,
    ],
  ];
  for (const [name, change, command] of cures)
    it(`gives the whole command that ${name}, once`, () => {
      const found = refusals(change(observed('new/old', null)), config, TARGET);
      assert.equal(found.length, 1, JSON.stringify(found));
      const after = found[0]!.message.split(command)[1];
      assert.match(after ?? 'missing', /^(?:$|\))/, found[0]!.message);
    });

  it('does not offer to end a preview with a third slot by the command of these two', () => {
    const now = observed('new/old', null);
    const third = { ...now, source: { ...now.source, previewWith: 'qa' } };
    const [refusal] = refusals(third, config, TARGET);
    assert.match(refusal!.message, /between 'staging' and 'qa' is pending/);
    assert.ok(!refusal!.message.includes(SLOTS));
  });

  const steady = observed('new/old', T1);
  const changes: [string, Observed, RegExp | undefined][] = [
    ['nothing', observed('new/old', T1), undefined],
    ['another content', observed('newer/old', T1), /'staging' no longer holds/],
    ['another production', observed('new/older', T1), /'production' no longer holds/],
    ['a content that is not readable any more', observed('?/old', T1), /'staging' no longer holds/],
    ['a swap', observed('new/old', T2), /swapped by somebody else at .*03:01/],
    ['an operation', observed('new/old', T1, 'x'), /changed by operation x/],
    ['a preview', { ...steady, source: { ...steady.source, previewWith: 'production' } }, /preview/],
    ['a stop', { ...steady, target: { ...steady.target, state: 'stopped' } }, /'production' is no longer running/],
  ];
  for (const [name, now, expected] of changes)
    it(`sees between two looks: ${name}`, () => {
      const found = changedBetween(steady, now);
      if (expected === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', expected);
    });

  it('takes a rule for stale by its name or its host, and only while it sends somebody', () => {
    const rule = (name: string, host: string, percent: number) => ({ name, host, percent });
    const rules = [rule('STAGING', 'x', 1), rule('x', 'Staging.test', 1), rule('x', 'x', 50), rule('staging', 'x', 0)];
    assert.deepEqual(staleRules({ ...config, routing: rules }, steady.source), rules.slice(0, 2));
  });
});
