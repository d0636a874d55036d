import type { Action, Phase } from '../../src/journal/entry.ts';

/**
 * The small world of the explorer: one app with two sides, one promotion, one journal, two agents. Time comes in ticks,
 * and only where it decides something: how old a claim is, a request under way, a watch for quiet.
 *
 * The app has two slots, which a request exchanges and of which Azure keeps the time; or it is a container app, whose
 * traffic a request writes, whatever it is: then \`stamp\` is null everywhere, since nobody keeps a time of it.
 */

/** A claim lasts this many ticks, and the slots must have been quiet for as long: both are the settle time. */
export const SETTLE_TICKS = 2;
/** A request is delivered or gone within this many ticks after it was sent: an exchange ends before half of a claim. */
export const EXCHANGE_TICKS = 1;
/** By its own clock, a holder stops at half of the claim. */
export const HALF_TICKS = SETTLE_TICKS / 2;

export type Who = 'a' | 'b';
export type Release = 'old' | 'new';

/** What users get decides what waits. `stamp` counts the swaps that Azure has recorded. */
export interface Slots {
  readonly production: Release;
  /** What the traffic is to be, which may be shown before it is so; null for slots. */
  readonly asked: Release | null;
  readonly stamp: number | null;
  /** Whose operation runs, what it writes (null: it exchanges), and whether users get that already. */
  readonly operation: { readonly by: Who | 'x'; readonly wants: Release | null; readonly switched: boolean } | null;
}

export interface Flight {
  readonly by: Who | 'x';
  readonly age: number;
  readonly wants: Release | null;
}

/** Prints of both slots at one moment. */
export interface Pair {
  readonly source: Release;
  readonly target: Release;
  readonly stamp: number | null;
}

/** One entry of the journal. `age` counts ticks, for claims alone; `seen` is false while a list may still miss a claim. */
export interface Note {
  readonly by: Who | 'x';
  readonly action: Action;
  readonly phase: Phase;
  readonly claim: string | null;
  readonly age: number;
  readonly seen: boolean;
  readonly before: Pair | null;
  readonly after: Pair | null;
}

export type End =
  | 'undone' // production holds the old release again
  | 'nothing' // the journal shows nothing to undo
  | 'promoted' // the new release is in production, and verified
  | 'refused' // nothing was swapped by us
  | 'person' // unknown, not undone, or left unhealthy: said, with the reason
  | 'dead';

/** Where an agent is. The names are those of the functions that it is in. */
export type Place =
  | 'readJournal'
  | 'recordRollBack'
  | 'observeUntilStill'
  | 'claim'
  | 'list'
  | 'giveBack'
  | 'readRollBackBegun'
  | 'recheck'
  | 'recordIntent'
  | 'send'
  | 'awaitReply'
  | 'follow'
  | 'listRivals'
  | 'watchRival'
  | 'recordOutcome'
  | 'release'
  | 'verify'
  | 'lastLook'
  | 'recordVerified'
  | 'recordUndone'
  | 'end';

/** The source as it was read, before the target is; or the app, before its revisions are. */
export interface HalfLook {
  readonly source: Release;
  readonly stamp: number | null;
  readonly busy: boolean;
}

/** What the agent's own operation says, where it has got its address. */
export type OperationEnd = 'none' | 'running' | 'succeeded' | 'failed';

export interface Agent {
  readonly role: 'hook' | 'deployer';
  readonly at: Place;
  /** The append of its claim has not returned yet. */
  readonly saving: boolean;
  /** What it does now: the promotion itself, or the compensation. */
  readonly action: 'promote' | 'undo';
  readonly attempt: number;
  readonly half: HalfLook | null;
  /** Of the promotion that is to be undone. */
  readonly before: Pair | null;
  readonly after: Pair | null;
  /** Whether to watch for the settle time before deciding, and for how many ticks it has been quiet. */
  readonly settleFirst: boolean;
  readonly quiet: number | null;
  /** Came back from a fence that refused: only what the slots hold decides how it ends. */
  readonly meanwhile: boolean;
  readonly claim: string | null;
  /** Ticks since the claim, by the agent's own clock, whether it was renewed or not. */
  readonly held: number;
  /** Its intent stands in the journal. */
  readonly announced: boolean;
  /** What the slots held right before its request, and when that was settled. */
  readonly fenced: Pair | null;
  readonly left: Pair | null;
  readonly reply: 'accepted' | 'ambiguous' | 'refused' | null;
  readonly outcome: 'none' | 'done' | 'not-done' | 'retryable' | 'unknown' | 'late' | 'changed';
  readonly end: End | null;
}

export interface World {
  readonly store: 'lease' | 'append';
  readonly slots: Slots;
  /** What tells of the promotion, and who claims the app, each in the store's order. */
  readonly notes: readonly Note[];
  readonly claims: readonly Note[];
  readonly lease: { readonly by: Who | 'x'; readonly age: number } | null;
  readonly flights: readonly Flight[];
  /** How the last operation of each agent ended. */
  readonly ended: Readonly<Record<Who, 'none' | 'succeeded' | 'failed'>>;
  readonly agents: Readonly<Record<Who, Agent>>;
  readonly forward: number;
  readonly back: number;
  /** A list left out a claim whose append had returned: the weakness that this store is allowed to have. */
  readonly missed: boolean;
  /** A request went out without an intent in the journal. */
  readonly unannounced: boolean;
}

export const HOOK: Agent = {
  role: 'hook',
  at: 'readJournal',
  saving: false,
  action: 'undo',
  attempt: 1,
  half: null,
  before: null,
  after: null,
  settleFirst: false,
  quiet: null,
  meanwhile: false,
  claim: null,
  held: 0,
  announced: false,
  fenced: null,
  left: null,
  reply: null,
  outcome: 'none',
  end: null,
};

/** It has passed its gate on what the slots hold at first, and is about to swap. */
export const DEPLOYER: Agent = { ...HOOK, role: 'deployer', at: 'claim', action: 'promote' };

export type Kind = 'slots' | 'traffic';

export function unmoved(kind: Kind): Pair {
  return { source: 'new', target: 'old', stamp: kind === 'slots' ? 0 : null };
}

/** The app with this release before users, and nothing under way. */
export function still(kind: Kind, production: Release, stamp: number): Slots {
  return kind === 'slots'
    ? { production, asked: null, stamp, operation: null }
    : { production, asked: production, stamp: null, operation: null };
}

export function emptyWorld(kind: Kind, store: World['store'], a: Agent, b: Agent): World {
  return {
    store,
    slots: still(kind, 'old', 0),
    notes: [],
    claims: [],
    lease: null,
    flights: [],
    ended: { a: 'none', b: 'none' },
    agents: { a, b },
    forward: 0,
    back: 0,
    missed: false,
    unannounced: false,
  };
}

export function noteOf(by: Note['by'], action: Action, phase: Phase, change: Partial<Note> = {}): Note {
  return { by, action, phase, claim: null, age: 0, seen: true, before: null, after: null, ...change };
}
