import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathInRepository } from '../../src/host/repository-folder.ts';

describe('the path of a file in the repository of the run', () => {
  let root: string;
  const put = (path: string): string => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    return file;
  };
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'checkouts-'))));
  afterEach(() => rmSync(root, { recursive: true }));
  const path = (file: string, name: string, folder?: string): string | undefined =>
    pathInRepository(file, { name, folder: folder === undefined ? undefined : join(root, folder) });

  it('begins at its root, where there is one checkout', () => {
    put('s/.git/HEAD');
    assert.equal(path(put('s/deploy/release.yml'), 'contoso', 's'), '/deploy/release.yml');
  });

  it('begins at the folder of its name, where there are several', () => {
    put('s/contoso/.git/HEAD');
    put('s/templates/.git/HEAD');
    assert.equal(path(put('s/contoso/release.yml'), 'Contoso', 's'), '/release.yml');
    assert.equal(path(put('s/templates/stage.yml'), 'contoso', 's'), undefined);
  });

  it('begins at the folder that the agent names', () => {
    put('custom/.git/HEAD');
    assert.equal(path(put('custom/release.yml'), 'contoso', 'custom'), '/release.yml');
  });

  it('is found through links, as agents have them above their work', () => {
    put('s/.git/HEAD');
    put('s/release.yml');
    symlinkSync(join(root, 's'), join(root, 'link'));
    assert.equal(path(join(root, 'link/release.yml'), 'contoso', 's'), '/release.yml');
  });

  it('is none where no repository is known', () => assert.equal(path(put('x/release.yml'), 'contoso'), undefined));
});
