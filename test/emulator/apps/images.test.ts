import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Images } from '../../../src/emulator/apps/images.ts';
import { startEmulator } from '../../../src/emulator/start.ts';
import { zipOf } from '../tiny-app.ts';

describe('emulator: images', () => {
  const { signal } = new AbortController();
  const server = { 'package.json': '{"version":"1.2.3"}', 'server.js': '' };
  let folder: string;
  let images: Images;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'images-'));
    images = new Images(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are made of files, of a zip in memory or on disk, and of a folder', async () => {
    const bytes = await zipOf(server);
    await writeFile(join(folder, 'app.zip'), bytes);
    const made = await images.add('files:1', server, signal);
    await images.add('bytes:1', bytes, signal);
    await images.add('zip:1', join(folder, 'app.zip'), signal);
    await images.add('folder:1', made.folder, signal);
    assert.deepEqual(
      images.list().map(({ reference, entry, release }) => [reference, entry, release]),
      ['files:1', 'bytes:1', 'zip:1', 'folder:1'].map((name) => [name, 'server.js', '1.2.3']),
    );
  });

  it('are found by their whole name; without a tag, as the latest', async () => {
    for (const name of ['localhost:5000/a/b:1', 'localhost:5000/a/b:latest']) await images.add(name, server, signal);
    assert.equal(images.find('localhost:5000/a/b:1')?.reference, 'localhost:5000/a/b:1');
    assert.equal(images.find('localhost:5000/a/b')?.reference, 'localhost:5000/a/b:latest');
    assert.equal(images.find('a/b:1'), undefined);
  });

  it('are told apart by their digests', async () => {
    const digest = `sha256:${'a1'.repeat(32)}`;
    for (const reference of [`a/b@${digest}`, `localhost:5000/a/b:1.0@${digest}`]) {
      await images.add(reference, server, signal);
      assert.equal(images.find(reference)?.reference, reference);
    }
  });

  it('give way to a later one of the same name, and stay in place for whoever runs them', async () => {
    const first = await images.add('a:1', server, signal);
    const second = await images.add('a:1', { ...server, 'package.json': '{"version":"2.0.0"}' }, signal);
    assert.notEqual(first.folder, second.folder);
    assert.equal((await images.add('copy:1', first.folder, signal)).release, '1.2.3');
    assert.equal(images.find('a:1')?.release, '2.0.0');
  });

  for (const [reference, files, reason] of [
    ['orders', server, /An image is named as in contoso\/payments:1\.0, not 'orders'/],
    ['orders:1@sha256:12', server, /An image is named as in contoso\/payments:1\.0, not 'orders:1@sha256:12'/],
    ['orders:1', { 'read.me': '' }, /Nothing to start was found in the image orders:1/],
    ['orders:1', { ...server, '../evil.js': '' }, /'\.\.\/evil\.js' would lie outside/],
  ] as const) {
    it(`are refused: ${reason.source}`, async () => {
      await assert.rejects(images.add(reference, files, signal), reason);
      assert.deepEqual(images.list(), []);
    });
  }

  it('say what is wrong with an app that is added', async () => {
    const emulator = await startEmulator({ containerAppMs: 4 });
    const spec = { name: 'orders', resourceGroup: 'rg', image: 'gone:1' };
    try {
      await emulator.addContainerApp(spec);
      assert.equal(emulator.containerAppState('orders').provisioningState, 'Failed');
      await assert.rejects(emulator.addContainerApp(spec), /already a container app named orders/);
      await assert.rejects(emulator.addContainerApp({ ...spec, name: 'Orders_2' }), /'Orders_2' is not one/);
      assert.throws(() => emulator.containerAppUrl('orders', { label: 'blue' }), /has no {"label":"blue"}/);
    } finally {
      await emulator.close();
    }
  });
});
