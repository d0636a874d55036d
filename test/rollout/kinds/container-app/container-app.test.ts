import assert from 'node:assert/strict';
import { fold } from '../../../../src/journal/fold.ts';
import type { ChangeFault } from '../../../fakes/fake-container.ts';
import { lookAtApp } from '../../../../src/rollout/kinds/container-app/look-at-app.ts';
import { containers, type Containers } from './containers.ts';

const SUFFIX = /^orders--v2-0-0-[0-9a-f]{6}$/;

describe('a container app', () => {
  it('gets a new revision at weight 0, which is asked on its own host, given the traffic and verified', async () => {
    const c = containers();
    const seen: string[] = [];
    c.app.onCall = () => {
      const served = c.app.served;
      if (seen.at(-1) !== served) seen.push(served);
    };
    const result = await c.deploy();
    assert.equal(result.outcome, 'deployed', `${result.reason}\n${c.told()}`);
    assert.deepEqual(seen, ['100% 1.0.0', '100% 2.0.0'], 'no user gets anything else in between');
    const [row] = result.services;
    assert.deepEqual([row?.versionBefore, row?.versionAfter], ['1.0.0', '2.0.0']);
    assert.deepEqual(
      c.journal.lines.filter((line) => !line.startsWith('claim')),
      [
        'plan done',
        'route intent',
        'route done',
        'upload intent',
        'upload done',
        'promote intent',
        'promote done',
        'verify done',
        'close done',
      ],
    );
    const [pin, create, shift] = c.app.changes;
    assert.deepEqual(pin, { kind: 'traffic', traffic: [{ revision: 'orders--v1', weight: 100, label: null }] });
    assert.ok(create?.kind === 'revision');
    assert.match(`orders--${String(create.template['revisionSuffix'])}`, SUFFIX);
    assert.deepEqual(
      create.traffic,
      [{ revision: 'orders--v1', weight: 100, label: null }],
      'it comes without traffic',
    );
    assert.ok(shift?.kind === 'traffic');
    assert.match(String(shift.traffic[0]?.revision), SUFFIX);
    assert.equal(c.app.changes.length, 3);
  });

  it('keeps labels where they are, and leaves rows of 0 % without one out', async () => {
    const c = containers();
    c.app.addRevision('v0', 'orders:1');
    c.app.traffic = [
      { revision: 'orders--v1', weight: 100, label: 'stable' },
      { revision: 'orders--v0', weight: 0, label: 'old' },
      { revision: 'orders--v0', weight: 0, label: null },
    ];
    assert.equal((await c.deploy()).outcome, 'deployed', c.told());
    assert.deepEqual(
      c.app.traffic.map(({ revision, weight, label }) => [revision?.replace(/-[0-9a-f]{6}$/, ''), weight, label]),
      [
        ['orders--v1', 0, 'stable'],
        ['orders--v0', 0, 'old'],
        ['orders--v2-0-0', 100, null],
      ],
    );
  });

  const refusals: [string, (c: Containers) => void, RegExp][] = [
    [
      'in single revision mode',
      ({ app }) => void (app.mode = 'Single'),
      /revision mode 'Single'.*set-mode .*--mode multiple/,
    ],
    ['without ingress', ({ app }) => void (app.ingress = false), /no ingress/],
    ['that is stopped', ({ app }) => void (app.running = 'Stopped'), /is stopped/],
    [
      'whose traffic is not whole',
      ({ app }) => void (app.traffic = [{ revision: 'orders--v1', weight: 90, label: null }]),
      /not 100 %/,
    ],
    [
      'that turns everybody away',
      ({ app }) => void (app.images['orders:1']!.status = (atApp) => (atApp ? 403 : 200)),
      /cannot be judged from here/,
    ],
  ];
  for (const [name, arrange, words] of refusals)
    it(`is left alone ${name}`, async () => {
      const c = containers();
      arrange(c);
      const result = await c.deploy();
      assert.equal(result.outcome, 'failed', c.told());
      assert.match(result.reason, words);
      assert.deepEqual(c.app.changes, []);
      assert.equal(c.app.served, '100% 1.0.0');
    });

  it('never gives users a revision that is unhealthy at its gate', async () => {
    const c = containers();
    c.app.images['orders:2']!.status = () => 500;
    const result = await c.deploy();
    assert.equal(result.outcome, 'failed');
    assert.match(
      result.reason,
      /did not pass its gate: .*500.*No user got it; it stays at weight 0\. Its log: az containerapp logs show --name orders --resource-group rg --revision orders--v2-0-0-/,
    );
    assert.equal(c.app.served, '100% 1.0.0');
    assert.deepEqual(c.app.shifts, ['orders--v1=100']);
  });

  it('never gives users a revision that Azure calls unhealthy, however well it answers', async () => {
    const c = containers();
    c.app.onCall = () => {
      const revision = c.app.revisions.at(-1)!;
      if (c.app.changes.length >= 2 && c.app.revisions.length === 2)
        Object.assign(revision, { failed: true, provisioned: true });
    };
    const result = await c.deploy();
    assert.equal(result.outcome, 'failed', c.told());
    assert.equal(c.app.served, '100% 1.0.0');
  });

  it('names an image that cannot be pulled, with the command that shows the log', async () => {
    const c = containers();
    const result = await c.deploy({}, { image: 'orders:typo' });
    assert.equal(result.outcome, 'failed');
    assert.match(
      result.reason,
      /'orders--v2-0-0-\w+' \(orders:typo\) does not come up: Failed.*ImagePullFailure.*az containerapp logs show --name orders --resource-group rg --type system/,
    );
    assert.equal(c.app.served, '100% 1.0.0');
  });

  it('says when Azure takes a change and makes no revision of it', async () => {
    const c = containers();
    c.app.changeFaults.push('none', 'no-revision');
    const result = await c.deploy();
    assert.equal(result.outcome, 'failed', c.told());
    assert.match(result.reason, /shows nothing of it|made no revision/);
    assert.equal(c.app.served, '100% 1.0.0');
  });

  it('takes the traffic back from a release that turns bad with users on it, and verifies what was before', async () => {
    const c = containers();
    c.app.images['orders:2']!.status = (atApp) => (atApp ? 500 : 200);
    const result = await c.deploy();
    assert.equal(result.outcome, 'rolled-back', c.told());
    assert.equal(c.app.served, '100% 1.0.0');
    assert.equal(await c.state(), 'undone');
    assert.equal(c.app.shifts.length, 3, 'named, shifted, shifted back');
  });

  it('does not take the 404 of the front end after a shift for the release', async () => {
    const c = containers();
    c.app.goneMs = 15_000;
    assert.equal((await c.deploy()).outcome, 'deployed', c.told());
  });

  it('takes a 404 that stays for the release', async () => {
    const c = containers();
    c.app.images['orders:2']!.status = (atApp) => (atApp ? 404 : 200);
    assert.equal((await c.deploy()).outcome, 'rolled-back', c.told());
    assert.equal(c.app.served, '100% 1.0.0');
  });

  it('ends the revision from before when it is told to, and can go back to it all the same', async () => {
    const c = containers();
    assert.equal((await c.deploy({}, { deactivateOld: true })).outcome, 'deployed', c.told());
    assert.equal(c.app.revisions[0]!.active, false);
    const undone = await c.rollBack({ services: ['orders'] });
    assert.equal(undone.outcome, 'rolled-back', `${undone.reason}\n${c.told()}`);
    assert.equal(c.app.served, '100% 1.0.0');
    assert.equal(c.app.revisions[0]!.active, true);
  });

  it('goes back to a revision that was ended and is scaled to nothing until somebody asks it', async () => {
    const c = containers();
    assert.equal((await c.deploy({}, { deactivateOld: true })).outcome, 'deployed', c.told());
    c.app.runs = 'ScaledToZero';
    const undone = await c.rollBack({ services: ['orders'] });
    assert.equal(undone.outcome, 'rolled-back', `${undone.reason}\n${c.told()}`);
    assert.equal(c.app.served, '100% 1.0.0');
  });

  it('says of a change under way what users get, and not what was asked for', async () => {
    const c = containers();
    c.app.changeFaults.push('none', 'none', 'never-ends');
    const result = await c.deploy();
    assert.equal(result.outcome, 'person');
    assert.match(result.reason, /operation InProgress has not ended/);
    c.app.traffic = [{ revision: c.app.revisions.at(-1)!.name, weight: 100, label: null }];
    const { sentence } = await lookAtApp(c.planned(), c.ports());
    assert.match(
      sentence,
      /is to give 100% orders--v2-0-0-\w+ .*, and gives 100% orders--v1 still, .*operation InProgress is under way/,
    );
  });

  it('leaves a change of the traffic by somebody else alone, and says so', async () => {
    const c = containers();
    let done = false;
    c.journal.refuses = ({ action, phase }) => {
      if (done || `${action} ${phase}` !== 'promote done') return false;
      done = true;
      c.app.shift({ v1: 60, [c.app.revisions.at(-1)!.name.slice('orders--'.length)]: 40 });
      return false;
    };
    const result = await c.deploy();
    assert.equal(result.outcome, 'person', c.told());
    assert.match(result.reason, /somebody else changed the traffic of 'orders' to 60% orders--v1, 40%/);
    assert.match(c.app.served, /60% 1.0.0, 40% 2.0.0/);
    const undone = await c.rollBack();
    assert.equal(undone.outcome, 'person', undone.reason);
    assert.match(c.app.served, /60% 1.0.0, 40% 2.0.0/, 'it is theirs');
  });

  it('refuses to shift what somebody has changed since the gate', async () => {
    const c = containers();
    let gated = false;
    c.app.onCall = (name) => {
      if (gated || name !== 'get' || c.app.revisions.length < 2) return;
      gated = true;
      c.app.addRevision('theirs', 'orders:1');
      c.app.shift({ v1: 50, theirs: 50 });
    };
    const result = await c.deploy();
    assert.equal(result.outcome, 'failed', c.told());
    assert.match(result.reason, /the traffic of 'orders' was changed to 50% orders--v1, 50% orders--theirs/);
    assert.equal(c.app.served, '50% 1.0.0, 50% 1.0.0');
  });

  describe('whatever becomes of the request for the traffic', () => {
    const cases: [ChangeFault, boolean, string, string][] = [
      ['refused', true, 'failed', '100% 1.0.0'],
      ['conflict', true, 'deployed', '100% 2.0.0'],
      ['ambiguous', true, 'deployed', '100% 2.0.0'],
      ['applied', true, 'deployed', '100% 2.0.0'],
      ['applied', false, 'deployed', '100% 2.0.0'],
      ['dropped', true, 'failed', '100% 1.0.0'],
      ['fails', true, 'failed', '100% 1.0.0'],
      ['never-ends', true, 'person', '100% 1.0.0'],
      ['half-for-ever', true, 'person', '100% 1.0.0'],
    ];
    for (const [fault, shows, outcome, served] of cases)
      it(`${fault}, ${shows ? 'shown' : 'not shown'}: ${outcome}`, async () => {
        const c = containers();
        c.app.showsOperation = shows;
        c.app.changeFaults.push('none', 'none', fault);
        const result = await c.deploy();
        assert.equal(result.outcome, outcome, c.told());
        assert.equal(c.app.served, served);
        // What the journal says must hold for the next who reads it.
        const state = await c.state();
        if (outcome === 'deployed') assert.equal(state, 'verified');
        if (outcome === 'person') assert.equal(state, 'open');
      });

    for (const fault of ['refused', 'ambiguous', 'applied', 'dropped', 'fails'] as const)
      it(`${fault} when a new revision is asked for: users keep what they have, or get a release that was judged`, async () => {
        const c = containers();
        c.app.changeFaults.push('none', fault);
        const result = await c.deploy();
        const comes = fault === 'applied' || fault === 'ambiguous';
        assert.equal(result.outcome, comes ? 'deployed' : 'failed', c.told());
        assert.equal(c.app.served, comes ? '100% 2.0.0' : '100% 1.0.0');
      });

    for (const [name, first] of [
      ['names', []],
      ['new revision', ['none']],
    ] as const)
      it(`conflict when ${name} are asked for: the change is asked for again, since no user sees it`, async () => {
        const c = containers();
        c.app.changeFaults.push(...first, 'conflict');
        assert.equal((await c.deploy()).outcome, 'deployed', c.told());
        assert.match(c.told(), /warning: .*409 ContainerAppOperationInProgress.*asking once more/);
        assert.equal(c.app.served, '100% 2.0.0');
      });

    it('gives up where Azure turns every request away', async () => {
      const c = containers();
      c.app.changeFaults.push('conflict', 'conflict', 'conflict', 'conflict');
      const result = await c.deploy();
      assert.equal(result.outcome, 'failed', c.told());
      assert.match(result.reason, /409 ContainerAppOperationInProgress\. No user got anything of it\.$/);
      assert.equal(c.app.changes.length, 3);
    });
  });

  it('goes by what the app shows where no operation gives an answer', async () => {
    const c = containers();
    c.app.unheard = true;
    assert.equal((await c.deploy()).outcome, 'deployed', c.told());
    assert.ok(c.clock.monotonic() < 10 * 60_000, `after ${c.clock.monotonic() / 1000} s`);
  });

  it('waits for who was faster by a moment before it names revisions, and before it makes one', async () => {
    const c = containers();
    c.app.changeFaults.push('conflict', 'none', 'conflict');
    assert.equal((await c.deploy()).outcome, 'deployed', c.told());
    assert.deepEqual([c.app.served, c.app.changes.length], ['100% 2.0.0', 5]);
  });

  for (const [what, before] of [
    ['the names in the traffic', []],
    ['the new revision', ['none']],
  ] as const)
    it(`asks again for ${what} when another change was in its way`, async () => {
      const c = containers();
      c.app.changeFaults.push(...before, 'conflict', 'conflict');
      const result = await c.deploy();
      assert.equal(result.outcome, 'deployed', c.told());
      assert.equal(c.app.served, '100% 2.0.0');
      assert.match(
        c.told(),
        /Azure did not change 'orders': 409 ContainerAppOperationInProgress; asking once more[^]*asking once more/,
      );
    });

  it('is left alone when another change is in the way each time, and says by what answer', async () => {
    const c = containers();
    c.app.changeFaults.push('conflict', 'conflict', 'conflict');
    const result = await c.deploy();
    assert.equal(result.outcome, 'failed', c.told());
    assert.match(
      result.reason,
      /Azure did not change 'orders': 409 ContainerAppOperationInProgress\. No user got anything of it/,
    );
    assert.deepEqual([c.app.served, c.app.revisions.length], ['100% 1.0.0', 1]);
  });

  it('names an operation that does not end by its state', async () => {
    const c = containers();
    c.app.changeFaults.push('none', 'none', 'never-ends');
    assert.match((await c.deploy()).reason, /operation InProgress has not ended after 45m00s/);
  });

  it('is finished by the next attempt of the run when the agent dies beside the request', async () => {
    const c = containers();
    const dying = new AbortController();
    c.app.onCall = (name) => {
      if (name === 'change' && c.app.changes.length === 2) setImmediate(() => dying.abort(new Error('killed')));
    };
    const first = await c.deploy({}, {}, dying.signal);
    assert.equal(first.outcome, 'stopped', c.told());
    c.app.onCall = () => undefined;
    const second = await c.deploy();
    assert.equal(second.outcome, 'deployed', c.told());
    assert.equal(c.app.served, '100% 2.0.0');
    assert.equal(c.app.revisions.length, 2, 'the revision of the first attempt is used again');
  });

  it('waits for a request without a sign when the next one is turned away by it', async () => {
    const c = containers();
    Object.assign(c.app, { showsOperation: false, operationMs: 4 * 60_000 });
    c.app.changeFaults.push('none', 'none', 'applied');
    const result = await c.deploy();
    assert.equal(result.outcome, 'deployed', c.told());
    assert.deepEqual([c.app.served, await c.state()], ['100% 2.0.0', 'verified']);
    assert.equal(c.app.changes.length, 4, 'the second request for the traffic was turned away');
  });

  describe('when the agent has died beside its request to shift back', () => {
    const dead = async (arrives: boolean): Promise<Containers> => {
      const c = containers();
      const status = (atApp: boolean): number => (atApp ? 500 : 200);
      c.app.images['orders:2']!.status = status;
      c.app.operationMs = 2000;
      const dying = new AbortController();
      c.app.onCall = (name) => {
        if (name === 'change' && c.app.changes.length === 3) {
          if (!arrives) c.app.changeFaults.push('ambiguous');
          setImmediate(() => dying.abort(new Error('killed')));
        }
      };
      assert.equal((await c.deploy({}, {}, dying.signal)).outcome, 'stopped', c.told());
      assert.equal(await c.state(), 'undoing');
      c.app.onCall = () => undefined;
      c.app.images['orders:2']!.status = () => 200;
      return c;
    };
    const states = async (c: Containers): Promise<string[]> =>
      fold(await c.journal.read('run')).promotions.map(({ state }) => state);

    it('the next attempt says that it was undone, and its own promotion stands for itself', async () => {
      const c = await dead(true);
      assert.equal((await c.deploy()).outcome, 'deployed', c.told());
      assert.deepEqual(await states(c), ['undone', 'verified']);
      const hook = await c.rollBack();
      assert.deepEqual([hook.outcome, c.app.served], ['nothing', '100% 2.0.0'], hook.reason);
    });

    it('and it did not arrive: the next attempt judges again what users have, and its verdict counts', async () => {
      const c = await dead(false);
      assert.equal((await c.deploy()).outcome, 'deployed', c.told());
      assert.deepEqual(await states(c), ['verified']);
      const hook = await c.rollBack();
      assert.deepEqual([hook.outcome, c.app.served], ['nothing', '100% 2.0.0'], hook.reason);
    });
  });

  it('does not give traffic back to a revision that is about to end', async () => {
    const c = containers();
    const dying = new AbortController();
    c.app.onCall = (name) => {
      if (name === 'change' && c.app.changes.length === 3) setImmediate(() => dying.abort(new Error('killed')));
    };
    assert.equal((await c.deploy({}, { deactivateOld: true }, dying.signal)).outcome, 'stopped', c.told());
    c.app.onCall = () => undefined;
    assert.equal(c.app.revisions[0]!.active, true, 'it has not ended yet');
    const undone = await c.rollBack({ services: ['orders'] });
    assert.equal(undone.outcome, 'rolled-back', `${undone.reason}\n${c.told()}`);
    await c.clock.sleep(60_000);
    assert.deepEqual([c.app.served, c.app.revisions[0]!.active], ['100% 1.0.0', true]);
  });

  it('is undone once by two hooks', async () => {
    const c = containers();
    assert.equal((await c.deploy()).outcome, 'deployed');
    const [one, two] = await Promise.all([c.rollBack({ services: ['orders'] }), c.rollBack({ services: ['orders'] })]);
    assert.deepEqual([one.outcome, two.outcome], ['rolled-back', 'rolled-back'], `${one.reason}\n${two.reason}`);
    assert.equal(c.app.served, '100% 1.0.0');
    assert.equal(c.app.shifts.length, 3);
  });
});

describe('a container app that somebody else works on', () => {
  const meddle = (c: Containers, when: (name: string) => boolean, act: () => void): void => {
    let done = false;
    c.app.onCall = (name) => {
      if (done || !when(name)) return;
      done = true;
      act();
    };
  };
  /** Somebody applies their template again: the traffic follows the latest revision, which is ours by now. */
  const followLatest = (c: Containers): void => {
    for (const revision of c.app.revisions) revision.weight = 0;
    c.app.revisions.at(-1)!.weight = 100;
    c.app.traffic = [{ revision: null, weight: 100, label: null }];
  };

  for (const [healthy, status] of [
    ['a good', 200],
    ['a bad', 500],
  ] as const)
    it(`never calls ${healthy} revision unseen that got its users from somebody else`, async () => {
      const c = containers();
      c.app.images['orders:2']!.status = () => status;
      meddle(
        c,
        () => c.app.revisions.length === 2,
        () => followLatest(c),
      );
      const result = await c.deploy();
      assert.equal(result.outcome, 'person', c.told());
      assert.match(
        result.reason,
        /somebody else changed its traffic: the traffic is 100% \(latest\) now, by which 'orders--v2-0-0-\w+' has users/,
      );
      assert.doesNotMatch(result.reason, /No user got it/);
    });

  it('does not name revisions in the traffic while a newer one of somebody is coming up', async () => {
    const c = containers();
    c.app.images['theirs:1'] = { version: '1.5.0', status: () => 200, comesUp: true };
    c.app.addRevision('theirs', 'theirs:1');
    Object.assign(c.app.revisions.at(-1)!, { provisioned: false });
    const result = await c.deploy();
    assert.equal(result.outcome, 'failed', c.told());
    assert.match(result.reason, /follows its latest revision, and a newer one, 'orders--theirs', is coming up/);
    assert.deepEqual(c.app.changes, []);
  });

  it('gives no users to a revision that is not active', async () => {
    const c = containers();
    c.app.addRevision('v0', 'orders:1');
    Object.assign(c.app.revisions.at(-1)!, { active: false });
    const result = await c.deploy();
    assert.equal(result.outcome, 'failed', c.told());
    assert.match(result.reason, /'orders--v0', which it is said to follow, is not active/);
    assert.deepEqual(c.app.changes, []);
  });

  it('does not undo onto a revision that was deactivated since it was probed, and wakes it again', async () => {
    const c = containers();
    assert.equal((await c.deploy()).outcome, 'deployed');
    let due = true;
    c.journal.refuses = ({ action, phase }) => {
      if (due && `${action} ${phase}` === 'claim intent') {
        due = false;
        Object.assign(c.app.revisions[0]!, { active: false });
      }
      return false;
    };
    const undone = await c.rollBack({ services: ['orders'] });
    assert.equal(undone.outcome, 'rolled-back', `${undone.reason}\n${c.told()}`);
    assert.equal(c.app.served, '100% 1.0.0');
    assert.equal(c.app.revisions[0]!.active, true);
  });

  it('waits once for a change that does not end, and names it', async () => {
    const c = containers();
    c.app.changeFaults.push('never-ends');
    await c.app.change({ kind: 'traffic', traffic: c.app.traffic });
    const result = await c.deploy();
    assert.equal(result.outcome, 'failed', c.told());
    assert.match(result.reason, /being changed by operation InProgress, which does not end/);
    assert.ok(c.clock.monotonic() < 46 * 60_000, `${c.clock.monotonic()}`);
  });

  it('takes another name for the revision once the first has failed', async () => {
    const c = containers();
    c.app.images['orders:2']!.comesUp = false;
    assert.equal((await c.deploy()).outcome, 'failed');
    c.app.images['orders:2']!.comesUp = true;
    assert.equal((await c.deploy()).outcome, 'deployed', c.told());
    assert.equal(c.app.served, '100% 2.0.0');
  });

  it('keeps what a template holds out of the journal', async () => {
    const c = containers();
    const template = { containers: [{ name: 'main', image: 'x', env: [{ name: 'PASSWORD', value: 'secret-1' }] }] };
    assert.equal((await c.deploy({}, { template })).outcome, 'deployed', c.told());
    assert.doesNotMatch(JSON.stringify(c.journal.entries), /secret-1/);
    assert.doesNotMatch(c.told(), /secret-1/);
  });
});

describe('the probe of a container app', () => {
  it('takes the 404 of the front end for the platform also where the version is asked', async () => {
    const c = containers();
    let until = Number.POSITIVE_INFINITY;
    const get = c.app.get.bind(c.app);
    c.app.get = (request, signal) => {
      if (c.app.shifts.length === 2 && until === Number.POSITIVE_INFINITY) until = c.clock.monotonic() + 12_000;
      return request.url === 'https://orders.test/version' && c.app.shifts.length === 2 && c.clock.monotonic() < until
        ? Promise.resolve({ kind: 'answer', status: 404, headers: {}, body: '' })
        : get(request, signal);
    };
    assert.equal((await c.deploy()).outcome, 'deployed', c.told());
  });
});
