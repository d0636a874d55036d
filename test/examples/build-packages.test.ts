import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPackages, knownReleases } from '../../examples/contoso/build-packages.ts';
import { CONTOSO, readPackage, scratchFolder } from './running-app.ts';

const SCRIPT = join(CONTOSO, 'build-packages.ts');

describe('build-packages', () => {
  let scratch: { path: string; remove: () => Promise<void> };
  before(async () => {
    scratch = await scratchFolder();
  });
  after(() => scratch.remove());

  it('gives every release bytes of its own, the same ones each time', async () => {
    const releases = await knownReleases(CONTOSO);
    assert.ok(releases.length >= 10, `only ${releases.length} releases found`);
    const digests = new Set<string>();
    for (const release of releases) {
      const [first] = await buildPackages({ source: CONTOSO, out: join(scratch.path, 'a'), releases: [release] });
      const [second] = await buildPackages({ source: CONTOSO, out: join(scratch.path, 'b'), releases: [release] });
      assert.ok(first !== undefined && second !== undefined);
      assert.equal(first.sha256, second.sha256);
      assert.equal(first.file, join(scratch.path, 'a', `${release.service}.zip`));
      assert.equal(
        first.sha256,
        createHash('sha256')
          .update(await readFile(first.file))
          .digest('hex'),
      );
      digests.add(first.sha256);
    }
    assert.equal(digests.size, releases.length);
  });

  it('packs the release, its version and the library, in order, and no other release', async () => {
    const out = join(scratch.path, 'content');
    await buildPackages({ source: CONTOSO, out, releases: [{ service: 'payments', version: '2.5.0' }] });
    const files = await readPackage(join(out, 'payments.zip'));
    assert.deepEqual(
      [...files.keys()],
      [
        'CHANGES.md',
        'ledger.js',
        'node_modules/@contoso/payments-core/http.js',
        'node_modules/@contoso/payments-core/package.json',
        'node_modules/@contoso/payments-core/payment.js',
        'package.json',
        'server.js',
      ],
    );
    const manifest = JSON.parse(files.get('package.json') ?? '') as Record<string, unknown>;
    assert.equal(manifest['version'], '2.5.0');
    assert.deepEqual(manifest['scripts'], { start: 'node server.js' });
    assert.equal(files.get('ledger.js'), await readFile(join(CONTOSO, 'payments/releases/2.5.0/ledger.js'), 'utf8'));
  });

  it('builds the set of one version as a script, with the same bytes in another time zone', async () => {
    const out = join(scratch.path, 'script');
    const { stdout } = await runScript(['--release', '2.4.0', '--out', out], { TZ: 'Pacific/Auckland' });
    const releases = ['notifications', 'payments', 'store'].map((service) => ({ service, version: '2.4.0' }));
    const expected = await buildPackages({ source: CONTOSO, out: join(scratch.path, 'function'), releases });
    const told = expected.map(
      (one) => `${one.service} 2.4.0  ${join(out, `${one.service}.zip`)}  sha256 ${one.sha256}`,
    );
    assert.deepEqual(stdout.trim().split('\n'), told);
  });

  it('builds a hotfix alone', async () => {
    const { stdout } = await runScript(['--release', '2.4.1', '--out', join(scratch.path, 'hotfix')]);
    assert.match(stdout, /^payments 2\.4\.1 {2}.*\n$/);
  });

  it('refuses a release that does not exist', async () => {
    await assert.rejects(
      runScript(['--release', '9.9.9', '--out', join(scratch.path, 'none')]),
      /No service has a release 9\.9\.9\./,
    );
    const out = join(scratch.path, 'none');
    for (const release of [
      { service: 'payments', version: '2.4.7' },
      { service: 'store', version: '../../payments/releases/2.4.0' },
      { service: '../contoso/store', version: '2.4.0' },
    ]) {
      await assert.rejects(
        buildPackages({ source: CONTOSO, out, releases: [release] }),
        /^Error: There is no release .* Known are: notifications 2\.4\.0, /,
      );
    }
  });

  it('refuses two releases of one service in one folder', async () => {
    const releases = ['2.4.0', '2.4.1'].map((version) => ({ service: 'payments', version }));
    const out = join(scratch.path, 'twice');
    await assert.rejects(buildPackages({ source: CONTOSO, out, releases }), /payments is named twice/);
  });
});

function runScript(args: string[], env: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ['--import', 'tsx', SCRIPT, ...args], {
    env: { ...process.env, ...env },
  });
}
