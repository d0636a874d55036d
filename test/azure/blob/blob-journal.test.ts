import assert from 'node:assert/strict';
import { blobJournal, blobRuns } from '../../../src/azure/blob/blob-journal.ts';
import { hasStatus } from '../../../src/azure/blob/blob-client.ts';
import { LARGEST_ENTRY_BYTES } from '../../../src/journal/entry.ts';
import { entryName } from '../../../src/journal/entry-name.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { entryOf } from '../../journal/entries.ts';
import { clientOf, sharedAzurite, type Azurite, type ClientOptions } from './azurite.ts';
import { startStorageFront, type StorageFault, type StorageFront } from './storage-front.ts';

describe('blobJournal', () => {
  let azurite: Azurite;
  let front: StorageFront;
  let folders = 0;
  let place: string;

  before(async () => {
    azurite = await sharedAzurite();
    front = await startStorageFront(azurite);
    await azurite.createContainer('journal');
  });
  after(async () => {
    await front.close();
  });
  beforeEach(() => {
    front.clear();
    place = `journal/${(folders += 1)}`;
  });

  const client = (options: ClientOptions = {}) =>
    clientOf(azurite, place, { clock: new FakeClock(), accountUrl: front.accountUrl, ...options });
  const journal = (options: ClientOptions = {}) => blobJournal(client(options));
  const ids = async (store = journal()) => {
    const { entries, problems } = await store.read('run');
    return { ids: entries.map(({ id }) => id), problems };
  };
  const put = async (blob: string, body: string): Promise<void> => {
    const headers = { 'x-ms-blob-type': 'BlockBlob' };
    assert.ok(hasStatus(await clientOf(azurite, place).send({ method: 'PUT', blob, headers, body }), 201), blob);
  };
  const count = (match: RegExp): number => front.requests.filter((line) => match.test(line)).length;

  it('writes one blob an entry, whose name tells what it is', async () => {
    await journal().append(entryOf({ service: 'store front/7' }));
    assert.deepEqual(
      front.requests.map((line) => line.slice(line.indexOf('journal'))),
      [`${place}/runs/run/00001.w.store_front_7.promote.intent.old.json`],
    );
  });

  it('reads an entry once: the second reading only lists', async () => {
    const store = journal();
    for (const sequence of [1, 2, 3]) await store.append(entryOf({ sequence }));
    await store.read('run');
    front.requests.length = 0;
    assert.deepEqual(await ids(store), { ids: ['w.1', 'w.2', 'w.3'], problems: [] });
    assert.deepEqual([count(/comp=list/), front.requests.length], [1, 1]);
  });

  it('reads a list to its end', async () => {
    for (let sequence = 1; sequence <= 7; sequence += 1) await journal().append(entryOf({ sequence }));
    front.rewrite = (url) => (url.includes('comp=list') ? `${url}&maxresults=3` : url);
    assert.equal((await ids()).ids.length, 7);
    assert.equal(count(/comp=list/), 3);
  });

  describe('append', () => {
    const passing: [string, StorageFault][] = [
      ['its reply is lost', { kind: 'reset', applied: true }],
      ['it is lost', { kind: 'reset', applied: false }],
      ['the service is busy', { kind: 'answer', status: 503, code: 'ServerBusy' }],
      ['the service is slow', { kind: 'answer', status: 500, code: 'OperationTimedOut' }],
      ['it is throttled', { kind: 'answer', status: 429, retryAfter: '7' }],
    ];
    for (const [what, fault] of passing)
      for (const times of [1, 3])
        it(`writes one entry although ${what}, ${times} times`, async () => {
          front.fault(/^PUT/, fault, times);
          const clock = new FakeClock();
          await journal({ clock }).append(entryOf());
          assert.equal(count(/^PUT/), times + 1);
          assert.deepEqual(await ids(), { ids: ['w.1'], problems: [] });
          if (fault.kind === 'answer' && fault.retryAfter !== undefined) assert.ok(clock.monotonic() >= 7000 * times);
        });

    it('looks what stands at its name before it takes it for its own', async () => {
      await journal().append(entryOf({ reason: 'of another process' }));
      await assert.rejects(journal().append(entryOf()), /another entry stands at runs\/run\/00001\.w\..*two processes/);
      assert.equal((await journal().read('run')).entries[0]?.reason, 'of another process');
    });

    it('says so when it cannot look', async () => {
      front.fault(/^PUT/, { kind: 'reset', applied: true });
      front.fault(/^GET/, { kind: 'answer', status: 403, code: 'AuthorizationPermissionMismatch' });
      await assert.rejects(
        journal().append(entryOf()),
        /could not look whether runs\/run\/.*403 Auth.*Data Contributor/,
      );
    });

    it('gives up when the service stays busy, and says in whose words', async () => {
      front.fault(/^PUT/, { kind: 'answer', status: 503, code: 'ServerBusy', text: 'The server is busy.' }, 1000);
      const clock = new FakeClock();
      await assert.rejects(
        journal({ clock }).append(entryOf()),
        /^Error: could not write runs\/run\/00001\S+ in https:\/\/127\.0\.0\.1:\d+\/devstoreaccount1\/journal: 503 ServerBusy: The server is busy\.$/,
      );
      assert.ok(clock.monotonic() > 30_000 && clock.monotonic() <= 40_000, `${clock.monotonic()}`);
    });

    it('does not wait longer for an answer than it was told', async () => {
      front.fault(/^PUT/, { kind: 'meanwhile', act: () => new Promise((resolve) => setTimeout(resolve, 400)) });
      await journal({ times: { exchangeMs: 150, deadlineMs: 40_000 } }).append(entryOf());
      assert.equal(count(/^PUT/), 2);
      assert.deepEqual(await ids(), { ids: ['w.1'], problems: [] });
    });
  });

  describe('names the cure', () => {
    const cures: [string, number, string, RegExp][] = [
      [
        'the role',
        403,
        'AuthorizationPermissionMismatch',
        /403 AuthorizationPermissionMismatch: No\. Grant the identity the role Storage Blob Data Contributor/,
      ],
      ['the firewall', 403, 'AuthorizationFailure', /firewall of storage account 127/],
      ['the tenant', 401, 'InvalidAuthenticationInfo', /belongs to the tenant/],
      [
        'the container',
        404,
        'ContainerNotFound',
        /az storage container create --account-name 127 --name journal --auth-mode login/,
      ],
    ];
    for (const [cure, status, code, message] of cures)
      it(`${cure} for ${status} ${code}, without trying again`, async () => {
        for (const act of [() => journal().append(entryOf()), () => journal().read('run'), () => blobRuns(client())]) {
          front.clear();
          front.fault(/./, { kind: 'answer', status, code }, 1000);
          await assert.rejects(act(), message);
          assert.equal(front.requests.length, 1);
        }
      });

    it('of a proxy that forbids', async () => {
      front.fault(/./, { kind: 'answer', status: 403, text: '<html>Blocked by policy</html>' });
      await assert.rejects(journal().append(entryOf()), /: 403\. The answer is not of Azure Storage: a proxy/);
    });

    it('of a container that Azurite does not have', async () => {
      place = 'nowhere/here';
      for (const act of [() => journal().append(entryOf()), () => journal().read('run')])
        await assert.rejects(act(), /404 ContainerNotFound: .*Create the container: .* --name nowhere /);
    });

    it('of a host that cannot be reached', async () => {
      const accountUrl = 'https://127.0.0.1:1/devstoreaccount1';
      await assert.rejects(journal({ accountUrl }).read('run'), /ECONNREFUSED.*Check the name of the account/);
    });

    it('of credentials that give no token', async () => {
      const error = Object.assign(new Error('AADSTS7000215: Invalid client secret.'), { name: 'AuthenticationError' });
      const credential = { getToken: () => Promise.reject(error) };
      await assert.rejects(journal({ credential }).read('run'), /AADSTS7000215: .*Check the service connection/);
      assert.deepEqual(front.requests, []);
    });

    it('of a token that Azurite does not take', async () => {
      const credential = {
        getToken: () => Promise.resolve({ token: 'none', expiresOnTimestamp: Date.now() + 3_600_000 }),
      };
      await assert.rejects(journal({ credential }).append(entryOf()), /could not write .*: 403 AuthenticationFailed/);
    });
  });

  describe('read', () => {
    const notLists: [string, boolean, string][] = [
      ['the page of a proxy', false, '<!doctype html><html><body>Sign in</body></html>'],
      ['half a list', true, '<?xml version="1.0"?><EnumerationResults><Blobs>'],
      ['nothing', true, ''],
    ];
    for (const [what, ofService, text] of notLists)
      it(`takes ${what} for no list`, async () => {
        await journal().append(entryOf());
        front.fault(/comp=list/, { kind: 'answer', status: 200, text, ofService }, 2);
        assert.deepEqual((await ids()).ids, ['w.1']);
        front.fault(/comp=list/, { kind: 'answer', status: 200, text, ofService }, 1000);
        await assert.rejects(journal().read('run'), /could not list/);
      });

    const foreign: [string, string, string, RegExp][] = [
      ['text', 'runs/run/00001.x.json', 'hello', /blob runs\/run\/00001\.x\.json is not JSON and was left out/],
      ['nothing', 'runs/run/empty', '', /empty is not JSON/],
      [
        'another schema',
        `runs/run/${entryName(entryOf({ sequence: 2 }))}`,
        '{"schema":3}',
        /has schema 3, expected 1 or 2/,
      ],
      ['a large one', 'runs/run/large', 'x'.repeat(LARGEST_ENTRY_BYTES + 1), /large is larger than 1048576 bytes/],
      [
        'a copy under another name',
        'runs/run/copy.json',
        JSON.stringify(entryOf()),
        /holds entry w\.1, whose place is elsewhere/,
      ],
      [
        'one of another run in the place of its own',
        `runs/run/${entryName(entryOf({ sequence: 2 }))}`,
        JSON.stringify(entryOf({ sequence: 2, run: 'other' })),
        /00002\.w\S+ belongs to run other/,
      ],
      ['a name of its own kind', 'runs/run/a&b <c>"\' ü#?%20.json', '', /a&b <c>"' ü#\?%20\.json is not JSON/],
      ['a folder', 'runs/run/folder/entry.json', JSON.stringify(entryOf()), /folder\/entry\.json holds entry w\.1/],
    ];
    it('leaves out one of another run under its own name, with a warning', async () => {
      await journal().append(entryOf());
      const stranger = entryOf({ writer: 'x', run: 'other' });
      await put(`runs/run/${entryName(stranger)}`, JSON.stringify(stranger));
      const { entries, problems, warnings = [] } = await journal().read('run');
      assert.deepEqual([entries.length, problems, warnings.length], [1, [], 1]);
      assert.match(warnings[0]!, /00001\.x\S+ belongs to run other and was left out: it is of another run/);
    });

    for (const [what, blob, body, problem] of foreign)
      it(`names and leaves out ${what}`, async () => {
        await journal().append(entryOf());
        await put(blob, body);
        const { ids: found, problems } = await ids();
        assert.deepEqual([found, problems.length], [['w.1'], 1], problems.join('\n'));
        assert.match(problems[0]!, problem);
      });

    it('does not load what is larger than an entry', async () => {
      await put('runs/run/large', 'x'.repeat(LARGEST_ENTRY_BYTES + 1));
      await ids();
      assert.equal(count(/large/), 0);
    });

    it('takes the page of a proxy for no entry', async () => {
      await journal().append(entryOf());
      const store = journal();
      front.fault(/^GET .*00001/, { kind: 'answer', status: 200, text: '<html>Sign in</html>' }, 2);
      assert.deepEqual(await ids(store), { ids: ['w.1'], problems: [] });
    });

    it('names a blob that is replaced or deleted while it is read, and does not read it', async () => {
      await journal().append(entryOf());
      const blob = `runs/run/${entryName(entryOf())}`;
      front.fault(/^GET .*00001/, { kind: 'meanwhile', act: () => put(blob, 'something else') });
      assert.deepEqual(await ids(), {
        ids: [],
        problems: [`blob ${blob} was changed while it was being read and was left out`],
      });
    });

    it('rejects when the service does not give an entry: it may be what matters', async () => {
      await journal().append(entryOf());
      front.fault(/^GET .*00001/, { kind: 'answer', status: 503, code: 'ServerBusy' }, 1000);
      await assert.rejects(journal().read('run'), /could not read runs\/run\/00001.*503 ServerBusy/);
    });

    it('tells when the service took each entry, by its own clock', async () => {
      await azurite.setAhead(3_600_000);
      try {
        await journal().append(entryOf());
        const { storedAt } = await journal().read('run');
        const aheadMs = storedAt!.get('w.1')! - Date.now();
        assert.ok(aheadMs > 3_590_000 && aheadMs <= 3_600_000, `${aheadMs}`);
      } finally {
        await azurite.setAhead(0);
      }
    });
  });

  describe('blobRuns', () => {
    it('tells the runs in the order of their first entries, whoever else writes there', async () => {
      assert.deepEqual(await blobRuns(client()), []);
      const begin = async (run: string, sequence: number, aheadMs: number): Promise<void> => {
        await azurite.setAhead(aheadMs);
        await journal().append(entryOf({ run, sequence }));
      };
      try {
        await begin('z', 1, 0);
        await begin('release 2.4/b', 1, 5000);
        await begin('a', 1, 10_000);
        await begin('z', 2, 15_000);
      } finally {
        await azurite.setAhead(0);
      }
      for (const blob of ['locks/sub/rg/app', 'runs/lonely', 'runs/a/deeper/one', 'runs/=zz/one', 'other/x/y'])
        await put(blob, '');
      assert.deepEqual(await blobRuns(client()), ['z', 'release 2.4/b', 'a']);
    });
  });
});
