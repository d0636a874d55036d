import tl from 'azure-pipelines-task-lib/task.js';

/** Shorter texts would turn half of the log into asterisks, and hide nothing. */
const SHORTEST_SECRET = 4;

/** Has the agent mask a value from now on. Line by line: the agent masks lines, and refuses a secret of several. */
export function maskSecret(value: string | undefined): void {
  for (const line of (value ?? '').split(/\r?\n/)) if (line.trim().length >= SHORTEST_SECRET) tl.setSecret(line.trim());
}
