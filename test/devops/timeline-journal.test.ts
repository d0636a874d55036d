import assert from 'node:assert/strict';
import type { JobPlace } from '../../src/devops/task-api.ts';
import { timelineJournal } from '../../src/devops/timeline-journal.ts';
import { startEmulator, type Emulator, type FaultEffect } from '../../src/emulator/start.ts';
import { LARGEST_ENTRY_BYTES } from '../../src/journal/entry.ts';
import { recorder } from '../../src/journal/recorder.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { ask } from '../emulator/client.ts';
import { entryOf } from '../journal/entries.ts';

describe('timelineJournal', () => {
  let emulator: Emulator;
  let plan = 0;
  let place: JobPlace;

  before(async () => void (emulator = await startEmulator()));
  after(() => emulator.close());
  beforeEach(() => {
    emulator.clearFaults();
    place = {
      collectionUrl: emulator.devOpsUrl,
      projectId: 'a3b1c2d4-0000-4000-8000-000000000001',
      hub: 'build',
      planId: `00000000-0000-4000-8000-${String((plan += 1)).padStart(12, '0')}`,
      timelineId: '00000000-0000-4000-8000-00000000aaaa',
      jobId: '00000000-0000-4000-8000-00000000bbbb',
      token: emulator.devOpsToken,
      http: { cert: { caFile: emulator.caFile } },
    };
  });

  const own = () => emulator.attachments().filter(({ planId }) => planId === place.planId);
  const puts = (): number => emulator.requests({ method: 'PUT', path: new RegExp(place.planId) }).length;
  const journal = (change: Partial<JobPlace> = {}) => timelineJournal({ ...place, ...change }, new FakeClock());
  const spoil = (method: string, effect: FaultEffect, times: number | 'always' = 1): void =>
    void emulator.addFault({ match: { method, path: `${place.planId}.*/attachments/`, times }, effect });
  const ids = async (store = journal()) => {
    const { entries, problems } = await store.read('run');
    return { ids: entries.map(({ id }) => id), problems };
  };

  it('gives back what was appended, one attachment an entry, whose name tells what it is', async () => {
    const store = journal();
    const one = entryOf({ reason: 'ünïcode and "quotes"' });
    await store.append(one);
    await store.append(entryOf({ sequence: 2, action: 'verify', phase: 'done', service: 'store front/7' }));
    assert.deepEqual((await store.read('run')).entries[0], one);
    assert.deepEqual(
      own().map(({ name }) => name),
      ['00001.w.payments.promote.intent.old.json', '00002.w.store_front_7.verify.done.old.json'],
    );
  });

  it('is shared by the jobs of a run, and not with other runs', async () => {
    await journal().append(entryOf({ writer: 'a' }));
    await journal({ jobId: '00000000-0000-4000-8000-00000000cccc' }).append(entryOf({ writer: 'b' }));
    assert.deepEqual(await ids(), { ids: ['a.1', 'b.1'], problems: [] });
    const other = { planId: '00000000-0000-4000-8000-0000000fffff' };
    assert.deepEqual(await ids(journal(other)), { ids: [], problems: [] });
  });

  for (const [name, effect] of [
    ['504', { kind: 'applied-then-status', status: 504 }],
    ['a reset', { kind: 'applied-then-reset' }],
  ] as [string, FaultEffect][])
    it(`writes an entry once although its reply was lost in ${name}`, async () => {
      spoil('PUT', effect);
      await journal().append(entryOf());
      assert.deepEqual(await ids(), { ids: ['w.1'], problems: [] });
      assert.deepEqual([own().length, puts()], [1, 1]);
    });

  for (const [name, effect] of [
    ['503', { kind: 'status', status: 503 }],
    ['429', { kind: 'throttle' }],
    ['a reset', { kind: 'reset' }],
    ['a page of a gateway', { kind: 'html' }],
  ] as [string, FaultEffect][])
    it(`tries again after ${name}, when the entry is not there`, async () => {
      spoil('PUT', effect);
      await journal().append(entryOf());
      assert.deepEqual([own().length, puts()], [1, 2]);
    });

  it('rejects when it cannot write, and says what to do', async () => {
    spoil('PUT', { kind: 'status', status: 503 }, 'always');
    await assert.rejects(
      journal().append(entryOf()),
      /could not attach to the timeline.*status 503.*name a journal file/,
    );
    assert.deepEqual([own().length, puts()], [0, 4]);
  });

  it('names the token when it is not accepted', async () => {
    await assert.rejects(
      journal({ token: 'of another job' }).append(entryOf()),
      /\(status 401\).*job token was not accepted/,
    );
    await assert.rejects(journal({ token: 'of another job' }).read('run'), /list the attachments.*job token/);
  });

  it('does not take another entry of the same name for its own', async () => {
    const store = journal();
    await store.append(entryOf({ reason: 'of another process under the same name' }));
    await assert.rejects(store.append(entryOf({ reason: 'mine' })), /could not attach/);
    assert.equal(own().length, 1);
  });

  it('refuses an entry that is too large before it sends anything', async () => {
    await assert.rejects(journal().append(entryOf({ reason: 'x'.repeat(LARGEST_ENTRY_BYTES) })), /larger than/);
    assert.equal(puts(), 0);
  });

  const put = async (name: string, content: string): Promise<void> => {
    const { projectId, hub, planId, timelineId, jobId } = place;
    const path = `${projectId}/_apis/distributedtask/hubs/${hub}/plans/${planId}/timelines/${timelineId}/records/${jobId}/attachments/safe-rollout.journal/${name}`;
    const headers = { authorization: `Bearer ${emulator.devOpsToken}` };
    const { status } = await ask(emulator, `${emulator.devOpsUrl}${path}`, { method: 'PUT', headers, body: content });
    assert.equal(status, 200);
  };

  it('names what is no entry, and the gap that it leaves', async () => {
    const store = journal();
    await store.append(entryOf());
    await put('00002.json', JSON.stringify(entryOf({ sequence: 2 })).slice(0, 90));
    await store.append(entryOf({ sequence: 3 }));
    const found = await ids();
    assert.deepEqual(found.ids, ['w.1', 'w.3']);
    assert.deepEqual(found.problems, [
      'attachment 00002.json is not JSON and was left out',
      'entries w.2 to w.2 are missing',
    ]);
  });

  const unreadable = (times: number, effect: FaultEffect = { kind: 'status', status: 503 }): void =>
    void emulator.addFault({ match: { method: 'GET', path: `${place.planId}/timelines/`, times }, effect });

  for (const [name, effect] of [
    ['503', { kind: 'status', status: 503 }],
    ['a page of a gateway', { kind: 'html' }],
    ['half an answer', { kind: 'truncated' }],
    ['a reset', { kind: 'reset' }],
  ] as [string, FaultEffect][])
    it(`reads an entry again after ${name}: what was answered instead is no entry`, async () => {
      await journal().append(entryOf());
      unreadable(2, effect);
      assert.deepEqual(await ids(), { ids: ['w.1'], problems: [] });
    });

  for (const [name, effect] of [
    ['503', { kind: 'status', status: 503 }],
    ['a page of a gateway', { kind: 'html' }],
    ['a page of a proxy that says it is well', { kind: 'html', status: 200 }],
    ['half an answer', { kind: 'truncated' }],
    ['a reset', { kind: 'reset' }],
  ] as [string, FaultEffect][])
    it(`lists again after ${name}: what was answered instead is no empty journal`, async () => {
      await journal().append(entryOf());
      spoil('GET', effect, 2);
      assert.deepEqual(await ids(), { ids: ['w.1'], problems: [] });
    });

  it('names what cannot be read in the end, and reads it the next time', async () => {
    const store = journal();
    await journal().append(entryOf());
    unreadable(4);
    const first = await ids(store);
    assert.deepEqual(first.ids, []);
    assert.match(first.problems[0]!, /00001\.w\..*could not be read \(status 503\)/);
    assert.deepEqual(await ids(store), { ids: ['w.1'], problems: [] });
  });

  it('reads what never changes once, and what it wrote itself not at all', async () => {
    const store = journal();
    await store.append(entryOf());
    await journal().append(entryOf({ writer: 'other' }));
    for (let times = 0; times < 3; times += 1) await store.read('run');
    assert.equal(emulator.requests({ method: 'GET', path: new RegExp(`${place.planId}/timelines/`) }).length, 1);
  });

  it('keeps every entry of two jobs that write at the same time', async () => {
    const pens = ['a', 'b'].map((writer) => recorder(journal(), new FakeClock(), 'run', writer));
    const draft = { action: 'run', phase: 'intent', reason: 'r' } as const;
    await Promise.all(Array.from({ length: 20 }, (_, index) => pens[index % 2]!.record(draft)));
    const found = await ids();
    assert.deepEqual([found.ids.length, found.problems], [20, []]);
  });
});
