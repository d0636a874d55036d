import type { ContentPrint, SlotPair, SlotTarget } from '../../src/journal/slots.ts';
import type { Entry } from '../../src/journal/entry.ts';

export const TARGET: SlotTarget = {
  kind: 'appService',
  subscription: 'sub',
  resourceGroup: 'rg',
  app: 'payments',
  source: 'staging',
  destination: 'production',
};

export function print(deploymentId: string | null, activeDeployment: string | null = null): ContentPrint {
  return { deploymentId, activeDeployment, image: null };
}

export function pair(source: string, target: string, swapStamp: string | null = null): SlotPair {
  return { kind: 'appService', source: print(source), target: print(target), swapStamp };
}

/** The text of an entry as schema 1 had it, with the sides of its target as they are given. */
export function asSchema1(entry: Entry, target: Partial<Pick<SlotTarget, 'source' | 'destination'>> = {}): string {
  const { previous: _p, ...rest } = entry;
  const old = { promote: 'swap', undo: 'swap-back' } as Partial<Record<Entry['action'], string>>;
  const { kind: _, ...place } = { ...(entry.target as SlotTarget | null), ...target };
  const turn = (one: Entry['before']): unknown => {
    if (one === null) return null;
    const { kind: __, source, target: other, swapStamp } = one as SlotPair;
    const isTurned = target.source === 'production';
    return { source: isTurned ? other : source, target: isTurned ? source : other, swapStamp };
  };
  return JSON.stringify({
    ...rest,
    schema: 1,
    action: old[entry.action] ?? entry.action,
    target: entry.target === null ? null : place,
    before: turn(entry.before),
    after: turn(entry.after),
  });
}

/** A complete entry; what a test is about is given, the rest does not matter to it. */
export function entryOf(change: Partial<Entry> = {}): Entry {
  const { writer = 'w', sequence = 1 } = change;
  return {
    schema: 1,
    id: `${writer}.${sequence}`,
    writer,
    sequence,
    at: '2026-01-05T03:00:00.000Z',
    run: 'run',
    action: 'promote',
    phase: 'intent',
    service: 'payments',
    promotion: 'p1',
    target: TARGET,
    release: { version: '2.0.0', digest: 'd' },
    replaces: '1.0.0',
    replacedHealthy: true,
    forMs: null,
    before: pair('new', 'old'),
    after: null,
    reason: 'because',
    plan: null,
    ...change,
  };
}
