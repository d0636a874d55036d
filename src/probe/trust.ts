import * as tls from 'node:tls';

/**
 * Certificate authorities to verify servers by: those that node trusts, and the given ones. Node replaces its own list
 * by the `ca` option instead of adding to it, so a private authority alone would shut out every public host.
 * @param extra in PEM
 */
export function trustedAuthorities(extra: readonly string[]): string[] {
  // Node 22.15 and later also tell what NODE_EXTRA_CA_CERTS and the system add; before, only the built-in list is told.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => readonly string[] };
  return [...(getCACertificates?.('default') ?? tls.rootCertificates), ...extra];
}

const contexts = new Map<string, tls.SecureContext>();

/** A context of node's authorities and the given ones, made once for all connections. */
export function trusting(extra: readonly string[]): tls.SecureContext {
  const key = extra.join('\n');
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const made = added(extra) ?? tls.createSecureContext({ ca: trustedAuthorities(extra) });
  contexts.set(key, made);
  return made;
}

/**
 * By the way that node's own `ca` option takes, and no documentation names: it adds to the list that node has read
 * already, where handing over some 140 certificates as text takes 18 ms and 2 MB, a third of node's own start.
 */
function added(extra: readonly string[]): tls.SecureContext | undefined {
  const made = tls.createSecureContext() as tls.SecureContext & { context?: { addCACert?: (pem: string) => void } };
  if (typeof made.context?.addCACert !== 'function') return undefined;
  for (const pem of extra) made.context.addCACert(pem);
  return made;
}
