import { generateKeyPairSync, sign } from 'node:crypto';
import * as der from '../../../src/emulator/server/der.ts';

/** sha256WithRSAEncryption, whose parameters are null (RFC 4055). */
const RSA_WITH_SHA256 = der.sequence(der.objectId('1.2.840.113549.1.1.11'), Buffer.from([5, 0]));
const DAY_MS = 24 * 3600 * 1000;

/** A self-signed certificate as service principals have one: RSA, since Entra takes no other. PEM texts. */
export function clientCertificatePem(): { readonly certificate: string; readonly privateKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = der.sequence(der.set(der.sequence(der.objectId('2.5.4.3'), der.utf8String('deployer'))));
  const now = Date.now();
  const signed = der.sequence(
    der.tagged(0, 'constructed', der.integer(Buffer.from([2]))),
    der.integer(Buffer.from([1])),
    RSA_WITH_SHA256,
    name,
    der.sequence(der.utcTime(new Date(now - DAY_MS)), der.utcTime(new Date(now + DAY_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const bytes = der.sequence(signed, RSA_WITH_SHA256, der.bitString(sign('sha256', signed, privateKey)));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
