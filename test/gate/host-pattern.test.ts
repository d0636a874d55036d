import assert from 'node:assert/strict';
import { AZURE_DEVOPS_HOSTS, HOST_PATTERN, isOneOf } from '../../src/gate/host-pattern.ts';

describe('isOneOf', () => {
  const cases: [string, boolean, string][] = [
    ['dev.azure.com', true, 'the service'],
    ['DEV.AZURE.COM.', true, 'in any case, with the dot of the root'],
    ['vsrm.dev.azure.com', true, 'of classic releases'],
    ['contoso.visualstudio.com', true, 'an older address'],
    ['visualstudio.com', false, 'the star is no nothing'],
    ['evildev.azure.com', false, 'the dot belongs to it'],
    ['dev.azure.com.evil.example', false, 'ends elsewhere'],
    ['azure.com', false, 'shorter'],
  ];
  for (const [host, expected, why] of cases)
    it(`${expected ? 'takes' : 'refuses'} ${host}: ${why}`, () =>
      assert.equal(isOneOf(host, AZURE_DEVOPS_HOSTS), expected));

  it('is written without a scheme, a port or a star in the middle', () => {
    const { matches } = HOST_PATTERN;
    const good = ['contoso.example', '*.contoso.example', '127.0.0.1', 'a'];
    const bad = ['https://contoso.example', 'contoso.example:443', 'a.*.b', '*', '*.', '', 'a..b', '-a.b'];
    assert.deepEqual(
      [good.map((one) => matches.test(one)), bad.map((one) => matches.test(one))],
      [good.map(() => true), bad.map(() => false)],
    );
  });
});
