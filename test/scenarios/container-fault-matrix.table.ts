import type { FaultEffect } from '../../src/emulator/start.ts';

/**
 * Which request of a deployment of a container app is spoiled. The way back is played by a release that crashes. A look is
 * a read of the app: from the intent of the shift on, or from its outcome.
 */
export type Step =
  | 'pin'
  | 'new revision'
  | 'shift'
  | 'undo'
  | 'operation poll'
  | 'app read'
  | 'revision list'
  | 'shift look'
  | 'last look';

/** How often the fault strikes: the first such request, or all from there on. */
export type Times = 'once' | 'for good';

/** In the order of the table's columns. `a` at the end: the request has its effect, and the answer is what is lost. */
export const FAULTS: Readonly<Record<string, { readonly name: string; readonly effect: FaultEffect }>> = {
  '429': { name: '429 with Retry-After', effect: { kind: 'throttle', retryAfter: 1 } },
  '403': { name: '403', effect: { kind: 'forbidden' } },
  '500': { name: '500', effect: { kind: 'status', status: 500 } },
  '503': { name: '503', effect: { kind: 'status', status: 503 } },
  '504a': { name: '504, though applied', effect: { kind: 'applied-then-status', status: 504 } },
  rst: { name: 'connection reset', effect: { kind: 'reset' } },
  rsta: { name: 'connection reset, though applied', effect: { kind: 'applied-then-reset' } },
  html: { name: "a proxy's page with status 200", effect: { kind: 'html', status: 200 } },
  late: { name: 'a delay', effect: { kind: 'delay', ms: 300 } },
  busy: { name: 'another change under way', effect: { kind: 'app-conflict' } },
  slow: { name: 'a slow operation', effect: { kind: 'app-update-slow', ms: 900 } },
  fails: { name: 'an operation that fails', effect: { kind: 'app-update-fails', message: 'Operation expired.' } },
  never: { name: 'an operation that never ends', effect: { kind: 'app-update-never-ends' } },
  nevera: {
    name: 'an operation that never ends, though done',
    effect: { kind: 'app-update-never-ends', applied: true },
  },
  norev: { name: 'no revision of it, without a word', effect: { kind: 'app-no-revision' } },
  revsl: { name: 'a slow revision', effect: { kind: 'app-revision-slow', ms: 900 } },
  crash: { name: 'a revision that crashes with users on it', effect: { kind: 'app-revision-crashes', requests: 1 } },
  gone: { name: 'the host of the app gone for a while', effect: { kind: 'app-host-gone', ms: 1500 } },
};

/** What a cell must end with; the sentences stand in the test's names. */
export const OUTCOMES = {
  P: 'deployed and verified',
  R: 'failed, and users have what they had',
  B: 'given back, the old release verified',
  U: 'unknown: users have the old release; a person is told, and the journal is open',
  UN: 'unknown: users have the new release; a person is told, and the journal is open',
  X: 'left on a bad release: a person is told, and the next rollback looks again',
  UA: 'unknown: users have the new release, which could not be seen once more; a person is told',
  UB: 'given back, and that could not be seen to its end, or not to be well; a person is told',
} as const;
export type Outcome = keyof typeof OUTCOMES;

/** `=`: nothing of the kind, for one of these reasons; or the cell to its left once more. */
export const NONE = {
  read: 'what only reads has no effect that could be applied, and begins no operation',
  traffic: 'only a change that makes a revision can fail to, and only one that moves users can lose its host',
} as const;

/** The matrix. Every row is checked against `FAULTS`: nothing can be left out silently. */
export const MATRIX = `
                          429  403  500  503  504a rst  rsta html late busy slow fails never nevera norev revsl crash gone
  pin            once     P    R    P    P    P    P    P    P    P    P    P    R     R     R      =     =     =     =
  pin            for good R    R    R    R    P    R    P    R    P    R    P    R     R     R      =     =     =     =
  new revision   once     P    R    P    P    P    P    P    P    P    P    P    R     R     R      R     P     B     =
  new revision   for good R    R    R    R    P    R    P    R    P    R    P    R     R     R      R     P     UB    =
  shift          once     P    R    P    P    P    P    P    P    P    P    P    P     U     UN     =     =     B     P
  shift          for good R    R    R    R    P    R    P    R    P    R    P    R     U     UN     =     =     UB    P
  undo           once     B    X    B    B    B    B    B    B    B    B    B    B     X     UB     =     =     =     B
  undo           for good X    X    X    X    B    X    B    X    B    X    B    X     X     UB     =     =     =     B
  operation poll once     P    P    P    P    =    P    =    P    P    =    =    =     =     =      =     =     =     =
  operation poll for good P    P    P    P    =    P    =    P    P    =    =    =     =     =      =     =     =     =
  app read       once     P    P    P    P    =    P    =    P    P    =    =    =     =     =      =     =     =     =
  app read       for good R    R    R    R    =    R    =    R    P    =    =    =     =     =      =     =     =     =
  revision list  once     P    P    P    P    =    P    =    P    P    =    =    =     =     =      =     =     =     =
  revision list  for good R    R    R    R    =    R    =    R    P    =    =    =     =     =      =     =     =     =
  shift look     once     P    P    P    P    =    P    =    P    P    =    =    =     =     =      =     =     =     =
  shift look     for good UN   UN   UN   UN   =    UN   =    UN   P    =    =    =     =     =      =     =     =     =
  last look      once     P    UA   P    P    =    P    =    P    P    =    =    =     =     =      =     =     =     =
  last look      for good UA   UA   UA   UA   =    UA   =    UA   P    =    =    =     =     =      =     =     =     =
`;

export interface Cell {
  readonly step: Step;
  readonly times: Times;
  readonly fault: string;
  readonly effect: FaultEffect;
  readonly expected: Outcome;
}

export const STEPS: readonly Step[] = [
  'pin',
  'new revision',
  'shift',
  'undo',
  'operation poll',
  'app read',
  'revision list',
  'shift look',
  'last look',
];

/** What is played on every change of the code: what may strike while users' traffic moves, once, there and back in turn. */
export function isDaily({ step, times, fault }: Cell): boolean {
  const way = Object.values(FAULTS).findIndex(({ name }) => name === fault) % 2 === 0 ? 'shift' : 'undo';
  return times === 'once' && step === way;
}

/** The cells of the table, in its order; `=` is none. @throws Error on anything that is not of the table's form */
export function readMatrix(text: string): Cell[] {
  const [head = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  const columns = head.trim().split(/\s+/);
  if (columns.toSorted().join() !== Object.keys(FAULTS).toSorted().join())
    throw new Error(`The columns are ${columns.join(' ')}, and not those of FAULTS.`);
  return rows.flatMap((row) => {
    const [, step, times, rest = ''] = /^ {2}(\S+ \S+|\S+) +(once|for good) +(.*)$/.exec(row) ?? [];
    const values = rest.trim().split(/\s+/);
    if (step === undefined || values.length !== columns.length) throw new Error(`No row of the matrix: ${row}`);
    return values.flatMap((value, index) => {
      const { name, effect } = FAULTS[columns[index]!]!;
      if (value === '=') return [];
      if (!(value in OUTCOMES)) throw new Error(`No outcome: ${value} in ${row}`);
      return [{ step, times, fault: name, effect, expected: value } as Cell];
    });
  });
}
