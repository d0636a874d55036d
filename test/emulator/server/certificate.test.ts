import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { makeCertificate } from '../../../src/emulator/server/certificate.ts';
import { startEmulator } from '../../../src/emulator/start.ts';
import { ask } from '../client.ts';

describe('emulator: certificate', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const { caPem, chainPem, keyPem } = makeCertificate(now);
  const authority = new X509Certificate(caPem);
  const server = new X509Certificate(chainPem);

  it('is signed by an authority of its own', () => {
    assert.equal(authority.ca, true);
    assert.equal(server.ca, false);
    assert.equal(server.checkIssued(authority), true);
    assert.equal(server.verify(authority.publicKey), true);
    assert.equal(server.checkPrivateKey(createPrivateKey(keyPem)), true);
  });

  it('names the host and both loopback addresses', () => {
    assert.equal(server.checkHost('localhost'), 'localhost');
    assert.equal(server.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(server.checkIP('::1'), '::1');
    assert.equal(server.checkHost('example.org'), undefined);
  });

  it('is valid from the day before for a year, with server authentication as its use', () => {
    assert.equal(server.validFrom, 'Feb 28 12:00:00 2026 GMT');
    assert.equal(server.validTo, 'Mar  1 12:00:00 2027 GMT');
    assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  });

  it('differs from start to start: a client of one emulator does not trust another', async () => {
    const [one, other] = await Promise.all([startEmulator(), startEmulator()]);
    await assert.rejects(ask({ ...one, caPem: other.caPem }, `${one.armUrl}/metadata/endpoints`), {
      code: /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET/,
    });
    await Promise.all([one.close(), other.close()]);
  });
});
