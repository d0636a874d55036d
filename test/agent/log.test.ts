import assert from 'node:assert/strict';
import { groupedLog } from '../../src/agent/log.ts';
import { Progress } from '../../src/agent/progress.ts';
import type { RolloutEvent } from '../../src/rollout/ports.ts';

const AT = Date.UTC(2026, 0, 5, 3, 0, 0);

function event(service: string, step: RolloutEvent['step'], message = 'x', level: RolloutEvent['level'] = 'info') {
  return { service, step, message, level, at: AT } as const;
}

describe('the log of a task', () => {
  function printed(events: readonly RolloutEvent[], flush = true): string[] {
    const lines: string[] = [];
    const log = groupedLog((line) => lines.push(line));
    for (const one of events) log.tell(one);
    if (flush) log.flush();
    return lines;
  }

  it('has one group a service, although services are deployed side by side', () =>
    assert.deepEqual(
      printed([
        event('payments', 'upload'),
        event('store', 'upload'),
        event('payments', 'gate'),
        event('store', 'gate'),
        event('payments', 'verified'),
        event('store', 'verified'),
      ]),
      [
        '##[group]payments',
        '03:00:00 upload: x',
        '03:00:00 gate: x',
        '03:00:00 verified: x',
        '##[endgroup]',
        '##[group]store',
        '03:00:00 upload: x',
        '03:00:00 gate: x',
        '03:00:00 verified: x',
        '##[endgroup]',
      ],
    ));

  it('prints whoever is through before whoever is not', () =>
    assert.deepEqual(
      printed(
        [
          event('a', 'upload'),
          event('b', 'upload'),
          event('c', 'upload'),
          event('c', 'verified'),
          event('a', 'verified'),
          event('b', 'gate'),
        ],
        false,
      ).map((line) => line.replace('03:00:00 ', '')),
      [
        ...['##[group]a', 'upload: x', 'verified: x', '##[endgroup]'],
        ...['##[group]c', 'upload: x', 'verified: x', '##[endgroup]'],
        ...['##[group]b', 'upload: x', 'gate: x'],
      ],
    ));

  it('prints what the speaking service says at once', () =>
    assert.deepEqual(printed([event('payments', 'upload')], false), ['##[group]payments', '03:00:00 upload: x']));

  it('never holds back what goes wrong, and shows what led to it', () => {
    const lines = printed(
      [event('payments', 'upload'), event('store', 'upload', 'sent'), event('store', 'gate', 'sick', 'error')],
      false,
    );
    assert.deepEqual(lines.slice(-3), ['##[group]store', '03:00:00 upload: sent', '##[error]03:00:00 gate: sick']);
  });

  it('lets no service speak to the agent', () =>
    assert.deepEqual(printed([event('a\n##[endgroup]', 'gate', '##vso[task.complete]\n##[error]x', 'warning')]), [
      '##[group]a # #[endgroup]',
      '##[warning]03:00:00 gate: # #vso[task.complete]',
      '##[warning]03:00:00 gate: # #[error]x',
      '##[endgroup]',
    ]));
});

describe('the progress of a task', () => {
  const cases: [RolloutEvent[], number, number, string][] = [
    [[], 1, 0, 'nothing told'],
    [[event('a', 'gate')], 1, 40, 'a gate reached'],
    [[event('a', 'swap'), event('a', 'gate')], 1, 60, 'a step back, which is none'],
    [[event('a', 'verified'), event('b', 'swap')], 4, 40, 'two of four on their way'],
    [[event('a', 'verified')], 1, 99, 'everything but the end'],
    [[event('', 'final-check')], 2, 0, 'what belongs to no service'],
  ];
  for (const [story, services, expected, what] of cases)
    it(`is ${expected} % for ${what}`, () => {
      const progress = new Progress();
      for (const event of story) progress.tell(event);
      assert.equal(progress.percent(services), expected);
    });
});
