import assert from 'node:assert/strict';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';

const graph = (probe: string): string =>
  `version: 1\nservices:\n  payments: { kind: appService, app: payments, probe: ${probe} }\n`;

describe('the share of bad answers in a probe', () => {
  it('is read in percent, with the header that names an instance', () => {
    const read = readCatalogue(graph('{ unhealthyShare: 12.5%, instanceHeader: x-instance }'), 'g.yml');
    const [service] = read.catalogue?.services ?? [];
    assert.ok(service?.kind === 'appService', JSON.stringify(read));
    assert.deepEqual([service.probe.unhealthyShare, service.probe.instanceHeader], [0.125, 'x-instance']);
  });

  for (const [probe, words] of [
    ['{ unhealthyShare: 0% }', /must be a share from 1% to 100%, such as 10%/],
    ['{ unhealthyShare: 10 }', /must be a share from 1% to 100%, such as 10%/],
    ['{ unhealthyShare: [10%] }', /must be a share from 1% to 100%, such as 10%/],
    ['{ instanceHeader: "x y" }', /must be the name of a header/],
  ] as const)
    it(`is refused with its position: ${probe}`, () => {
      const { findings } = readCatalogue(graph(probe), 'g.yml');
      assert.match(findings.map(({ message }) => message).join(), words);
      assert.equal(findings[0]?.line, 3);
    });
});
