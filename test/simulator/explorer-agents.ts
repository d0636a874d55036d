import type { Action, Phase } from '../../src/journal/entry.ts';
import { DEFAULT_SWAP_POLICY } from '../../src/rollout/way/policy.ts';
import type { Step } from './explorer.ts';
import {
  changedSinceGate,
  claimStanding,
  inTimeToSend,
  isForeign,
  isSwappedAgain,
  showsRival,
  stateOf,
  undoDecision,
  verdictOf,
  type Looked,
} from './explorer-judged.ts';
import {
  HOOK,
  noteOf,
  SETTLE_TICKS,
  unmoved,
  type Agent,
  type End,
  type HalfLook,
  type Note,
  type OperationEnd,
  type Release,
  type Who,
  type World,
} from './explorer-world.ts';

/**
 * The steps of one agent, each of them one exchange with the world, as `rollBack`, `undoPromotion`, `swapAndVerify` and
 * `fencedSwap` make them. What is decided between two exchanges is decided by the product's own functions. One file,
 * though a long one: read from top to bottom it is the life of an agent.
 */
export function agentSteps(world: World, who: Who): Step<World>[] {
  const agent = world.agents[who];
  if (agent.end !== null && !agent.saving) return [];
  const steps = agent.saving ? [saved(world, who)] : placeSteps(world, who, agent);
  return [...steps.map(({ what, next }) => ({ what: `${who} ${what}`, next })), ...deaths(world, who)];
}

/** The agent with a change, in its world. */
export function withAgent(world: World, who: Who, change: Partial<Agent>): World {
  const { a, b } = world.agents;
  const changed = { ...world.agents[who], ...change };
  return { ...world, agents: who === 'a' ? { a: changed, b } : { a, b: changed } };
}

function placeSteps(world: World, who: Who, agent: Agent): Step<World>[] {
  switch (agent.at) {
    case 'readJournal':
      return [{ what: 'reads the journal', next: readJournal(world, who) }];
    case 'recordRollBack':
      return [record(world, who, 'roll-back', 'intent', {}, { at: 'observeUntilStill', quiet: 0 })];
    case 'observeUntilStill':
      return [look(world, who, (looked) => observeUntilStill(world, who, looked))];
    case 'claim':
      return claim(world, who);
    case 'list':
      return list(world, who);
    case 'giveBack':
      return [record(world, who, 'claim', 'done', { claim: agent.claim }, { at: 'claim', claim: null, held: 0 })];
    case 'readRollBackBegun': {
      const begun = stateOf(world.notes).rollBackBegun !== null;
      const next = withAgent(world, who, begun ? { at: 'release', outcome: 'changed' } : { at: 'recheck' });
      return [{ what: 'reads the journal', next }];
    }
    case 'recheck':
      return [look(world, who, (looked) => recheck(world, who, looked))];
    case 'recordIntent':
      return [record(world, who, agent.action, 'intent', { before: agent.fenced }, { at: 'send', announced: true })];
    case 'send':
      return [send(world, who)];
    case 'awaitReply':
      return [
        {
          what: 'gives up waiting for its reply',
          next: withAgent(world, who, replied('ambiguous')),
        },
      ];
    case 'follow':
      return [look(world, who, (looked, operation) => follow(world, who, looked, operation))];
    case 'listRivals':
      return listRivals(world, who);
    case 'watchRival':
      return [look(world, who, (looked) => watchRival(world, who, looked))];
    case 'recordOutcome': {
      const phase = { done: 'done', 'not-done': 'failed', retryable: 'failed', unknown: 'unknown' } as const;
      const { outcome, fenced, left } = agent;
      if (outcome === 'none' || outcome === 'late' || outcome === 'changed') throw new Error(`no outcome: ${outcome}`);
      const prints = { before: fenced, after: left };
      return [record(world, who, agent.action, phase[outcome], prints, { at: 'release' })];
    }
    case 'release':
      return [release(world, who)];
    case 'verify':
      return verify(world, who);
    case 'lastLook':
      return [look(world, who, (looked) => lastLook(world, who, looked))];
    case 'recordVerified':
      return [record(world, who, 'verify', 'done', {}, ending('promoted', agent))];
    case 'recordUndone':
      return [record(world, who, 'undo', 'done', { after: agent.left }, ending('undone', agent))];
    case 'end':
      return [];
  }
}

/**
 * Writes an entry. A claim has its place and its time when the append begins, and others see it only when that has
 * returned. For other entries this makes no difference: who misses one has as good as read before it was written.
 */
function record(
  world: World,
  who: Who,
  action: Action,
  phase: Phase,
  note: Partial<Note>,
  change: Partial<Agent>,
): Step<World> {
  const isClaim = action === 'claim';
  const saving = isClaim && phase === 'intent';
  const entry = noteOf(who, action, phase, { ...note, seen: !saving });
  const written = isClaim
    ? { ...world, claims: [...world.claims, entry] }
    : { ...world, notes: [...world.notes, entry] };
  return { what: `records ${action} ${phase}`, next: withAgent(written, who, { ...change, saving }) };
}

function saved(world: World, who: Who): Step<World> {
  return { what: 'has it written', next: withAgent(world, who, { saving: false }) };
}

/** Every list shows from now on the claims that this agent has written, or has begun to write. */
function showing(world: World, writer: Who): World {
  const show = (note: Note): Note => (note.by === writer && !note.seen ? { ...note, seen: true } : note);
  return { ...world, claims: world.claims.map(show) };
}

/** What dies while it writes leaves the claim behind, or not. */
function deaths(world: World, who: Who): Step<World>[] {
  const die = (what: string, left: World): Step<World> => {
    const next = withAgent(left, who, ending('dead', world.agents[who]));
    return { what: `${who} ${what}`, next };
  };
  if (!world.agents[who].saving) return [die('dies', world)];
  const written = ({ by, seen }: Note): boolean => by !== who || seen;
  const without = { ...world, claims: world.claims.filter(written) };
  return [die('dies, its claim arrives', showing(world, who)), die('dies, its claim does not arrive', without)];
}

/** All that an agent knew is forgotten with its end. */
function ending(end: End, { role }: Agent): Agent {
  return { ...HOOK, role, at: 'end', end };
}

/**
 * A list of the claims may miss one whose append has not returned, and where the store lags behind also one whose append
 * has returned in the same tick: that alone is marked. What was shown once is there for everybody.
 */
function list(world: World, who: Who): Step<World>[] {
  const { other, all, shown, hidden } = lists(world, who);
  const decide = (after: World, claims: readonly Note[], what: string): Step<World>[] => {
    const standing = claimStanding(claims, world.agents[who].claim!);
    const giveBack = { what: `${what}, gives back`, next: withAgent(after, who, { at: 'giveBack' }) };
    switch (standing) {
      case 'alone':
        return [{ what: `${what}, holds`, next: enter(after, who) }];
      case 'behind':
        return [giveBack];
      case 'first': // looks again, until it has no more patience
        return [{ what: `${what}, waits`, next: after }, giveBack];
      case 'unshown':
        throw new Error('its own claim is always shown');
    }
  };
  if (hidden === 'none') return decide(world, world.claims, 'lists the claims');
  const missed = world.missed || hidden === 'returned';
  return [
    ...decide(all, all.claims, `lists the claims with that of ${other}`),
    ...decide({ ...world, missed }, shown, `lists the claims without that of ${other}`),
  ];
}

/** After its own swap. Slower than any list lags behind, so that only what is being written now can be missed. */
function listRivals(world: World, who: Who): Step<World>[] {
  const { other, all, shown, hidden } = lists(world, who);
  const decide = (after: World, claims: readonly Note[], what: string): Step<World>[] => {
    const alone = { what: `${what}, was alone`, next: withAgent(after, who, { at: 'recordOutcome' }) };
    const watch = { what: `${what}, was not alone`, next: withAgent(after, who, { at: 'watchRival', quiet: 0 }) };
    // A claim that is given back meanwhile is none to watch for.
    return [showsRival(claims, world.agents[who].claim!) ? watch : alone];
  };
  if (hidden !== 'writing') return decide(all, all.claims, 'lists the claims');
  return [
    ...decide(all, all.claims, `lists the claims with that of ${other}`),
    ...decide(world, shown, `lists the claims without that of ${other}`),
  ];
}

function lists(world: World, who: Who) {
  const other = who === 'a' ? 'b' : 'a';
  const shown = world.claims.filter(({ by, seen }) => by !== other || seen);
  const all = showing(world, other);
  const hidden =
    shown.length === world.claims.length ? 'none' : world.agents[other].saving ? 'writing' : ('returned' as const);
  return { other, all, shown, hidden } as const;
}

function watchRival(world: World, who: Who, looked: Looked): World {
  const { left, quiet } = world.agents[who];
  if (isSwappedAgain(left!, looked))
    return withAgent(world, who, { at: 'recordOutcome', outcome: 'unknown', quiet: null, left: looked.pair });
  if (quiet! < SETTLE_TICKS || looked.sourceBusy || looked.targetBusy) return world;
  return withAgent(world, who, { at: 'recordOutcome', quiet: null });
}

function readJournal(world: World, who: Who): World {
  const { notes } = world;
  const promotion = stateOf(notes).promotions[0];
  const how = promotion?.state;
  if (how !== 'open' && how !== 'promoted' && how !== 'undoing')
    return withAgent(world, who, ending('nothing', world.agents[who]));
  const told = notes.filter(({ action }) => action === 'promote');
  const before = told.findLast(({ phase }) => phase === 'intent')?.before ?? null;
  const after = promotion?.after === null ? null : (told.findLast(({ phase }) => phase === 'done')?.after ?? null);
  return withAgent(world, who, { at: 'recordRollBack', before, after, settleFirst: how !== 'promoted' });
}

/**
 * Source and target are read one after the other, or an app and its revisions; what happens in between is seen by the
 * second read alone. While an agent goes on looking, a torn look is as good as none, so only the look that decides about a
 * request is made in two.
 */
function look(world: World, who: Who, then: (looked: Looked, operation: OperationEnd) => World): Step<World> {
  const { half, at, reply } = world.agents[who];
  const { production, asked, stamp, operation } = world.slots;
  const users = asked ?? production;
  const now: HalfLook = { source: users === 'old' ? 'new' : 'old', stamp, busy: operation !== null };
  if (at === 'recheck' && half === null) return { what: 'reads staging', next: withAgent(world, who, { half: now }) };
  const other = (release: Release): Release => (release === 'old' ? 'new' : 'old');
  const first = half ?? now;
  const looked: Looked = {
    // The traffic is told by the app, with the operation; its revisions tell what holds.
    pair: { source: first.source, target: asked === null ? production : other(first.source), stamp },
    held: production,
    sourceStamp: first.stamp,
    sourceBusy: first.busy,
    targetBusy: now.busy,
  };
  const own = reply === 'accepted' ? (operation?.by === who ? 'running' : world.ended[who]) : 'none';
  const what = at === 'recheck' ? 'reads production' : 'reads both slots';
  return { what, next: withAgent(then(looked, own), who, { half: null }) };
}

function observeUntilStill(world: World, who: Who, looked: Looked): World {
  const { before, after, settleFirst, quiet, meanwhile } = world.agents[who];
  const decision = undoDecision(before!, after, looked);
  const unsettled = settleFirst && (quiet ?? 0) < SETTLE_TICKS;
  if (decision === 'wait') return withAgent(world, who, { quiet: settleFirst ? 0 : null });
  if (unsettled) return world;
  const done = { quiet: null, settleFirst: false };
  if (decision === 'nothing-to-undo') return withAgent(world, who, { ...done, at: 'recordUndone', left: looked.pair });
  if (decision === 'refuse' || meanwhile) return withAgent(world, who, ending('person', world.agents[who]));
  return withAgent(world, who, { ...done, at: 'claim' });
}

function claim(world: World, who: Who): Step<World>[] {
  if (world.store === 'append') {
    const taken = new Set(world.claims.map((note) => note.claim));
    const id = [`${who}1`, `${who}2`, `${who}3`].find((one) => !taken.has(one));
    return [record(world, who, 'claim', 'intent', { claim: id! }, { at: 'list', claim: id!, held: 0 })];
  }
  if (world.lease !== null && world.lease.age < SETTLE_TICKS) return []; // it asks again
  return [{ what: 'gets the lease', next: enter({ ...world, lease: { by: who, age: 0 } }, who) }];
}

function enter(world: World, who: Who): World {
  return withAgent(world, who, { at: world.agents[who].action === 'promote' ? 'readRollBackBegun' : 'recheck' });
}

function recheck(world: World, who: Who, looked: Looked): World {
  const { action, before, after } = world.agents[who];
  const refused =
    action === 'promote'
      ? changedSinceGate(unmoved(world.slots.stamp === null ? 'traffic' : 'slots'), looked) !== undefined
      : undoDecision(before!, after, looked) !== 'undo';
  return withAgent(
    world,
    who,
    refused ? { at: 'release', outcome: 'changed' } : { at: 'recordIntent', fenced: looked.pair },
  );
}

function send(world: World, who: Who): Step<World> {
  const { held, announced, action, fenced } = world.agents[who];
  if (!inTimeToSend(held))
    return record(world, who, action, 'failed', { before: fenced }, { at: 'release', outcome: 'late' });
  const wants = world.slots.stamp === null ? fenced!.source : null;
  const flights = [...world.flights, { by: who, age: 0, wants }];
  const unannounced = world.unannounced || !announced;
  return {
    what: `sends its ${action}`,
    next: withAgent({ ...world, flights, unannounced }, who, { at: 'awaitReply' }),
  };
}

/** A further request follows only on one that is known to have done nothing. */
const ATTEMPTS = DEFAULT_SWAP_POLICY.attempts;

/** What the reply leaves an agent with that has waited for it. */
export function replied(reply: Agent['reply']): Partial<Agent> {
  return { at: 'follow', reply, quiet: null };
}

function follow(world: World, who: Who, looked: Looked, operation: OperationEnd): World {
  const agent = world.agents[who];
  const busy = looked.sourceBusy || looked.targetBusy || operation === 'running';
  const quiet = busy ? null : (agent.quiet ?? 0);
  const verdict = verdictOf(agent.fenced!, agent.reply!, operation, quiet ?? 0, looked);
  if (verdict.kind === 'pending') return withAgent(world, who, { quiet });
  if (verdict.kind === 'unseen') throw new Error('what runs is shown');
  const outcome = verdict.kind === 'not-done' && verdict.retryable ? 'retryable' : verdict.kind;
  // Under a lease nobody else can have been let in.
  const at = outcome === 'done' && world.store === 'append' ? 'listRivals' : 'recordOutcome';
  const known = { at, outcome, quiet: null, reply: null, left: looked.pair } as const;
  return withAgent({ ...world, ended: { ...world.ended, [who]: 'none' } }, who, known);
}

/** Gives the lock back, and goes on as the outcome says. */
function release(world: World, who: Who): Step<World> {
  const { claim: own, attempt } = world.agents[who];
  const next = { ...afterFence(world.agents[who]), claim: null, held: 0, announced: false, fenced: null, left: null };
  if (world.store === 'append') return record(world, who, 'claim', 'done', { claim: own }, next);
  const lease = world.lease?.by === who ? null : world.lease;
  return {
    what: `gives the lease back${attempt > 1 ? ' again' : ''}`,
    next: withAgent({ ...world, lease }, who, next),
  };
}

function afterFence(agent: Agent): Partial<Agent> {
  const { action, outcome, attempt, fenced, left } = agent;
  const ends = (end: End): Agent => ending(end, agent);
  switch (outcome) {
    case 'done':
      return { at: 'verify', ...(action === 'promote' ? { before: fenced, after: left } : {}) };
    case 'unknown':
      return ends('person');
    case 'retryable':
      if (attempt < ATTEMPTS) return { at: 'claim', attempt: attempt + 1, outcome: 'none' };
      return ends(action === 'promote' ? 'refused' : 'person');
    case 'not-done':
      return ends(action === 'promote' ? 'refused' : 'person');
    case 'late':
    case 'changed':
      if (action === 'promote') return ends('refused');
      return { at: 'observeUntilStill', meanwhile: true, settleFirst: false, quiet: null, outcome: 'none' };
    case 'none':
      throw new Error('the fence was left without an outcome');
  }
}

/**
 * By Azure's time of it the journal tells a swap that was undone meanwhile, and that is proven without the last look. Of
 * traffic nobody keeps a time, so there it is the last look that stands between a stale outcome and \`verified\`.
 */
function looksOnce({ slots }: World): boolean {
  return slots.stamp !== null;
}

function lastLook(world: World, who: Who, looked: Looked): World {
  if (looked.sourceBusy || looked.targetBusy) return world;
  if (isForeign(world.agents[who].after!, looked)) return withAgent(world, who, ending('person', world.agents[who]));
  return withAgent(world, who, { at: 'recordVerified' });
}

/** A probe that cannot tell releases apart: the worst that a service may offer. */
function verify(world: World, who: Who): Step<World>[] {
  const agent = world.agents[who];
  if (agent.action === 'undo')
    return [{ what: 'finds it healthy', next: withAgent(world, who, ending('undone', agent)) }];
  return [
    { what: 'finds it healthy', next: withAgent(world, who, { at: looksOnce(world) ? 'recordVerified' : 'lastLook' }) },
    {
      what: 'finds it unhealthy',
      next: withAgent(world, who, { at: 'observeUntilStill', action: 'undo', attempt: 1, outcome: 'none' }),
    },
  ];
}
