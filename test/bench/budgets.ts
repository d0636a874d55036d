import type { DeployFigures } from './deploy-bench.ts';
import { PER_SERVICE, type PerService, type ScaleFigures } from './scale-bench.ts';
import type { SwapFigures } from './swap-bench.ts';
import type { ValidateFigures } from './validate-bench.ts';

/** All that was measured; what `--only` left out is not there. */
export interface Figures {
  readonly swap?: SwapFigures;
  /** Somebody else's task, measured like ours. No budget of ours is about it. */
  readonly other?: SwapFigures;
  readonly validate?: ValidateFigures;
  readonly deploy?: DeployFigures;
  readonly scale?: ScaleFigures;
}

/** One line of the table. `limit` is there where a budget is about the value. */
export interface Row {
  readonly of: 'swap' | 'validate' | 'deploy' | 'scale';
  readonly what: string;
  readonly value: string;
  readonly other?: string;
  readonly limit?: string;
  readonly over: boolean;
}

/** Pure: what was measured beside its budget. Times of a process are judged as ratios: machines differ, ratios less. */
export function rowsOf({ swap, other, validate, deploy, scale }: Figures): Row[] {
  return [
    ...(swap === undefined ? [] : swapRows(swap, other)),
    ...(validate === undefined ? [] : validateRows(validate)),
    ...(deploy === undefined ? [] : deployRows(deploy)),
    ...(scale === undefined ? [] : scaleRows(scale)),
  ];
}

function swapRows(swap: SwapFigures, other: SwapFigures | undefined): Row[] {
  const row = (
    what: string,
    number: (figures: SwapFigures) => number,
    print: (value: number, figures: SwapFigures) => string,
    limit?: { readonly most: number; readonly unit: string; readonly by?: (figures: SwapFigures) => number },
  ): Row => ({
    of: 'swap',
    what,
    value: print(number(swap), swap),
    ...(other === undefined ? {} : { other: print(number(other), other) }),
    ...(limit === undefined ? {} : { limit: `${limit.most}${limit.unit}` }),
    over: limit !== undefined && number(swap) / (limit.by?.(swap) ?? 1) > limit.most,
  });
  const ms = (value: number): string => `${value} ms`;
  const count = (value: number): string => `${value}`;
  const ratio = (value: number, { baselineNodeMs }: SwapFigures): string =>
    `${value} ms ${(value / baselineNodeMs).toFixed(1)}x`;
  const megabytes = (value: number): string => `${(value / 1e6).toFixed(2)} MB`;
  const byNode = ({ baselineNodeMs }: SwapFigures): number => baselineNodeMs;
  return [
    row('bare node -e 0', ({ baselineNodeMs }) => baselineNodeMs, ms),
    row('process outside the swap and the gates', ({ overheadMs }) => overheadMs, ratio, {
      most: 4,
      unit: 'x',
      by: byNode,
    }),
    row('start to first request', ({ firstRequestMs }) => firstRequestMs, ratio, { most: 3, unit: 'x', by: byNode }),
    row('requests to ARM besides polls', ({ requests }) => requests, count, { most: 15, unit: '' }),
    row('polls', ({ polls }) => polls, count),
    row('requests for a token', ({ tokenRequests }) => tokenRequests, count, { most: 2, unit: '' }),
    row('connections to ARM', ({ connections }) => connections, count, { most: 1, unit: '' }),
    row('connections to all hosts', ({ allConnections }) => allConnections, count),
    row('end of the swap noticed after', ({ noticedMs }) => noticedMs, ms, { most: 1000, unit: ' ms' }),
    row(
      'peak resident memory',
      ({ rssMb }) => rssMb,
      (value) => `${value} MB`,
      { most: 72, unit: ' MB' },
    ),
    row('folder of the task', ({ folderBytes }) => folderBytes, megabytes, {
      most: 1.5,
      unit: ' MB',
      by: () => 1e6,
    }),
  ];
}

const SUBJECTS = {
  stages1000: '1000 stages in one file',
  stages4000: '4000 stages in one file',
  looped1000: '1000 stages by a loop over a template',
  levels100: '1000 stages in 100 levels of templates',
  files100: '1000 stages in 100 files',
  cases64: '1000 stages in 64 cases of six choices',
} as const;

/** How many times as long as parsing a check may take. */
const MOST_RATIO: Partial<Record<keyof typeof SUBJECTS, number>> = { stages1000: 2, cases64: 6 };

function validateRows(figures: ValidateFigures): Row[] {
  const rows = (Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[]).map((name): Row => {
    const { parseMs, checkMs, ratio } = figures[name];
    const value = `${checkMs} ms ${ratio.toFixed(1)}x`;
    const what = `${SUBJECTS[name]}, yaml alone ${parseMs} ms`;
    const most = MOST_RATIO[name];
    return most === undefined
      ? { of: 'validate', what, value, over: false }
      : { of: 'validate', what, value, limit: `${most}x`, over: ratio > most };
  });
  const growth = figures.stages4000.checkMs / figures.stages1000.checkMs;
  const what = '4000 stages against 1000';
  return [...rows, { of: 'validate', what, value: `${growth.toFixed(1)}x`, limit: '4.5x', over: growth > 4.5 }];
}

function deployRows({ services, parallel, wallMs, criticalPathMs, ratio, rssMb }: DeployFigures): Row[] {
  const over = ratio > 1.05;
  return [
    { of: 'deploy', what: 'the longest chain of services alone', value: `${criticalPathMs} ms`, over: false },
    {
      of: 'deploy',
      what: `all ${services} services, ${parallel} at a time`,
      value: `${wallMs} ms ${ratio.toFixed(2)}x`,
      limit: '1.05x',
      over,
    },
    { of: 'deploy', what: 'peak resident memory', value: `${rssMb} MB`, limit: '130 MB', over: rssMb > 130 },
  ];
}

const SCALED: Readonly<Record<PerService, string>> = {
  requests: 'requests to Azure and the apps',
  reads: 'readings of the journal',
  appends: 'entries of the journal',
  readBytes: 'bytes read from the journal',
  heapBytes: 'memory still held at the end',
  rssMb: 'peak resident memory',
};

/** What a service takes must not depend on how many there are. */
function scaleRows({ few, many, growth }: ScaleFigures): Row[] {
  return PER_SERVICE.map((name): Row => {
    const unit = name === 'readBytes' || name === 'heapBytes' ? ' kB' : name === 'rssMb' ? ' MB' : '';
    const each = many[name] / many.services / (unit === ' kB' ? 1000 : 1);
    return {
      of: 'scale',
      what: `${SCALED[name]}, each of ${many.services} to each of ${few.services}`,
      value: `${each.toFixed(1)}${unit} ${growth[name].toFixed(2)}x`,
      limit: '1.2x',
      over: growth[name] > 1.2,
    };
  });
}

const TITLES = {
  swap: 'SafeRolloutSwap, ratios to bare node',
  validate: 'Validate, ratios to yaml alone on the same text',
  deploy: 'SafeRolloutDeploy, ratio to the longest chain',
  scale: 'Many services, ratio of what each takes',
} as const;

/** Pure: the table for people. What is over its budget says so in words. */
export function printRows(rows: readonly Row[]): string {
  const hasOther = rows.some(({ other }) => other !== undefined);
  const lines = Object.entries(TITLES).flatMap(([of, title]) => {
    const own = rows.filter((row) => row.of === of);
    if (own.length === 0) return [];
    const head = line(
      title,
      of === 'swap' && hasOther ? 'ours' : '',
      of === 'swap' && hasOther ? 'other' : '',
      'budget',
    );
    return [
      head,
      ...own.map((row) => line(`  ${row.what}`, row.value, row.other ?? '', row.limit ?? '', row.over)),
      '',
    ];
  });
  return lines.join('\n');
}

function line(what: string, value: string, other: string, limit: string, over = false): string {
  return `${what.padEnd(58)}${value.padStart(14)}${other.padStart(16)}${limit.padStart(10)}${over ? '  OVER' : ''}`.trimEnd();
}
