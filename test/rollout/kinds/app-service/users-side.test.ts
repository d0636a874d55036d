import { isExposed } from '../../../../src/rollout/plan/kind.ts';
import { asSchema1 } from '../../../journal/entries.ts';
import type { SwapAction } from '../../../../src/rollout/kinds/app-service/swap-alone.ts';
import assert from 'node:assert/strict';
import { parseEntry } from '../../../../src/journal/entry.ts';
import { facingUsers } from '../../../../src/journal/users-side.ts';
import type { RolloutPorts } from '../../../../src/rollout/ports.ts';
import { readPlan } from '../../../../src/rollout/planning/read-plan.ts';
import { rollBack } from '../../../../src/rollout/recover/roll-back.ts';
import { swapRecorded } from '../../../../src/rollout/swap/swap-recorded.ts';
import type { PromotionResult } from '../../../../src/rollout/way/result.ts';
import { entryOf, pair, TARGET } from '../../../journal/entries.ts';
import { rig, type Rig } from '../../rig.ts';
import { part, runs } from '../../../depth.ts';

const SLOTS = ['production', 'staging', 'beta'] as const;
type Slot = (typeof SLOTS)[number];

interface Case {
  readonly pair: readonly [string, string];
  readonly actions: readonly SwapAction[];
  readonly sick: readonly Slot[];
  readonly routed: readonly Slot[];
  readonly staleRouting: 'fail' | 'clear';
}

function subsets<T>(items: readonly T[]): T[][] {
  return items.reduce<T[][]>((sets, item) => [...sets, ...sets.map((set) => [...set, item])], [[]]);
}

/** Every pair in every order, production by each of its spellings, whoever is ill and wherever users are sent. */
function cases(): Case[] {
  const spelled = (slot: Slot): string[] => (slot === 'production' ? [slot, 'Production'] : [slot]);
  const pairs = SLOTS.flatMap((one) =>
    SLOTS.filter((other) => other !== one).flatMap((other) =>
      spelled(one).flatMap((source) => spelled(other).map((target) => [source, target] as const)),
    ),
  );
  return pairs.flatMap((names) =>
    subsets(SLOTS).flatMap((sick) =>
      subsets(['staging', 'beta'] as const).flatMap((routed) =>
        (['fail', 'clear'] as const).flatMap((staleRouting) =>
          [['swap'] as const, ['preview', 'complete'] as const, ['preview', 'cancel'] as const].map(
            (actions): Case => ({ pair: names, actions, sick, routed, staleRouting }),
          ),
        ),
      ),
    ),
  );
}

/** An app with three slots, and ports that note which release has answered well while it was looked at. */
function arranged({ sick, routed }: Pick<Case, 'sick' | 'routed'>): { r: Rig; ports: RolloutPorts; good: Set<string> } {
  const r = rig();
  r.app.addSlot('beta', '3.0.0');
  for (const slot of sick) r.app.slots[slot]!.content.status = () => 500;
  r.app.routing = routed.map((name) => ({ name, host: `payments-${name}.test`, percent: 10 }));
  const good = new Set<string>();
  const ports: RolloutPorts = {
    ...r.ports,
    http: {
      get: async (request, signal) => {
        const answer = await r.app.get(request, signal);
        const slot = new URL(request.url).hostname.slice('payments-'.length, -'.test'.length);
        if (answer.kind === 'answer' && answer.status === 200 && request.url.endsWith('/health'))
          good.add(r.app.slots[slot]!.content.deploymentId);
        return answer;
      },
    },
  };
  return { r, ports, good };
}

const seenByUsers = ({ app }: Rig): string[] =>
  ['production', ...app.routing.filter(({ percent }) => percent > 0).map(({ name }) => name)].map(
    (slot) => app.slots[slot]!.content.deploymentId,
  );

describe('what comes before users is what was judged', () => {
  it('over all pairs, orders, spellings, illnesses, routing rules and actions', async function () {
    this.timeout(60_000);
    let [succeeded, refused] = [0, 0];
    for (const one of part(cases())) {
      const { r, ports, good } = arranged(one);
      const before = new Set(seenByUsers(r));
      const [source, destination] = one.pair;
      let result: PromotionResult | undefined;
      for (const action of one.actions) {
        const request = { ...r.request({ staleRouting: one.staleRouting }), expectedVersion: undefined };
        const target = { ...TARGET, source, destination };
        result = await swapRecorded({ ...request, target }, ports, { action, why: undefined, place: undefined });
        if (!['promoted', 'previewed', 'cancelled'].includes(result.outcome)) break;
      }
      const story = `${JSON.stringify(one)}: ${JSON.stringify(result)}`;
      assert.ok(result !== undefined);
      if (!['promoted', 'previewed', 'cancelled'].includes(result.outcome)) {
        refused += 1;
        continue;
      }
      succeeded += 1;
      for (const release of seenByUsers(r)) assert.ok(before.has(release) || good.has(release), `${release} ${story}`);
      if (result.outcome === 'promoted') {
        // What users of production got is exactly what was to go there, and it is not ill.
        const status = r.app.slots['production']!.content.status('production');
        if (one.pair.some((slot) => slot.toLowerCase() === 'production')) assert.equal(status, 200, story);
      }
    }
    assert.ok(succeeded > runs(200) && refused > runs(200), `${succeeded} succeeded, ${refused} refused`);
  });

  it('names the direction when production was named first, and concludes in that direction', async () => {
    const r = rig();
    const target = { ...TARGET, source: 'production', destination: 'staging' };
    const result = await swapRecorded({ ...r.request(), target }, r.ports, {
      action: 'swap',
      why: undefined,
      place: undefined,
    });
    assert.equal(result.outcome, 'promoted', JSON.stringify(result));
    assert.deepEqual(r.app.swapRequests, ['staging>production']);
    assert.match(r.events[0]!.message, /the release in 'staging' goes to 'production', so that one is judged/);
    assert.deepEqual(r.journal.entries.find(({ action }) => action === 'promote')?.target, TARGET);
  });

  it('refuses the blind hook of many pipelines when what stands in staging is ill', async () => {
    const r = rig();
    r.app.slots['staging']!.content.status = () => 500;
    const target = { ...TARGET, source: 'Production', destination: 'staging' };
    const result = await swapRecorded({ ...r.request(), target }, r.ports, {
      action: 'swap',
      why: undefined,
      place: undefined,
    });
    assert.deepEqual(result.outcome === 'refused' && result.refusals.map(({ rule }) => rule), ['gate']);
    assert.deepEqual([r.app.production.version, r.app.swapRequests], ['1.0.0', []]);
  });

  it('refuses to bring an unjudged release before routed users, with the command for the other way round', async () => {
    const { r, ports } = arranged({ sick: [], routed: ['staging'] });
    const target = { ...TARGET, source: 'staging', destination: 'beta' };
    const request = { ...r.request(), expectedVersion: undefined, target };
    const result = await swapRecorded(request, ports, { action: 'swap', why: undefined, place: undefined });
    assert.equal(result.outcome, 'refused');
    const [refusal] = result.outcome === 'refused' ? result.refusals : [];
    assert.match(refusal!.message, /--source-slot beta --target-slot staging/);
    const back = await swapRecorded(
      { ...request, target: { ...target, source: 'beta', destination: 'staging' } },
      ports,
      {
        action: 'swap',
        why: undefined,
        place: undefined,
      },
    );
    assert.equal(back.outcome, 'promoted', JSON.stringify(back));
  });

  it('says whose users are meant where production is not among the two', async () => {
    const { r, ports } = arranged({ sick: [], routed: ['beta'] });
    const target = { ...TARGET, source: 'staging', destination: 'beta' };
    const result = await swapRecorded({ ...r.request(), target }, ports, {
      action: 'swap',
      why: undefined,
      place: undefined,
    });
    assert.equal(result.outcome, 'promoted', JSON.stringify(result));
    assert.ok(r.events.some(({ message }) => /^users see 'beta' by routing rules \(beta 10%\)/.test(message)));
  });
});

describe('journals in which production stands as the source', () => {
  const reversed = { ...TARGET, source: 'production', destination: 'staging' };
  const before = pair('old', 'new');
  const after = pair('new', 'old', '2026-01-05T03:00:00.000Z');

  it('are read with production as the destination, prints and all', () => {
    const entry = entryOf({ action: 'promote', phase: 'done', before, after });
    const read = parseEntry(asSchema1(entry, reversed));
    assert.ok(typeof read !== 'string', JSON.stringify(read));
    assert.deepEqual(read.target, TARGET);
    assert.deepEqual([read.before, read.after], [before, after]);
    const straight = entryOf({ action: 'promote', phase: 'done', target: TARGET, before, after });
    assert.deepEqual(parseEntry(JSON.stringify(straight)), straight);
  });

  it('give a plan that probes production as the side of users', () => {
    const r = rig();
    const { policy, health } = r.request();
    const service = {
      kind: 'appService',
      name: 'payments',
      dependsOn: [],
      release: { version: null, digest: null },
      pointOfNoReturn: false,
      target: reversed,
      file: null,
      health,
    };
    const plan = readPlan({ schema: 1, services: [service], parallel: 1, policy, rollbackScope: 'service' });
    assert.ok(typeof plan !== 'string', JSON.stringify(plan));
    const [read] = plan.services;
    assert.deepEqual(read !== undefined && isExposed(read) && read.target, facingUsers(reversed));
  });

  it('are rolled back to the release that users had', async () => {
    const r = rig();
    const target = { ...TARGET };
    const result = await swapRecorded({ ...r.request(), target }, r.ports, {
      action: 'swap',
      why: undefined,
      place: undefined,
    });
    assert.equal(result.outcome, 'promoted');
    // The same journal as a version wrote it that took the names as they came.
    for (const [index, entry] of r.journal.entries.entries()) {
      r.journal.entries[index] = parseEntry(asSchema1(entry, reversed)) as typeof entry;
    }
    const undone = await rollBack({ scope: 'all', services: [], reason: 'asked' }, r.laterPorts('hook'));
    assert.equal(undone.outcome, 'rolled-back', JSON.stringify(undone));
    assert.equal(r.app.production.version, '1.0.0');
  });
});
