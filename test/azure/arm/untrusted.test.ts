import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { credentialFor } from '../../../src/azure/identity/any-credential.ts';
import { appServiceHosts } from '../../../src/azure/app-service/app-service.ts';
import type { AzureEndpoints } from '../../../src/azure/identity/credentials.ts';
import { makeCertificate } from '../../../src/emulator/server/certificate.ts';
import { httpGet } from '../../../src/probe/http.ts';
import { httpsAgent, type Network } from '../../../src/probe/https-agent.ts';
import { RolloutError } from '../../../src/rollout/errors.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const YEARS_AGO = new Date(Date.now() - 20 * 365 * 24 * 3600 * 1000);
const ID = '00000000-0000-4000-8000-000000000001';
const TRUSTED = makeCertificate(new Date());
const STRANGER = makeCertificate(new Date());
const EXPIRED = makeCertificate(YEARS_AGO);

describe('a certificate that is not trusted', () => {
  const servers: Server[] = [];
  let asked: string[];
  const listen = async ({ keyPem, chainPem }: ReturnType<typeof makeCertificate>): Promise<string> => {
    const server = createServer({ key: keyPem, cert: chainPem }, (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.statusCode = 500;
      response.end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  };
  beforeEach(() => void (asked = []));
  after(() => {
    for (const server of servers) server.close();
  });
  const NETWORK: Network = { ca: [TRUSTED.caPem] };
  const host = (arm: string, authority: string, clock: FakeClock, signedIn: boolean) => {
    const endpoints: AzureEndpoints = { arm, authority, ca: [TRUSTED.caPem], agent: httpsAgent(NETWORK) };
    const token = { token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 };
    const identity = { kind: 'secret', tenantId: ID, clientId: ID, clientSecret: 'secret' } as const;
    const credential = signedIn ? { getToken: () => Promise.resolve(token) } : credentialFor(identity, endpoints);
    const target = {
      kind: 'appService' as const,
      subscription: ID,
      resourceGroup: 'rg',
      app: 'app',
      source: 'staging',
      destination: 'production',
    };
    return appServiceHosts({ credential, endpoints, clock })(target);
  };
  const CURE = /Have it trusted: on a terminal by --ca-file or NODE_EXTRA_CA_CERTS, in a pipeline by --sslcacert/;

  for (const [whose, signedIn] of [
    ['the sign-in host', false],
    ['Azure Resource Manager', true],
  ] as const)
    it(`of ${whose} is named at once, with who signed it and the cure, and nothing is sent`, async () => {
      const [good, strange] = [await listen(TRUSTED), await listen(STRANGER)];
      const clock = new FakeClock();
      const app = signedIn ? host(strange, good, clock, true) : host(good, strange, clock, false);
      const error: unknown = await app.observe('staging').catch((one: unknown) => one);
      assert.ok(error instanceof RolloutError && error.facts.code === 'unreadable', String(error));
      assert.ok(error.message.includes(`the certificate of ${strange.slice(8)} is not trusted: self-signed`));
      assert.match(error.message, /it was signed by 'Safe Rollout emulator \w+'/);
      assert.match(error.message, CURE);
      const swap = await app.requestSwap('staging', 'production');
      assert.equal(swap.kind, 'refused', 'a handshake that fails proves that nothing was sent');
      assert.deepEqual([asked, clock.monotonic()], [[], 0]);
    });

  it('is told apart from one that has ended, whose cure is another', async () => {
    const clock = new FakeClock();
    const arm = await listen(EXPIRED);
    const endpoints: AzureEndpoints = { arm, authority: arm, ca: [], agent: httpsAgent({ ca: [EXPIRED.caPem] }) };
    const token = { token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 };
    const target = {
      kind: 'appService' as const,
      subscription: ID,
      resourceGroup: 'rg',
      app: 'app',
      source: 'staging',
      destination: 'production',
    };
    const app = appServiceHosts({ credential: { getToken: () => Promise.resolve(token) }, endpoints, clock })(target);
    await assert.rejects(app.observe('staging'), /is not trusted: certificate has expired.*Have it renewed/);
  });

  it('is named by a probe too', async () => {
    const http = httpGet(NETWORK);
    const url = `${await listen(STRANGER)}/health`;
    const answer = await http.get({ url, headers: {}, timeoutMs: 2000 }).finally(() => http.close());
    assert.equal(answer.kind, 'unreachable');
    assert.match((answer as { reason: string }).reason, /certificate of localhost:\d+ .*signed by 'Safe Rollout/);
    assert.deepEqual(asked, []);
  });

  it('is looked at anew each time', async () => {
    const [good, strange] = [await listen(TRUSTED), await listen(STRANGER)];
    const agent = httpsAgent(NETWORK);
    const identity = { kind: 'secret', tenantId: ID, clientId: ID, clientSecret: 'secret' } as const;
    const tokenFrom = (authority: string): Promise<unknown> =>
      credentialFor(identity, { arm: good, authority, ca: [], agent })
        .getToken('https://x/.default')
        .catch((error: Error) => error.message);
    assert.match(String(await tokenFrom(strange)), /is not trusted/);
    assert.doesNotMatch(String(await tokenFrom(good)), /is not trusted/);
    assert.equal(agent.takeRefusal(strange), undefined);
  });
});
