import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/start.ts';
import { clientCertificatePem } from '../azure/identity/client-certificate.ts';
import { armClient, tokenOf } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { agentEnvironment, endpointVariables, runAsAgent, type TaskEnd } from './build-agent.ts';
import { taskFolder } from './built-tasks.ts';

const CONNECTION = '5b2f7f0e-0000-4000-8000-00000000c0de';

describe('SafeRolloutSwap signs in as its service connection does', () => {
  let emulator: Emulator;
  let folder: string;
  const { certificate, privateKey } = clientCertificatePem();

  before(async () => (folder = await taskFolder('SafeRolloutSwap')));
  afterEach(() => emulator.close());

  async function start(options: EmulatorOptions = {}): Promise<void> {
    emulator = await startEmulator({ ...LIGHT, sites: [{ name: 'payments', resourceGroup: 'rg' }], ...options });
    const arm = await armClient(emulator);
    await arm.deploy('payments', await tinyApp('1.0.0'));
    await arm.deploy('payments-staging', await tinyApp('2.0.0'));
  }

  function swap(
    scheme: string,
    parameters: Readonly<Record<string, string>>,
    more: { readonly data?: Record<string, string>; readonly env?: Record<string, string> } = {},
  ): Promise<TaskEnd> {
    const data = {
      subscriptionid: emulator.subscriptionId,
      subscriptionname: 'Contoso production',
      environmentAuthorityUrl: `${emulator.authorityUrl}/`,
      ...more.data,
    };
    const connection = endpointVariables(CONNECTION, `${emulator.armUrl}/`, { scheme, parameters }, data);
    return runAsAgent({
      folder,
      inputs: {
        azureSubscription: CONNECTION,
        appName: 'payments',
        resourceGroupName: 'rg',
        healthPath: '/health',
        healthInterval: '50ms',
        healthyThreshold: '2',
        bake: '100ms',
        settle: '1s',
      },
      env: { ...agentEnvironment(emulator, 'other'), ...connection, ...more.env },
    });
  }

  const application = (): Record<string, string> => ({
    tenantid: emulator.tenantId,
    serviceprincipalid: emulator.clientId,
  });
  const production = (): string | null => emulator.siteState('payments').slots['production']!.release;
  const tokenRequests = (): number => emulator.requests({ method: 'POST', path: /oauth2\/v2\.0\/token$/ }).length;

  it('with workload identity federation: by a token of Azure DevOps for this very connection', async () => {
    await start({ trustedConnections: [CONNECTION] });
    const before = tokenRequests();
    const end = await swap('WorkloadIdentityFederation', application());
    assert.equal(end.result, 'Succeeded', end.log);
    assert.equal(production(), '2.0.0');
    const asked = emulator.requests({ method: 'POST', path: /\/jobs\/[^/]+\/oidctoken/ });
    // The sign-in library asks for the assertion more than once, and for the token once.
    assert.ok(asked.length >= 1 && asked.length <= 2, `asked ${asked.length} times`);
    assert.equal(tokenRequests() - before, 1);
    assert.match(asked[0]!.query, new RegExp(`serviceConnectionId=${CONNECTION}`));
    assert.match(end.log, /^##vso\[task\.setsecret\]ey/m, 'the token was not masked');
  });

  it('and says so when the application does not trust the connection', async () => {
    await start({ trustedConnections: ['another'] });
    const end = await swap('WorkloadIdentityFederation', application());
    assert.equal(end.result, 'Failed');
    assert.match(end.message, /AADSTS70021: No matching federated identity record.*sc:\/\/contoso\//);
    assert.match(end.message, /did not accept the credentials/);
    assert.equal(production(), '1.0.0');
  });

  it('and says so when Azure DevOps gives no token', async () => {
    await start();
    emulator.addFault({
      match: { method: 'POST', path: '/oidctoken', times: 'always' },
      effect: { kind: 'status', status: 403 },
    });
    const end = await swap('WorkloadIdentityFederation', application());
    assert.equal(end.result, 'Failed');
    assert.match(
      end.message,
      /Azure DevOps gave no token for service connection 5b2f7f0e[^.]*\. Authorize the pipeline/,
    );
    assert.equal(production(), '1.0.0');
  });

  it('with a certificate', async () => {
    await start({ clientCertificate: certificate });
    const parameters = {
      ...application(),
      authenticationType: 'spnCertificate',
      servicePrincipalCertificate: certificate + privateKey,
    };
    const end = await swap('ServicePrincipal', parameters);
    assert.equal(end.result, 'Succeeded', end.log);
    assert.equal(production(), '2.0.0');
    const line = privateKey.split('\n')[1]!;
    assert.ok(end.log.includes(`##vso[task.setsecret]${line}`), 'the private key was not masked');
  });

  it('with a certificate in its lines only', async () => {
    await start({ clientCertificate: certificate });
    const parameters = {
      ...application(),
      authenticationType: 'spnCertificate',
      servicePrincipalCertificate: (certificate + privateKey).replaceAll('\n', ' '),
    };
    const end = await swap('ServicePrincipal', parameters);
    assert.match(end.errors.join('\n'), /servicePrincipalCertificate: '\*\*\*' must have the line breaks of PEM/);
    assert.doesNotMatch(end.errors.join('\n'), /BEGIN PRIVATE/);
  });

  it('and says so when the certificate is not registered', async () => {
    await start();
    const parameters = {
      ...application(),
      authenticationType: 'spnCertificate',
      servicePrincipalCertificate: certificate + privateKey,
    };
    const end = await swap('ServicePrincipal', parameters);
    assert.match(end.message, /AADSTS700027/);
    assert.equal(production(), '1.0.0');
  });

  describe('with the managed identity of the machine', () => {
    let machine: Server;
    const asked: URL[] = [];
    beforeEach(async () => {
      await start();
      asked.length = 0;
      // What App Service and its like offer to what runs on them (documented, 2019-08-01).
      machine = createServer((request, response) => {
        const url = new URL(request.url ?? '', 'http://machine');
        asked.push(url);
        void tokenOf(emulator).then((token) => {
          const allowed = request.headers['x-identity-header'] === 'known';
          response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
          const resource = url.searchParams.get('resource');
          const expires = String(Math.floor(Date.now() / 1000) + 3600);
          response.end(
            JSON.stringify({
              access_token: token,
              expires_on: expires,
              resource,
              token_type: 'Bearer',
              client_id: 'x',
            }),
          );
        });
      });
      await new Promise<void>((resolve) => machine.listen(0, '127.0.0.1', resolve));
    });
    afterEach(() => new Promise((resolve) => machine.close(resolve)));

    const identity = (): Record<string, string> => ({
      IDENTITY_ENDPOINT: `http://127.0.0.1:${(machine.address() as AddressInfo).port}/msi/token`,
      IDENTITY_HEADER: 'known',
    });

    for (const [name, data, expected] of [
      ['its only one', {}, null],
      [
        'one of several',
        { msiclientId: '7d0c2c5e-0000-4000-8000-00000000abcd' },
        '7d0c2c5e-0000-4000-8000-00000000abcd',
      ],
    ] as const)
      it(name, async () => {
        const end = await swap('ManagedServiceIdentity', {}, { data, env: identity() });
        assert.equal(end.result, 'Succeeded', end.log);
        assert.equal(production(), '2.0.0');
        assert.deepEqual(
          asked.map(({ searchParams }) => searchParams.get('client_id')),
          [expected],
        );
      });
  });
});
