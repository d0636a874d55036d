import type { ContentPrint, Entry, SlotPair, Target } from '../../src/journal/entry.ts';

export const TARGET: Target = {
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
  return { source: print(source), target: print(target), swapStamp };
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
    action: 'swap',
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

/** The same entry as a version wrote it that had no chain. */
export function asSchema1(entry: Entry): Entry {
  const { previous: _, ...rest } = entry;
  return { ...rest, schema: 1 };
}
