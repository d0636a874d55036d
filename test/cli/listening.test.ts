import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SECRET } from '../scenarios/gate-service.ts';
import { safeRollout } from './command-line.ts';

describe('safe-rollout, where it is to listen', () => {
  let taken: Server;
  let port: number;
  before(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    ({ port } = taken.address() as AddressInfo);
  });
  after(() => new Promise((resolve) => taken.close(resolve)));

  for (const args of [['gate', 'serve'], ['emulator']])
    it(`says of a port that another program has that it is in use: ${args.join(' ')}`, async () => {
      const { exitCode, stderr } = await safeRollout([...args, '--port', String(port)], {
        env: { SAFE_ROLLOUT_GATE_SECRET: SECRET },
      });
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, new RegExp(`--port: '${port}' is in use by another program: name another one, or 0`));
      assert.doesNotMatch(stderr, /\n {4}at /);
    });

  it('names what is missing of settings that belong together', async () => {
    const env = { SAFE_ROLLOUT_GATE_SECRET: SECRET };
    const tenant = '11111111-2222-3333-4444-555555555555';
    const { exitCode, stderr } = await safeRollout(['gate', 'serve', '--entra-tenant', tenant, '--key-file', 'k.pem'], {
      env,
    });
    assert.equal(exitCode, 2);
    assert.match(stderr, /--cert-file is missing: --cert-file and --key-file belong together/);
    assert.match(stderr, /--entra-audiences is missing: --entra-tenant, --entra-audiences and --entra-apps belong/);
  });
});
