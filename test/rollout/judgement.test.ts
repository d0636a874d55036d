import assert from 'node:assert/strict';
import { completeSwap } from '../../src/rollout/kinds/app-service/preview.ts';
import { rollBack } from '../../src/rollout/recover/roll-back.ts';
import { swapSlot } from '../../src/rollout/kinds/app-service/swap-slot.ts';
import type { PromotionResult } from '../../src/rollout/way/result.ts';
import { rig, type Rig } from './rig.ts';
import { release, system } from './system.ts';

/** Statuses in turns, asked of production once `swaps` have taken effect; 200 everywhere else. */
function inProduction(r: Rig, swaps: number, statuses: (answer: number) => number): (slot: string) => number {
  let asked = 0;
  return (slot) => (slot === 'production' && r.app.effectiveSwaps.length === swaps ? statuses(asked++) : 200);
}

/** Runs once, when so many seconds have passed since the swap of that number took effect. */
function afterSwap(r: Rig, number: number, seconds: number, act: () => void): void {
  let since: number | undefined;
  let acted = false;
  r.app.onCall = () => {
    if (r.app.effectiveSwaps.length < number) return;
    since ??= r.clock.monotonic();
    if (acted || r.clock.monotonic() - since < seconds * 1000) return;
    acted = true;
    act();
  };
}

const said = (result: PromotionResult): string => JSON.stringify(result);
const sickIn = (r: Rig): void => {
  r.app.slots['staging']!.content.status = (slot) => (slot === 'production' ? 500 : 200);
};

describe('the last look before a release is called verified', () => {
  let r: Rig;
  beforeEach(() => (r = rig()));

  it('sees that somebody has swapped back during the bake, though the old release is healthy too', async () => {
    afterSwap(r, 1, 12, () => r.app.exchange(['production', 'staging'], true));
    const result = await r.swap();
    assert.equal(result.outcome, 'superseded', said(result));
    // The version has told where one is asked for; without one nothing but the slots themselves does.
    r = rig();
    afterSwap(r, 1, 12, () => r.app.exchange(['production', 'staging'], true));
    const health = { ...r.request().health, version: undefined };
    const unasked = await swapSlot({ ...r.request(), health, expectedVersion: undefined }, r.ports);
    assert.equal(unasked.outcome, 'superseded', said(unasked));
    assert.match(said(unasked), /somebody else swapped 'staging' and 'production' again at \S+ by Azure's clock/);
    assert.deepEqual([r.app.production.version, r.app.swapRequests.length], ['1.0.0', 1]);
    assert.equal(await r.state(), 'promoted', 'not verified');
  });

  const meddling: [string, (r: Rig) => void, RegExp][] = [
    ['a deployment into production', (one) => void one.app.deploy('production', '2.0.0'), /deployed into 'production'/],
    [
      'a swap of production with a third slot that holds the same version',
      (one) => {
        one.app.addSlot('beta', '2.0.0');
        one.app.exchange(['beta', 'production'], true);
      },
      /somebody else swapped 'production' at \S+ by Azure's clock/,
    ],
    [
      'a swap there and back',
      (one) => {
        one.app.exchange(['staging', 'production'], true);
        one.app.exchange(['staging', 'production'], true);
      },
      /somebody else swapped 'production' at/,
    ],
  ];
  for (const [name, meddle, words] of meddling)
    it(`sees ${name}`, async () => {
      afterSwap(r, 1, 12, () => meddle(r));
      const result = await r.swap();
      assert.equal(result.outcome, 'superseded', said(result));
      assert.match(said(result), words);
      assert.match(said(result), /activity log of the app names who/);
    });

  it('waits for an operation of somebody else, says so, and sees what came of it', async () => {
    afterSwap(r, 1, 25, () => {
      Object.assign(r.app.slots['production']!, { operation: 'theirs' });
      afterSwap(r, 1, 20, () => {
        r.app.exchange(['production', 'staging'], true);
        Object.assign(r.app.slots['production']!, { operation: null });
      });
    });
    const result = await r.swap();
    assert.equal(result.outcome, 'superseded', said(result));
    assert.ok(
      r.events.some(({ message }) =>
        /^waiting: operation theirs, which is not ours, is changing 'production' \(until/.test(message),
      ),
    );
  });

  it('does not mind what is deployed into the source slot: users do not get it', async () => {
    afterSwap(r, 1, 12, () => void r.app.deploy('staging', '3.0.0'));
    assert.equal((await r.swap()).outcome, 'promoted');
  });

  it('is taken of the old release too when it was swapped back', async () => {
    sickIn(r);
    afterSwap(r, 2, 12, () => r.app.exchange(['production', 'staging'], true));
    const old = r.app.slots['production']!.content;
    r.app.slots['staging']!.content.status = (slot) =>
      slot === 'production' && r.app.effectiveSwaps.length === 1 ? 500 : 200;
    old.version = '2.0.0';
    const result = await r.swap();
    assert.equal(result.outcome, 'unknown', said(result));
    assert.match(said(result), /the release from before was swapped back, and then somebody else swapped/);
  });

  it('is taken by the final check of a deployment, which ends for a person and undoes nothing', async () => {
    const s = system();
    const { payments } = s.apps;
    payments.packages['package.zip'] = { version: '2.0.0', status: () => 200 };
    let acted = false;
    s.apps.store.onCall = () => {
      if (acted || s.apps.store.effectiveSwaps.length === 0) return;
      acted = true;
      payments.exchange(['production', 'staging'], true);
    };
    const result = await s.deploy();
    assert.equal(result.outcome, 'person', result.reason);
    assert.match(result.reason, /payments is superseded at the final check: somebody else swapped/);
    assert.equal(result.services.find(({ service }) => service === 'payments')?.outcome, 'superseded');
    assert.deepEqual([s.versions(), s.requests()], ['1.0.0 2.0.0 2.0.0', 3]);
  });

  it('says at the final check that the way back is gone when only that is', async () => {
    const s = system();
    let acted = false;
    s.apps.store.onCall = () => {
      if (acted || s.apps.store.effectiveSwaps.length === 0) return;
      acted = true;
      s.apps.payments.deploy('staging', '3.0.0');
    };
    const result = await s.deploy();
    assert.equal(result.outcome, 'deployed', result.reason);
    assert.ok(
      s.events.some(({ message }) => /^slot 'staging' does not hold the release from before any more/.test(message)),
    );
  });
});

describe('how much of a release is sick', () => {
  for (const phase of [0, 1, 2, 3])
    it(`fails one whose every fourth answer is an error during the bake, from the ${phase + 1}. on`, async () => {
      const r = rig();
      r.app.slots['staging']!.content.status = inProduction(r, 1, (index) => (index % 4 === phase ? 500 : 200));
      const result = await r.swap();
      assert.equal(result.outcome, 'restored', said(result));
      assert.match(said(result), /2 of \d answers bad \(\d+%, limit 10%\): status 500/);
      assert.equal(r.app.production.version, '1.0.0');
    });

  it('outlives one bad answer of many, says it, and keeps it in the journal', async () => {
    const r = rig();
    r.app.slots['staging']!.content.status = inProduction(r, 1, (index) => (index === 3 ? 500 : 200));
    const result = await r.swap({ bakeMs: 120_000 });
    assert.equal(result.outcome, 'promoted', said(result));
    assert.match(said(result), /1 of 25 answers bad \(4%, limit 10%\): status 500/);
    const verified = r.journal.entries.find(({ action }) => action === 'verify');
    assert.match(verified!.reason, /1 of 25 answers bad/);
  });

  it('asks on until there are answers enough to tell', async () => {
    const r = rig();
    r.app.slots['staging']!.content.status = inProduction(r, 1, (index) => (index === 3 ? 500 : 200));
    const result = await r.swap();
    assert.equal(result.outcome, 'promoted', said(result));
    assert.match(said(result), /1 of 11 answers bad \(9%, limit 10%\)/);
  });

  it('counts at the gate as well, and keeps what the gate saw in the intent', async () => {
    const r = rig();
    let asked = 0;
    r.app.slots['staging']!.content.status = (slot) => (slot === 'staging' && (asked += 1) === 3 ? 500 : 200);
    assert.equal((await r.swap()).outcome, 'promoted');
    const intent = r.journal.entries.find(({ action, phase }) => action === 'promote' && phase === 'intent');
    assert.match(intent!.reason, /; gate: \d+ healthy answers in a row \(limit 3\); 1 of \d+ answers bad/);
  });

  it('holds the old release to the same when it is put back', async () => {
    const r = rig();
    sickIn(r);
    r.app.slots['production']!.content.status = inProduction(r, 2, (index) => (index % 4 === 1 ? 500 : 200));
    const result = await r.swap();
    assert.equal(result.outcome, 'restored-not-yet-healthy', said(result));
    assert.equal(r.app.production.version, '1.0.0');
  });

  it('undoes a service whose share is found by the final check, with its dependents', async () => {
    const s = system();
    let checked = false;
    let asked = 0;
    release(s.apps.payments, '2.0.0', (slot) => {
      checked ||= s.apps.store.effectiveSwaps.length > 0;
      return slot === 'production' && checked && asked++ % 3 === 0 ? 500 : 200;
    });
    const result = await s.deploy();
    assert.equal(result.outcome, 'rolled-back', result.reason);
    assert.equal(s.versions(), '1.0.0 1.0.0 1.0.0');
  });
});

describe('seen before swapped', () => {
  const turnedAway: [string, number, RegExp][] = [
    ['an access restriction', 403, /answers status 403.*access restriction/],
    ['a sign-in', 401, /answers status 401.*sign-in/],
    ['a redirect', 302, /answers status 302.*redirect/],
    ['a cut connection', -2, /ECONNRESET/],
    ['no connection at all', 0, /ENOTFOUND/],
  ];
  for (const [name, status, words] of turnedAway) {
    it(`refuses when ${name} lies before production`, async () => {
      const r = rig();
      for (const slot of ['staging', 'production'])
        r.app.slots[slot]!.content.status = (where) => (where === 'production' ? status : 200);
      const result = await r.swap();
      assert.deepEqual(result.outcome === 'refused' && result.refusals.map(({ rule }) => rule), ['target-unseen']);
      assert.match(said(result), words);
      assert.match(said(result), /agent inside the network.*probe headers.*healthy statuses/);
      assert.deepEqual([r.app.swapRequests, r.app.changes], [[], []]);
    });

    it(`does not even upload when ${name} lies before production`, async () => {
      const s = system(['payments']);
      s.apps.payments.slots['production']!.content.status = (where) => (where === 'production' ? status : 200);
      const result = await s.deploy();
      assert.equal(result.outcome, 'failed', result.reason);
      assert.match(result.reason, /cannot be judged from here/);
      assert.equal(s.journal.lines.includes('upload intent'), false);
    });
  }

  for (const status of [500, 502, 503, 404, -1])
    it(`takes production at ${status} for ill and no obstacle: that is what a hotfix is for`, async () => {
      const r = rig();
      r.app.slots['production']!.content.status = () => status;
      assert.equal((await r.swap()).outcome, 'promoted');
    });

  it('outlives one lost connection', async () => {
    const r = rig();
    let asked = 0;
    r.app.slots['production']!.content.status = () => ((asked += 1) === 1 ? -2 : 200);
    assert.equal((await r.swap()).outcome, 'promoted');
  });

  it('refuses to complete a preview as well', async () => {
    const r = rig();
    Object.assign(r.app.slots['staging']!, { previewWith: 'production' });
    Object.assign(r.app.slots['production']!, { previewWith: 'staging' });
    r.app.slots['production']!.content.status = () => 403;
    const result = await completeSwap(r.request(), r.ports);
    assert.deepEqual(result.outcome === 'refused' && result.refusals.map(({ rule }) => rule), ['target-unseen']);
  });

  it('puts the old release back all the same when production is closed to the hook, and says what it could not see', async () => {
    const r = rig();
    sickIn(r);
    assert.equal((await r.swap({ onUnhealthy: 'abort' })).outcome, 'unhealthy');
    for (const slot of ['staging', 'production'])
      r.app.slots[slot]!.content.status = (where) => (where === 'production' ? 403 : 200);
    const { plan } = system(['payments']);
    await r.ports.journal.record({ action: 'plan', phase: 'done', reason: 'plan', plan: plan() });
    const result = await rollBack({ scope: 'service', services: ['payments'], reason: 'asked' }, r.laterPorts('hook'));
    assert.equal(result.outcome, 'person', result.reason);
    assert.match(result.reason, /restored, not yet healthy.*status 403/);
    assert.equal(r.app.production.version, '1.0.0');
  });
});

describe("the platform's own hiccup after a swap", () => {
  for (const status of [502, 503, -2])
    it(`is outlived: ${status} for twenty seconds`, async () => {
      const r = rig();
      r.app.slots['staging']!.content.status = inProduction(r, 1, (index) => (index < 5 ? status : 200));
      const result = await r.swap();
      assert.equal(result.outcome, 'promoted', said(result));
      assert.match(said(result), /5 of the platform's own not counted/);
    });

  it('does not end at the first good answers, but when they last', async () => {
    const r = rig();
    const hiccups = [503, 200, 503, 503, 200, 200];
    r.app.slots['staging']!.content.status = inProduction(r, 1, (index) => hiccups[index] ?? 200);
    assert.equal((await r.swap()).outcome, 'promoted');
  });

  it('is over once good answers have lasted: what comes then is the release', async () => {
    const r = rig();
    r.app.slots['staging']!.content.status = inProduction(r, 1, (index) => (index < 3 ? 200 : 503));
    const result = await r.swap();
    assert.equal(result.outcome, 'restored', said(result));
    assert.ok(r.clock.monotonic() < 60_000 + 10_000 + 25_000 + 120_000);
  });

  it('is an illness when it outlasts its grace', async () => {
    const r = rig();
    r.app.slots['staging']!.content.status = inProduction(r, 1, () => 503);
    const result = await r.swap();
    assert.equal(result.outcome, 'restored', said(result));
    assert.equal(r.app.production.version, '1.0.0');
  });

  it('excuses nothing but 502, 503 and cut connections', async () => {
    const r = rig();
    r.app.slots['staging']!.content.status = inProduction(r, 1, () => 500);
    const begun = r.clock.monotonic();
    assert.equal((await r.swap()).outcome, 'restored');
    assert.match(r.journal.lines.join(' '), /verify failed undo intent/);
    assert.ok(r.clock.monotonic() - begun < 240_000);
  });

  it('is outlived by the release that was put back too', async () => {
    const r = rig();
    sickIn(r);
    r.app.slots['production']!.content.status = inProduction(r, 2, (index) => (index < 4 ? 503 : 200));
    const result = await r.swap();
    assert.equal(result.outcome, 'restored', said(result));
  });

  it('is no grace at all at 0', async () => {
    const r = rig();
    r.app.slots['staging']!.content.status = inProduction(r, 1, (index) => (index < 2 ? 503 : 200));
    assert.equal((await r.swap({ swapGraceMs: 0 })).outcome, 'restored');
  });
});

describe('a rollback says the cause and the whole truth', () => {
  it('names a slot that somebody has stopped since, and not the 403 that it answers', async () => {
    const r = rig();
    sickIn(r);
    afterSwap(r, 1, 3, () => Object.assign(r.app.slots['staging']!, { state: 'stopped' }));
    const result = await r.swap();
    assert.equal(result.outcome, 'unhealthy', said(result));
    assert.match(
      said(result),
      /slot 'staging' is stopped.*Start it, then roll back again: az webapp start .*--slot staging/,
    );
    assert.doesNotMatch(said(result), /403/);
    assert.equal(r.app.swapRequests.length, 1);
  });

  it('names what it leaves on the new release, with the command', async () => {
    const s = system();
    release(s.apps.store, '2.0.0', (slot) => (slot === 'production' ? 500 : 200));
    const result = await s.deploy({ onUnhealthy: 'abort' });
    assert.equal(result.outcome, 'person', result.reason);
    const undone = await s.rollBack({ services: ['store'] });
    assert.equal(undone.outcome, 'rolled-back', undone.reason);
    assert.match(
      undone.reason,
      /left on the release of this run: payments, notifications \(to undo that too: safe-rollout rollback --run run --services payments,notifications\); db ran/,
    );
    assert.deepEqual(
      undone.services.map(({ service, outcome }) => `${service} ${outcome}`),
      ['store undone', 'payments left', 'notifications left'],
    );
    assert.equal(s.versions(), '2.0.0 2.0.0 1.0.0');
  });

  it('says so at the end of a deployment that restored one service itself', async () => {
    const s = system();
    release(s.apps.store, '2.0.0', (slot) => (slot === 'production' ? 500 : 200));
    const result = await s.deploy();
    assert.equal(result.outcome, 'rolled-back', result.reason);
    assert.match(result.reason, /left on the release of this run: payments, notifications \(to undo that too/);
  });
});
