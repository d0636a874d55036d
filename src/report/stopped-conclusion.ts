import type { Phase } from '../journal/entry.ts';
import type { RunState } from '../journal/fold.ts';
import type { Conclusion } from './conclusion.ts';

/**
 * Where a signal has stopped a run, by its journal: nothing changed (1), something begun that is not in production (1), or
 * something that a person has to decide on (4).
 */
export function concludeStopped(run: string, why: string, state: RunState, undo: string): Conclusion {
  const changed = state.promotions.filter(({ state: how }) => how !== 'not-promoted' && how !== 'undone');
  const open = [
    ...changed.map(({ service, state: how }) => `${service} ${WORDS[how]}`),
    ...state.commandsLeft.map((service) => `the command of ${service} may have run in part`),
    ...state.prepared.map(({ service }) => `the slot of ${service} may run under another's settings`),
    ...state.problems,
  ];
  const begun = [
    ...state.begun.map(({ service, action, phase }) => `${service} (${action} ${HOW[phase]})`),
    ...state.commandsDone.map((service) => `${service} (command done)`),
  ].join(', ');
  const untouched =
    begun === ''
      ? 'Nothing was changed.'
      : `No release of it is in production. What it began before that: ${begun}. Run it again to go on.`;
  const sentence =
    open.length === 0
      ? `Run ${run} was ${why}. ${untouched}`
      : `Run ${run} was ${why}: ${open.join(', ')}. Go on with it, or undo it: ${undo}`;
  return {
    exitCode: open.length === 0 ? 1 : 4,
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

const HOW: Readonly<Record<Phase, string>> = {
  intent: 'asked for, outcome unknown',
  done: 'done',
  failed: 'failed',
  unknown: 'asked for, outcome unknown',
};

const WORDS: Readonly<Record<RunState['promotions'][number]['state'], string>> = {
  open: 'may be on its way into production',
  promoted: 'is in production but not verified',
  verified: 'is in production and verified',
  undoing: 'may be on its way out of production',
  'not-promoted': 'is not in production',
  undone: 'is not in production any more',
};
