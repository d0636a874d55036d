import type { FaultEffect } from '../../src/emulator/start.ts';

/** Which request of a swap is spoiled. */
export type Operation = 'swap request' | 'operation poll' | 'site read' | 'config read' | 'routing write' | 'probe';

/**
 * When, as our own journal tells it: `before` the intent of the swap, `during` from there to its outcome, `after` it.
 * Except for probes, `after` plays on a release that falls ill in production, so that there is a way back to spoil.
 */
export type Phase = 'before' | 'during' | 'after';

/** How often the fault strikes: the first such request of the phase, or all from there on. */
export type Times = 'once' | 'for good';

const conflict = {
  Code: 'Conflict',
  Message:
    'Cannot modify this site because another operation is in progress. Details: Id: 6f1c, OperationName: Update, CreatedTime: 9/20/2019 11:04:18 AM, RequestId: 77, EntityType: 3',
};

/** In the order of the table's columns. `applied`: the request has its effect, and the answer is what is lost. */
export const FAULTS: Readonly<Record<string, { readonly name: string; readonly effect: FaultEffect }>> = {
  '429+': { name: '429 with Retry-After', effect: { kind: 'throttle', retryAfter: 1 } },
  '429': { name: '429 without Retry-After', effect: { kind: 'throttle' } },
  '409': { name: '409', effect: { kind: 'status', status: 409, body: conflict } },
  '500': { name: '500', effect: { kind: 'status', status: 500 } },
  '503': { name: '503', effect: { kind: 'status', status: 503 } },
  '504': { name: '504', effect: { kind: 'status', status: 504 } },
  '504a': { name: '504, though applied', effect: { kind: 'applied-then-status', status: 504 } },
  rst: { name: 'connection reset', effect: { kind: 'reset' } },
  rsta: { name: 'connection reset, though applied', effect: { kind: 'applied-then-reset' } },
  half: { name: 'half an answer', effect: { kind: 'truncated' } },
  html: { name: "a proxy's page with status 200", effect: { kind: 'html', status: 200 } },
  hang: { name: 'no answer at all', effect: { kind: 'hang' } },
};

/** What a cell must end with; the sentences stand in the test's names. */
export const OUTCOMES = {
  P: 'promoted by one request',
  P2: 'promoted by a second request, after nothing had come of the first',
  R: 'refused, nothing swapped, by one request at most',
  R2: 'refused after two requests that were both closed as not acted on',
  B: 'swapped back, the old release verified',
  B2: 'swapped back by a second request, the old release verified',
  X: 'left unhealthy, after two requests to swap back of which nothing had come; the next rollback looks again',
  U: 'unknown: what came of the request could not be read; a person is told',
  UA: 'unknown: swapped, and then what the slots hold could not be read; a person is told',
  UB: 'restored, not yet healthy: swapped back, and production could not be judged; a person is told',
  E: 'ended with an error before anything was swapped',
} as const;
export type Outcome = keyof typeof OUTCOMES;

/** `=` in the table: not a cell of its own, for this reason. */
export const SAME =
  "what is fetched from an app's host changes nothing, so there is no such thing as applied: the cell to its left";

/** Rows that do not exist, since no such request is made in that phase. That it is not is checked in every other cell. */
export const NEVER_MADE: readonly (readonly [Operation, Phase, string])[] = [
  ['swap request', 'before', 'the intent is journalled before the request, so a request is never before it'],
  ['operation poll', 'before', 'there is no operation yet'],
  ['config read', 'during', 'settings are read for decisions, and there is none to take while Azure swaps'],
  ['routing write', 'during', 'routing is written before the swap and never while it runs'],
  ['routing write', 'after', 'rules of others are reported on the way back, and left alone'],
  ['probe', 'during', 'neither release is judged while Azure moves them'],
];

/** The matrix. Every row is checked against `FAULTS` and `NEVER_MADE`: nothing can be left out silently. */
export const MATRIX = `
                                 429+ 429  409  500  503  504  504a rst  rsta half html hang
  swap request    during once     P2   P2   P2   P2   P2   P2   P    P2   P    P    P2   P2
  swap request    during for good R2   R2   R2   R2   R2   R2   P    R2   P    P    R2   R2
  swap request    after  once     B2   B2   B2   B2   B2   B2   B    B2   B    B    B2   B2
  swap request    after  for good X    X    X    X    X    X    B    X    B    B    X    X
  operation poll  during once     P    P    P    P    P    P    P    P    P    P    P    P
  operation poll  during for good P    P    P    P    P    P    P    P    P    P    P    P
  operation poll  after  once     B    B    B    B    B    B    B    B    B    B    B    B
  operation poll  after  for good B    B    B    B    B    B    B    B    B    B    B    B
  site read       before once     P    P    P    P    P    P    P    P    P    P    P    P
  site read       before for good E    E    E    E    E    E    E    E    E    E    E    E
  site read       during once     P    P    P    P    P    P    P    P    P    P    P    P
  site read       during for good U    U    U    U    U    U    U    U    U    U    U    U
  site read       after  once     B    B    B    B    B    B    B    B    B    B    B    B
  site read       after  for good UA   UA   UA   UA   UA   UA   UA   UA   UA   UA   UA   UA
  config read     before once     P    P    P    P    P    P    P    P    P    P    P    P
  config read     before for good E    E    E    E    E    E    E    E    E    E    E    E
  config read     after  once     B    B    B    B    B    B    B    B    B    B    B    B
  config read     after  for good B    B    B    B    B    B    B    B    B    B    B    B
  routing write   before once     R    R    R    R    R    R    P    R    P    P    R    R
  routing write   before for good R    R    R    R    R    R    P    R    P    P    R    R
  probe           before once     P    P    P    P    P    P    =    P    =    P    P    P
  probe           before for good R    R    R    R    R    R    =    R    =    R    R    R
  probe           after  once     P    P    P    P    P    P    =    P    =    P    P    P
  probe           after  for good UB   UB   UB   UB   UB   UB   =    UB   =    UB   UB   UB
`;

export interface Cell {
  readonly operation: Operation;
  readonly phase: Phase;
  readonly times: Times;
  readonly fault: string;
  readonly effect: FaultEffect;
  readonly expected: Outcome;
}

export const OPERATIONS: readonly Operation[] = [
  'swap request',
  'operation poll',
  'site read',
  'config read',
  'routing write',
  'probe',
];
export const PHASES: readonly Phase[] = ['before', 'during', 'after'];

/** The cells of the table, in its order; `=` is none. @throws Error on anything that is not of the table's form */
export function readMatrix(text: string): Cell[] {
  const [head = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  const columns = head.trim().split(/\s+/);
  if (columns.join() !== Object.keys(FAULTS).toSorted(byColumn(columns)).join())
    throw new Error(`The columns are ${columns.join(' ')}, and not those of FAULTS.`);
  return rows.flatMap((row) => {
    const [, operation, phase, times, rest = ''] =
      /^ {2}(\S+ \S+|\S+) +(before|during|after) +(once|for good) +(.*)$/.exec(row) ?? [];
    const values = rest.trim().split(/\s+/);
    if (operation === undefined || values.length !== columns.length) throw new Error(`No row of the matrix: ${row}`);
    return values.flatMap((value, index) => {
      const { name, effect } = FAULTS[columns[index]!]!;
      if (value === '=') return [];
      if (!(value in OUTCOMES)) throw new Error(`No outcome: ${value} in ${row}`);
      const cell = { operation, phase, times, fault: name, effect, expected: value } as Cell;
      return [cell];
    });
  });
}

function byColumn(columns: readonly string[]): (a: string, b: string) => number {
  return (a, b) => columns.indexOf(a) - columns.indexOf(b);
}
