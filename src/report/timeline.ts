import type { RolloutEvent } from '../rollout/ports.ts';
import { neutralMarkdown } from './neutral.ts';

/** A summary is read on one page; the log has the rest. */
const MOST_ROWS = 200;

const MARKS = { info: '', warning: 'warning', error: '**error**' } as const;

/** What happened and when, as a markdown table. Times in UTC. */
export function timeline(story: readonly RolloutEvent[]): string {
  if (story.length === 0) return '';
  const rows = story
    .slice(-MOST_ROWS)
    .map(({ at, service, step, level, message }) =>
      [clockOf(at), neutralMarkdown(service), step, MARKS[level], neutralMarkdown(message)].join(' | '),
    );
  const left = story.length - rows.length;
  return [
    ...(left > 0 ? [`The first ${left} rows are in the log.\n`] : []),
    '| Time (UTC) | Service | Step | | What |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

function clockOf(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
