import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bundle } from './bundle.ts';
import { lintExtension } from './lint/extension.ts';
import { filesOfFolder, packedLayout } from './lint/packed-files.ts';
import { printFindings } from './lint/print.ts';
import { thirdPartyNotices } from './notices.ts';

/**
 * Lays out what goes into the extension, and nothing else: never pack from the sources.
 * @param out folder for the bundles; the staged root is `vsix` in it
 * @returns the staged root
 */
export async function stage(root: string, out: string): Promise<string> {
  const metafile = await bundle(root, out);
  const staged = join(out, 'vsix');
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const manifest = JSON.parse(readFileSync(join(root, 'vss-extension.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(staged, 'vss-extension.json'), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
  writeFileSync(join(staged, 'ThirdPartyNotices.txt'), thirdPartyNotices(root, metafile));
  for (const { to, from } of packedLayout(root)) {
    if (existsSync(join(staged, to))) continue; // made above
    mkdirSync(dirname(join(staged, to)), { recursive: true });
    cpSync(from === undefined ? join(out, to) : join(root, from), join(staged, to));
  }
  return staged;
}

/**
 * Packs a staged root, once its manifests hold: tfx checks next to nothing of them.
 * @param file path of the .vsix to make
 */
export async function pack(root: string, staged: string, file: string): Promise<void> {
  const found = lintExtension(filesOfFolder(staged));
  if (found.length > 0) throw new Error(`The manifests do not hold:\n${printFindings(found)}`);
  await packByTfx(root, staged, file);
}

/** The same by tfx alone, whose warnings are about things that break in the editor later: so any of them fails. */
export async function packByTfx(root: string, staged: string, file: string): Promise<void> {
  rmSync(file, { force: true });
  const args = ['extension', 'create', '--root', staged, '--manifests', 'vss-extension.json', '--output-path', file];
  const { exitCode, output } = await tfx(root, [...args, '--no-prompt', '--no-color']);
  if (exitCode !== 0) throw new Error(`tfx ended with ${exitCode}:\n${output}`);
  const warnings = output.split('\n').filter((line) => /warning/i.test(line));
  if (warnings.length === 0) return;
  rmSync(file, { force: true });
  throw new Error(`tfx warns, and every warning counts:\n${warnings.join('\n')}`);
}

function tfx(root: string, args: readonly string[]): Promise<{ exitCode: number | null; output: string }> {
  // The local program without npx or a shell: no network, the same on every system.
  const program = createRequire(join(root, 'package.json')).resolve('tfx-cli/_build/tfx-cli.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
  });
}

if (import.meta.filename === process.argv[1]) {
  const root = process.cwd();
  const out = join(root, 'dist');
  const staged = await stage(root, out);
  const { version } = JSON.parse(readFileSync(join(staged, 'vss-extension.json'), 'utf8')) as { version: string };
  const file = join(out, `safe-rollout-${version}.vsix`);
  await pack(root, staged, file);
  console.error(`${file} ${Math.ceil(statSync(file).size / 1024)} kB`);
}
