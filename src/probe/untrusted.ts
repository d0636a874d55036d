import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/**
 * Node's codes for a certificate that it does not take, and what helps. Each comes at the end of the handshake, before
 * a byte of the request is sent.
 */
const NOT_VOUCHED_FOR =
  'Have it trusted: on a terminal by --ca-file or NODE_EXTRA_CA_CERTS, in a pipeline by --sslcacert when the agent is configured';
const CURES: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: NOT_VOUCHED_FOR,
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_VOUCHED_FOR,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_VOUCHED_FOR,
  UNABLE_TO_GET_ISSUER_CERT: NOT_VOUCHED_FOR,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_VOUCHED_FOR,
  CERT_HAS_EXPIRED: "Have it renewed, and check this machine's clock",
  CERT_NOT_YET_VALID: "Check this machine's clock",
  ERR_TLS_CERT_ALTNAME_INVALID:
    'Check the address, and whether a proxy in between answers with a certificate of its own',
};

/** True when a server was not spoken to because of its certificate: nothing was sent to it. */
export function isUntrusted(error: unknown): boolean {
  return Object.hasOwn(CURES, codeOf(error));
}

/** The same error in words that name the server, who signed what it showed, and the cure. Others are left as they are. */
export function nameUntrusted<E extends Error>(error: E, server: string, signer?: string): E {
  const cure = CURES[codeOf(error)];
  if (cure === undefined) return error;
  const signed = signer === undefined ? '' : `; it was signed by '${signer}'`;
  error.message = `the certificate of ${server} is not trusted: ${error.message}${signed}. ${cure}`;
  return error;
}

/**
 * Has a connection name the server when its certificate is refused. Node tells neither the host nor the authority, and
 * takes the certificate away with the socket: what was shown is looked at as soon as the handshake is through.
 */
export function namingUntrusted(socket: TLSSocket, server: string, refused: (error: Error) => void): void {
  let signer: string | undefined;
  socket.prependListener('secure', () => {
    signer = signerOf(socket.getPeerCertificate(true));
  });
  socket.prependListener('error', (error: Error) => {
    if (isUntrusted(error)) refused(nameUntrusted(error, server, signer));
  });
}

/** Who signed the last certificate that was shown: the authority to trust, where the server shows its whole chain. */
function signerOf(shown: DetailedPeerCertificate): string | undefined {
  let last: DetailedPeerCertificate | undefined = shown;
  // The issuer of a certificate that signed itself is itself.
  const seen = new Set<DetailedPeerCertificate>();
  while (last.issuerCertificate !== undefined && !seen.has(last)) {
    seen.add(last);
    last = last.issuerCertificate;
  }
  const { CN, O } = (last.issuer ?? {}) as Partial<Record<'CN' | 'O', string | string[]>>;
  const [name] = [CN ?? O ?? []].flat();
  return name === undefined ? undefined : name.slice(0, 100);
}

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
