import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The licences of every package whose code is in a bundle: they ask to be passed on with it. */
export function thirdPartyNotices(root: string, metafile: Metafile): string {
  const folders = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (folder !== undefined) folders.add(folder);
  }
  const notices = new Map<string, string>();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license?: string;
    };
    notices.set(`${name} ${version}`, `${license ?? 'see below'}\n\n${licenceText(join(root, folder))}`);
  }
  const sorted = [...notices].sort(([a], [b]) => (a < b ? -1 : 1));
  const head = 'Safe Rollout contains code of these packages, each under its own licence.\n\n';
  return head + sorted.map(([name, text]) => `${'='.repeat(78)}\n${name}: ${text.trim()}\n\n`).join('');
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.|$)/i.test(name));
  return file !== undefined && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '';
}
