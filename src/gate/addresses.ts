import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are no host of the public internet (RFC 6890 and its successors): loopback, private, link-local with the
 * metadata services of clouds, shared, reserved, multicast, and what carries an IPv4 address inside.
 */
const INTERNAL: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's own virtual address: DNS, health probes and the agent of a machine, and nobody's app.
  '168.63.129.16/32',
  // Nothing, loopback, and IPv4 written into IPv6 in a way of long ago.
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** `10.1.0.0/16`, `127.0.0.1`, `fd00::/8`: what may be written for a range of addresses. */
export function isRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/**
 * Pure: may this address be connected to? It may when it is of the public internet, or in one of the ranges that are allowed
 * all the same.
 * @param allowed ranges as `isRange` takes them
 * @returns a function from an address, as a resolver gives it, to the answer; what is no address may not
 */
export function admitting(allowed: readonly string[]): (address: string) => boolean {
  const internal = listOf(INTERNAL);
  const listed = listOf(allowed);
  return (text) => {
    const address = plain(text);
    const version = isIP(address);
    if (version === 0) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    return listed.check(address, family) || !internal.check(address, family);
  };
}

/** Without the brackets of an address in a URL, and without a zone, which is no part of it. */
function plain(address: string): string {
  return address.replace(/^\[|\]$/g, '').split('%')[0] ?? '';
}

/** Node judges `::ffff:127.0.0.1` by the ranges of 127.0.0.1 (measured, and tested here). */
function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
