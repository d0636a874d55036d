import { counted } from './counted.ts';
import { neutral as oneLine } from '../finding/print.ts';
import { chainEnds, hashOf, problemOfLast, type ChainEnd } from '../journal/chain.ts';
import type { Entry, JournalReading, Prints } from '../journal/entry.ts';
import { explainRun, timeText, type RunStory, type ServiceStory } from '../journal/explain.ts';
import { markOf } from '../journal/shapes.ts';
import type { Conclusion } from './conclusion.ts';
import { shorten } from './text-width.ts';

/** One run as it stands in a journal. */
export interface RunReading {
  readonly run: string;
  readonly reading: JournalReading;
}

/** Which journal it is, and what people type about a run of it. */
export interface JournalPlace {
  readonly place: string;
  /** All runs of it; undefined where one was named and the others were not asked for. */
  readonly runs: readonly string[] | undefined;
  undo(run: string): string;
  explain(run: string): string;
}

/**
 * Is every chain whole? A journal is damaged when anything in it may be missing or other than it was written: for one run
 * what is proven to be of another is no more than told, of all runs together it is damage too.
 * @param strays damages of a journal that has no run to ask about them
 * @param lasts hashes that logs printed as a writer's last
 */
export function concludeVerify(
  at: JournalPlace,
  found: readonly RunReading[],
  strays: readonly string[],
  lasts: readonly string[],
): Conclusion {
  const runs = found.map(({ run, reading: { entries, problems } }) => ({
    run,
    ok: problems.length === 0,
    entries: entries.length,
    writers: chainEnds(entries).map(documentOfEnd),
    problems,
  }));
  const all = found.flatMap(({ reading }) => reading.entries);
  const ends = lasts.map((hash) => ({ hash, problem: problemOfLast(hash, all) ?? null }));
  const named = runs.flatMap(({ problems }) => problems);
  const others = [...strays, ...found.flatMap(({ reading }) => reading.warnings ?? [])];
  // What is a problem of one run is a warning to all others.
  const warnings = [...new Set(others)].filter((one) => !named.some((problem) => one.startsWith(problem)));
  const isOneRun = at.runs === undefined;
  const ok =
    runs.every((one) => one.ok) && ends.every(({ problem }) => problem === null) && (isOneRun || warnings.length === 0);
  const sentence = ok ? wholeSentence(at, runs.length, all, lasts) : `Damaged: ${at.place} is not as it was written.`;
  const lines = [
    ...runs.flatMap((one) => [
      `Run ${oneLine(one.run)}: ${one.ok ? 'whole' : 'damaged'}, ${counted(one.entries, 'entry', 'entries')}`,
      ...one.writers.map(lineOfEnd),
      ...one.problems.map((problem) => `  damaged: ${oneLine(problem)}`),
      ...(one.ok ? [] : [`  ${cureOf(one.run, at)}`]),
    ]),
    ...ends.flatMap(({ problem }) => (problem === null ? [] : [`Damaged: ${oneLine(problem)}. ${END_CURE}`])),
    ...warnings.map((warning) => (isOneRun ? `Beside it: ${oneLine(warning)}` : `Damaged: ${oneLine(warning)}`)),
    sentence,
  ];
  return conclusion(ok, sentence, lines, { ok, journal: at.place, message: sentence, runs, lasts: ends, warnings });
}

function wholeSentence({ place }: JournalPlace, runs: number, all: readonly Entry[], lasts: readonly string[]): string {
  const ends = lasts.length === 0 ? '' : ', and ends as the log said';
  const old = all.some(({ schema }) => schema === 1)
    ? ' What is of schema 1 has no chain: a change in it would not be seen.'
    : '';
  return `Whole: ${place} holds ${counted(all.length, 'entry', 'entries')} of ${counted(runs, 'run')}${ends}.${old}`;
}

const END_CURE =
  'See that the log is of this run and journal; if it is, look at what is in production, and at a copy of the journal if its store keeps one.';

function cureOf(run: string, at: JournalPlace): string {
  return `What was done may not be written here. Look at what is in production before anything is undone, and compare with the log of the run and with a copy of the journal if its store keeps one. What it still says: ${at.explain(run)}`;
}

/** The entries of a run, in the order of the journal. */
export function concludeShow(at: JournalPlace, { run, reading }: RunReading): Conclusion {
  const { entries, problems, warnings = [] } = reading;
  const ends = chainEnds(entries);
  const marks = new Map(ends.map(({ writer }, index) => [writer, `W${index + 1}`]));
  const rows = entries.map((entry) => [
    timeText(entry.at).replace(/ UTC$/, ''),
    `${marks.get(entry.writer)}.${entry.sequence}`,
    shorten(oneLine(entry.service ?? '-'), 40),
    `${entry.action} ${entry.phase}`,
    changeOf(entry),
  ]);
  const head = ['TIME (UTC)', 'ENTRY', 'SERVICE', 'WHAT', 'TARGET BEFORE -> AFTER'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  const sentence = `${heading(run, at)}: ${counted(entries.length, 'entry', 'entries')}${problems.length === 0 ? '' : ', damaged'}.`;
  const lines = [
    sentence,
    ...ends.map((end) => `  ${marks.get(end.writer)} ${lineOfEnd(documentOfEnd(end)).trim()}`),
    '',
    line(head),
    ...entries.flatMap((entry, at) => [line(rows[at]!), `    ${oneLine(entry.reason)}`]),
    ...damageOf(problems, warnings),
  ];
  return conclusion(problems.length === 0, sentence, lines, {
    ok: problems.length === 0,
    journal: at.place,
    run,
    runs: at.runs ?? null,
    entries: entries.map((entry) => ({ ...entry, hash: hashOf(entry) })),
    problems,
    warnings,
  });
}

/** What the run intended, what the journal proves of it, and what is missing. */
export function concludeExplain(at: JournalPlace, { run, reading }: RunReading): Conclusion {
  const { problems, warnings = [] } = reading;
  const story = explainRun(reading);
  const { intended, services, ends } = story;
  const next = nextOf(story, at.undo(run));
  const sentence = `${heading(run, at)}: ${counted(reading.entries.length, 'entry', 'entries')}${problems.length === 0 ? '' : ', damaged'}.`;
  const lines = [
    sentence,
    '',
    'Intended',
    ...(intended.length === 0 ? ['  no plan is written'] : intended.map((one) => `  ${oneLine(one)}`)),
    '',
    'Services',
    ...(services.length === 0 ? ['  none is named'] : services.flatMap(linesOfStory)),
    ...(ends.length === 0 ? [] : ['', 'The run', ...ends.map((one) => `  ${oneLine(one)}`)]),
    ...damageOf(problems, warnings),
    '',
    next,
  ];
  const document = {
    ok: problems.length === 0,
    journal: at.place,
    run,
    runs: at.runs ?? null,
    ...story,
    problems,
    warnings,
  };
  return conclusion(problems.length === 0, sentence, lines, { ...document, next: at.undo(run) });
}

function nextOf({ asks, services }: RunStory, undo: string): string {
  switch (asks) {
    case 'azure':
      return `Next: ${undo} asks Azure, and undoes what is not well and proven to be of this run. It is safe to repeat.`;
    case 'person':
      return `Next: look at what was done where something is missing or damaged. What the run promoted, ${undo} --scope run undoes.`;
    case 'nobody':
      return services.some(({ state }) => state === 'promoted' || state === 'verified')
        ? `Nothing is missing. To undo all the same: ${undo} --scope run`
        : 'Nothing is missing, and no release of the run is in production.';
  }
}

const STATES: Readonly<Record<ServiceStory['state'], string>> = {
  open: 'promoted or not: unknown',
  'not-promoted': 'not promoted',
  promoted: 'promoted, not verified',
  verified: 'promoted and verified',
  undoing: 'undone or not: unknown',
  undone: 'undone',
  'command-done': 'command done',
  'command-left': 'command left half-way',
  'settings-left': 'prepared for a swap, perhaps',
  'not-promoted-here': 'not promoted',
  'not-begun': 'not begun',
};

function linesOfStory({ service, state, proven, missing }: ServiceStory): string[] {
  return [
    `  ${oneLine(service)}: ${STATES[state]}`,
    `    Proven: ${oneLine(proven)}.`,
    ...(missing === null ? [] : [`    Missing: ${oneLine(missing)}.`]),
  ];
}

function damageOf(problems: readonly string[], warnings: readonly string[]): string[] {
  if (problems.length + warnings.length === 0) return [];
  return [
    '',
    ...problems.map((problem) => `Damaged: ${oneLine(problem)}. What was done may not be written here.`),
    ...warnings.map((warning) => `Beside it: ${oneLine(warning)}`),
  ];
}

/** What the target holds, before and after, as far as the entry says. */
function changeOf({ before, after }: Entry): string {
  if (before === null && after === null) return '';
  const held = (prints: Prints | null): string => shorten(oneLine(markOf(prints) ?? '?'), 36);
  return `${held(before)} -> ${held(after)}`;
}

function heading(run: string, { place, runs }: JournalPlace): string {
  const others = (runs?.length ?? 1) - 1;
  return `Run ${oneLine(run)} in ${place}${others < 1 ? '' : `, the newest of ${others + 1}`}`;
}

function documentOfEnd({ writer, entries, hash, chained }: ChainEnd) {
  return { writer, entries, last: hash, chained };
}

function lineOfEnd({ writer, entries, last, chained }: ReturnType<typeof documentOfEnd>): string {
  const how = chained ? '' : ' (schema 1, without a chain)';
  return `  writer ${oneLine(writer)}: ${counted(entries, 'entry', 'entries')}, last entry ${last}${how}`;
}

function conclusion(ok: boolean, sentence: string, lines: readonly string[], document: unknown): Conclusion {
  const text = lines.join('\n');
  return { exitCode: ok ? 0 : 1, succeeded: ok, sentence, text, document, outputs: {}, markdown: '', findings: [] };
}
