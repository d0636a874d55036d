import { parseArgs } from 'node:util';
import { benchSwap, type SwapFigures } from './swap-bench.ts';
import { benchValidate, type ValidateFigure } from './validate-bench.ts';

/**
 * Prints the figures that the budgets are about. Everything is measured in one run on one machine, and times are to be
 * read as ratios to the bare interpreter of the same run: machines differ, ratios much less.
 */
const { values } = parseArgs({
  options: { format: { type: 'string', default: 'text' }, runs: { type: 'string', default: '7' } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1)
  throw new Error(`--runs is '${values.runs}', expected a whole number of at least 1`);

const validate = benchValidate(runs);
const swap = await benchSwap(runs);
if (values.format === 'json') process.stdout.write(`${JSON.stringify({ swap, validate }, null, 2)}\n`);
else process.stdout.write(print(swap) + printValidate(validate));

function printValidate(figures: readonly ValidateFigure[]): string {
  const lines = figures.map(
    ({ what, parseMs, readMs, checkMs, ratio }) =>
      `  ${what.padEnd(42)}${`${parseMs} ms`.padStart(12)}${`${readMs} ms`.padStart(12)}${`${checkMs} ms`.padStart(12)}${`${ratio}x`.padStart(8)}`,
  );
  const head = `  ${''.padEnd(42)}${'yaml alone'.padStart(12)}${'reading'.padStart(12)}${'validate'.padStart(12)}`;
  return ['\nValidate, against parsing the same text', head, ...lines, ''].join('\n');
}

function print(figures: SwapFigures): string {
  const ratio = (ms: number): string => `${(ms / figures.baselineNodeMs).toFixed(1)}x`;
  const rows: [string, string, string][] = [
    ['bare node -e 0', `${figures.baselineNodeMs} ms`, '1x'],
    ['process time outside the swap and the gates', `${figures.overheadMs} ms`, ratio(figures.overheadMs)],
    ['start to first request', `${figures.firstRequestMs} ms`, ratio(figures.firstRequestMs)],
    ['requests to ARM besides polls', `${figures.requests}`, ''],
    ['requests for a token', `${figures.tokenRequests}`, ''],
    ['connections to ARM and Azure DevOps', `${figures.connections}`, ''],
    ['end of the swap noticed after', `${figures.noticedMs} ms`, ''],
    ['peak resident memory', `${figures.rssMb} MB`, ''],
    ['task folder', `${(figures.folderBytes / 1e6).toFixed(2)} MB`, ''],
  ];
  const lines = rows.map(([what, value, against]) => `  ${what.padEnd(46)}${value.padStart(10)}${against.padStart(8)}`);
  return [`SafeRolloutSwap, median of ${figures.runs} runs, Node ${process.versions.node}`, ...lines, ''].join('\n');
}
