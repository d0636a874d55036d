import { slotQuestion } from '../../../../src/rollout/kinds/app-service/slot-way.ts';
import { slotsOf } from '../../two-slots.ts';
import type { RoutingRule } from '../../../../src/rollout/kinds/app-service/ports.ts';
import assert from 'node:assert/strict';
import { RolloutError } from '../../../../src/rollout/errors.ts';

import type { SwapPolicy } from '../../../../src/rollout/way/policy.ts';
import type { PromotionResult } from '../../../../src/rollout/way/result.ts';
import type { PollFault, SwapFault } from '../../../fakes/fake-app.ts';
import { HEALTH, rig, type Rig } from '../../rig.ts';

const STALE: RoutingRule = { name: 'staging', host: 'payments-staging.test', percent: 10 };
const OTHER: RoutingRule = { name: 'beta', host: 'payments-beta.test', percent: 5 };

describe('swapSlot', () => {
  let r: Rig;
  beforeEach(() => void (r = rig()));
  /** Whatever happened: one request for each intent, and never one without. */
  afterEach(() => assert.equal(r.app.swapRequests.length, r.intents(), r.journal.lines.join(', ')));

  const rulesOf = (result: PromotionResult): string[] => {
    assert.equal(result.outcome, 'refused', JSON.stringify(result));
    return result.outcome === 'refused' ? result.refusals.map(({ rule }) => rule) : [];
  };

  it('promotes: gate, intent, one request, verified through the bake', async () => {
    const result = await r.swap();
    assert.equal(result.outcome, 'promoted', JSON.stringify(result));
    assert.deepEqual(result.outcome === 'promoted' && [result.versionBefore, result.versionAfter], ['1.0.0', '2.0.0']);
    assert.equal(r.app.production.version, '2.0.0');
    assert.deepEqual(r.journal.lines, ['promote intent', 'promote done', 'verify done']);
    const [intent, done] = r.journal.entries.filter(({ action }) => action === 'promote');
    assert.deepEqual(
      [slotsOf(intent!.before)?.source.deploymentId, slotsOf(intent!.before)?.target.deploymentId, intent!.replaces],
      ['payments__staging', 'payments__production', '1.0.0'],
    );
    assert.equal(slotsOf(done!.after)?.target.deploymentId, 'payments__staging');
    // 10 s of gate, 60 s of swap that are noticed within a second, 30 s of bake.
    assert.ok(r.clock.monotonic() < 102_000, `${r.clock.monotonic()}`);
  });

  it('says that the request goes out before it does, and every minute what it waits for', async () => {
    r.app.swapMs = 200_000;
    r.app.onCall = (name) => {
      if (name === 'requestSwap') assert.match(r.events.at(-1)!.message, /attempt 1: the request goes out now, once$/);
    };
    assert.equal((await r.swap()).outcome, 'promoted');
    const waiting = r.events.filter(({ step, message }) => step === 'swap' && message.startsWith('waiting, '));
    assert.deepEqual(
      waiting.map(({ message }) => /^waiting, (\d+m)?\d+s/.exec(message)?.[1] ?? 'soon'),
      ['soon', '1m', '2m', '3m'],
    );
    assert.match(waiting[0]!.message, /operation \S+ is under way|the operation runs/);
    assert.match(
      waiting[0]!.message,
      /; 'production' holds the release from before \(until 03:45:1\d UTC at the latest\)\. .*change nothing by hand$/,
    );
  });

  describe('refuses before anything is changed', () => {
    const cases: [string, string[], (r: Rig) => void][] = [
      ['a stopped source', ['slot-stopped'], ({ app }) => Object.assign(app.slots['staging']!, { state: 'stopped' })],
      [
        'a stopped target',
        ['slot-stopped'],
        ({ app }) => Object.assign(app.slots['production']!, { state: 'stopped' }),
      ],
      [
        'a state that is neither',
        ['slot-stopped'],
        ({ app }) => Object.assign(app.slots['staging']!, { state: undefined }),
      ],
      [
        'an operation',
        ['operation-in-progress'],
        ({ app }) => Object.assign(app.slots['production']!, { operation: 'x' }),
      ],
      [
        'a pending preview',
        ['preview-pending'],
        ({ app }) => Object.assign(app.slots['staging']!, { previewWith: 'Production' }),
      ],
      ['automatic swap', ['auto-swap'], ({ app }) => Object.assign(app.autoSwap, { staging: 'production' })],
      ['a plan without slots', ['no-slots'], ({ app }) => Object.assign(app.slots['staging']!, { slotless: true })],
      ['slots that tell nothing', ['same-content'], ({ app }) => tellNothing(app)],
      [
        'slots that cannot be told apart',
        ['same-content'],
        ({ app }) => Object.assign(app.slots['staging']!.content, { deploymentId: 'payments__production' }),
      ],
      ['a stale routing rule', ['stale-routing'], ({ app }) => void app.routing.push(STALE)],
      [
        'everything at once, with every reason',
        ['slot-stopped', 'operation-in-progress', 'preview-pending', 'auto-swap', 'stale-routing'],
        ({ app }) => {
          Object.assign(app.slots['staging']!, { state: 'stopped', operation: 'x', previewWith: 'production' });
          Object.assign(app.autoSwap, { staging: 'production' });
          app.routing.push(STALE);
        },
      ],
    ];
    for (const [name, rules, arrange] of cases)
      it(name, async () => {
        arrange(r);
        assert.deepEqual(rulesOf(await r.swap()), rules);
        assert.deepEqual([r.app.swapRequests, r.app.changes, r.journal.lines], [[], [], ['verify failed']]);
      });

    it('leaves rules alone that send nobody to the source slot', async () => {
      r.app.routing = [OTHER, { ...STALE, percent: 0 }];
      assert.equal((await r.swap()).outcome, 'promoted');
      assert.deepEqual(r.app.routing, [OTHER, { ...STALE, percent: 0 }]);
    });

    it('knows a rule by its host, whatever it is called', async () => {
      r.app.routing = [{ name: 'canary', host: 'PAYMENTS-staging.test', percent: 1 }];
      assert.deepEqual(rulesOf(await r.swap()), ['stale-routing']);
    });

    it('does not give up for one connection that was lost', async () => {
      let lost = 1;
      const get = r.app.get.bind(r.app);
      r.app.get = async (...question) =>
        lost-- > 0 ? { kind: 'unreachable', reason: 'ECONNRESET' } : await get(...question);
      assert.equal((await r.swap()).outcome, 'promoted');
    });

    it('says so when the agent cannot reach a host, instead of asking for a verdict it could never get', async () => {
      r.app.slots['staging']!.content.status = () => 0;
      await assert.rejects(r.swap(), (error: RolloutError) => {
        assert.equal(error.facts.code, 'unreadable');
        assert.match(error.message, /'staging'.*private endpoint/);
        return true;
      });
      assert.deepEqual([r.app.swapRequests, r.journal.lines], [[], []]);
    });

    it('throws when Azure cannot be read', async () => {
      r.app.failedReads = 1;
      await assert.rejects(r.swap(), RolloutError);
      assert.deepEqual(r.app.swapRequests, []);
    });
  });

  describe('the gate', () => {
    const cases: [string, () => number, RegExp, number][] = [
      ['an unhealthy release', () => 503, /unhealthy, 2 of 2 bad answers/, 65],
      ['a silent one', () => -1, /unhealthy/, 65],
      ['one that cannot be reached any more', unreachableAfter(2), /inconclusive, 2 probes in a row/, 60],
      ['one that flaps', flapping(), /unhealthy, 2 of 4 answers bad \(50%, limit 10%\): status 500/, 20],
    ];
    for (const [name, status, reason, seconds] of cases)
      it(`does not let through ${name}`, async () => {
        r.app.slots['staging']!.content.status = status;
        const result = await r.swap();
        assert.deepEqual(rulesOf(result), ['gate']);
        assert.match(JSON.stringify(result), reason);
        assert.deepEqual([r.app.swapRequests, r.app.production.version], [[], '1.0.0']);
        assert.ok(Math.abs(r.clock.monotonic() / 1000 - seconds) < 10, `${r.clock.monotonic() / 1000}s`);
      });

    it('does not let through a slot that serves another version than the one to be promoted', async () => {
      r.app.slots['staging']!.content.version = '1.9.9';
      assert.match(JSON.stringify(await r.swap()), /reports version 1\.9\.9, expected 2\.0\.0/);
      assert.equal(r.app.production.version, '1.0.0');
    });

    it('is kept to, when somebody deploys into the slot after it', async () => {
      atCall(r, 'get', 5, () => r.app.deploy('staging', '2.0.0'));
      assert.deepEqual(rulesOf(await r.swap()), ['content-changed']);
      assert.equal(r.app.production.version, '1.0.0');
    });

    it('is kept to, when somebody swaps there and back after it', async () => {
      atCall(r, 'get', 5, () => {
        r.app.exchange(['staging', 'production'], true);
        r.app.exchange(['staging', 'production'], true);
      });
      assert.deepEqual(rulesOf(await r.swap()), ['content-changed']);
    });

    it('sees a rule that somebody adds while it runs: the slot will hold the old release', async () => {
      atCall(r, 'get', 4, () => r.app.routing.push(STALE));
      assert.deepEqual(rulesOf(await r.swap()), ['stale-routing']);
    });
  });

  describe('staleRouting: clear', () => {
    beforeEach(() => void (r.app.routing = [STALE, OTHER]));

    it('clears what names the source after the gate, reads it back, and keeps the rest', async () => {
      const result = await r.swap({ staleRouting: 'clear' });
      assert.equal(result.outcome, 'promoted');
      assert.deepEqual(r.app.routing, [OTHER]);
      assert.deepEqual(r.journal.lines.slice(0, 3), ['route intent', 'route done', 'promote intent']);
    });

    it('keeps a rule that somebody adds for another slot while the gate runs', async () => {
      const late = { ...OTHER, name: 'late', host: 'payments-late.test' };
      atCall(r, 'get', 4, () => r.app.routing.push(late));
      await r.swap({ staleRouting: 'clear' });
      assert.deepEqual(r.app.routing, [OTHER, late]);
    });

    it('believes what it reads and not the reply', async () => {
      r.app.changeFaults.push('applied');
      assert.equal((await r.swap({ staleRouting: 'clear' })).outcome, 'promoted');
    });

    for (const fault of ['refused', 'ineffective'] as const)
      it(`does not swap when the write is ${fault}`, async () => {
        r.app.changeFaults.push(fault);
        assert.deepEqual(rulesOf(await r.swap({ staleRouting: 'clear' })), ['stale-routing']);
        assert.deepEqual(r.journal.lines, ['route intent', 'route failed', 'verify failed']);
        assert.deepEqual([r.app.swapRequests, r.app.routing], [[], [STALE, OTHER]]);
      });

    it('clears nothing for a release that did not pass its gate', async () => {
      r.app.slots['staging']!.content.status = () => 500;
      await r.swap({ staleRouting: 'clear' });
      assert.deepEqual([r.app.routing, r.app.changes], [[STALE, OTHER], []]);
    });
  });

  describe('whatever becomes of the request', () => {
    type Case = [string, SwapFault[], PromotionResult['outcome'], string, string[], number];
    const cases: Case[] = [
      ['refused', [{ kind: 'refused', status: 403 }], 'refused', '1.0.0', ['promote intent', 'promote failed'], 1],
      [
        '429, not applied',
        [{ kind: 'ambiguous', status: 429 }],
        'promoted',
        '2.0.0',
        ['promote intent', 'promote unknown', 'promote intent', 'promote done'],
        10,
      ],
      [
        '409, not applied',
        [{ kind: 'ambiguous', status: 409 }],
        'promoted',
        '2.0.0',
        ['promote intent', 'promote unknown', 'promote intent', 'promote done'],
        10,
      ],
      [
        '503 twice, not applied',
        [
          { kind: 'ambiguous', status: 503 },
          { kind: 'ambiguous', status: 503 },
        ],
        'refused',
        '1.0.0',
        ['promote intent', 'promote unknown', 'promote intent', 'promote failed'],
        30,
      ],
      ['the reply is lost, applied', [{ kind: 'applied' }], 'promoted', '2.0.0', ['promote intent', 'promote done'], 3],
      [
        'accepted without an address',
        [{ kind: 'no-location' }],
        'promoted',
        '2.0.0',
        ['promote intent', 'promote done'],
        3,
      ],
      [
        'accepted, and never heard of again',
        [{ kind: 'dropped' }],
        'refused',
        '1.0.0',
        ['promote intent', 'promote failed'],
        27,
      ],
      ['accepted, and fails', [{ kind: 'fails' }], 'refused', '1.0.0', ['promote intent', 'promote failed'], 3],
      [
        'accepted, and fails prepared',
        [{ kind: 'fails-prepared' }],
        'refused',
        '1.0.0',
        ['promote intent', 'promote failed'],
        3,
      ],
      [
        'accepted, and never ends',
        [{ kind: 'never-ends' }],
        'unknown',
        '1.0.0',
        ['promote intent', 'promote unknown'],
        47,
      ],
      [
        'accepted, moved, and never ends',
        [{ kind: 'never-ends-switched' }],
        'unknown',
        '2.0.0',
        ['promote intent', 'promote unknown'],
        47,
      ],
      [
        'moved and recorded, ends as a failure',
        [{ kind: 'half-done-recorded' }],
        'promoted',
        '2.0.0',
        ['promote intent', 'promote done'],
        3,
      ],
      [
        'moved, not recorded, ends as a failure',
        [{ kind: 'half-done' }],
        'unknown',
        '2.0.0',
        ['promote intent', 'promote unknown'],
        6,
      ],
    ];
    // How the wire tells of the operation must make no difference to the end.
    const wires: [string, (r: Rig) => void][] = [
      ['', () => undefined],
      [', though the site shows no operation', ({ app }) => void (app.showsOperation = false)],
      [', polled between the reads of the slots', ({ app }) => void (app.retryAfterMs = undefined)],
      [', told of by polls alone', ({ app }) => Object.assign(app, { showsOperation: false, retryAfterMs: undefined })],
    ];
    for (const [how, arrange] of wires)
      for (const [name, faults, outcome, version, lines, minutes] of cases)
        it(`${name}: ${outcome}${how}`, async () => {
          arrange(r);
          r.app.swapFaults.push(...faults);
          const result = await r.swap();
          assert.equal(result.outcome, outcome, JSON.stringify(result));
          assert.equal(r.app.production.version, version);
          assert.deepEqual(
            r.journal.lines.filter((line) => line.startsWith('promote')),
            lines,
          );
          assert.ok(r.minutes() <= minutes, `${r.minutes()} minutes`);
          if (outcome === 'unknown') assert.equal(await r.state(), 'open');
        });

    describe('where Azure does not show an operation that takes ten minutes', () => {
      beforeEach(() => Object.assign(r.app, { showsOperation: false, swapMs: 600_000 }));

      it('promoted once when the reply is lost: another request is turned away, and that is a sign of it', async () => {
        r.app.swapFaults.push({ kind: 'applied' });
        assert.equal((await r.swap()).outcome, 'promoted');
        assert.deepEqual([r.app.swapRequests.length, r.intents(), r.app.effectiveSwaps.length], [2, 2, 1]);
        assert.equal(r.app.production.version, '2.0.0');
      });

      it('promoted by the one request that may be made', async () => {
        r.app.swapFaults.push({ kind: 'applied' });
        assert.equal((await r.swap({ attempts: 1 })).outcome, 'promoted');
        assert.deepEqual([r.app.swapRequests.length, r.app.effectiveSwaps.length], [1, 1]);
      });

      it('promoted when the swap of somebody else is what turns it away', async () => {
        r.app.onCall = (name) => {
          if (name !== 'requestSwap' || r.app.swapRequests.length > 0) return;
          r.app.onCall = () => undefined;
          void r.app.requestSwap('staging', 'production');
        };
        assert.equal((await r.swap({ attempts: 1 })).outcome, 'promoted');
        assert.equal(r.app.effectiveSwaps.length, 1);
        assert.deepEqual([r.app.swapRequests.splice(0, 1), r.app.swapRequests.length], [['staging>production'], 1]);
      });

      it('promoted, not refused, when it shows itself right before the next request', async () => {
        r.app.swapFaults.push({ kind: 'applied' });
        r.app.swapMs = 180_900;
        assert.equal((await r.swap()).outcome, 'promoted');
        assert.deepEqual([r.app.swapRequests.length, r.app.effectiveSwaps.length], [1, 1]);
        assert.equal(await r.state(), 'verified');
      });

      it('swapped back once when the reply to that is lost', async () => {
        r.app.slots['staging']!.content.status = (slot) => (slot === 'production' ? 503 : 200);
        r.app.swapFaults.push({ kind: 'none' }, { kind: 'applied' });
        assert.equal((await r.swap()).outcome, 'restored');
        assert.equal(r.app.effectiveSwaps.length, 2);
        assert.equal(r.app.production.version, '1.0.0');
      });
    });

    const polls: [string, PollFault[]][] = [
      ['429', ['throttled']],
      ['503, again and again', Array.from({ length: 500 }, () => 'unreadable')],
      ['404', ['gone']],
    ];
    for (const [name, faults] of polls)
      it(`a poll is answered with ${name}: promoted all the same`, async () => {
        r.app.pollFaults.push(...faults);
        assert.equal((await r.swap()).outcome, 'promoted');
        assert.ok(r.clock.monotonic() < 110_000, `${r.clock.monotonic()}`);
      });

    it('the slots cannot be read for a while: promoted when they can', async () => {
      r.app.onCall = (name) => {
        if (name !== 'requestSwap') return;
        r.app.failedReads = 30;
      };
      assert.equal((await r.swap()).outcome, 'promoted');
    });

    it('the slots cannot be read any more: unknown, and the journal says that only Azure can tell', async () => {
      r.app.onCall = (name) => {
        if (name === 'requestSwap') r.app.failedReads = Infinity;
      };
      const result = await r.swap();
      assert.equal(result.outcome, 'unknown');
      assert.deepEqual(r.journal.lines, ['promote intent', 'promote unknown']);
    });

    it('takes prepared settings back after a swap that failed, with its own intent', async () => {
      r.app.swapFaults.push({ kind: 'fails-prepared' });
      await r.swap();
      assert.deepEqual(r.app.changes, [{ kind: 'reset-slot-config', slot: 'staging' }]);
      assert.equal(r.app.slots['staging']!.previewWith, null);
      assert.deepEqual(r.journal.lines.slice(2, 4), ['reset-slot-config intent', 'reset-slot-config done']);
    });

    it('takes nothing back where nothing was begun: it would restart the slot, and needs another right', async () => {
      r.app.swapFaults.push({ kind: 'refused', status: 403 });
      await r.swap();
      assert.deepEqual(r.app.changes, []);
    });

    it('is refused and swapped by somebody else: unknown, and theirs', async () => {
      r.app.swapFaults.push({ kind: 'refused', status: 409 });
      r.app.onCall = (name) => {
        if (name === 'requestSwap') r.app.exchange(['staging', 'production'], true);
      };
      const result = await r.swap();
      assert.equal(result.outcome, 'unknown');
      assert.match(JSON.stringify(result), /by somebody else/);
    });

    it('somebody deploys while it runs: unknown', async () => {
      r.app.onCall = (name) => {
        if (name === 'requestSwap')
          r.app.slots['staging']!.content = { ...r.app.slots['staging']!.content, deploymentId: 'foreign' };
      };
      const result = await r.swap();
      assert.equal(result.outcome, 'unknown');
      assert.match(JSON.stringify(result), /in neither slot before/);
    });
  });

  describe('a release that turns unhealthy on its target', () => {
    const sickIn = (slot: string): void => {
      r.app.slots['staging']!.content.status = (where) => (where === slot ? 500 : 200);
    };

    it('is swapped back, and the old release is verified', async () => {
      sickIn('production');
      const result = await r.swap();
      assert.equal(result.outcome, 'restored', JSON.stringify(result));
      assert.equal(result.outcome === 'restored' && result.versionAfter, '1.0.0');
      assert.equal(r.app.production.version, '1.0.0');
      assert.deepEqual(r.app.swapRequests, ['staging>production', 'staging>production']);
      assert.deepEqual(r.journal.lines.slice(-3), ['verify failed', 'undo intent', 'undo done']);
      assert.equal(await r.state(), 'undone');
    });

    it('stays where onUnhealthy: abort says so', async () => {
      sickIn('production');
      assert.equal((await r.swap({ onUnhealthy: 'abort' })).outcome, 'unhealthy');
      assert.deepEqual([r.app.production.version, await r.state()], ['2.0.0', 'promoted']);
    });

    it('stays when the old release is unhealthy too: it would be put before users just as bad', async () => {
      sickIn('production');
      r.app.slots['production']!.content.status = (slot) => (slot === 'staging' ? 500 : 200);
      const result = await r.swap();
      assert.equal(result.outcome, 'unhealthy');
      assert.match(JSON.stringify(result), /old release in slot 'staging' is unhealthy/);
      assert.equal(r.app.production.version, '2.0.0');
    });

    const targets: [SwapPolicy['rollbackTarget'], PromotionResult['outcome'], string][] = [
      ['running', 'restored', '1.0.0'],
      ['verified', 'unhealthy', '2.0.0'],
    ];
    for (const [rollbackTarget, outcome, version] of targets)
      it(`whose old release cannot be asked is ${outcome} under rollbackTarget: ${rollbackTarget}`, async () => {
        sickIn('production');
        r.app.slots['production']!.content.status = (slot) => (slot === 'staging' ? 0 : 200);
        const result = await r.swap({ rollbackTarget });
        assert.deepEqual([result.outcome, r.app.production.version], [outcome, version], JSON.stringify(result));
      });

    it('is not swapped back when the probe fails and not the release', async () => {
      r.app.slots['staging']!.content.status = (slot) => (slot === 'production' ? 0 : 200);
      assert.equal((await r.swap()).outcome, 'in-place-not-yet-healthy');
      assert.equal(r.app.production.version, '2.0.0');
      assert.equal(await r.state(), 'promoted');
    });

    it('is not touched when somebody has deployed into its place meanwhile', async () => {
      sickIn('production');
      r.app.onCall = (name) => {
        if (name === 'readConfig' && r.app.effectiveSwaps.length === 1) r.app.deploy('production', '3.0.0');
      };
      const result = await r.swap();
      assert.equal(result.outcome, 'unhealthy', JSON.stringify(result));
      assert.equal(r.app.production.version, '3.0.0');
    });

    const passing: SwapFault = { kind: 'ambiguous', status: 503 };
    const backs: [string, SwapFault[], PromotionResult['outcome'], string, number][] = [
      ['refused', [{ kind: 'refused', status: 403 }], 'unhealthy', '2.0.0', 1],
      ['lost, applied', [{ kind: 'applied' }], 'restored', '1.0.0', 1],
      ['answered 503, not applied', [passing], 'restored', '1.0.0', 2],
      ['answered 503 twice, not applied', [passing, passing], 'unhealthy', '2.0.0', 2],
      ['accepted, and fails', [{ kind: 'fails' }], 'unhealthy', '2.0.0', 1],
      ['accepted, and never ends', [{ kind: 'never-ends' }], 'unknown', '2.0.0', 1],
    ];
    for (const [name, faults, outcome, version, requests] of backs)
      it(`and whose way back is ${name}: ${outcome}`, async () => {
        sickIn('production');
        r.app.swapFaults.push({ kind: 'none' }, ...faults);
        const result = await r.swap();
        assert.equal(result.outcome, outcome, JSON.stringify(result));
        assert.equal(r.app.production.version, version);
        assert.deepEqual([r.app.swapRequests.length, r.intents()], [1 + requests, 1 + requests]);
      });

    it('is swapped back onto a release that never had the new health path', async () => {
      sickIn('production');
      // The old release answers 404 to the probe, before and after, wherever it stands; at its root it is fine.
      const old = r.app.slots['production']!.content;
      old.status = () => 404;
      const result = await r.swap();
      assert.equal(result.outcome, 'restored', JSON.stringify(result));
      assert.equal(r.app.production.version, '1.0.0');
    });

    it('is not swapped back onto a release that answers with errors, though it did so before', async () => {
      sickIn('production');
      r.app.slots['production']!.content.status = () => 503;
      const result = await r.swap();
      assert.equal(result.outcome, 'unhealthy', JSON.stringify(result));
      assert.equal(r.app.production.version, '2.0.0');
    });

    it('is put back also when the routing rules cannot be read: they are advice', async () => {
      sickIn('production');
      const readConfig = r.app.readConfig.bind(r.app);
      r.app.readConfig = (slot, signal) =>
        r.app.effectiveSwaps.length === 0
          ? readConfig(slot, signal)
          : Promise.reject(new RolloutError({ code: 'unreadable', what: 'the configuration', detail: '503' }));
      assert.equal((await r.swap()).outcome, 'restored');
      assert.ok(
        r.events.some(({ message }) => /could not be checked: the configuration could not be read/.test(message)),
      );
    });

    it('is watched for the bake time after it was put back', async () => {
      sickIn('production');
      const old = r.app.slots['production']!.content;
      let since: number | undefined;
      old.status = (slot) => {
        if (slot === 'production' && r.app.effectiveSwaps.length === 2) since ??= r.clock.monotonic();
        return since !== undefined && r.clock.monotonic() - since > 15_000 ? 500 : 200;
      };
      assert.equal((await r.swap()).outcome, 'restored-not-yet-healthy');
    });

    it('is said to be restored and not yet healthy when what was put back does not answer well either', async () => {
      r.app.slots['staging']!.content.status = (slot) => (slot === 'production' ? 500 : 200);
      const old = r.app.slots['production']!.content;
      old.status = () => (r.app.effectiveSwaps.length === 2 ? 500 : 200);
      const result = await r.swap();
      assert.equal(result.outcome, 'restored-not-yet-healthy');
      assert.match(
        JSON.stringify(result),
        /restored, not yet healthy: 'production' holds the release from before again/,
      );
      assert.equal(r.app.production.version, '1.0.0');
    });
  });

  it('asks production itself, and not the slot that a rule leads to', async () => {
    r.app.addSlot('beta', '9.9.9');
    r.app.slots['beta']!.content.status = () => 500;
    r.app.routing = [OTHER];
    assert.equal((await r.swap()).outcome, 'promoted');
  });

  it("keeps the pin beside a cookie of the probe's own, however it is written", () => {
    for (const name of ['cookie', 'Cookie']) {
      const { headers } = slotQuestion(
        { ...HEALTH, headers: { [name]: 'tenant=1' } },
        { url: 'https://x.test' },
        undefined,
      );
      const cookies = Object.entries(headers).filter(([one]) => one.toLowerCase() === 'cookie');
      assert.deepEqual(cookies, [['cookie', 'x-ms-routing-name=self; tenant=1']]);
    }
  });

  describe('the journal', () => {
    it('that cannot take the intent stops everything', async () => {
      r.journal.refuses = ({ action, phase }) => `${action} ${phase}` === 'promote intent';
      await assert.rejects(r.swap(), (error: RolloutError) => error.facts.code === 'journal-failed');
      assert.deepEqual([r.app.swapRequests, r.app.production.version], [[], '1.0.0']);
    });

    it('that fails after the swap is told with what is in place, and nothing is sent again', async () => {
      r.journal.refuses = ({ action, phase }) => `${action} ${phase}` === 'promote done';
      const result = await r.swap();
      assert.equal(result.outcome, 'in-place-not-yet-healthy');
      assert.match(JSON.stringify(result), /swapped at .* and then: The journal could not be written.*no space left/);
      assert.equal(await r.state(), 'open');
    });

    const ends = {
      'verify failed': 'in-place-not-yet-healthy',
      'undo intent': 'unhealthy',
      'undo done': 'restored-not-yet-healthy',
    };
    for (const [refused, outcome] of Object.entries(ends))
      it(`that cannot take '${refused}' ends as ${outcome}, since what is in place is known`, async () => {
        r.app.slots['staging']!.content.status = (slot) => (slot === 'production' ? 500 : 200);
        r.journal.refuses = ({ action, phase }) => `${action} ${phase}` === refused;
        assert.equal((await r.swap()).outcome, outcome);
        assert.equal(r.app.swapRequests.length, refused === 'undo done' ? 2 : 1);
      });
  });
});

/** Calls `meddle` right before the nth call of that name. */
function atCall(r: Rig, wanted: string, nth: number, meddle: () => void): void {
  let seen = 0;
  r.app.onCall = (name) => {
    if (name === wanted && (seen += 1) === nth) meddle();
  };
}

function unreachableAfter(answers: number): () => number {
  let asked = 0;
  return () => ((asked += 1) <= answers ? 503 : 0);
}

function flapping(): () => number {
  let asked = 0;
  return () => ((asked += 1) % 2 === 0 ? 200 : 500);
}

function tellNothing(app: Rig['app']): void {
  for (const slot of Object.values(app.slots))
    Object.assign(slot.content, { deploymentId: null, activeDeployment: null });
}
