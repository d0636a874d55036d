import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT, buildInto } from './tasks/built-tasks.ts';

/** Required by the configurations of mocha: one build for all processes that run tests at the same time. */
export async function mochaGlobalSetup(): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), 'safe-rollout-built-'));
  await buildInto(out);
  process.env[BUILT] = out;
}

export function mochaGlobalTeardown(): void {
  rmSync(process.env[BUILT]!, { recursive: true, force: true });
}
