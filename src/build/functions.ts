import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { BUNDLE } from './bundle-options.ts';

/**
 * Lays out the gate service as a function app, in a folder that is deployed as it is (a zip of what is in it): the functions,
 * the command line that they start, and the two files by which the host knows them.
 * @param out where `bundle` has laid out the command line
 * @returns what the functions are made of
 */
export async function bundleFunctions(root: string, out = join(root, 'dist')): Promise<Metafile> {
  const folder = join(out, 'functions');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { gate: 'src/functions/main.ts' },
    outdir: folder,
    ...BUNDLE,
    // The host brings it.
    external: ['@azure/functions-core'],
  });
  for (const file of ['host.json', 'package.json'])
    cpSync(join(root, 'examples/gate-service/functions', file), join(folder, file));
  cpSync(join(out, 'cli/safe-rollout.js'), join(folder, 'safe-rollout.js'));
  return metafile;
}
