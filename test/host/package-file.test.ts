import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPackage } from '../../src/host/package-file.ts';
import type { RolloutError } from '../../src/rollout/errors.ts';
import { zipOf } from '../emulator/tiny-app.ts';

describe('readPackage', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'safe-rollout-package-'))));
  after(() => rm(folder, { recursive: true, force: true }));
  let files = 0;
  const write = async (content: Buffer | string): Promise<string> => {
    const file = join(folder, `${(files += 1)}.zip`);
    await writeFile(file, content);
    return file;
  };
  const versionOf = async (contents: Record<string, string>) =>
    (await readPackage(await write(await zipOf(contents)))).version;

  it('tells the digest of the file and the version of its package.json', async () => {
    const zip = await zipOf({ 'index.js': 'x', 'package.json': '{"name":"a","version":"2.4.1"}' });
    const found = await readPackage(await write(zip));
    assert.deepEqual(found, { version: '2.4.1', digest: createHash('sha256').update(zip).digest('hex') });
  });

  const versions: [string, Record<string, string>][] = [
    ['no package.json', { 'index.js': '' }],
    [
      'one that is not in the root',
      { 'app/package.json': '{"version":"1.0.0"}', 'node_modules/x/package.json': '{"version":"2"}' },
    ],
    ['one without a version', { 'package.json': '{"name":"x"}' }],
    ['one whose version is no text', { 'package.json': '{"version":7}' }],
    ['one that is no JSON', { 'package.json': '{' }],
    ['one that is null', { 'package.json': 'null' }],
    [
      'one that is no manifest for its size',
      { 'package.json': JSON.stringify({ version: '1.0.0', x: 'x'.repeat(1024 * 1024) }) },
    ],
  ];
  for (const [name, contents] of versions)
    it(`has no version, and a digest, for ${name}`, async () => assert.equal(await versionOf(contents), null));

  it('reads a manifest that an editor began with a byte order mark', async () => {
    assert.equal(await versionOf({ 'package.json': '\ufeff{"version":"1.2.3"}' }), '1.2.3');
  });

  const refused: [string, () => Promise<string>, RegExp][] = [
    [
      'a file that is not there',
      () => Promise.resolve(join(folder, 'none.zip')),
      /does not exist\. Package paths are relative/,
    ],
    [
      'a folder',
      () => mkdir(join(folder, 'dir.zip')).then(() => join(folder, 'dir.zip')),
      /is a folder\. Zip its contents/,
    ],
    ['a file that is no zip', () => write('this is text'), /is not a readable zip/],
    ['an empty file', () => write(''), /is not a readable zip/],
    ['half a zip', async () => write((await zipOf({ 'package.json': '{}' })).subarray(0, 60)), /is not a readable zip/],
    [
      'a zip that climbs out of its folder',
      async () => write(renamed(await zipOf({ 'aa/evil.js': 'x' }), 'aa/evil.js', '../evil.js')),
      /is not a readable zip \(invalid relative path/,
    ],
    [
      'a zip with an absolute path',
      async () => write(renamed(await zipOf({ 'aa/evil.js': 'x' }), 'aa/evil.js', '/a/evil.js')),
      /is not a readable zip \(absolute path/,
    ],
  ];
  for (const [name, make, message] of refused)
    it(`refuses ${name}, with what to do`, async () => {
      const file = await make();
      await assert.rejects(readPackage(file), (error: RolloutError) => {
        assert.equal(error.facts.code, 'bad-package');
        assert.ok(error.message.startsWith(`Package ${file}: `), error.message);
        assert.match(error.message, message);
        return true;
      });
    });
});

/** Renames an entry in both places where a zip names it; the names must be of one length. */
function renamed(zip: Buffer, from: string, to: string): Buffer {
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');
}
