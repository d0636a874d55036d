import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { hasStatus } from '../../../src/azure/blob/blob-client.ts';
import { blobLocks } from '../../../src/azure/blob/blob-locks.ts';
import type { RolloutError } from '../../../src/rollout/errors.ts';
import type { TargetLock } from '../../../src/rollout/locks.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { TARGET } from '../../journal/entries.ts';
import { clientOf, sharedAzurite, type Azurite } from './azurite.ts';
import { startStorageFront, type StorageFault, type StorageFront } from './storage-front.ts';

const FOR_MS = 180_000;

describe('blobLocks', () => {
  let azurite: Azurite;
  let front: StorageFront;
  let folders = 0;
  let place: string;
  let aheadMs = 0;
  const held: TargetLock[] = [];

  before(async () => {
    azurite = await sharedAzurite();
    front = await startStorageFront(azurite);
    await azurite.createContainer('locks');
  });
  after(async () => {
    await front.close();
    await azurite.setAhead(0);
  });
  beforeEach(() => {
    front.clear();
    place = `locks/${(folders += 1)}`;
  });
  afterEach(async () => {
    front.clear();
    for (const lock of held.splice(0)) await lock.release();
  });

  const client = (own = new ManualClock()) => clientOf(azurite, place, { clock: own, accountUrl: front.accountUrl });
  const acquire = async (holder: string, own?: ManualClock, target = TARGET, signal?: AbortSignal) => {
    const lock = await blobLocks(client(own)).acquire(target, holder, FOR_MS, signal);
    if (lock.kind === 'held') held.push(lock);
    return lock;
  };
  const hold = async (holder: string, own?: ManualClock): Promise<TargetLock> => {
    const lock = await acquire(holder, own);
    assert.ok(lock.kind === 'held', JSON.stringify(lock));
    return lock;
  };
  const holderOf = async (): Promise<string> => {
    const lock = await acquire('somebody else');
    return lock.kind === 'taken' ? lock.by : 'nobody';
  };
  const serviceTime = async (ms: number): Promise<void> => azurite.setAhead((aheadMs += ms));
  /** Until what goes on in the background has come to its end. */
  const until = async (done: () => boolean): Promise<void> => {
    for (let turns = 0; !done(); turns += 1) {
      assert.ok(turns < 1000, 'it has not happened');
      await pause(2);
    }
  };
  const count = (match: RegExp): number => front.requests.filter((line) => match.test(line)).length;

  it('promises exclusion', () => assert.equal(blobLocks(client()).strength, 'guaranteed'));

  it('is one holder at a time: the next is told who, and until when by the clock of the service', async () => {
    await serviceTime(3_600_000);
    const first = await hold('job 1 – größer');
    const second = await acquire('job 2');
    assert.equal(second.kind, 'taken');
    assert.equal(second.by, 'job 1 – größer');
    const leftMs = Date.parse(second.until ?? '') - (Date.now() + aheadMs);
    assert.ok(leftMs > FOR_MS - 3000 && leftMs <= FOR_MS + 1000, `${leftMs}`);
    assert.ok(first.stillHeld());
    await first.release();
    assert.equal(first.stillHeld(), false);
    assert.ok((await hold('job 2')).stillHeld());
  });

  it('takes two requests, and two more the first time', async () => {
    const lock = await hold('a');
    assert.equal(front.requests.length, 4);
    await lock.release();
    front.requests.length = 0;
    await hold('b');
    assert.equal(front.requests.length, 2);
  });

  it('is one lock an app, however its name is written', async () => {
    await hold('a');
    const shouted = { ...TARGET, subscription: 'SUB', resourceGroup: 'RG', app: 'PayMents', source: 'other' };
    assert.equal((await acquire('b', undefined, shouted)).kind, 'taken');
    for (const other of [{ app: 'store' }, { resourceGroup: 'rg (2)' }, { subscription: 'sub/rg' }, { app: '..' }])
      assert.equal((await acquire('b', undefined, { ...TARGET, ...other })).kind, 'held', JSON.stringify(other));
  });

  it('lets one of six in who come at once, on a new lock and on one that has run out', async () => {
    for (const round of ['new', 'run out']) {
      const locks = await Promise.all(Array.from({ length: 6 }, (_, index) => acquire(`${round} ${index}`)));
      const winners = locks.filter(({ kind }) => kind === 'held');
      assert.equal(winners.length, 1, round);
      held.length = 0; // it dies: its clock stands still and it signs no more
      await serviceTime(FOR_MS + 2000);
    }
  });

  describe('of a holder that died', () => {
    it('outlives it by the time that was asked for, and is taken over then', async () => {
      const dead = new ManualClock();
      const lock = await hold('dead', dead);
      await serviceTime(FOR_MS - 5000);
      assert.equal(await holderOf(), 'dead');
      await serviceTime(8000);
      await hold('heir');
      // Its own machine goes on: the first thing it sees is the time, the second is the service.
      dead.advance(FOR_MS + 3000, 0);
      assert.equal(lock.stillHeld(), false);
      dead.advance(0, FOR_MS / 4);
      await until(() => count(/comp=metadata/) > 2);
      await lock.release();
      assert.equal(await holderOf(), 'heir');
    });

    it('between its lease and its signature blocks nobody for long', async () => {
      front.fault(/comp=metadata/, { kind: 'answer', status: 403, code: 'AuthorizationFailure' });
      front.fault(/release/, { kind: 'answer', status: 403, code: 'AuthorizationFailure' });
      await assert.rejects(acquire('dies at once'), /AuthorizationFailure/);
      const next = await acquire('next');
      assert.deepEqual([next.kind, next.kind === 'taken' && next.by], ['taken', 'another agent']);
      await serviceTime(62_000);
      await hold('next');
    });
  });

  describe('of a holder that lives', () => {
    it('is held for as long as it takes', async () => {
      const own = new ManualClock();
      const lock = await hold('long', own);
      for (let quarter = 1; quarter <= 6; quarter += 1) {
        await until(() => own.sleeping === 1);
        await serviceTime(FOR_MS / 4);
        own.advance(FOR_MS / 4);
        await until(() => own.sleeping === 1);
        assert.ok(lock.stillHeld(), `${quarter}`);
      }
      assert.equal(await holderOf(), 'long');
    });

    const clocks: [string, number, number][] = [
      ['its clocks say that half of the time is over', FOR_MS / 2, FOR_MS / 2],
      ['its machine slept, and only the wall clock went on', FOR_MS / 2, 0],
      ['its wall clock was set back', -3_600_000, FOR_MS / 2],
    ];
    for (const [what, wallMs, monotonicMs] of clocks)
      it(`is doubted when ${what}, and believed in again once it is signed`, async () => {
        const own = new ManualClock();
        const lock = await hold('a', own);
        front.fault(/comp=metadata/, { kind: 'reset', applied: false }, 1000);
        own.advance(FOR_MS / 2 - 10, 0);
        assert.ok(lock.stillHeld());
        own.advance(wallMs - FOR_MS / 2 + 10, monotonicMs);
        assert.equal(lock.stillHeld(), false);
        front.clear();
        own.advance(0, FOR_MS / 4); // a clock that was set back or forth does not matter to the next signature
        await until(() => lock.stillHeld());
      });

    it('is lost at once when somebody broke it by hand', async () => {
      const own = new ManualClock();
      const lock = await hold('a', own);
      const blob = 'locks/sub/rg/payments';
      const headers = { 'x-ms-lease-action': 'break', 'x-ms-lease-break-period': '0' };
      assert.ok(hasStatus(await client().send({ method: 'PUT', blob, query: { comp: 'lease' }, headers }), 202));
      own.advance(FOR_MS / 4);
      await until(() => !lock.stillHeld());
      assert.ok(own.monotonic() < FOR_MS / 2);
      assert.equal(own.sleeping, 0);
    });

    it('survives a service that is away for a while', async () => {
      const own = new ManualClock();
      const lock = await hold('a', own);
      front.fault(/comp=metadata/, { kind: 'answer', status: 503, code: 'ServerBusy' }, 2);
      own.advance(FOR_MS / 4);
      for (let tries = 0; tries < 2; tries += 1) {
        await until(() => own.sleeping === 1);
        own.advance(5000);
      }
      await until(() => count(/comp=metadata/) === 3);
      own.advance(FOR_MS / 4);
      await until(() => lock.stillHeld());
    });
  });

  describe('in a race', () => {
    it('is not held by whose lease was broken before it had signed', async () => {
      const first = await hold('long ago');
      await first.release();
      await serviceTime(FOR_MS + 2000);
      // The record is an old one until the new holder has signed, so another takes its lease for a dead one's.
      let other: Awaited<ReturnType<typeof acquire>> | undefined;
      front.fault(/comp=metadata/, { kind: 'meanwhile', act: async () => (other = await acquire('quick')) });
      const slow = await acquire('slow');
      assert.deepEqual([slow.kind, slow.kind === 'taken' && slow.by, other?.kind], ['taken', 'quick', 'held']);
    });

    it('stays with a holder that signs between the look and the break', async () => {
      const own = new ManualClock();
      const lock = await hold('late', own);
      await serviceTime(FOR_MS + 2000);
      const sign = async (): Promise<void> => {
        own.advance(FOR_MS / 4);
        await until(() => own.sleeping === 1);
      };
      front.fault(/ break$/, { kind: 'meanwhile', act: sign });
      const other = await acquire('eager');
      assert.deepEqual([other.kind, other.kind === 'taken' && other.by], ['taken', 'late']);
      assert.ok(lock.stillHeld());
    });
  });

  describe('when the wire fails', () => {
    const lost: StorageFault = { kind: 'reset', applied: true };
    for (const [what, match] of [
      ['lease', / acquire$/],
      ['creation', /^PUT [^?]*$/],
      ['signature', /comp=metadata/],
    ] as const)
      for (const fault of [lost, { kind: 'answer', status: 503, code: 'ServerBusy' }] as const)
        it(`is held although the reply to the ${what} is ${fault.kind === 'reset' ? 'lost' : 'a 503'}`, async () => {
          front.fault(match, fault, 2);
          const own = new FakeClock();
          const locks = blobLocks(clientOf(azurite, place, { clock: own, accountUrl: front.accountUrl }));
          const lock = await locks.acquire(TARGET, 'a', FOR_MS);
          assert.ok(lock.kind === 'held', JSON.stringify(lock));
          await lock.release();
          await hold('b');
        });

    it('is taken over although the reply to the break is lost', async () => {
      await hold('dead');
      await serviceTime(FOR_MS + 2000);
      front.fault(/ break$/, lost);
      const locks = blobLocks(clientOf(azurite, place, { clock: new FakeClock(), accountUrl: front.accountUrl }));
      const heir = await locks.acquire(TARGET, 'heir', FOR_MS);
      assert.ok(heir.kind === 'held');
      await heir.release();
    });

    it('releases once, and never fails', async () => {
      const lock = await hold('a');
      front.fault(/ release$/, { kind: 'answer', status: 403, code: 'AuthorizationFailure' }, 1000);
      await Promise.all([lock.release(), lock.release()]);
      await lock.release();
      assert.equal(count(/ release$/), 1);
    });

    const refusals: [string, RegExp, number, string, RegExp][] = [
      [
        'without the right',
        /./,
        403,
        'AuthorizationPermissionMismatch',
        /could not take the lock .*Storage Blob Data Contributor/,
      ],
      [
        'without the right to write',
        /comp=metadata/,
        403,
        'AuthorizationPermissionMismatch',
        /could not sign the lock .*Data Contributor/,
      ],
      ['without a container', /./, 404, 'ContainerNotFound', /Create the container/],
    ];
    for (const [what, match, status, code, message] of refusals)
      it(`says what is missing ${what}, and leaves nothing behind`, async () => {
        front.fault(match, { kind: 'answer', status, code }, 1000);
        await assert.rejects(acquire('a'), (error: RolloutError) => {
          assert.equal(error.facts.code, 'journal-failed');
          assert.match(error.message, message);
          return true;
        });
        front.clear();
        await hold('b');
      });

    it('stops with the signal, and gives back what it may have', async () => {
      const stop = new AbortController();
      front.fault(/comp=metadata/, { kind: 'meanwhile', act: () => Promise.resolve(stop.abort(new Error('stop'))) });
      await assert.rejects(acquire('a', undefined, TARGET, stop.signal), /^Error: stop$/);
      await hold('b');
      await assert.rejects(acquire('c', undefined, TARGET, stop.signal), /^Error: stop$/);
    });
  });
});
