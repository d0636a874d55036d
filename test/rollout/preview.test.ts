import assert from 'node:assert/strict';
import { cancelSwap, completeSwap, previewSwap } from '../../src/rollout/preview.ts';
import type { SwapResult } from '../../src/rollout/swap-result.ts';
import { rig } from './rig.ts';

type Rig = ReturnType<typeof rig>;

const rules = (result: SwapResult): string[] =>
  result.outcome === 'refused' ? result.refusals.map(({ rule }) => rule) : [result.outcome];

const pending = ({ app }: Rig): (string | null)[] =>
  ['staging', 'production'].map((slot) => app.slots[slot]!.previewWith);

describe('a swap with preview', () => {
  let r: Rig;
  beforeEach(() => (r = rig()));

  const preview = (): Promise<SwapResult> => previewSwap(r.request(), r.ports);
  const complete = (): Promise<SwapResult> => completeSwap(r.request(), r.ports);
  const cancel = (): Promise<SwapResult> => cancelSwap(r.request(), r.ports);

  it('applies the settings of the target, judges under them, and leaves it pending', async () => {
    assert.equal((await preview()).outcome, 'previewed');
    assert.deepEqual(pending(r), ['production', 'staging']);
    assert.deepEqual(r.journal.lines, ['preview intent', 'preview done']);
    assert.deepEqual(r.app.swapRequests, []);
    assert.equal(r.app.production.version, '1.0.0');
  });

  it('is completed by one swap, gated and verified like any other', async () => {
    await preview();
    const result = await complete();
    assert.equal(result.outcome, 'promoted', JSON.stringify(result));
    assert.deepEqual(r.app.swapRequests, ['staging>production']);
    assert.equal(r.app.production.version, '2.0.0');
    assert.deepEqual(pending(r), [null, null]);
  });

  it('is cancelled, read back, and may be cancelled again', async () => {
    await preview();
    assert.equal((await cancel()).outcome, 'cancelled');
    assert.deepEqual(pending(r), [null, null]);
    const changes = r.app.changes.length;
    assert.equal((await cancel()).outcome, 'cancelled');
    assert.equal(r.app.changes.length, changes, 'nothing was pending');
  });

  it('takes the settings back when the release is unhealthy under them', async () => {
    r.app.slots['staging']!.content.status = () => (r.app.slots['staging']!.previewWith === null ? 200 : 503);
    assert.deepEqual(rules(await preview()), ['gate']);
    assert.deepEqual(pending(r), [null, null]);
    assert.deepEqual(r.journal.lines.slice(0, 4), [
      'preview intent',
      'preview done',
      'reset-slot-config intent',
      'reset-slot-config done',
    ]);
  });

  it('refuses on Linux, where there is none', async () => {
    for (const slot of Object.values(r.app.slots)) Object.assign(slot, { linux: true });
    assert.deepEqual(rules(await preview()), ['no-preview']);
    assert.deepEqual(r.app.changes, []);
  });

  it('refuses a second one, and a plain swap while one is pending', async () => {
    await preview();
    assert.ok(rules(await preview()).includes('preview-pending'));
    assert.ok(rules(await r.swap()).includes('preview-pending'));
    assert.deepEqual(r.app.swapRequests, []);
  });

  it('does not complete what is not pending, or is pending with another slot', async () => {
    assert.deepEqual(rules(await complete()), ['no-preview']);
    Object.assign(r.app.slots['staging']!, { previewWith: 'blue' });
    assert.deepEqual(rules(await complete()), ['no-preview']);
    assert.deepEqual(r.app.swapRequests, []);
  });

  it('is not completed when somebody cancels it between the gate and the request', async () => {
    await preview();
    r.app.onCall = (name) => {
      const claimed = r.journal.entries.filter(({ action, phase }) => action === 'claim' && phase === 'intent').length;
      if (name === 'observe' && claimed === 2) Object.assign(r.app.slots['staging']!, { previewWith: null });
    };
    assert.deepEqual(rules(await complete()), ['content-changed']);
    assert.deepEqual(r.app.swapRequests, []);
  });

  for (const fault of ['refused', 'ineffective'] as const)
    it(`says so when applying is ${fault}, and leaves nothing pending`, async () => {
      r.app.changeFaults.push(fault);
      assert.deepEqual(rules(await preview()), ['platform']);
      assert.deepEqual(pending(r), [null, null]);
    });

  it('believes the slots when the reply to applying is lost', async () => {
    r.app.changeFaults.push('applied');
    assert.equal((await preview()).outcome, 'previewed');
  });
});

describe('settings that differ between the slots', () => {
  it('are told by name before the swap', async () => {
    const r = rig();
    r.app.settings = ['AppSettings FEATURE_LEDGER', 'ConnectionStrings Orders'];
    await r.swap();
    const told = r.events.map(({ message }) => message).join('\n');
    assert.match(
      told,
      /differ between 'staging' and 'production': AppSettings FEATURE_LEDGER, ConnectionStrings Orders/,
    );
  });

  it('are said to be unchecked without the right to read them, and stop nothing', async () => {
    const r = rig();
    r.app.settings = undefined;
    assert.equal((await r.swap()).outcome, 'promoted');
    assert.match(r.events.map(({ message }) => message).join('\n'), /unchecked/);
  });
});
