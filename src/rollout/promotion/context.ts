import type { Entry } from '../../journal/entry.ts';
import { fold, type RunState } from '../../journal/fold.ts';
import { facingUsers } from '../../journal/users-side.ts';
import type { Draft, Recorder } from '../../journal/recorder.ts';
import type { WatchPorts } from '../../probe/watch.ts';
import { RolloutError } from '../errors.ts';
import type { AppHost, RolloutEvent, RolloutPorts } from '../ports.ts';
import type { Observed } from '../kinds/app-service/preflight.ts';
import type { SwapRequest } from './policy.ts';

type Prints = Partial<Pick<Entry, 'before' | 'after' | 'replaces' | 'replacedHealthy'>>;

/** What every step of one swap shares: its request, its host, its pen and its voice. */
export interface SwapContext {
  readonly request: SwapRequest;
  readonly ports: RolloutPorts;
  readonly host: AppHost;
  /** Both slots as they are now. @throws RolloutError */
  readonly observe: () => Promise<Observed>;
  /** @throws RolloutError `journal-failed` when the entry is not known to be durable */
  readonly record: (action: Entry['action'], phase: Entry['phase'], reason: string, prints?: Prints) => Promise<void>;
  readonly tell: (step: RolloutEvent['step'], level: RolloutEvent['level'], message: string) => Promise<void>;
}

/** The request with its sides as users see them, whichever way round it was asked for. */
export function swapContext(asked: SwapRequest, ports: RolloutPorts): SwapContext {
  const request = { ...asked, target: facingUsers(asked.target) };
  const { promotion, service, target, release } = request;
  const host = ports.host(target);
  return {
    request,
    ports,
    host,
    observe: async () => {
      // One after the other: at the same time they would open a second connection, which takes longer than it saves.
      const source = await host.observe(target.source, ports.signal);
      return { source, target: await host.observe(target.destination, ports.signal) };
    },
    record: (action, phase, reason, prints = {}) =>
      recordOrThrow(ports, { action, phase, reason, promotion, service, target, release, ...prints }),
    tell: async (step, level, message) => {
      await ports.tell({ step, level, service, message, at: ports.clock.now() });
    },
  };
}

/** What a watch over one slot needs: also which instances serve it, where one of them answers badly. */
export function watching({ host, ports }: Pick<SwapContext, 'host' | 'ports'>, slot: string): WatchPorts {
  const { http, clock, signal } = ports;
  return { http, clock, instances: () => host.instances(slot, signal) };
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

/**
 * What the journal says of the run now. Damages in it that are of other runs are told, once.
 * @throws RolloutError `journal-failed` when it cannot be read
 */
export async function readState(ports: Pick<RolloutPorts, 'journal' | 'tell' | 'clock'>): Promise<RunState> {
  const { journal, clock } = ports;
  let state: RunState;
  try {
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
