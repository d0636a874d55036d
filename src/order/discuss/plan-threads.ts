import type { NewThread, Thread, ThreadMark, ThreadState } from './pull-request.ts';

/** A review of a hundred threads is read by nobody; the run's own page holds all findings. */
export const MOST_THREADS = 50;

export type ThreadChange =
  | { readonly kind: 'create'; readonly thread: NewThread }
  | { readonly kind: 'edit'; readonly id: number; readonly text: string }
  | { readonly kind: 'resolve' | 'reopen'; readonly id: number };

export interface ThreadPlan {
  /** In the order in which they are made. */
  readonly changes: readonly ThreadChange[];
  /** Findings that a person has closed as won't fix, by design or closed. */
  readonly decided: number;
  /** Findings that are gone from the answer although nothing proves them fixed: their threads stay open. */
  readonly unproven: number;
  /** Findings without a thread, because there are enough. */
  readonly beyond: number;
}

export interface ThreadSituation {
  /** Whose threads these are: marks of other checks are as foreign as none. */
  readonly check: string;
  /** All threads of the pull request. */
  readonly threads: readonly Thread[];
  /** One a finding, those that matter most first. */
  readonly wanted: readonly NewThread[];
  /** Whether a finding that is not wanted is over: accepted, or it would have been found if it were still there. */
  readonly isSettled: (mark: ThreadMark) => boolean;
  readonly most?: number;
}

/**
 * What is to be done so that each finding has one thread, and each thread says what is so. Pure: planned again after its
 * changes were made, nothing is left to do. What a person has closed stays closed; of several threads of one finding,
 * which two runs at once may leave, the first is kept and the others are resolved.
 */
export function planThreads(situation: ThreadSituation): ThreadPlan {
  const { check, threads, wanted, isSettled, most = MOST_THREADS } = situation;
  const groups = new Map<string, Thread[]>();
  for (const thread of [...threads].sort((a, b) => a.id - b.id)) {
    if (thread.mark?.check !== check) continue;
    const { finding } = thread.mark;
    groups.set(finding, [...(groups.get(finding) ?? []), thread]);
  }
  const changes: ThreadChange[] = [];
  const found = new Set(wanted.map(({ mark }) => mark.finding));
  let [decided, unproven] = [0, 0];
  for (const thread of wanted) {
    const group = groups.get(thread.mark.finding);
    if (group === undefined) continue;
    if (group.some(isDecided)) decided += 1;
    changes.push(...keepOne(group, thread.text));
  }
  for (const [finding, group] of groups) {
    if (found.has(finding)) continue;
    const open = group.filter(isOpen);
    if (open.length === 0) continue;
    if (open.every(({ mark }) => isSettled(mark!)))
      changes.push(...open.map(({ id }) => ({ kind: 'resolve' as const, id })));
    else unproven += 1;
  }
  const missing = wanted.filter(({ mark }) => !groups.has(mark.finding));
  const room = Math.max(0, most - (wanted.length - missing.length));
  changes.push(...missing.slice(0, room).map((thread) => ({ kind: 'create' as const, thread })));
  return { changes, decided, unproven, beyond: Math.max(0, missing.length - room) };
}

/** Of the threads of a finding that is there, the first says so, unless a person has closed one of them. */
function keepOne(group: readonly Thread[], text: string): ThreadChange[] {
  const [first, ...others] = group;
  const kept = group.some(isDecided) ? undefined : first;
  const surplus = (kept === undefined ? group : others).filter(isOpen);
  const resolved = surplus.map(({ id }): ThreadChange => ({ kind: 'resolve', id }));
  if (kept === undefined) return resolved;
  const isStale = kept.text !== undefined && !isSameText(kept.text, text);
  return [
    ...(isStale ? [{ kind: 'edit' as const, id: kept.id, text }] : []),
    ...(isOpen(kept) ? [] : [{ kind: 'reopen' as const, id: kept.id }]),
    ...resolved,
  ];
}

function isOpen({ state }: Thread): boolean {
  return state === 'active' || state === 'pending';
}

/** Only persons set these: what this check resolves is `fixed`. */
function isDecided({ state }: Thread): boolean {
  const decisions: readonly ThreadState[] = ['wontFix', 'byDesign', 'closed'];
  return decisions.includes(state);
}

/** A service may keep other line ends and no space at the end. */
function isSameText(one: string, other: string): boolean {
  const plain = (text: string): string => text.replaceAll('\r\n', '\n').trim();
  return plain(one) === plain(other);
}
