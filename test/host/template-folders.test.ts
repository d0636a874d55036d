import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { templateFolders } from '../../src/host/template-folders.ts';
import { RolloutError } from '../../src/rollout/errors.ts';

describe('templates in folders', () => {
  let root: string;
  const put = (path: string, text: string | Buffer): string => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'templates-'));
    put('self/.git/HEAD', 'ref: refs/heads/main');
    put('self/pipelines/release.yml', 'steps: []');
    put('self/pipelines/near.yml', 'steps: [near]');
    put('self/dir/t.yml', 'steps: [t]');
    put('other/t.yml', 'steps: [other]');
    put('secret.yml', 'steps: [secret]');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const open = (folders: Record<string, string> = {}): ReturnType<typeof templateFolders> =>
    templateFolders(join(root, 'self/pipelines/release.yml'), folders);
  const textOf = (repository: string, path: string, folders?: Record<string, string>): string => {
    const read = open(folders).read(repository, path);
    return read.state === 'found' ? read.text : read.state === 'unreadable' ? read.why : read.state;
  };

  it("finds the pipeline's own repository by its .git, which is a file in a work tree", () => {
    assert.equal(open().pipelinePath, '/pipelines/release.yml');
    assert.equal(textOf('self', '/dir/t.yml'), 'steps: [t]');
    put('tree/.git', 'gitdir: elsewhere');
    put('tree/a/p.yml', 'steps: []');
    assert.equal(templateFolders(join(root, 'tree/a/p.yml')).pipelinePath, '/a/p.yml');
  });

  it('takes the folder of the pipeline where git knows none above', () => {
    put('plain/p.yml', 'steps: []');
    put('plain/t.yml', 'steps: [plain]');
    const files = templateFolders(join(root, 'plain/p.yml'));
    assert.equal(files.pipelinePath, '/p.yml');
    assert.equal(files.read('self', '/t.yml').state, 'found');
  });

  it('reads other repositories by alias, in any case, and says which are not at hand', () => {
    assert.equal(textOf('shared', '/t.yml', { Shared: join(root, 'other') }), 'steps: [other]');
    assert.equal(textOf('shared', '/t.yml'), 'unmapped');
    assert.equal(textOf('self', '/t.yml', { self: join(root, 'other') }), 'steps: [other]');
  });

  it('refuses folders that are not there, all together', () => {
    assert.throws(
      () => open({ a: join(root, 'none'), b: join(root, 'secret.yml') }),
      (error) => error instanceof RolloutError && error.facts.code === 'bad-input' && error.facts.problems.length === 2,
    );
  });

  it('counts the case of a path, whatever the file system does [measured]', () => {
    assert.equal(textOf('self', '/DIR/t.yml'), 'missing');
    assert.equal(textOf('self', '/dir/T.yml'), 'missing');
  });

  it('does not leave the repository, by dots or by links', () => {
    assert.equal(textOf('self', '/../secret.yml'), 'missing');
    assert.equal(textOf('self', '/dir/../dir/t.yml'), 'missing');
    symlinkSync(join(root, 'secret.yml'), join(root, 'self/dir/link.yml'));
    symlinkSync(root, join(root, 'self/up'));
    symlinkSync('t.yml', join(root, 'self/dir/inside.yml'));
    symlinkSync('nowhere.yml', join(root, 'self/dir/broken.yml'));
    assert.equal(textOf('self', '/dir/link.yml'), 'is a link that leaves its repository');
    assert.equal(textOf('self', '/up/secret.yml'), 'is a link that leaves its repository');
    assert.equal(textOf('self', '/dir/inside.yml'), 'steps: [t]');
    assert.equal(textOf('self', '/dir/broken.yml'), 'missing');
  });

  it('names what cannot be read', () => {
    put('self/latin1.yml', Buffer.from([0x61, 0xe9, 0x62]));
    truncateSync(put('self/big.yml', 'x'), 20 * 1024 * 1024 + 1);
    assert.equal(textOf('self', '/latin1.yml'), 'is not UTF-8 text');
    assert.equal(textOf('self', '/big.yml'), 'is larger than 20 MB');
    assert.equal(textOf('self', '/dir'), 'missing');
    assert.equal(textOf('self', '/dir/t.yml/x.yml'), 'missing');
    assert.equal(textOf('self', '/a\0b.yml'), 'missing');
  });

  it('leaves the byte order mark and line ends to the reader of YAML', () => {
    put('self/bom.yml', '\uFEFFsteps:\r\n- script: x\r\n');
    assert.equal(textOf('self', '/bom.yml'), '\uFEFFsteps:\r\n- script: x\r\n');
  });
});
