import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobNotes } from '../../src/azure/blob/blob-notes.ts';
import type { NoteStore } from '../../src/gate/ports.ts';
import { noteFolder } from '../../src/host/note-folder.ts';
import { clientOf, sharedAzurite, type Azurite } from '../azure/blob/azurite.ts';
import { startStorageFront, type StorageFront } from '../azure/blob/storage-front.ts';
import { MemoryNotes } from '../fakes/memory-notes.ts';

/** What the gate service relies on, whatever keeps its state. */
function noteStoreContract(make: () => NoteStore): void {
  it('keeps what was written first', async () => {
    const store = make();
    assert.deepEqual(
      [await store.create('a-1.accepted', 'one'), await store.create('a-1.accepted', 'two')],
      [true, false],
    );
    assert.equal(await make().read('a-1.accepted'), 'one');
  });

  it('lets one of many write a note', async () => {
    const tries = Array.from({ length: 12 }, (_, at) => make().create('a-1.posting-1', `by ${at}`));
    assert.equal((await Promise.all(tries)).filter(Boolean).length, 1);
  });

  it('lists what there is, without what was removed', async () => {
    const store = make();
    for (const name of ['b-1.ended', 'a-1.ended', 'c-1.ended']) await store.create(name, 'x');
    await store.remove('c-1.ended');
    await store.remove('never.there');
    assert.deepEqual(await store.list(), ['a-1.ended', 'b-1.ended']);
    assert.equal(await store.read('c-1.ended'), undefined);
    assert.equal(await store.create('c-1.ended', 'again'), true);
  });

  it('is empty before anything was written', async () => assert.deepEqual(await make().list(), []));
}

describe('NoteStore', () => {
  describe('in memory', () => {
    let store: MemoryNotes;
    beforeEach(() => (store = new MemoryNotes()));
    noteStoreContract(() => store);
  });

  describe('in a folder', () => {
    let folder: string;
    beforeEach(async () => {
      folder = join(await mkdtemp(join(tmpdir(), 'safe-rollout-notes-')), 'state');
    });
    afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));
    noteStoreContract(() => noteFolder(folder));

    it('is for this user alone', async () => {
      await noteFolder(folder).create('a', 'x');
      if (process.platform === 'win32') return;
      assert.deepEqual(
        [(await stat(folder)).mode & 0o777, (await stat(join(folder, 'a'))).mode & 0o777],
        [0o700, 0o600],
      );
    });

    it('forgets what a killed process has left half-written, when it is old', async () => {
      const store = noteFolder(folder);
      await store.create('a', 'x');
      for (const name of ['old.tmp', 'new.tmp']) await writeFile(join(folder, name), 'torn');
      await utimes(join(folder, 'old.tmp'), 1, 1);
      assert.deepEqual(await store.list(), ['a']);
      assert.deepEqual((await readdir(folder)).sort(), ['a', 'new.tmp']);
    });

    it('leads to no other folder', async () => {
      for (const name of ['../a', 'a/b', '..', '.a', ''])
        await assert.rejects(noteFolder(folder).create(name, 'x'), /no name of a note/, name);
    });
  });

  describe('in Azure Blob Storage', () => {
    let azurite: Azurite;
    let front: StorageFront;
    let places = 0;
    before(async () => {
      azurite = await sharedAzurite();
      front = await startStorageFront(azurite);
      await azurite.createContainer('notes');
    });
    after(() => front.close());
    beforeEach(() => {
      front.clear();
      places += 1;
    });
    const make = (): NoteStore => blobNotes(clientOf(azurite, `notes/${places}`, { accountUrl: front.accountUrl }));
    noteStoreContract(make);

    it('knows its own note again when the reply to it was lost', async () => {
      front.fault(/^PUT/, { kind: 'reset', applied: true }, 1);
      assert.equal(await make().create('a-1.posting-1', 'by me, with a nonce'), true);
      assert.equal(await make().create('a-1.posting-1', 'by another'), false);
    });
  });
});
