import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { knownReleases } from '../../examples/contoso/build-packages.ts';
import { checkOrder } from '../../src/order/check-order.ts';

const FABRIKAM = join(import.meta.dirname, '../../examples/fabrikam');
const read = (file: string): string => readFileSync(join(FABRIKAM, file), 'utf8');
const versionOf = (service: string): string =>
  (JSON.parse(read(`${service}/package.json`)) as { version: string }).version;

describe('the files of Fabrikam agree with each other', () => {
  const graph = parse(read('service-graph.yml')) as {
    services: Record<string, { kind: string; app: string; image?: string }>;
  };
  const services = Object.entries(graph.services);

  it('has every service on disk, at its own version, and an image of its name', async () => {
    assert.deepEqual(Object.keys(graph.services), ['orders', 'shipping', 'store']);
    const known = await knownReleases(FABRIKAM);
    assert.ok(known.length >= 10, `only ${known.length} releases found`);
    for (const [name, { kind, app, image }] of services) {
      assert.ok(
        known.some(({ service, version }) => service === name && version === versionOf(name)),
        name,
      );
      assert.match(app, new RegExp(`-fabrikam-${name}$`));
      if (kind === 'containerApp') {
        assert.equal(image, `fabrikam.azurecr.io/${name}:{version}`);
        assert.ok(existsSync(join(FABRIKAM, name, 'Dockerfile')), name);
      }
    }
  });

  it('has a pipeline that proves the order, and that deploys the versions of the sources', () => {
    const pipelineText = read('azure-pipelines.yml');
    const { ok, findings } = checkOrder({
      pipelineText,
      pipelineFile: 'azure-pipelines.yml',
      graphText: read('service-graph.yml'),
      graphFile: 'service-graph.yml',
    });
    assert.deepEqual([ok, findings], [true, []]);
    const { variables } = parse(pipelineText) as { variables: Record<string, string> };
    assert.deepEqual(variables, { ordersVersion: versionOf('orders'), shippingVersion: versionOf('shipping') });
  });
});
