import type { Entry } from '../../journal/entry.ts';
import { runningFold, type RunState } from '../../journal/fold.ts';
import type { Draft, Recorder } from '../../journal/recorder.ts';
import type { Verdict } from '../../probe/assess.ts';
import type { WatchPorts } from '../../probe/watch.ts';
import { formatDuration } from '../../time/duration.ts';
import { RolloutError } from '../errors.ts';
import type { RolloutEvent, RolloutPorts } from '../ports.ts';
import type { PromotionRequest } from './policy.ts';
import type { Place, Way } from './way.ts';

type Noted = Partial<Pick<Entry, 'before' | 'after' | 'replaces' | 'replacedHealthy'>>;

/** What every step of one promotion shares: its request, its pen and its voice. */
export interface Desk {
  readonly request: PromotionRequest;
  readonly ports: RolloutPorts;
  /** @throws RolloutError `journal-failed` when the entry is not known to be durable */
  readonly record: (action: Entry['action'], phase: Entry['phase'], reason: string, prints?: Noted) => Promise<void>;
  readonly tell: (step: RolloutEvent['step'], level: RolloutEvent['level'], message: string) => Promise<void>;
}

/** The same with the way that releases of this target take. */
export interface PromotionContext<Seen> extends Desk {
  readonly way: Way<Seen>;
  /** The target as it is now. @throws RolloutError */
  readonly observe: () => Promise<Seen>;
}

export function desk(request: PromotionRequest, ports: RolloutPorts): Desk {
  const { promotion, service, target, release } = request;
  return {
    request,
    ports,
    record: (action, phase, reason, prints = {}) =>
      recordOrThrow(ports, { action, phase, reason, promotion, service, target, release, ...prints }),
    tell: async (step, level, message) => {
      await ports.tell({ step, level, service, message, at: ports.clock.now() });
    },
  };
}

/** What a watch over one side needs: also which instances serve it, where one of them answers badly. */
export function watching<Seen>({ way, ports, tell }: PromotionContext<Seen>, place: Place): WatchPorts {
  const { http, clock } = ports;
  const pending = (now: Verdict, afterMs: number): Promise<void> =>
    tell(
      'observe',
      'info',
      `waiting for ${place.name}, ${formatDuration(Math.round(afterMs / 1000) * 1000)}: ${now.reason}`,
    );
  return { http, clock, pending, instances: () => way.instances(place) };
}

export function isBusy<Seen>(way: Way<Seen>, now: Seen): boolean {
  return way.standing(way.prints(now), now).busy !== null;
}

/** Writes to the journal. An entry that is not known to be durable stops everything that would rest on it. */
export async function recordOrThrow(ports: Pick<RolloutPorts, 'journal'>, draft: Draft): Promise<void> {
  try {
    await ports.journal.record(draft);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const what = `written (${draft.action} ${draft.phase})`;
    const stage = draft.action === 'plan' ? 'plan' : 'later';
    throw new RolloutError({ code: 'journal-failed', stage, what, detail }, { cause: error });
  }
}

/** What was said of a journal already, by its pen: it is read before every step. */
const said = new WeakMap<Recorder, Set<string>>();

const folds = new WeakMap<Recorder, ReturnType<typeof runningFold>>();

/**
 * What the journal says of the run now. Damages in it that are of other runs are told, once.
 * @throws RolloutError `journal-failed` when it cannot be read
 */
export async function readState(ports: Pick<RolloutPorts, 'journal' | 'tell' | 'clock'>): Promise<RunState> {
  const { journal, clock } = ports;
  let state: RunState;
  try {
    const fold = folds.get(journal) ?? runningFold();
    folds.set(journal, fold);
    state = fold(await journal.read());
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new RolloutError({ code: 'journal-failed', stage: 'later', what: 'read', detail }, { cause: error });
  }
  const known = said.get(journal) ?? new Set<string>();
  said.set(journal, known);
  for (const warning of state.warnings.filter((one) => !known.has(one))) {
    known.add(warning);
    const message = `the journal is damaged, and this run is whole: ${warning}`;
    await ports.tell({ step: 'observe', level: 'warning', service: '', message, at: clock.now() });
  }
  return state;
}
