import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Entry } from '../../src/journal/entry.ts';
import { explainRun, type RunStory, type ServiceStory } from '../../src/journal/explain.ts';
import { fileJournal } from '../../src/journal/file-journal.ts';
import { entryOf } from './entries.ts';

const explained = async (name: string): Promise<RunStory> =>
  explainRun(await fileJournal(join(import.meta.dirname, 'corpus', `${name}.jsonl`)).read('run'));

/** As it is told: `proven`, then `missing` where something is. */
type Told = readonly [state: ServiceStory['state'], proven: RegExp, missing?: RegExp];

const CASES: readonly [name: string, asks: RunStory['asks'], services: Readonly<Record<string, readonly Told[]>>][] = [
  [
    'swap-promoted',
    'nobody',
    { payments: [['verified', /^it was swapped at \S+ \S+ UTC \(entry w\.4\), and was found healthy/]] },
  ],
  ['swap-named-backwards', 'nobody', { payments: [['verified', /it was swapped/]] }],
  [
    'swap-back',
    'nobody',
    { payments: [['undone', /^it was swapped .* and the release from before was found back in place at .*w\.9/]] },
  ],
  [
    'swap-refused',
    'nobody',
    { payments: [['not-promoted-here', /^nothing was promoted; .*verify failed .*Slot 'staging' is stopped/]] },
  ],
  ['swap-lost-reply', 'nobody', { payments: [['verified', /it was swapped at/]] }],
  [
    'swap-unknown',
    'azure',
    {
      payments: [
        ['open', /^the swap of payments was asked for .* given up on as unknown .*op-0/, /^how the swap ended: Azure/],
      ],
    },
  ],
  ['preview-pending', 'nobody', { payments: [['not-promoted-here', /preview done/]] }],
  [
    'preview-died',
    'azure',
    {
      payments: [
        ['not-promoted-here', /preview intent/],
        [
          'settings-left',
          /^the settings of another slot may be applied to 'staging': preview intent/,
          /'staging' has its own/,
        ],
      ],
    },
  ],
  ['preview-completed', 'nobody', { payments: [['verified', /it was swapped/]] }],
  ['preview-cancelled', 'nobody', { payments: [['not-promoted-here', /reset-slot-config done/]] }],
  [
    'deployment-whole',
    'nobody',
    {
      db: [['command-done', /^its command came to its end: run done/]],
      payments: [['verified', /entry process-1\.8\), and was found healthy at .*process-1\.10/]],
      notifications: [['verified', /it was swapped/]],
      store: [['verified', /it was swapped/]],
    },
  ],
  [
    'deployment-command-failed',
    'person',
    {
      db: [['command-left', /run failed .*no such table/, /^how far the command came before it failed$/]],
      payments: [['not-begun', /^nothing was begun$/]],
      notifications: [['not-begun', /^nothing was begun$/]],
      store: [['not-begun', /^nothing was begun$/]],
    },
  ],
  [
    'deployment-left-for-a-person',
    'azure',
    {
      db: [['command-done', /its end/]],
      payments: [
        ['promoted', /found unhealthy .* left in place$/, /^whether it may stay in 'production'.*--services payments/],
      ],
    },
  ],
  [
    'deployment-died-in-its-swap',
    'azure',
    {
      db: [['command-done', /its end/]],
      payments: [
        [
          'open',
          /^the intent to swap payments was written at 2026-01-05 03:00:10 UTC \(entry process-1\.7\), and no outcome follows$/,
          /^the outcome of the swap: whoever wrote the intent ended between the two/,
        ],
      ],
    },
  ],
  [
    'rollback-died-in-its-swap',
    'azure',
    {
      db: [['command-done', /its end/]],
      payments: [
        [
          'undoing',
          /^the intent to swap payments back was written .*process-2\.3\), and no/,
          /outcome of the swap back/,
        ],
      ],
    },
  ],
];

describe('a journal, explained', () => {
  for (const [name, asks, expected] of CASES)
    it(name, async () => {
      const story = await explained(name);
      assert.equal(story.asks, asks);
      assert.deepEqual([...new Set(story.services.map(({ service }) => service))], Object.keys(expected));
      for (const [service, told] of Object.entries(expected)) {
        const found = story.services.filter((one) => one.service === service);
        assert.deepEqual(
          found.map(({ state }) => state),
          told.map(([state]) => state),
        );
        for (const [at, [, proven, missing]] of told.entries()) {
          assert.match(found[at]!.proven, proven);
          if (missing === undefined) assert.equal(found[at]!.missing, null);
          else assert.match(found[at]!.missing ?? 'nothing', missing);
        }
      }
      assert.ok(!JSON.stringify(story).includes('nowhere'), JSON.stringify(story, null, 1));
    });

  it('says what was intended, and how the run ended', async () => {
    const { intended, ends } = await explained('deployment-rolled-back');
    assert.match(
      intended.join('\n'),
      /^deploy db, payments, notifications, store \(planned at 2026-01-05 03:00:00 UTC/,
    );
    assert.equal(ends.length, 3, ends.join('\n'));
    assert.match(
      ends[0]!,
      /^A rollback was begun .*process-2\.1\): on failure; to undo: payments, notifications, store$/,
    );
    assert.match(ends[1]!, /^It ended .*process-2\.14\) \(done\): payments, notifications, store rolled back/);
    assert.match(ends[2]!, /^The run was closed .*process-2\.15\)/);
  });

  it('names a claim that its writer took along', async () => {
    const { ends } = await explained('deployment-died-in-its-swap');
    assert.deepEqual(ends, [
      "A claim on app 'payments' was made at 2026-01-05 03:00:10 UTC (entry process-1.6) and not given back; it is over by itself 3m00s later",
    ]);
    assert.deepEqual((await explained('swap-promoted')).ends, []);
  });

  const of = (...changes: Partial<Entry>[]): RunStory =>
    explainRun({ entries: changes.map((change, at) => entryOf({ sequence: at + 1, ...change })), problems: [] });

  it('tells a promotion that nobody has judged, one that was not made, and a swap back that nobody knows of', () => {
    const [promoted] = of({}, { phase: 'done' }).services;
    assert.match(promoted!.missing ?? '', /whether the release is healthy in 'production': it was never judged there/);
    const [denied] = of({}, { phase: 'failed', reason: 'refused' }).services;
    assert.deepEqual([denied!.state, denied!.missing], ['not-promoted', null]);
    assert.match(denied!.proven, /proven not to have moved at .*w\.2\): refused$/);
    const [undoing] = of({}, { phase: 'done' }, { action: 'undo' }, { action: 'undo', phase: 'unknown' }).services;
    assert.deepEqual([undoing!.state, undoing!.missing], ['undoing', 'how the swap back ended: Azure has to be asked']);
  });

  it('names the end of an upload, of a route and of a revision that nobody wrote', () => {
    for (const action of ['upload', 'route', 'revision'] as const)
      for (const phase of ['intent', 'unknown', 'done', 'failed'] as const) {
        const { services, asks } = of({ action }, ...(phase === 'intent' ? [] : [{ action, phase }]));
        const isOpen = phase === 'intent' || phase === 'unknown';
        assert.deepEqual([services[0]!.state, asks], ['not-promoted-here', isOpen ? 'person' : 'nobody']);
        if (isOpen) assert.match(services[0]!.missing ?? '', new RegExp(`^how the ${action} ended: .*Run it again`));
        else assert.equal(services[0]!.missing, null);
      }
  });

  it('speaks of settings only where a promotion can leave any', () => {
    const target = { kind: 'containerApp', subscription: 's', resourceGroup: 'rg', app: 'mail' };
    const shift = { schema: 2, target, before: { kind: 'containerApp' } } as const;
    assert.deepEqual(
      of(shift, { ...shift, phase: 'failed' }).services.map(({ state }) => state),
      ['not-promoted'],
    );
    assert.deepEqual(
      of({}, { phase: 'failed' }).services.map(({ state }) => state),
      ['not-promoted', 'settings-left'],
    );
  });

  it('asks a person where the journal is damaged and nothing else is open', () => {
    assert.equal(explainRun({ entries: [], problems: ['torn'] }).asks, 'person');
    assert.deepEqual(explainRun({ entries: [], problems: [] }), {
      intended: [],
      services: [],
      ends: [],
      asks: 'nobody',
    });
  });

  it('reads plans and times that are none', () => {
    for (const plan of [null, 7, 'plan', [], { services: 7 }, { services: [null, { name: 7 }] }]) {
      const nothing = { service: null, promotion: null, target: null, before: null } as const;
      const story = of({ ...nothing, action: 'plan', phase: 'done', plan, at: 'soon' });
      assert.deepEqual([story.services, story.intended], [[], ['because (planned at soon (entry w.1))']]);
    }
  });
});
