import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import * as der from './der.ts';

/** A certificate authority of one start of the emulator, and the one server certificate that it signed. */
export interface Certificate {
  readonly caPem: string;
  readonly keyPem: string;
  /** The server certificate, followed by its authority. */
  readonly chainPem: string;
}

const ECDSA_WITH_SHA256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'));
const DAY_MS = 24 * 3600 * 1000;

/**
 * Makes both certificates with elliptic-curve keys (some milliseconds; RSA takes a tenth of a second and more). They
 * carry the key identifiers and key usages of RFC 5280, since strict verifiers (Python 3.13 and with it `az`) refuse
 * certificates without them. Nothing is trusted by the system: a client is given `caPem`.
 * @param names of the server, beside those of this machine
 */
export function makeCertificate(now: Date, names: readonly string[] = []): Certificate {
  const authority = keyPair();
  const server = keyPair();
  const authorityName = `Safe Rollout emulator ${randomBytes(4).toString('hex')}`;
  const caPem = certificate({
    subject: authorityName,
    issuer: authorityName,
    subjectKey: authority,
    issuerKey: authority,
    now,
    extensions: [
      extension('2.5.29.19', 'critical', der.sequence(der.boolean(true))),
      // keyCertSign and cRLSign
      extension('2.5.29.15', 'critical', der.bitString(Buffer.from([0x06]), 1)),
    ],
  });
  const serverPem = certificate({
    subject: 'localhost',
    issuer: authorityName,
    subjectKey: server,
    issuerKey: authority,
    now,
    extensions: [
      extension('2.5.29.19', 'critical', der.sequence()),
      // digitalSignature
      extension('2.5.29.15', 'critical', der.bitString(Buffer.from([0x80]), 7)),
      // serverAuth
      extension('2.5.29.37', 'plain', der.sequence(der.objectId('1.3.6.1.5.5.7.3.1'))),
      extension(
        '2.5.29.17',
        'plain',
        der.sequence(
          ...['localhost', ...names].map((one) => der.tagged(2, 'primitive', Buffer.from(one, 'ascii'))),
          der.tagged(7, 'primitive', Buffer.from([127, 0, 0, 1])),
          der.tagged(7, 'primitive', Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
        ),
      ),
    ],
  });
  return {
    caPem,
    keyPem: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chainPem: serverPem + caPem,
  };
}

interface Keys {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  readonly info: Buffer;
  readonly identifier: Buffer;
}

function keyPair(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const info = publicKey.export({ type: 'spki', format: 'der' });
  return { privateKey, info, identifier: createHash('sha256').update(info).digest().subarray(0, 20) };
}

interface Subject {
  readonly subject: string;
  readonly issuer: string;
  readonly subjectKey: Keys;
  readonly issuerKey: Keys;
  readonly now: Date;
  readonly extensions: readonly Buffer[];
}

function certificate({ subject, issuer, subjectKey, issuerKey, now, extensions }: Subject): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const signed = der.sequence(
    der.tagged(0, 'constructed', der.integer(Buffer.from([2]))),
    der.integer(serial),
    ECDSA_WITH_SHA256,
    name(issuer),
    // A day back, for clients whose clock is behind ours.
    der.sequence(der.utcTime(new Date(now.getTime() - DAY_MS)), der.utcTime(new Date(now.getTime() + 365 * DAY_MS))),
    name(subject),
    subjectKey.info,
    der.tagged(
      3,
      'constructed',
      der.sequence(
        ...extensions,
        extension('2.5.29.14', 'plain', der.octetString(subjectKey.identifier)),
        extension('2.5.29.35', 'plain', der.sequence(der.tagged(0, 'primitive', issuerKey.identifier))),
      ),
    ),
  );
  const signature = sign('sha256', signed, issuerKey.privateKey);
  return pem(der.sequence(signed, ECDSA_WITH_SHA256, der.bitString(signature)));
}

function name(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(der.objectId('2.5.4.3'), der.utf8String(commonName))));
}

function extension(id: string, weight: 'critical' | 'plain', value: Buffer): Buffer {
  const critical = weight === 'critical' ? [der.boolean(true)] : [];
  return der.sequence(der.objectId(id), ...critical, der.octetString(value));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
