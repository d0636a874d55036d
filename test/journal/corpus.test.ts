import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isSlotTarget } from '../../src/journal/slots.ts';
import { fileJournal } from '../../src/journal/file-journal.ts';
import { fold, type PromotionState } from '../../src/journal/fold.ts';
import { readPlans } from '../../src/rollout/planning/read-plan.ts';

const FOLDER = join(import.meta.dirname, 'corpus');

interface Expected {
  readonly promotions?: Readonly<Record<string, PromotionState>>;
  readonly closed?: true;
  readonly commandsDone?: readonly string[];
  readonly commandsLeft?: readonly string[];
  readonly prepared?: readonly string[];
  readonly rollBackBegun?: string;
  readonly plans?: number;
  readonly warnings?: number;
}

/**
 * Journals of schema 1, each as version 0.1.0 wrote it. They lie in containers and on disks for years: none of these
 * files may ever be changed, and what each means may not either. A new schema gets files of its own beside them.
 */
const CORPUS: Readonly<Record<string, Expected>> = {
  'swap-promoted': { promotions: { payments: 'verified' } },
  'swap-named-backwards': { promotions: { payments: 'verified' } },
  'swap-back': { promotions: { payments: 'undone' } },
  'swap-refused': {},
  'swap-lost-reply': { promotions: { payments: 'verified' } },
  'swap-unknown': { promotions: { payments: 'open' } },
  'preview-pending': {},
  'preview-died': { prepared: ['payments'] },
  'preview-completed': { promotions: { payments: 'verified' }, plans: 2 },
  'preview-cancelled': { plans: 2 },
  'deployment-whole': {
    promotions: { payments: 'verified', notifications: 'verified', store: 'verified' },
    commandsDone: ['db'],
    closed: true,
  },
  'deployment-rolled-back': {
    promotions: { payments: 'undone', notifications: 'undone', store: 'undone' },
    commandsDone: ['db'],
    rollBackBegun: 'on failure; to undo: payments, notifications, store',
    closed: true,
  },
  'deployment-failed-and-undone': {
    promotions: { payments: 'verified', notifications: 'verified', store: 'undone' },
    commandsDone: ['db'],
    closed: true,
  },
  'deployment-command-failed': { commandsLeft: ['db'], closed: true },
  'deployment-left-for-a-person': { promotions: { payments: 'promoted' }, commandsDone: ['db'] },
  'deployment-died-in-its-swap': { promotions: { payments: 'open' }, commandsDone: ['db'] },
  'rollback-died-in-its-swap': {
    promotions: { payments: 'undoing' },
    commandsDone: ['db'],
    rollBackBegun: 'INC-4711; to undo: payments',
  },
  'two-runs-and-a-torn-line': { promotions: { payments: 'verified' }, commandsDone: ['db'], closed: true, warnings: 1 },
};

describe('journals of schema 1', () => {
  it('are all looked at', () => {
    const files = readdirSync(FOLDER).map((file) => file.replace(/\.jsonl$/, ''));
    assert.deepEqual(files.toSorted(), Object.keys(CORPUS).toSorted());
  });

  for (const [name, expected] of Object.entries(CORPUS))
    it(name, async () => {
      const reading = await fileJournal(join(FOLDER, `${name}.jsonl`)).read('run');
      const state = fold(reading);
      assert.deepEqual(state.problems, []);
      assert.equal(state.warnings.length, expected.warnings ?? 0, state.warnings.join('\n'));
      assert.deepEqual(
        Object.fromEntries(state.promotions.map(({ service, state: how }) => [service, how])),
        expected.promotions ?? {},
      );
      assert.equal(state.closed, expected.closed ?? false);
      assert.deepEqual(state.commandsDone, expected.commandsDone ?? []);
      assert.deepEqual(state.commandsLeft, expected.commandsLeft ?? []);
      assert.deepEqual(
        state.prepared.map(({ service }) => service),
        expected.prepared ?? [],
      );
      assert.equal(state.rollBackBegun, expected.rollBackBegun ?? null);
      // A rollback needs nothing else: what was planned must be understood as well.
      assert.equal(state.plans.length, expected.plans ?? 1);
      assert.equal(typeof readPlans(state.plans), 'object', JSON.stringify(readPlans(state.plans)));
      for (const { target } of state.promotions) {
        assert.ok(isSlotTarget(target), target.kind);
        assert.deepEqual([target.source, target.destination], ['staging', 'production']);
      }
    });
});
