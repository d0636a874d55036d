import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificate } from '../../src/emulator/server/certificate.ts';

const TRUST = new URL('../../src/probe/trust.ts', import.meta.url).href;

describe('the authorities of a connection', function () {
  this.timeout(20_000);
  // What Node trusts by itself stands in for the public authorities, which no test can have a certificate of.
  const [known, given, strange] = [0, 1, 2].map(() => makeCertificate(new Date()));
  const servers: Server[] = [];
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'safe-rollout-trust-'))));
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  it('are those of Node and the given ones, all of a file, and no other', async () => {
    writeFileSync(join(folder, 'known.pem'), known!.caPem);
    const ports: number[] = [];
    for (const { keyPem, chainPem } of [known!, given!, strange!]) {
      const server = createServer({ key: keyPem, cert: chainPem }, (_, response) => response.end('fine'));
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
      ports.push((server.address() as AddressInfo).port);
    }
    const bundle = `${makeCertificate(new Date()).caPem}\n${given!.caPem}`;
    const script = `
      import { get } from 'node:https';
      import { trusting } from ${JSON.stringify(TRUST)};
      const secureContext = trusting([${JSON.stringify(bundle)}]);
      const ask = (port) => new Promise((resolve) =>
        get({ host: 'localhost', port, secureContext, agent: false }, (answer) => resolve(answer.resume().statusCode))
          .on('error', ({ code }) => resolve(code)));
      console.log(JSON.stringify(await Promise.all(${JSON.stringify(ports)}.map(ask))));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--use-openssl-ca', '--import', 'tsx', '--input-type=module', '--eval', script],
      { env: { ...process.env, SSL_CERT_FILE: join(folder, 'known.pem') } },
    );
    const [byNode, byUs, byNobody] = JSON.parse(stdout) as unknown[];
    assert.deepEqual([byNode, byUs], [200, 200]);
    assert.match(String(byNobody), /SELF_SIGNED|UNABLE_TO|SIGNATURE/);
  });
});
