import { agentSteps, replied, withAgent } from './explorer-agents.ts';
import { forgetting } from './explorer-judged.ts';
import type { Model, Step } from './explorer.ts';
import { keyOf } from './explorer-key.ts';
import { EXCHANGE_TICKS, SETTLE_TICKS, type Agent, type Place, type Who, type World } from './explorer-world.ts';

/** Everything that may happen: to the agents, to Azure, to what is under way between them, and to the time. */
export function modelOf(initial: World): Model<World> {
  return {
    initial,
    key: keyOf,
    steps: (world) =>
      [
        ...agentSteps(world, 'a'),
        ...agentSteps(world, 'b'),
        ...flightSteps(world),
        ...operationSteps(world),
        ...timeSteps(world),
      ].map(({ what, next }) => ({ what, next: forgetting(next) })),
    ended: ({ agents, flights, slots }) =>
      [agents.a, agents.b].every(({ end, saving }) => end !== null && !saving) &&
      flights.length === 0 &&
      slots.operation === null,
  };
}

/**
 * A request arrives, or is lost. Azure refuses it while an operation runs, which for slots is no definite refusal: a front
 * end may have passed it on. What the traffic is to be is shown at once, or when it is so: neither is recorded. That a
 * reply is lost is the agent's own step: it gives up waiting.
 */
function flightSteps(world: World): Step<World>[] {
  return world.flights.flatMap(({ by, wants }, index) => {
    const flights = world.flights.filter((_, other) => other !== index);
    const answered = (next: World, reply: 'accepted' | 'ambiguous' | 'refused'): World =>
      by !== 'x' && next.agents[by].at === 'awaitReply' ? withAgent(next, by, replied(reply)) : next;
    const lost = { what: `${by}'s request is lost`, next: answered({ ...world, flights }, 'ambiguous') };
    if (world.slots.operation !== null) {
      const next = wants === null ? lost.next : answered({ ...world, flights }, 'refused');
      return [{ what: `${by}'s request is answered 409`, next }];
    }
    const slots = { ...world.slots, operation: { by, wants, switched: false } };
    const taken = { what: `${by}'s request is taken`, next: answered({ ...world, flights, slots }, 'accepted') };
    if (wants === null || wants === slots.asked) return [lost, taken];
    const shown = answered({ ...world, flights, slots: { ...slots, asked: wants } }, 'accepted');
    return [lost, taken, { what: `${by}'s request is taken, and shown at once`, next: shown }];
  });
}

function operationSteps(world: World): Step<World>[] {
  const { production, asked, stamp, operation } = world.slots;
  if (operation === null) return [];
  const { by, wants, switched } = operation;
  // Remembered only for who follows it.
  const followed = by !== 'x' && world.agents[by].reply === 'accepted';
  const end = (how: 'succeeded' | 'failed'): World['ended'] => (followed ? { ...world.ended, [by]: how } : world.ended);
  if (switched)
    return [
      {
        what: `${by}'s operation ends`,
        next: {
          ...world,
          slots: { production, asked, stamp: stamp === null ? null : stamp + 1, operation: null },
          ended: end('succeeded'),
        },
      },
    ];
  const to = wants ?? (production === 'old' ? 'new' : 'old');
  const moves = to !== production;
  const switching = {
    what: `routing switches to ${to}`,
    next: {
      ...world,
      slots: { production: to, asked: wants, stamp, operation: { by, wants, switched: true } },
      forward: world.forward + (moves && to === 'new' ? 1 : 0),
      back: world.back + (moves && to === 'old' ? 1 : 0),
    } satisfies World,
  };
  // An operation that fails moves nothing, and is explored under a lease alone: elsewhere a lost request stands for it.
  if (world.store === 'append') return [switching];
  const slots = { production, asked: wants === null ? null : production, stamp, operation: null };
  const failed = { ...world, slots, ended: end('failed') };
  return [switching, { what: `${by}'s operation fails`, next: failed }];
}

const HOLDING: readonly Place[] = [
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
];
/** Places where it matters for how long the lock is held; elsewhere the count stands still, and states stay few. */
const COUNTING: readonly Place[] = ['list', 'readRollBackBegun', 'recheck', 'recordIntent', 'send'];

/** A tick, unless a request is under way for as long as it may be; and a holder of the lease that signs it again. */
function timeSteps(world: World): Step<World>[] {
  const steps: Step<World>[] = [];
  if (world.flights.every(({ age }) => age < EXCHANGE_TICKS)) steps.push({ what: 'time passes', next: tick(world) });
  for (const who of ['a', 'b'] as const) {
    if (world.lease?.by === who && world.lease.age > 0 && HOLDING.includes(world.agents[who].at))
      steps.push({ what: `${who} renews the lease`, next: { ...world, lease: { by: who, age: 0 } } });
  }
  return steps;
}

function older<T extends { readonly age: number }>(one: T, most: number): T {
  return { ...one, age: Math.min(most, one.age + 1) };
}

function aged(agent: Agent): Agent {
  if (agent.quiet === null && !COUNTING.includes(agent.at)) return agent;
  return {
    ...agent,
    held: COUNTING.includes(agent.at) ? Math.min(SETTLE_TICKS, agent.held + 1) : agent.held,
    quiet: agent.quiet === null || agent.saving ? agent.quiet : Math.min(SETTLE_TICKS, agent.quiet + 1),
  };
}

function tick(world: World): World {
  return {
    ...world,
    claims: world.claims.map((note) => {
      // Whatever was written is shown by now: no list lags behind for longer than a tick.
      const seen = note.seen || (note.by !== 'x' && !world.agents[note.by].saving);
      return older({ ...note, seen }, 2 * SETTLE_TICKS);
    }),
    lease: world.lease && older(world.lease, SETTLE_TICKS),
    flights: world.flights.map((flight) => older(flight, SETTLE_TICKS)),
    agents: { a: aged(world.agents.a), b: aged(world.agents.b) } satisfies Record<Who, Agent>,
  };
}
