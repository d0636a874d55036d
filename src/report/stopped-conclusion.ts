import type { RunState } from '../journal/fold.ts';
import type { Conclusion } from './conclusion.ts';

/** Where a signal has stopped a run, by its journal: nothing changed, or something that a person has to decide on. */
export function concludeStopped(run: string, why: string, state: RunState, undo: string): Conclusion {
  const changed = state.promotions.filter(({ state: how }) => how !== 'not-promoted' && how !== 'undone');
  const untouched = changed.length === 0 && state.problems.length === 0;
  const list = changed.map(({ service, state: how }) => `${service} ${WORDS[how]}`).join(', ');
  const sentence = untouched
    ? `Run ${run} was ${why}. Nothing was changed.`
    : `Run ${run} was ${why}: ${list || state.problems.join('; ')}. Go on with it, or undo it: ${undo}`;
  return {
    exitCode: untouched ? 1 : 4,
    succeeded: false,
    sentence,
    text: sentence,
    document: {
      ok: false,
      outcome: 'stopped',
      message: sentence,
      run,
      services: changed.map(({ service, state: how }) => ({ service, state: how })),
    },
    outputs: { outcome: 'stopped' },
    markdown: '',
    findings: [],
  };
}

const WORDS: Readonly<Record<RunState['promotions'][number]['state'], string>> = {
  open: 'may be on its way into production',
  promoted: 'is in production but not verified',
  verified: 'is in production and verified',
  undoing: 'may be on its way out of production',
  'not-promoted': 'is not in production',
  undone: 'is not in production any more',
};
