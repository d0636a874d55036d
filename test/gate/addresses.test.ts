import assert from 'node:assert/strict';
import { admitting, isRange } from '../../src/gate/addresses.ts';

describe('admitting', () => {
  const barred: [string, string][] = [
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'all of loopback'],
    ['0.0.0.0', 'this host'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private to its end'],
    ['192.168.1.1', 'private'],
    ['169.254.169.254', 'the metadata service of a cloud'],
    ['168.63.129.16', "Azure's own address"],
    ['100.64.0.1', 'shared'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['::1', 'loopback'],
    ['::', 'no address'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['fd00::1', 'private'],
    ['::ffff:127.0.0.1', 'IPv4 inside of IPv6'],
    ['::ffff:7f00:1', 'the same in hex'],
    ['::ffff:a9fe:a9fe', 'metadata in hex'],
    ['0:0:0:0:0:ffff:7f00:1', 'the same at length'],
    ['::7f00:1', 'IPv4 inside of IPv6, as it once was written'],
    ['64:ff9b::7f00:1', 'IPv4 behind a translator'],
    ['2002:7f00:1::', 'IPv4 behind a tunnel'],
    ['[::1]', 'in brackets, as addresses have it'],
    ['localhost', 'a name is no address'],
    ['', 'nothing'],
  ];
  for (const [address, what] of barred)
    it(`bars ${address || 'nothing'}: ${what}`, () => assert.equal(admitting([])(address), false));

  for (const address of ['20.50.2.1', '172.32.0.1', '172.15.255.255', '11.0.0.1', '2603:1020::1', '::ffff:20.50.2.1'])
    it(`admits ${address} of the public internet`, () => assert.equal(admitting([])(address), true));

  it('admits listed ranges, and nothing beside them', () => {
    const admit = admitting(['10.1.0.0/16', 'fd00:1::/32', '127.0.0.1']);
    const asked = ['10.1.255.255', '10.2.0.0', 'fd00:1:2::1', 'fd00:2::1', '127.0.0.1', '127.0.0.2', '::ffff:10.1.0.1'];
    assert.deepEqual(asked.map(admit), [true, false, true, false, true, false, true]);
  });

  it('knows what may be written for a range', () => {
    const good = ['10.0.0.0/8', '10.0.0.1', '::1', 'fd00::/8', '0.0.0.0/0'];
    const bad = ['10.0.0.0/33', 'fd00::/129', '10.0.0', 'localhost', '10.0.0.0/8/8', '10.0.0.0/', ''];
    assert.deepEqual([good.map(isRange), bad.map(isRange)], [good.map(() => true), bad.map(() => false)]);
  });
});
