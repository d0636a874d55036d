import { decideUndo as decide, type UndoDecision } from '../../src/rollout/promotion/decide-undo.ts';
import type { SlotObservation } from '../../src/rollout/kinds/app-service/ports.ts';
import { swappedAgain, judgeSwap, decideUndo } from '../rollout/two-slots.ts';
import type { Entry, JournalReading, Prints } from '../../src/journal/entry.ts';
import type { TrafficPair, TrafficShare } from '../../src/journal/traffic.ts';
import { fold, type RunState } from '../../src/journal/fold.ts';

import { otherClaims, standingOf, type ClaimStanding } from '../../src/rollout/fence/journal-locks.ts';
import { changedAgain } from '../../src/rollout/fence/fenced.ts';
import { judgeRequest, type RequestVerdict } from '../../src/rollout/fence/judge.ts';
import type { ShiftSeen } from '../../src/rollout/kinds/container-app/desk.ts';
import { shiftFacts } from '../../src/rollout/kinds/container-app/shift-way.ts';
import type { MutationReply } from '../../src/rollout/ports.ts';
import { changedBetween, type Observed } from '../../src/rollout/kinds/app-service/preflight.ts';

import { entryOf, pair, TARGET } from '../journal/entries.ts';
import { notesKey } from './explorer-key.ts';
import { inTime } from '../../src/rollout/fence/hold-target.ts';
import {
  noteOf,
  SETTLE_TICKS,
  type Note,
  type OperationEnd,
  type Pair,
  type Place,
  type Release,
  type World,
} from './explorer-world.ts';

/**
 * From the small world to the product's own decisions and back: whatever the model decides, the code decides. Only the
 * shapes are translated here.
 */

const TICK_MS = 60_000;
const SETTLE_MS = SETTLE_TICKS * TICK_MS;
const NOW = Date.parse('2026-01-05T03:00:00.000Z');
const CREATED = '2026-01-05T02:00:00.000Z';
/** What the kind of container apps decides. */
const TRAFFIC = shiftFacts({ kind: 'containerApp', subscription: 'sub', resourceGroup: 'rg', app: 'app' });

/** What one look at both slots has shown; or at a container app, with what users get in fact. */
export interface Looked {
  readonly pair: Pair;
  readonly held: Release;
  /** The source's own record of the last swap; `pair` has the target's. */
  readonly sourceStamp: number | null;
  readonly sourceBusy: boolean;
  readonly targetBusy: boolean;
}

/** How does the claim stand, by what this list shows? */
export function claimStanding(notes: readonly Note[], own: string): ClaimStanding['kind'] {
  return standingOf(readingOf(notes), TARGET, own).kind;
}

/** Does this list show that somebody else was let in? */
export function showsRival(notes: readonly Note[], own: string): boolean {
  return otherClaims(readingOf(notes), TARGET, own).length > 0;
}

/** Has what our own swap left been swapped again? */
export function isSwappedAgain(ours: Pair, looked: Looked): boolean {
  const own = quietLook(ours);
  if (ours.stamp === null) return changedAgain(TRAFFIC, trafficOf(own), trafficOf(looked), true) !== undefined;
  return swappedAgain(observedOf(own), observedOf(looked), true) !== undefined;
}

/** Do users get something else than a promotion of the traffic has left? */
export function isForeign(after: Pair, looked: Looked): boolean {
  return TRAFFIC.foreign(printsOf(after), trafficOf(looked)) !== undefined;
}

function quietLook(pair: Pair): Looked {
  return { pair, held: pair.target, sourceStamp: pair.stamp, sourceBusy: false, targetBusy: false };
}

const states = new WeakMap<readonly Note[], RunState>();

/** What the journal says of the run. */
export function stateOf(notes: readonly Note[]): RunState {
  let state = states.get(notes);
  if (state === undefined) states.set(notes, (state = fold(readingOf(notes))));
  return state;
}

/** Where an agent will list the claims before it gives its own back, and compare others with its own. */
const LISTING: readonly Place[] = [
  'list',
  'readRollBackBegun',
  'recheck',
  'recordIntent',
  'send',
  'awaitReply',
  'follow',
  'listRivals',
];

/**
 * What can never count again is forgotten, so that an agent that asks again and again comes back to the same state:
 * claims that are given back or over, and how the journal came to say what it says. The fold goes from state to state,
 * so the shortest entries that lead to the same state stand for all of them.
 */
export function forgetting(world: World): World {
  const claims = counting(world);
  const notes = shortest(world.notes);
  return claims === world.claims && notes === world.notes ? world : { ...world, notes, claims };
}

/** Claims that some list may still count, as old as it matters. Of those that are over, only how they stood is kept. */
function counting({ claims, agents }: World): readonly Note[] {
  if (claims.length === 0) return claims;
  const released = claims.filter(({ phase }) => phase === 'done').map(({ claim }) => claim);
  const holders = (['a', 'b'] as const).filter((who) => agents[who].claim !== null && LISTING.includes(agents[who].at));
  const own = holders.map((who) =>
    claims.find(({ claim, phase }) => phase === 'intent' && claim === agents[who].claim),
  );
  const kept = claims.filter(
    ({ claim, age, by }) =>
      !released.includes(claim) &&
      (age < SETTLE_TICKS ||
        own.some((mine) => mine !== undefined && age - mine.age < SETTLE_TICKS) ||
        (by !== 'x' && agents[by].saving)),
  );
  const listing = agents.a.at === 'list' || agents.b.at === 'list';
  const clamped =
    listing || kept.every(({ age }) => age <= SETTLE_TICKS)
      ? kept
      : kept.map((note) => (note.age > SETTLE_TICKS ? { ...note, age: SETTLE_TICKS } : note));
  return clamped.length === claims.length && clamped === kept ? claims : clamped;
}

/** By what the notes say, so that there are few of them, however many worlds hold them. */
const shortened = new Map<string, readonly Note[]>();

function shortest(notes: readonly Note[]): readonly Note[] {
  const key = notesKey(notes);
  const found = shortened.get(key);
  if (found !== undefined) return found;
  const short = shorten(notes);
  const kept = shortened.get(notesKey(short)) ?? short;
  shortened.set(notesKey(short), kept).set(key, kept);
  return kept;
}

function shorten(notes: readonly Note[]): readonly Note[] {
  const { promotions, rollBackBegun } = stateOf(notes);
  const begun = rollBackBegun === null ? [] : [noteOf('x', 'roll-back', 'intent')];
  const state = promotions[0]?.state;
  if (state === undefined) return begun;
  const last = (phase: Note['phase']): Note | undefined =>
    notes.findLast((note) => note.action === 'promote' && note.phase === phase);
  const lastUndone = notes.findLast(({ action, phase }) => action === 'undo' && phase === 'done');
  const intent = { ...last('intent')!, by: 'x' } as const;
  const moved = promotions[0]!.after === null ? [] : [{ ...last('done')!, by: 'x' } as const];
  const undoing = [...moved, noteOf('x', 'undo', 'intent')];
  const ends = {
    open: [],
    // A compensation that did not come about says that the promotion stands, whatever was known of its own outcome.
    promoted: moved.length > 0 ? moved : [...undoing, noteOf('x', 'undo', 'failed')],
    'not-promoted': [...moved, noteOf('x', 'promote', 'failed')],
    verified: [...moved, noteOf('x', 'verify', 'done')],
    undoing,
    undone: [...moved, { ...(lastUndone ?? noteOf('x', 'undo', 'done')), by: 'x', before: null } as const],
  } as const;
  const short = [...begun, intent, ...ends[state]];
  const again = stateOf(short);
  if (JSON.stringify(again.promotions) !== JSON.stringify(promotions))
    throw new Error(`'${state}' was shortened wrongly`);
  return short;
}

/** Is there still time to send, for who has held the lock for so many ticks? */
export function inTimeToSend(held: number): boolean {
  return inTime(held * TICK_MS, { settleMs: SETTLE_MS });
}

/** May the promotion be undone, seeing this? */
export function undoDecision(before: Pair, after: Pair | null, looked: Looked): UndoDecision['kind'] {
  if (before.stamp === null)
    return decide(TRAFFIC, { before: printsOf(before), after: after && printsOf(after) }, trafficOf(looked)).kind;
  return decideUndo({ before: slotPair(before), after: after && slotPair(after) }, observedOf(looked)).kind;
}

/** What stands against the promotion right before its request. */
export function changedSinceGate(judged: Pair, looked: Looked): string | undefined {
  if (judged.stamp === null) return TRAFFIC.changed(trafficOf(quietLook(judged)), trafficOf(looked));
  return changedBetween(observedOf(quietLook(judged)), observedOf(looked));
}

export function verdictOf(
  before: Pair,
  reply: 'accepted' | 'ambiguous' | 'refused',
  operation: OperationEnd,
  quiet: number,
  looked: Looked,
): RequestVerdict {
  const evidence = {
    reply: mutationReply(reply),
    ended:
      operation === 'succeeded'
        ? ({ kind: operation } as const)
        : operation === 'failed'
          ? ({ kind: operation, message: '500', passing: true } as const)
          : undefined,
    running: operation === 'running',
    elapsedMs: 0,
    quietMs: quiet * TICK_MS,
    shown: false,
  };
  // What runs is shown here: whoever sees nothing for the settle time knows that there is nothing.
  const times = { swapDeadlineMs: 45 * 60_000, settleMs: SETTLE_MS, unseenMs: SETTLE_MS, mayStayOpen: false };
  if (before.stamp === null)
    return judgeRequest(
      { ...evidence, standing: TRAFFIC.standing(printsOf(before), trafficOf(looked)) },
      times,
      TRAFFIC.words,
    );
  return judgeSwap({ ...evidence, before: slotPair(before), observed: observedOf(looked) }, times);
}

function mutationReply(kind: 'accepted' | 'ambiguous' | 'refused'): MutationReply {
  switch (kind) {
    case 'accepted':
      return { kind, operation: 'operation', retryAfterMs: undefined };
    case 'ambiguous':
      return { kind, message: 'lost', retryAfterMs: undefined, swapRuns: false };
    case 'refused':
      return { kind, status: 409, message: 'another change runs', passing: true };
  }
}

function readingOf(notes: readonly Note[]): JournalReading {
  const entries = notes.map(entryFor);
  const storedAt = new Map(entries.map(({ id }, index) => [id, NOW - notes[index]!.age * TICK_MS]));
  return { entries, problems: [], storedAt };
}

function entryFor({ by, action, phase, claim, before, after }: Note, index: number): Entry {
  return entryOf({
    writer: by,
    sequence: index + 1,
    action,
    phase,
    promotion: claim ?? 'p1',
    forMs: action === 'claim' && phase === 'intent' ? SETTLE_MS : null,
    before: before && printsOf(before),
    after: after && printsOf(after),
  });
}

const pairs = new Map<string, TrafficPair>();

function printsOf(of: Pair): Prints {
  const { source, target, stamp } = of;
  if (stamp !== null) return slotPair(of);
  const key = `${source} ${target}`;
  let found = pairs.get(key);
  if (found === undefined) {
    found = {
      kind: 'containerApp',
      serving: trafficTo(target),
      waiting: trafficTo(source),
      created: { old: CREATED, new: CREATED },
    };
    pairs.set(key, found);
  }
  return found;
}

function trafficTo(release: Release): readonly TrafficShare[] {
  return [{ revision: release, weight: 100, label: null }];
}

const looks = new Map<string, ShiftSeen>();

function trafficOf({ pair: { source, target }, held, sourceBusy }: Looked): ShiftSeen {
  const key = `${source} ${target} ${held} ${sourceBusy}`;
  let found = looks.get(key);
  if (found === undefined) {
    found = {
      url: 'https://app.test',
      mode: 'Multiple',
      running: 'Running',
      operation: sourceBusy ? 'operation' : null,
      traffic: trafficTo(target),
      waiting: trafficTo(source),
      latestRevision: 'new',
      latestReadyRevision: 'new',
      lastChange: null,
      template: {},
      revisions: (['old', 'new'] as const).map((name) => ({
        name,
        created: CREATED,
        url: `https://${name}.test`,
        active: true,
        weight: name === held ? 100 : 0,
        health: 'Healthy',
        provisioning: 'Provisioned',
        running: 'Running',
        problem: null,
        images: {},
      })),
    };
    looks.set(key, found);
  }
  return found;
}

function slotPair({ source, target, stamp }: Pair) {
  return pair(source, target, stampOf(stamp));
}

function observedOf({ pair: { source, target, stamp }, sourceStamp, sourceBusy, targetBusy }: Looked): Observed {
  return {
    source: observation('staging', source, sourceStamp, sourceBusy),
    target: observation('production', target, stamp, targetBusy),
  };
}

const observations = new Map<string, SlotObservation>();

function observation(slot: string, release: Release, stamp: number | null, busy: boolean): SlotObservation {
  const key = `${slot} ${release} ${stamp} ${busy}`;
  let found = observations.get(key);
  if (found === undefined) {
    found = {
      slot,
      state: 'running',
      url: `https://${slot}.test`,
      print: { deploymentId: release, activeDeployment: null, image: null },
      swapStamp: stampOf(stamp),
      previewWith: null,
      operation: busy ? 'operation' : null,
      slotless: false,
      linux: false,
      functions: false,
      unread: [],
    };
    observations.set(key, found);
  }
  return found;
}

const stamps: string[] = [];

/** By Azure's clock; a later swap has a later one. */
function stampOf(stamp: number | null): string | null {
  if (stamp === 0 || stamp === null) return null;
  return (stamps[stamp] ??= new Date(NOW + stamp * TICK_MS).toISOString());
}
