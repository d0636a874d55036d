import assert from 'node:assert/strict';
import { modelOf } from './explorer-azure.ts';
import { stateOf } from './explorer-judged.ts';
import {
  DEPLOYER,
  emptyWorld,
  HOOK,
  noteOf,
  still,
  unmoved,
  type Kind,
  type Note,
  type World,
} from './explorer-world.ts';
import { explore, type Exploration, type Found } from './explorer.ts';

type Store = World['store'];

const intent = (kind: Kind): Note => noteOf('x', 'promote', 'intent', { before: unmoved(kind) });
const done = (kind: Kind): Note => {
  const after = { source: 'old', target: 'new', stamp: kind === 'slots' ? 1 : null } as const;
  return noteOf('x', 'promote', 'done', { before: unmoved(kind), after });
};

/** Where two agents begin, and how many states there are at least: fewer would mean that something is not explored. */
const SCENARIOS: readonly {
  readonly name: string;
  readonly initial: (kind: Kind, store: Store) => World;
  readonly floor: Readonly<Record<Kind, Readonly<Record<Store, number>>>>;
}[] = [
  {
    name: 'two hooks undo a promotion whose agent has died',
    initial: (kind, store) => ({
      ...emptyWorld(kind, store, HOOK, HOOK),
      slots: still(kind, 'new', 1),
      forward: 1,
      notes: [intent(kind), done(kind)],
    }),
    floor: { slots: { lease: 30_000, append: 160_000 }, traffic: { lease: 40_000, append: 180_000 } },
  },
  {
    name: 'two hooks undo a promotion whose request is still under way',
    initial: (kind, store) => ({
      ...emptyWorld(kind, store, HOOK, HOOK),
      flights: [{ by: 'x', age: 0, wants: kind === 'slots' ? null : 'new' }],
      notes: [intent(kind)],
      ...(store === 'lease'
        ? { lease: { by: 'x', age: 0 } as const }
        : { claims: [noteOf('x', 'claim', 'intent', { claim: 'x1' })] }),
    }),
    floor: { slots: { lease: 30_000, append: 160_000 }, traffic: { lease: 40_000, append: 180_000 } },
  },
  {
    name: 'a deployer promotes while a hook rolls back',
    initial: (kind, store) => emptyWorld(kind, store, DEPLOYER, HOOK),
    floor: { slots: { lease: 70_000, append: 300_000 }, traffic: { lease: 80_000, append: 300_000 } },
  },
];

/**
 * Every interleaving of two agents with Azure, the journal, the time and their own deaths. What is broken is told by the
 * shortest schedule that leads to it.
 */
for (const kind of ['slots', 'traffic'] as const)
  describe(`two agents at once on ${kind === 'slots' ? 'two slots' : 'the traffic of an app'}, in every order`, function () {
    this.timeout(600_000);
    for (const { name, initial, floor } of SCENARIOS) {
      it(`${name}; under a lease every invariant holds`, function () {
        const found = exploration(initial(kind, 'lease'), floor[kind].lease);
        this.test!.title += `, in ${found.states} states`;
        for (const end of found.ends) {
          const rules = broken(end.state);
          assert.ok(rules.length === 0, `${rules.join(', ')}: ${end.schedule()}`);
        }
      });

      const without =
        kind === 'slots'
          ? 'only a list that lags behind breaks them, and somebody says so'
          : 'nothing breaks them, a list that lags behind included';
      it(`${name}; in a journal without one, ${without}`, function () {
        const found = exploration(initial(kind, 'append'), floor[kind].append);
        this.test!.title += `, in ${found.states} states`;
        assert.ok(
          found.ends.some(({ state }) => state.missed),
          'no list ever lags behind: the model has lost it',
        );
        const bad = found.ends.filter(({ state }) => broken(state).length > 0);
        // To write the same traffic twice is no way back and forth: two that are let in do what one would have done.
        if (kind === 'traffic')
          assert.deepEqual(
            bad.map((end) => `${broken(end.state).join(', ')}: ${end.schedule()}`),
            [],
          );
        else assert.ok(bad.length > 0, 'the weakness of this store was not found: the model has lost it');
        for (const end of bad) {
          const rules = broken(end.state).join(', ');
          assert.ok(!end.state.unannounced, end.schedule());
          assert.ok(end.state.missed, `${rules} without a claim that was missed: ${end.schedule()}`);
          assert.ok(isNamed(end.state), `${rules}, and nobody names it: ${end.schedule()}`);
        }
      });
    }

    function exploration(initial: World, floor: number): Exploration<World> {
      const found = explore(modelOf(initial));
      assert.ok(found.states >= floor, `${found.states} states`);
      assert.deepEqual(found.stuck, [], 'an end can be reached from everywhere');
      assertEnds(found.ends);
      return found;
    }

    /** What must be able to happen does happen somewhere, or the model proves nothing. */
    function assertEnds(ends: readonly Found<World>[]): void {
      const seen = new Set(ends.flatMap(({ state: { agents } }) => [agents.a.end, agents.b.end]));
      for (const end of ['undone', 'person', 'dead'] as const) assert.ok(seen.has(end), `nobody ever ends ${end}`);
      assert.ok(ends.some(({ state }) => state.back === 1));
    }
  });

/** The invariants, as ARCHITECTURE.md has them; those that an end state does not keep. */
function broken({ forward, back, agents, slots, unannounced, notes }: World): string[] {
  const ends = [agents.a.end, agents.b.end];
  const claims = ends.filter((end) => end !== 'dead' && end !== 'nothing');
  const inProduction = slots.production;
  const told = stateOf(notes).promotions[0]?.state;
  const rules: [string, boolean][] = [
    ['one effective swap forward and one back at most', forward <= 1 && back <= 1],
    ["who ends 'undone' leaves the old release in production", !ends.includes('undone') || inProduction === 'old'],
    ['every request has an intent before it', !unannounced],
    [
      'the journal does not close over the new release',
      inProduction === 'old' || (told !== 'undone' && told !== 'not-promoted'),
    ],
    [
      'somebody is right, or says that a person is needed, or the journal is right or leaves it open',
      claims.length === 0 ||
        claims.includes('person') ||
        claims.some((end) => isRight(end, inProduction)) ||
        (told !== undefined && (isOpen(told) || (told !== 'verified' && inProduction === 'old'))),
    ],
  ];
  return rules.filter(([, kept]) => !kept).map(([rule]) => rule);
}

function isRight(end: World['agents']['a']['end'], inProduction: World['slots']['production']): boolean {
  if (end === 'undone' || end === 'refused') return inProduction === 'old';
  return end === 'promoted' && inProduction === 'new';
}

/** The next hook looks at what the slots hold. */
function isOpen(told: string): boolean {
  return told === 'open' || told === 'promoted' || told === 'undoing';
}

/** Somebody says that a person is needed; or nobody is left to say anything, and the next hook has to look. */
function isNamed({ agents, notes }: World): boolean {
  const ends = [agents.a.end, agents.b.end];
  const told = stateOf(notes).promotions[0]?.state;
  const left = ends.every((end) => end === 'dead' || end === 'nothing');
  return ends.includes('person') || (left && told !== undefined && isOpen(told));
}
