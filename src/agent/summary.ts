import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tl from './task-library.ts';

/** Shows markdown on the page of the run. The agent uploads the file after the task has ended. */
export function uploadSummary(markdown: string): void {
  const folder = tl.getVariable('Agent.TempDirectory') ?? tmpdir();
  const file = join(folder, `safe-rollout-${randomUUID()}.md`);
  writeFileSync(file, markdown, { mode: 0o600 });
  tl.uploadSummary(file);
}
