import type { Agent, End, Note, Pair, Place, Release, Who, World } from './explorer-world.ts';

/**
 * The key of a world: a few characters of packed numbers, since millions are made and hundreds of thousands are kept.
 * Each field has the bits that it is given here; a value that does not fit is an error, and never another world's key.
 */

/** Two worlds are the same when nothing can tell them apart from now on. */
export function keyOf(world: World): string {
  const { slots, notes, claims, lease, flights, ended, agents } = world;
  const { production, asked, stamp, operation } = slots;
  const place = pack(pack(RELEASE[production], 2, releaseOf(asked)), 4, count(stamp));
  const runs =
    operation === null
      ? 0
      : pack(pack(pack(1, 2, WRITER[operation.by]), 2, releaseOf(operation.wants)), 1, Number(operation.switched));
  const held = lease === null ? 0 : pack(pack(1, 2, WRITER[lease.by]), 3, lease.age);
  let counts = pack(pack(pack(ENDED[ended.a], 2, ENDED[ended.b]), 3, world.forward), 3, world.back);
  counts = pack(pack(counts, 1, Number(world.missed)), 1, Number(world.unannounced));
  const codes = [place, runs, held, counts, flights.length, notes.length, claims.length];
  for (const { by, age, wants } of flights) codes.push(pack(pack(WRITER[by], 2, age), 2, releaseOf(wants)));
  for (const note of notes) addNote(codes, note);
  for (const note of claims) addNote(codes, note);
  addAgent(codes, agents.a);
  addAgent(codes, agents.b);
  return String.fromCharCode(...codes);
}

/** The same notes in the same order have the same key. */
export function notesKey(notes: readonly Note[]): string {
  const codes: number[] = [];
  for (const note of notes) addNote(codes, note);
  return String.fromCharCode(...codes);
}

/** @throws Error when `value` needs more than `bits`, or all of it more than the sixteen of a character */
function pack(before: number, bits: number, value: number): number {
  const all = (before << bits) | value;
  if (!(value >= 0 && value < 1 << bits && all < 0x10000)) throw new Error(`${value} does not fit into ${bits} bits`);
  return all;
}

function numbered<T extends string>(...names: readonly T[]): Readonly<Record<T, number>> {
  return Object.fromEntries(names.map((name, number) => [name, number])) as Record<T, number>;
}

const RELEASE = numbered<Release>('old', 'new');
const WRITER = numbered<Who | 'x'>('a', 'b', 'x');
const ENDED = numbered('none', 'succeeded', 'failed');
const ACTION: Readonly<Partial<Record<Note['action'], number>>> = numbered(
  'claim',
  'promote',
  'verify',
  'undo',
  'roll-back',
);
const PHASE = numbered<Note['phase']>('intent', 'done', 'failed', 'unknown');
const CLAIM = numbered('a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'x1');
const REPLY = numbered('accepted', 'ambiguous', 'refused');
const OUTCOME = numbered<Agent['outcome']>('none', 'done', 'not-done', 'retryable', 'unknown', 'late', 'changed');
const END = numbered<End>('undone', 'nothing', 'promoted', 'refused', 'person', 'dead');
const PLACE = numbered<Place>(
  'readJournal',
  'recordRollBack',
  'observeUntilStill',
  'claim',
  'list',
  'giveBack',
  'readRollBackBegun',
  'recheck',
  'recordIntent',
  'send',
  'awaitReply',
  'follow',
  'listRivals',
  'watchRival',
  'recordOutcome',
  'release',
  'verify',
  'lastLook',
  'recordVerified',
  'recordUndone',
  'end',
);

/** With room for none. */
function releaseOf(release: Release | null): number {
  return release === null ? 2 : RELEASE[release];
}

function claimOf(claim: string | null): number {
  return claim === null ? 7 : CLAIM[claim as keyof typeof CLAIM];
}

function count(value: number | null): number {
  return value === null ? 0 : value + 1;
}

function pairOf(pair: Pair | null): number {
  if (pair === null) return 0;
  return pack(pack(pack(1, 1, RELEASE[pair.source]), 1, RELEASE[pair.target]), 4, count(pair.stamp));
}

function addNote(codes: number[], { by, action, phase, claim, age, seen, before, after }: Note): void {
  let what = pack(pack(WRITER[by], 3, ACTION[action]!), 2, PHASE[phase]);
  what = pack(pack(pack(what, 3, claimOf(claim)), 3, age), 1, Number(seen));
  codes.push(what, pack(pairOf(before), 8, pairOf(after)));
}

function addAgent(codes: number[], agent: Agent): void {
  const { at, end, reply, outcome, attempt, quiet, claim, held, half } = agent;
  let flags = pack(Number(agent.role === 'hook'), 1, Number(agent.action === 'undo'));
  flags = pack(pack(flags, 1, Number(agent.saving)), 1, Number(agent.settleFirst));
  flags = pack(pack(flags, 1, Number(agent.meanwhile)), 1, Number(agent.announced));
  flags = pack(pack(pack(flags, 2, count(quiet)), 2, held), 3, claimOf(claim));
  const doing = pack(pack(PLACE[at], 3, end === null ? 7 : END[end]), 2, reply === null ? 3 : REPLY[reply]);
  const read =
    half === null ? 0 : pack(pack(pack(1, 1, RELEASE[half.source]), 1, Number(half.busy)), 4, count(half.stamp));
  codes.push(
    flags,
    pack(pack(doing, 3, OUTCOME[outcome]), 2, attempt),
    read,
    pack(pairOf(agent.before), 8, pairOf(agent.after)),
    pack(pairOf(agent.fenced), 8, pairOf(agent.left)),
  );
}
