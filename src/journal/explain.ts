import { kindWords } from './shapes.ts';
import { formatDuration } from '../time/duration.ts';
import type { Entry, JournalReading } from './entry.ts';
import { fold, type Promotion, type RunState } from './fold.ts';

/** What a journal says of one service. */
export interface ServiceStory {
  readonly service: string;
  /** What is so by the journal: the state of its promotion, of its command, or that nothing was promoted. */
  readonly state:
    | Promotion['state']
    | 'command-done'
    | 'command-left'
    | 'settings-left'
    | 'not-promoted-here'
    | 'not-begun';
  /** What is written, with when and where. */
  readonly proven: string;
  /** What is not written and would tell; null when nothing is missing. */
  readonly missing: string | null;
}

export interface RunStory {
  /** What the run was to do, in the words of its plans. */
  readonly intended: readonly string[];
  readonly services: readonly ServiceStory[];
  /** What is so of the run as a whole, in the order in which it came about. */
  readonly ends: readonly string[];
  /** Who can tell what is missing: `azure`, by a rollback that looks; a `person`; or `nobody` has to. */
  readonly asks: 'azure' | 'person' | 'nobody';
}

/** Pure: a journal in plain words: what was intended, what is proven, and what is missing. */
export function explainRun(reading: JournalReading): RunStory {
  const state = fold(reading);
  const { entries } = reading;
  const plans = entries.filter(({ action }) => action === 'plan');
  const services = storiesOf(entries, state);
  return {
    intended: plans.map((entry) => `${entry.reason} (planned ${whenAndWhere(entry)})`),
    services,
    ends: endsOf(entries, state),
    asks: services.some(isAzures)
      ? 'azure'
      : state.problems.length > 0 || services.some(({ missing }) => missing !== null)
        ? 'person'
        : 'nobody',
  };
}

/** A rollback looks at promotions, and at slots that were prepared for one. */
function isAzures({ state, missing }: ServiceStory): boolean {
  return missing !== null && state !== 'command-left' && state !== 'not-promoted-here';
}

/** Services as the plans have them, then what the entries name besides. */
function storiesOf(entries: readonly Entry[], state: RunState): ServiceStory[] {
  const names = new Set([...state.plans.flatMap(servicesOf), ...entries.flatMap(({ service }) => service ?? [])]);
  // Later promotions of a service stand on top of earlier ones.
  const promotions = new Map(state.promotions.map((promotion) => [promotion.service, promotion]));
  return [...names].flatMap((service) => {
    const own = entries.filter((entry) => entry.service === service && entry.action !== 'claim');
    const promotion = promotions.get(service);
    const story = promotion === undefined ? withoutPromotion(service, own, state) : promoted(promotion, own);
    const prepared = state.prepared.find((one) => one.service === service);
    const slot = prepared === undefined ? null : kindWords(prepared.target).prepared;
    return slot === null ? [story] : [story, settingsLeft(service, slot, own)];
  });
}

function promoted({ id, service, target, state, unhealthy }: Promotion, own: readonly Entry[]): ServiceStory {
  const entries = own.filter(({ promotion }) => promotion === id);
  const newest = (action: Entry['action'], phase?: Entry['phase']): Entry | undefined =>
    entries.findLast((entry) => entry.action === action && (phase === undefined || entry.phase === phase));
  const [asked, swapped, back] = [newest('promote', 'intent'), newest('promote', 'done'), newest('undo')];
  const { act, acted, facing } = kindWords(target);
  const moved = swapped === undefined ? '' : `it was ${acted} ${whenAndWhere(swapped)}`;
  const story = (proven: string, missing: string | null = null): ServiceStory => ({ service, state, proven, missing });
  switch (state) {
    case 'open': {
      const last = newest('promote');
      return last?.phase === 'unknown'
        ? story(
            `the ${act} of ${service} was asked for ${whenAndWhere(asked)}, and was given up on as unknown ${whenAndWhere(last)}: ${last.reason}`,
            `how the ${act} ended: Azure has to be asked`,
          )
        : story(
            `the intent to ${act} ${service} was written ${whenAndWhere(asked)}, and no outcome follows`,
            `the outcome of the ${act}: whoever wrote the intent ended between the two, or is still at it. Azure has to be asked`,
          );
    }
    case 'not-promoted': {
      const denied = newest('promote', 'failed');
      return story(
        `the ${act} was asked for, and is proven not to have moved ${whenAndWhere(denied)}: ${reasonOf(denied)}`,
      );
    }
    case 'promoted': {
      const judged = newest('verify');
      return unhealthy === null
        ? story(
            `${moved}, and no verdict follows`,
            `whether the release is healthy in ${facing}: it was never judged there`,
          )
        : story(
            `${moved}, was found unhealthy ${whenAndWhere(judged)} (${unhealthy}), and was left in place`,
            `whether it may stay in ${facing}: a person has to decide, and names it (--services ${service}) to have it put back`,
          );
    }
    case 'verified':
      return story(
        `${moved}, and was found healthy ${whenAndWhere(newest('verify', 'done'))}: ${reasonOf(newest('verify', 'done'))}`,
      );
    case 'undoing':
      return back?.phase === 'unknown'
        ? story(
            `the ${act} back was asked for, and was given up on as unknown ${whenAndWhere(back)}: ${back.reason}`,
            `how the ${act} back ended: Azure has to be asked`,
          )
        : story(
            `the intent to ${act} ${service} back was written ${whenAndWhere(newest('undo', 'intent'))}, and no outcome follows`,
            `the outcome of the ${act} back: whoever wrote the intent ended between the two, or is still at it. Azure has to be asked`,
          );
    case 'undone':
      return story(
        `${moved === '' ? '' : `${moved}, and `}the release from before was found back in place ${whenAndWhere(back)}: ${reasonOf(back)}`,
      );
  }
}

function withoutPromotion(service: string, own: readonly Entry[], state: RunState): ServiceStory {
  const last = own.at(-1);
  if (last === undefined) return { service, state: 'not-begun', proven: 'nothing was begun', missing: null };
  const told = `${last.action} ${last.phase} ${whenAndWhere(last)}: ${last.reason}`;
  if (state.commandsDone.includes(service))
    return { service, state: 'command-done', proven: `its command came to its end: ${told}`, missing: null };
  if (state.commandsLeft.includes(service)) {
    const missing =
      last.phase === 'failed'
        ? 'how far the command came before it failed'
        : 'the end of the command: some of it may have been done';
    return { service, state: 'command-left', proven: `its command was begun: ${told}`, missing };
  }
  return {
    service,
    state: 'not-promoted-here',
    proven: `nothing was promoted; the last that is written: ${told}`,
    missing: isOpenEffect(last)
      ? `how the ${last.action} ended: Azure may still be at it. Run it again: it looks at what is there first`
      : null,
  };
}

/** A preview that is open is a story of its own: the settings that it may have left. */
function isOpenEffect({ action, phase }: Entry): boolean {
  const isOpen = phase === 'intent' || phase === 'unknown';
  return isOpen && (action === 'upload' || action === 'route' || action === 'revision');
}

function settingsLeft(service: string, slot: string, own: readonly Entry[]): ServiceStory {
  const last = own.findLast(
    ({ action }) => action === 'preview' || action === 'reset-slot-config' || action === 'promote' || action === 'undo',
  );
  return {
    service,
    state: 'settings-left',
    proven: `the settings of another slot may be applied to ${slot}: ${last?.action ?? ''} ${last?.phase ?? ''} ${whenAndWhere(last)}`,
    missing: `whether slot ${slot} has its own settings again: Azure has to be asked`,
  };
}

function endsOf(entries: readonly Entry[], { rollBackBegun, closed }: RunState): string[] {
  const ends: string[] = [];
  const begun = entries.findLast(({ action, phase }) => action === 'roll-back' && phase === 'intent');
  const ended = entries.findLast(({ action, phase }) => action === 'roll-back' && phase !== 'intent');
  if (rollBackBegun !== null) ends.push(`A rollback was begun ${whenAndWhere(begun)}: ${rollBackBegun}`);
  if (rollBackBegun !== null && ended !== undefined && entries.indexOf(ended) > entries.indexOf(begun!))
    ends.push(`It ended ${whenAndWhere(ended)} (${ended.phase}): ${ended.reason}`);
  const close = entries.findLast(({ action }) => action === 'close');
  if (closed) ends.push(`The run was closed ${whenAndWhere(close)}: ${reasonOf(close)}`);
  const claims = entries.filter(({ action }) => action === 'claim');
  const given = new Set(claims.filter(({ phase }) => phase !== 'intent').map(({ promotion }) => promotion));
  for (const claim of claims.filter(({ phase, promotion }) => phase === 'intent' && !given.has(promotion))) {
    const over = claim.forMs === null ? '' : `; it is over by itself ${formatDuration(claim.forMs)} later`;
    ends.push(`A claim on app '${claim.target?.app ?? '?'}' was made ${whenAndWhere(claim)} and not given back${over}`);
  }
  return ends;
}

/** Names of what a plan was for. A plan comes from outside; whoever acts on it reads it with more care. */
function servicesOf(plan: unknown): string[] {
  const services = (plan as { readonly services?: unknown } | null)?.services;
  if (!Array.isArray(services)) return [];
  return (services as unknown[]).flatMap((one) => {
    const name = (one as { readonly name?: unknown } | null)?.name;
    return typeof name === 'string' ? [name] : [];
  });
}

/** By the writer's clock, and by the entry's own name. */
function whenAndWhere(entry: Entry | undefined): string {
  return entry === undefined ? 'nowhere' : `at ${timeText(entry.at)} (entry ${entry.id})`;
}

/** For people: to the second, in UTC; as it stands when it is no time. */
export function timeText(at: string): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? at : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function reasonOf(entry: Entry | undefined): string {
  return entry?.reason ?? 'no reason is written';
}
