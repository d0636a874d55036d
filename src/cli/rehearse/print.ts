import { neutral, neutralMarkdown } from '../../report/neutral.ts';
import { formatDuration } from '../../time/duration.ts';
import { printProduction, type RehearsalResult, type Row } from './rehearse.ts';

/** The table for a terminal: a line a row, and under it what is not as promised. */
export function printRehearsal(result: RehearsalResult): string {
  const { rows, left, standIns } = result;
  const width = Math.max(...rows.map(({ service }) => service.length), 0);
  const titles = Math.max(...rows.map(({ title }) => title.length), 0);
  const lines = rows.flatMap((row) => [
    `  ${row.kept ? 'kept  ' : 'BROKEN'}  ${row.service.padEnd(width)}  ${row.title.padEnd(titles)}  ${row.outcome}; ${printProduction(row)}  ${seconds(row)}`,
    ...row.broken.map((one) => neutral(`            ${one}`)),
  ]);
  return [
    '',
    ...lines,
    '',
    ...(standIns.length === 0 ? [] : [playedBy(standIns)]),
    ...(left.length === 0 ? [] : [`Not rehearsed, since the time was over: ${left.join(', ')}.`]),
    sentenceOf(result),
  ].join('\n');
}

/** The same as a page of markdown, for a pull request or a wiki. */
export function rehearsalMarkdown(result: RehearsalResult): string {
  const { rows, left, standIns } = result;
  const body = rows.map((row) => {
    const kept = row.kept ? 'kept' : `**broken**: ${row.broken.map(neutralMarkdown).join('; ')}`;
    return `| ${[row.service, row.title, row.outcome, printProduction(row), kept, seconds(row)].join(' | ')} |`;
  });
  return [
    '# Rehearsal',
    '',
    sentenceOf(result),
    '',
    '| service | what goes wrong | how it ended | production then | promise | time |',
    '| --- | --- | --- | --- | --- | --- |',
    ...body,
    '',
    ...(standIns.length === 0 ? [] : [playedBy(standIns), '']),
    ...(left.length === 0 ? [] : [`Not rehearsed, since the time was over: ${left.join(', ')}.`, '']),
  ].join('\n');
}

/** One sentence: whether every promise was kept. */
export function sentenceOf({ ok, rows, left, durationMs }: RehearsalResult): string {
  const broken = rows.filter(({ kept }) => !kept).length;
  const time = formatDuration(Math.ceil(durationMs / 1000) * 1000);
  if (ok) return `All ${rows.length} rehearsals ended with the old release or the new one verified, in ${time}.`;
  const parts = [`${broken} of ${rows.length} rehearsals did not end as promised`];
  if (left.length > 0) parts.push(`${left.length} were not begun`);
  return `${parts.join(', and ')}, in ${time}.`;
}

function playedBy(standIns: readonly string[]): string {
  return `Played by a stand-in, since there is no package here, or an image that is not pulled: ${standIns.join(', ')}.`;
}

function seconds({ durationMs }: Row): string {
  return `${(durationMs / 1000).toFixed(1)}s`;
}
