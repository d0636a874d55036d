import type { ThreadChange } from '../../../src/order/discuss/plan-threads.ts';
import type { Thread } from '../../../src/order/discuss/pull-request.ts';

/** The threads of a pull request in which the changes were made. */
export function afterChanges(threads: readonly Thread[], changes: readonly ThreadChange[]): readonly Thread[] {
  return changes.reduce<readonly Thread[]>((all, change) => {
    if (change.kind === 'create') {
      const id = 1 + Math.max(0, ...all.map((one) => one.id));
      return [...all, { id, mark: change.thread.mark, state: 'active', text: change.thread.text }];
    }
    return all.map((one) => {
      if (one.id !== change.id) return one;
      switch (change.kind) {
        case 'edit':
          return { ...one, text: change.text };
        case 'resolve':
          return { ...one, state: 'fixed' };
        case 'reopen':
          return { ...one, state: 'active' };
      }
    });
  }, threads);
}
