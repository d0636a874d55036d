import type { ChainEnd } from '../journal/chain.ts';
import { neutralMarkdown } from './neutral.ts';

/**
 * Where a journal has ended, for the log: nothing in the journal vouches for a writer's newest entry, and who can change
 * the journal cannot change the log. Empty for a writer that has written nothing.
 */
export function journalEnd(run: string, end: ChainEnd | undefined): string {
  if (end === undefined) return '';
  const count = end.entries === 1 ? '1 entry' : `${end.entries} entries`;
  return `Journal: run ${run}, ${count} by writer ${end.writer}, last entry ${end.hash}`;
}

/** The same below a summary. */
export function withJournalEnd(markdown: string, line: string): string {
  if (line === '' || markdown === '') return markdown;
  return `${markdown.trimEnd()}\n\n${neutralMarkdown(line)}\n`;
}
