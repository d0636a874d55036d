import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../../src/cli/rehearse/faults.ts';
import { faultsOf } from '../../../src/cli/rehearse/kinds/table.ts';
import { prepareRehearsal } from '../../../src/cli/rehearse/prepare.ts';
import { rehearse, type RehearsalResult } from '../../../src/cli/rehearse/rehearse.ts';
import { deploySettings } from '../../../src/rollout/deploy/deploy.settings.ts';
import { readSettings } from '../../../src/settings/read.ts';
import { safeRollout } from '../command-line.ts';

const GRAPH = `version: 1
services:
  orders:
    kind: containerApp
    app: orders
    resourceGroup: rg-contoso
    image: contoso.azurecr.io/shop:{version}
    probe: { path: /health }
    version: { path: /version }
  store:
    kind: appService
    app: contoso-store
    resourceGroup: rg-contoso
    slot: staging
    package: packages/store.zip
    probe: { path: /health }
    dependsOn: [orders]
`;

/** The fault of a name at services of every kind that knows it. */
const named =
  (...ids: string[]) =>
  (kind: string): Fault[] =>
    faultsOf(kind).filter(({ id }) => ids.includes(id));

describe('a rehearsal with a container app', function () {
  this.timeout(600_000);
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'safe-rollout-rehearse-test-'))));
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

  async function rehearsed(graph: string, faults: (kind: string) => readonly Fault[]): Promise<RehearsalResult> {
    const graphFile = join(folder, 'service-graph.yml');
    await writeFile(graphFile, graph);
    const given: Record<string, string> = { azureSubscription: 'none', graphFile, release: 'orders=2.4.0' };
    const reading = readSettings(deploySettings, (name) => given[name]);
    assert.ok(reading.ok);
    const rehearsal = await prepareRehearsal(reading.settings, folder, { PATH: process.env['PATH'] });
    return await rehearse(rehearsal, faults, 500_000, new AbortController().signal, () => undefined);
  }
  const table = ({ rows }: RehearsalResult): string[] =>
    rows.map(({ service, fault, outcome, production, kept }) =>
      [service, fault, outcome, ...Object.values(production), kept ? 'kept' : 'broken'].join(' '),
    );
  const why = ({ rows }: RehearsalResult): string =>
    rows.map(({ fault, reason, broken }) => [fault, reason, ...broken].join(': ')).join('\n');

  it('keeps every promise at it, whatever goes wrong', async () => {
    const result = await rehearsed(GRAPH, (kind) => (kind === 'containerApp' ? faultsOf(kind) : []));
    assert.deepEqual(
      table(result),
      [
        'all none deployed new new kept',
        'orders pin-409 deployed new new kept',
        'orders pin-reply-lost deployed new new kept',
        'orders revision-refused failed old old kept',
        'orders revision-409 deployed new new kept',
        'orders revision-reply-lost deployed new new kept',
        'orders revision-fails failed old old kept',
        'orders revision-never-comes failed old old kept',
        'orders revision-slow deployed new new kept',
        'orders revision-never-ends failed old old kept',
        'orders image-missing failed old old kept',
        'orders gate-unhealthy failed old old kept',
        'orders shift-409 deployed new new kept',
        'orders shift-429 deployed new new kept',
        'orders shift-500 deployed new new kept',
        'orders shift-503 deployed new new kept',
        'orders shift-reply-lost deployed new new kept',
        'orders shift-fails deployed new new kept',
        'orders shift-never-ends person old old kept',
        'orders unhealthy-after-shift rolled-back old old kept',
        'orders crashes-after-shift rolled-back old old kept',
        'orders quarter-unhealthy rolled-back old old kept',
        'orders hiccup-after-shift deployed new new kept',
        'orders host-gone-after-shift deployed new new kept',
        'orders production-closed failed old old kept',
        'orders shifted-by-another person old old kept',
        'orders shift-back-409 rolled-back old old kept',
        'orders shift-back-fails rolled-back old old kept',
        'orders shift-back-reply-lost rolled-back old old kept',
        'orders turns-unhealthy rolled-back old old kept',
        'orders killed-before-pin killed, then nothing old old kept',
        'orders killed-after-pin killed, then nothing old old kept',
        'orders killed-before-revision killed, then nothing old old kept',
        'orders killed-after-revision killed, then nothing old old kept',
        'orders killed-before-shift killed, then rolled-back old old kept',
        'orders killed-after-shift killed, then rolled-back old old kept',
        'orders killed-before-shift-back killed, then rolled-back old old kept',
        'orders killed-after-shift-back killed, then rolled-back old old kept',
      ],
      why(result),
    );
    assert.deepEqual([result.ok, result.standIns, result.left], [true, ['orders', 'store'], []]);
  });

  it('plays with each service what can go wrong with its kind, and leaves what a failed one needs', async () => {
    const result = await rehearsed(GRAPH, named('none', 'image-missing', 'unhealthy-after-swap', 'turns-unhealthy'));
    assert.deepEqual(
      table(result),
      [
        'all none deployed new new kept',
        'orders image-missing failed old old kept',
        'orders turns-unhealthy rolled-back old old kept',
        'store unhealthy-after-swap rolled-back new old kept',
        'store turns-unhealthy rolled-back new old kept',
      ],
      why(result),
    );
  });

  it('wakes the old revision where the new one has replaced it, and plays templates and images of several apps', async () => {
    const template = [
      'containers:',
      '  - { name: main, image: contoso.azurecr.io/shop:2.4.0, env: [{ name: KEY, secretRef: key }] }',
      '  - { name: proxy, image: envoy:1 }',
    ];
    await writeFile(join(folder, 'template.yml'), template.join('\n'));
    const graph = `version: 1
services:
  orders:
    kind: containerApp
    app: orders
    resourceGroup: rg-contoso
    image: contoso.azurecr.io/shop:{version}
    deactivateOld: true
    probe: { path: /health }
    version: { path: /version }
  baskets:
    kind: containerApp
    app: baskets
    resourceGroup: rg-contoso
    template: template.yml
    probe: { path: /baskets, json: { $.status: ok } }
    dependsOn: [orders]
`;
    const result = await rehearsed(graph, named('turns-unhealthy', 'image-missing'));
    assert.deepEqual(
      table(result),
      [
        'orders image-missing failed old old kept',
        'orders turns-unhealthy rolled-back old old kept',
        'baskets image-missing failed old old kept',
        'baskets turns-unhealthy rolled-back new old kept',
      ],
      why(result),
    );
  });

  it('is a command that knows what can go wrong with which kind', async () => {
    await writeFile(join(folder, 'service-graph.yml'), GRAPH);
    const args = ['rehearse', '--services', 'orders', '--release', 'orders=2.4.0', '--faults'];
    const end = await safeRollout([...args, 'swap-503,shift-503'], { cwd: folder });
    assert.equal(end.exitCode, 0, end.stderr);
    assert.match(end.stdout, /kept .*orders .*the shift is answered 503 .*deployed; orders new/);
    assert.match(end.stdout, /Played by a stand-in, .*: orders\./);
    const none = await safeRollout([...args, 'swap-503'], { cwd: folder });
    assert.equal(none.exitCode, 2);
    assert.match(none.stderr, /none of them can go wrong with orders\. There are: none, pin-409, /);
  });
});
