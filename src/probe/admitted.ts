import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

/** Whether an address, as a resolver gives it, may be connected to. */
export type Admit = (address: string) => boolean;

/** Why nothing was connected to, in words that say who decided it. */
export class NotAdmitted extends Error {
  constructor(host: string, addresses: readonly string[]) {
    super(
      `${host} is at ${addresses.join(', ')}, an internal address, which is not probed unless it is listed (--internal-addresses)`,
    );
    this.name = 'NotAdmitted';
  }
}

/**
 * Resolves names to the addresses that are admitted. A connection gets its address from here and from nowhere else, so it
 * goes where was looked at: a name that points elsewhere a moment later gains nothing (DNS rebinding). Hosts that are
 * addresses themselves are not resolved, and have to be looked at before.
 */
export function admittedLookup(admit: Admit): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '');
      const good = found.filter(({ address }) => admit(address));
      const [first] = good;
      if (first === undefined)
        return callback(
          new NotAdmitted(
            hostname,
            found.map(({ address }) => address),
          ),
          '',
        );
      if (options.all === true) return callback(null, good);
      callback(null, first.address, first.family);
    });
  };
}

/** Why a host that is an address itself may not be connected to; undefined for names, and where it may. */
export function barredAddress(hostname: string, admit: Admit): NotAdmitted | undefined {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) === 0 || admit(address) ? undefined : new NotAdmitted(address, [address]);
}
