import assert from 'node:assert/strict';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { containerAppsOf, QUICKSTART, sitesOf } from '../../src/cli/graph-apps.ts';
import { startEmulator } from '../../src/emulator/start.ts';

const GRAPH = `
version: 1
services:
  store: { kind: appService, app: app-store, slot: next, package: store.zip, probe: { path: / } }
  orders: { kind: containerApp, app: orders, resourceGroup: rg-orders, image: 'contoso/orders:{version}', container: web, probe: { path: / } }
  mail: { kind: containerApp, app: mail, image: 'contoso/mail:1.0', probe: { path: / } }
`;
const APP = {
  'package.json': '{"version":"1.0.0"}',
  'server.js': "require('node:http').createServer((_, response) => response.end()).listen(process.env.PORT);",
};

describe('what an embedded Azure begins with, from a graph file', () => {
  const { catalogue, findings } = readCatalogue(GRAPH, 'service-graph.yml');
  const services = catalogue?.services ?? [];

  it('is what the file names', () => {
    assert.deepEqual(findings, []);
    assert.deepEqual(sitesOf(services, 'rg'), [{ name: 'app-store', resourceGroup: 'rg', slots: ['next'] }]);
  });

  const cases: [string[], string, string, string][] = [
    [[], QUICKSTART.reference, QUICKSTART.reference, 'no image'],
    [['contoso/orders:1.0', 'contoso/mail:1.0'], 'contoso/orders:1.0', 'contoso/mail:1.0', 'both images'],
    [['contoso/orders:1.0', 'contoso/orders:2.0'], 'contoso/orders:1.0', QUICKSTART.reference, 'the first that fits'],
    [['xcontoso/orders:1', 'contoso/mail:1x0'], QUICKSTART.reference, QUICKSTART.reference, 'others of like names'],
  ];
  for (const [images, orders, mail, why] of cases)
    it(`is, with ${why}, a container app that runs it`, () =>
      assert.deepEqual(containerAppsOf(services, 'rg', images), [
        { name: 'orders', resourceGroup: 'rg-orders', image: orders, container: 'web' },
        { name: 'mail', resourceGroup: 'rg', image: mail },
      ]));

  it('runs', async function () {
    this.timeout(30_000);
    const images = { 'contoso/orders:1.0': APP, [QUICKSTART.reference]: QUICKSTART.files };
    const containerApps = containerAppsOf(services, 'rg', Object.keys(images));
    const emulator = await startEmulator({ images, containerApps, containerAppMs: 10 });
    try {
      const running = ['orders', 'mail'].map((name) =>
        Object.values(emulator.containerAppState(name).revisions).map((one) => [one.image, one.runningState]),
      );
      assert.deepEqual(running, [[['contoso/orders:1.0', 'Running']], [[QUICKSTART.reference, 'Running']]]);
    } finally {
      await emulator.close();
    }
  });
});
