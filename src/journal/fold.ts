import type { Entry, JournalReading, Prints, Release, Target } from './entry.ts';
import { gatherer } from './gather.ts';
import { noteBegun, notePrepared, type Begun, type Prepared } from './short-of-promotion.ts';

/**
 * How far one promotion came, as far as the journal knows:
 * `open` an intent without an outcome, or an outcome that was unknown: only Azure can tell;
 * `not-promoted` proven not to have moved; `promoted` moved; `verified` moved and judged healthy afterwards;
 * `undoing` its undoing was begun and has no outcome; `undone` the release from before is back.
 */
export type PromotionState = 'open' | 'not-promoted' | 'promoted' | 'verified' | 'undoing' | 'undone';

export interface Promotion {
  readonly id: string;
  readonly service: string;
  readonly target: Target;
  readonly release: Release | null;
  /** Version that the target reported before the promotion, or null. */
  readonly replaces: string | null;
  /** Whether the target answered healthy before it; null where it is not known. */
  readonly replacedHealthy: boolean | null;
  readonly state: PromotionState;
  /** Prints right before the request was sent. */
  readonly before: Prints;
  /** Prints when it had settled, where it is known to have moved. */
  readonly after: Prints | null;
  /** Why the release was found unhealthy where it was promoted to; null where it was not judged, or not against it. */
  readonly unhealthy: string | null;
  /** When the store took the intent of the last request, by its own clock (milliseconds); null where it does not tell. */
  readonly requestedAt: number | null;
  /** The server's time of the last change when the promotion was found to be undone, where it is and the kind has one. */
  readonly undoneStamp: string | null;
}

/** What the journal says of a run. `problems` are gaps and damages: with any, what is not seen here may exist. */
export interface RunState {
  readonly promotions: readonly Promotion[];
  /** Services whose command ran to its end in this run. */
  readonly commandsDone: readonly string[];
  /** Services whose command was begun and is not known to have come to a good end: some of it may have happened. */
  readonly commandsLeft: readonly string[];
  /** What was done or asked for where it promotes nothing: one of each service, the newest. */
  readonly begun: readonly Begun[];
  /** What was planned, in order: every job of a run that deploys brings a plan of its own. */
  readonly plans: readonly unknown[];
  readonly closed: boolean;
  /** Slots whose settings were begun to be applied or taken back, or whose swap failed, without word of how it ended. */
  readonly prepared: readonly Prepared[];
  /** Why a rollback was begun, when no later attempt has planned anew; null otherwise. */
  readonly rollBackBegun: string | null;
  readonly problems: readonly string[];
  /** Damages of the journal that are proven not to be of this run: for people, and for no decision. */
  readonly warnings: readonly string[];
  /** When the store took the newest entry, by its own clock; null where it does not tell. */
  readonly newestAt: number | null;
}

/** Pure: from entries to states. Promotions come in the order of their first intent. */
export function fold(reading: JournalReading): RunState {
  return runningFold()(reading);
}

/** As `fold`, reading by reading: of one that continues the one before, only what is new is gone through. */
export function runningFold(): (reading: JournalReading) => RunState {
  const folded = gatherer(nothing, take);
  return (reading) => stateOf(folded(reading), reading);
}

/** What the entries so far have come to. */
interface Folded {
  readonly promotions: Map<string, Promotion>;
  readonly commands: Map<string, 'done' | 'left'>;
  readonly begun: Map<string, Begun>;
  readonly problems: string[];
  readonly plans: unknown[];
  readonly prepared: Map<string, Prepared>;
  closed: boolean;
  rollBackBegun: string | null;
  newestAt: number | null;
}

function nothing(): Folded {
  return {
    promotions: new Map(),
    commands: new Map(),
    begun: new Map(),
    problems: [],
    plans: [],
    prepared: new Map(),
    closed: false,
    rollBackBegun: null,
    newestAt: null,
  };
}

function take(folded: Folded, entry: Entry, { storedAt }: JournalReading): void {
  const { promotions, commands } = folded;
  const at = storedAt?.get(entry.id) ?? null;
  if (at !== null) folded.newestAt = Math.max(folded.newestAt ?? at, at);
  // Whatever is done after a close belongs to a later attempt of the same run and opens it again.
  if (entry.action === 'close') folded.closed = true;
  else if (entry.action !== 'plan' && entry.action !== 'claim' && entry.phase === 'intent') folded.closed = false;
  notePrepared(folded.prepared, entry);
  noteBegun(folded.begun, entry);
  if (entry.action === 'roll-back' && entry.phase === 'intent') folded.rollBackBegun = entry.reason;
  if (entry.action === 'plan') folded.rollBackBegun = null;
  if (entry.action === 'plan') folded.plans.push(entry.plan);
  if (entry.action === 'run' && entry.service !== null && commands.get(entry.service) !== 'done')
    commands.set(entry.service, entry.phase === 'done' ? 'done' : 'left');
  const id = entry.promotion;
  if (id === null) return;
  const next = step(promotions.get(id), entry, at);
  if (typeof next === 'string') folded.problems.push(`entry ${entry.id} ${next}`);
  else if (next !== undefined) promotions.set(id, next);
}

function stateOf(folded: Folded, { problems, warnings = [] }: JournalReading): RunState {
  const { promotions, commands, begun, plans, closed, prepared, rollBackBegun, newestAt } = folded;
  return {
    promotions: [...promotions.values()],
    commandsDone: [...commands].filter(([, how]) => how === 'done').map(([service]) => service),
    commandsLeft: [...commands].filter(([, how]) => how === 'left').map(([service]) => service),
    begun: [...begun.values()],
    plans: [...plans],
    closed,
    prepared: [...prepared.values()],
    rollBackBegun,
    problems: [...problems, ...folded.problems],
    warnings,
    newestAt,
  };
}

function step(promotion: Promotion | undefined, entry: Entry, storedAt: number | null): Promotion | string | undefined {
  if (promotion === undefined) {
    if (entry.action !== 'promote') return undefined; // what comes before the promotion needs no undoing
    if (entry.phase !== 'intent') return 'is the outcome of a promotion whose intent is missing';
    if (entry.service === null || entry.target === null || entry.before === null)
      return 'is the intent of a promotion without service, target or prints';
    const { service, target, release, replaces, replacedHealthy, before } = entry;
    return {
      id: entry.promotion ?? '',
      service,
      target,
      release,
      replaces,
      replacedHealthy,
      before,
      state: 'open',
      after: null,
      unhealthy: null,
      requestedAt: storedAt,
      undoneStamp: null,
    };
  }
  const isRequest = entry.phase === 'intent' && (entry.action === 'promote' || entry.action === 'undo');
  const next = stepOf(isRequest ? { ...promotion, requestedAt: storedAt } : promotion, entry);
  return next.state === 'undone' ? next : { ...next, undoneStamp: null };
}

function stepOf(promotion: Promotion, entry: Entry): Promotion {
  switch (entry.action) {
    case 'promote':
      return promoteStep(promotion, entry);
    case 'verify':
      return verifyStep(promotion, entry);
    case 'undo':
      return undoStep(promotion, entry);
    default:
      return promotion;
  }
}

function promoteStep(promotion: Promotion, entry: Entry): Promotion {
  // Who promoted may write its outcome after a hook has undone it, or has begun to: by the server's time, never by the
  // order of the entries. What was not there to be undone has a newer swap than the hook has seen.
  const { undoneStamp } = promotion;
  const stamp = stampOf(entry.after);
  if (promotion.state === 'undone' && entry.phase === 'done' && stamp !== null && undoneStamp !== null)
    if (Date.parse(stamp) <= Date.parse(undoneStamp)) return promotion;
  if (promotion.state === 'undoing' && entry.phase !== 'intent')
    return { ...promotion, after: promotion.after ?? (entry.phase === 'done' ? entry.after : null) };
  switch (entry.phase) {
    case 'intent': // a second attempt after the first was closed as not promoted
      return { ...promotion, state: 'open', before: entry.before ?? promotion.before, after: null, unhealthy: null };
    case 'done':
      return { ...promotion, state: 'promoted', after: entry.after };
    case 'failed':
      return { ...promotion, state: 'not-promoted' };
    case 'unknown':
      return { ...promotion, state: 'open' };
  }
}

/** A verification can be taken back: the final check of a run judges every promotion once more. */
function verifyStep(promotion: Promotion, entry: Entry): Promotion {
  if (promotion.state !== 'promoted' && promotion.state !== 'verified') return promotion;
  const unhealthy = entry.phase === 'failed' ? entry.reason : null;
  return { ...promotion, state: entry.phase === 'done' ? 'verified' : 'promoted', unhealthy };
}

function undoStep(promotion: Promotion, entry: Entry): Promotion {
  switch (entry.phase) {
    case 'intent':
    case 'unknown':
      return { ...promotion, state: 'undoing' };
    case 'done':
      return { ...promotion, state: 'undone', undoneStamp: stampOf(entry.after) };
    case 'failed': // proven not to have moved: the promotion stands, and may be undone by a later attempt
      return { ...promotion, state: 'promoted' };
  }
}

function stampOf(prints: Prints | null): string | null {
  return prints?.swapStamp ?? null;
}
