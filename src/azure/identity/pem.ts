import { X509Certificate } from 'node:crypto';

/** How a certificate pasted into a field of one line looks: its line breaks are gone, or are spaces, or are `\n`. */
const ON_ONE_LINE = /-----BEGIN [A-Z0-9 ]+-----(?![ \t]*[\r\n])/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** PEM, as far as its lines go: TLS and the sign-in library take nothing else, and say so in words of their own. */
export const PEM_LINES =
  'must have the line breaks of PEM: one after each -----BEGIN ...-----, and one before each -----END ...-----';

/** Pure: true where what begins as PEM goes on in the same line. */
export function lacksLines(pem: string): boolean {
  return ON_ONE_LINE.test(pem) || /\S[ \t]*-----END /.test(pem.replace(/\r/g, ''));
}

/**
 * Pure: what is wrong with a file of certificate authorities. It is read before anything is connected to, since one that
 * TLS cannot read ends every connection.
 * @returns undefined when nothing is
 */
export function problemOfAuthorities(pem: string): string | undefined {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return 'holds no certificate in PEM form';
  if (lacksLines(pem)) return `it ${PEM_LINES}`;
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) return 'its certificate has no end (-----END CERTIFICATE-----)';
  for (const [index, certificate] of certificates.entries())
    try {
      new X509Certificate(certificate);
    } catch (error) {
      const which =
        certificates.length === 1 ? 'its certificate' : `certificate ${index + 1} of ${certificates.length}`;
      return `${which} cannot be read (${error instanceof Error ? error.message : String(error)})`;
    }
  return undefined;
}
