import type { SwapRequest } from '../../../src/rollout/kinds/app-service/desk.ts';
import type { SwapAction } from '../../../src/rollout/kinds/app-service/swap-alone.ts';
import assert from 'node:assert/strict';
import { RolloutError } from '../../../src/rollout/errors.ts';
import { placeInGraph } from '../../../src/rollout/swap/place-in-graph.ts';
import { rollBack } from '../../../src/rollout/recover/roll-back.ts';
import { swapRecorded } from '../../../src/rollout/swap/swap-recorded.ts';
import { DEFAULT_SWAP_POLICY } from '../../../src/rollout/way/policy.ts';
import { TARGET } from '../../journal/entries.ts';
import { HEALTH } from '../rig.ts';
import { system, type System } from '../system.ts';

const GRAPH = `
version: 1
deploys: [store, notifications]
defaults: { resourceGroup: ${TARGET.resourceGroup} }
services:
  payments: { kind: appService, app: payments, probe: { path: /health }, version: { path: /version } }
  notifications: { kind: appService, app: notifications, dependsOn: [payments] }
  store: { kind: appService, app: store, dependsOn: [payments@1.x, notifications] }
`;

function asked(app: string): SwapRequest {
  return {
    promotion: `p-${app}`,
    service: app,
    target: { ...TARGET, app },
    release: { version: null, digest: null },
    health: HEALTH,
    expectedVersion: undefined,
    policy: DEFAULT_SWAP_POLICY,
  };
}

const placed = (app: string, graph = GRAPH, environmentName?: string) =>
  placeInGraph({ graphFile: 'g.yml', environmentName }, asked(app).target, {
    readText: () => Promise.resolve(graph),
  });

describe('a swap with a service graph', () => {
  let s: System;
  beforeEach(() => void (s = system()));
  const swap = async (app: string, action: SwapAction = 'swap', graph = GRAPH) => {
    const place = await placed(app, graph);
    return await swapRecorded(asked(app), s.ports(), { action, why: undefined, place });
  };

  it('begins when what other pipelines deploy is healthy and in range', async () => {
    const result = await swap('store');
    assert.equal(result.outcome, 'promoted', JSON.stringify(result));
    assert.ok(s.events.some(({ message }) => message === 'needs payments@1.x: holds'));
  });

  const unmet: [string, string, (s: System) => void, RegExp][] = [
    ['another version', GRAPH.replace('@1.x', '@2.x'), () => undefined, /needs payments@2\.x, but it is at 1\.0\.0/],
    [
      'an unhealthy dependency',
      GRAPH,
      ({ apps: { payments } }) =>
        void (payments.slots['production']!.content = { ...payments.production, status: () => 503 }),
      /needs payments@1\.x, but it is unhealthy/,
    ],
  ];
  for (const [name, graph, arrange, reason] of unmet)
    for (const action of ['swap', 'preview', 'complete'] as const)
      it(`refuses to ${action} because of ${name}, and changes nothing`, async () => {
        arrange(s);
        const result = await swap('store', action, graph);
        assert.ok(result.outcome === 'refused', JSON.stringify(result));
        assert.deepEqual(
          result.refusals.map(({ rule }) => rule),
          ['precondition'],
        );
        assert.match(result.refusals[0]!.message, reason);
        assert.match(result.refusals[0]!.message, /Nothing was swapped: let the other pipeline deploy it first/);
        assert.equal(s.requests(), 0);
        assert.deepEqual(s.journal.lines, ['plan done', 'verify failed']);
      });

  it('needs nothing to take a preview back', async () => {
    unmet[1]![2](s);
    assert.equal((await swap('store', 'cancel')).outcome, 'cancelled');
  });

  it('lets a rollback of the run know the order of its swaps', async () => {
    for (const app of ['notifications', 'store']) assert.equal((await swap(app)).outcome, 'promoted');
    const request = { scope: 'dependents', services: ['notifications'], reason: 'a test' } as const;
    const undone = await rollBack(request, s.ports());
    assert.equal(undone.outcome, 'rolled-back', JSON.stringify(undone));
    assert.deepEqual(s.order('undo done'), ['store', 'notifications']);
  });

  it('takes the name of the service and the names of the environment', async () => {
    const graph = `${GRAPH}environments: { test: { services: { store: { app: contoso-test } } } }\n`;
    const place = await placed('Contoso-Test', graph, 'test');
    assert.deepEqual(
      [place.service, place.dependsOn, place.preconditions.map(({ needs }) => needs)],
      ['store', ['payments', 'notifications'], ['payments']],
    );
  });

  const bad: [string, string, string, string | undefined, RegExp][] = [
    [
      'an app that no service has',
      'basket',
      GRAPH,
      undefined,
      /^No service of g\.yml is app 'basket' in resource group '\S+'\. It has: payments \(rg\/payments\), notifications/,
    ],
    [
      'another resource group',
      'store',
      GRAPH.replace(/resourceGroup: \S+/, 'resourceGroup: other'),
      undefined,
      /No service of/,
    ],
    [
      'a service of another pipeline',
      'payments',
      GRAPH,
      undefined,
      /'payments' is not among the services that deploys/,
    ],
    [
      'a condition that could not be asked',
      'store',
      GRAPH.replace(', version: { path: /version }', ''),
      undefined,
      /does not say where it tells its version/,
    ],
    ['an environment that is not there', 'store', GRAPH, 'tset', /tset/],
    ['a file that is no service graph', 'store', 'services: 1', undefined, /g\.yml:1:/],
  ];
  for (const [name, app, graph, environment, reason] of bad)
    it(`is bad input with ${name}`, async () => {
      await assert.rejects(placed(app, graph, environment), (error: unknown) => {
        assert.ok(error instanceof RolloutError && error.facts.code === 'bad-input', String(error));
        assert.match(error.facts.problems.join('\n'), reason);
        return true;
      });
    });
});
