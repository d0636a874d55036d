import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, request as secureRequest, type Server as SecureServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../src/emulator/server/certificate.ts';
import { startEmulator, type Emulator } from '../../src/emulator/start.ts';
import { clientCertificatePem } from '../azure/identity/client-certificate.ts';
import { armClient, tokenOf } from '../emulator/client.ts';
import { LIGHT } from '../emulator/light-app.ts';
import { tinyApp } from '../emulator/tiny-app.ts';
import { agentEnvironment, endpointVariables, runAsAgent, type TaskEnd } from './build-agent.ts';
import { taskFolder } from './built-tasks.ts';

export const SCHEMES = ['workload identity', 'secret', 'certificate', 'managed identity'] as const;
export const CLOUDS = ['public', 'sovereign'] as const;
/** `proxy` always wants a user and a password. The private authority is the agent's own; elsewhere the machine trusts it. */
export const WAYS = ['direct', 'proxy', 'proxy and private authority'] as const;

export type Scheme = (typeof SCHEMES)[number];
export type Cloud = (typeof CLOUDS)[number];
export type Way = (typeof WAYS)[number];

/** Where the clouds are (documented), and how a service connection names them. */
export const HOSTS: Readonly<Record<Cloud, { environment: string; arm: string; authority: string }>> = {
  public: { environment: 'AzureCloud', arm: 'management.azure.com', authority: 'login.microsoftonline.com' },
  sovereign: {
    environment: 'AzureUSGovernment',
    arm: 'management.usgovcloudapi.net',
    authority: 'login.microsoftonline.us',
  },
};

const CONNECTION = '5b2f7f0e-0000-4000-8000-00000000c0de';
const LOGIN = { username: 'agent', password: 'pass word of the proxy' };
const IDENTITY_HEADER = 'the-header-of-the-machine';

/** What one run has asked, since the last was looked at. */
export interface Asked {
  /** Hosts of the clouds. */
  readonly hosts: readonly string[];
  /** Places to which the proxy was to open a way. */
  readonly tunnels: readonly string[];
  /** Resources for which the machine was asked for a token. */
  readonly machine: readonly string[];
}

/** An Azure under the names of two clouds, a proxy, a machine with an identity, and what they were asked. */
export interface SignInRig {
  readonly emulator: Emulator;
  swap(scheme: Scheme, cloud: Cloud, way: Way, more?: { login?: 'right' | 'wrong' | 'none' }): Promise<TaskEnd>;
  asked(): Asked;
  close(): Promise<void>;
}

export async function openSignInRig(): Promise<SignInRig> {
  const { certificate, privateKey } = clientCertificatePem();
  const emulator = await startEmulator({
    ...LIGHT,
    sites: [{ name: 'payments', resourceGroup: 'rg' }],
    clientCertificate: certificate,
    trustedConnections: [CONNECTION],
  });
  const arm = await armClient(emulator);
  await arm.deploy('payments', await tinyApp('1.0.0'));
  await arm.deploy('payments-staging', await tinyApp('2.0.0'));
  const folder = mkdtempSync(join(tmpdir(), 'safe-rollout-sign-in-'));
  const authorities = join(folder, 'authorities.pem');
  const hosts: string[] = [];
  const tunnels: string[] = [];
  const resources: string[] = [];
  const front = makeCertificate(new Date(), Object.values(HOSTS).flatMap((one) => [one.arm, one.authority])); // prettier-ignore
  writeFileSync(authorities, front.caPem + emulator.caPem);
  const clouds = frontOf(emulator, front, hosts);
  const proxy = proxyOf(() => portOf(clouds), tunnels);
  const machine = machineOf(emulator, resources);
  await Promise.all(
    [clouds, proxy, machine].map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))),
  );

  const parametersOf = (scheme: Scheme): readonly [string, Record<string, string>] => {
    const application = { tenantid: emulator.tenantId, serviceprincipalid: emulator.clientId };
    switch (scheme) {
      case 'workload identity':
        return ['WorkloadIdentityFederation', application];
      case 'secret':
        return ['ServicePrincipal', { ...application, authenticationType: 'spnKey', serviceprincipalkey: emulator.clientSecret }]; // prettier-ignore
      case 'certificate': {
        const pem = { authenticationType: 'spnCertificate', servicePrincipalCertificate: certificate + privateKey };
        return ['ServicePrincipal', { ...application, ...pem }];
      }
      case 'managed identity':
        return ['ManagedServiceIdentity', {}];
    }
  };

  const networkOf = (way: Way, login: 'right' | 'wrong' | 'none'): Record<string, string> => {
    const trusted = way === 'proxy and private authority' ? { AGENT_CAINFO: authorities } : { AGENT_CAINFO: '', NODE_EXTRA_CA_CERTS: authorities }; // prettier-ignore
    if (way === 'direct') {
      const places = Object.values(HOSTS).flatMap((one) => [one.arm, one.authority]);
      const ports = Object.fromEntries(places.map((host) => [`${host}:443`, portOf(clouds)]));
      const hook = join(import.meta.dirname, 'public-names.cjs');
      return { ...trusted, NODE_OPTIONS: `--require ${hook}`, TEST_PLACES: JSON.stringify(ports) };
    }
    const credentials = {
      right: { AGENT_PROXYUSERNAME: LOGIN.username, AGENT_PROXYPASSWORD: LOGIN.password },
      wrong: { AGENT_PROXYUSERNAME: LOGIN.username, AGENT_PROXYPASSWORD: 'another pass word' },
      none: {},
    }[login];
    return { ...trusted, AGENT_PROXYURL: `http://127.0.0.1:${portOf(proxy)}`, ...credentials };
  };

  return {
    emulator,
    swap: async (scheme, cloud, way, { login = 'right' } = {}) => {
      const { environment, arm: armHost, authority } = HOSTS[cloud];
      const [name, parameters] = parametersOf(scheme);
      const connection = endpointVariables(
        CONNECTION,
        `https://${armHost}/`,
        { scheme: name, parameters },
        {
          subscriptionid: emulator.subscriptionId,
          subscriptionname: 'Contoso production',
          environment,
          environmentAuthorityUrl: `https://${authority}/`,
        },
      );
      const identity = {
        IDENTITY_ENDPOINT: `http://127.0.0.1:${portOf(machine)}/msi/token`,
        IDENTITY_HEADER,
      };
      return await runAsAgent({
        folder: await taskFolder('SafeRolloutSwap'),
        inputs: {
          azureSubscription: CONNECTION,
          appName: 'payments',
          resourceGroupName: 'rg',
          healthPath: '/health',
          healthInterval: '50ms',
          healthyThreshold: '2',
          bake: '100ms',
          settle: '1s',
          // Of a job that is kept from Azure DevOps too, the sign-in would not be what fails.
          ...(login === 'right' ? {} : { journal: './journal.jsonl' }),
        },
        env: {
          ...agentEnvironment(emulator, 'other'),
          ...connection,
          ...networkOf(way, login),
          ...(scheme === 'managed identity' ? identity : {}),
        },
      });
    },
    asked: () => ({
      hosts: [...new Set(hosts.splice(0))].sort(),
      tunnels: [...new Set(tunnels.splice(0))].sort(),
      machine: resources.splice(0),
    }),
    close: async () => {
      for (const server of [clouds, proxy, machine]) {
        server.close();
        server.closeAllConnections();
      }
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The emulator under the names of the clouds: addresses in its answers are theirs, as Azure's would be. */
function frontOf(
  emulator: Emulator,
  { chainPem, keyPem }: ReturnType<typeof makeCertificate>,
  hosts: string[],
): SecureServer {
  return createSecureServer({ cert: chainPem, key: keyPem }, (incoming, outgoing) => {
    const host = incoming.headers.host ?? '';
    hosts.push(host);
    const passed = secureRequest(
      `${emulator.armUrl}${incoming.url}`,
      {
        method: incoming.method,
        headers: { ...incoming.headers, host: new URL(emulator.armUrl).host },
        ca: emulator.caPem,
      },
      (answer) => {
        const headers = Object.entries(answer.headers).map(([name, value]) => [
          name,
          typeof value === 'string' ? value.replaceAll(emulator.armUrl, `https://${host}`) : value,
        ]);
        outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
}

/** Wants to know who asks, and leads the names of the clouds to their front. */
function proxyOf(front: () => number, tunnels: string[]): Server {
  const login = `Basic ${Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64')}`;
  const names = Object.values(HOSTS).flatMap((one) => [`${one.arm}:443`, `${one.authority}:443`]);
  return createServer().on('connect', (request, client) => {
    const place = request.url ?? '';
    tunnels.push(place);
    if (request.headers['proxy-authorization'] !== login)
      return client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n',
      );
    const { hostname, port } = new URL(`http://${place}`);
    const [host, at] = names.includes(place) ? ['127.0.0.1', front()] : [hostname, Number(port)];
    const server = connect(at, host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    client.on('error', () => server.destroy());
    return server.on('error', () => client.destroy());
  });
}

/** What App Service and its like offer to what runs on them (documented, 2019-08-01). */
function machineOf(emulator: Emulator, resources: string[]): Server {
  return createServer((request, response) => {
    resources.push(new URL(request.url ?? '', 'http://machine').searchParams.get('resource') ?? '');
    void tokenOf(emulator).then((token) => {
      const allowed = request.headers['x-identity-header'] === IDENTITY_HEADER;
      const expires = String(Math.floor(Date.now() / 1000) + 3600);
      response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: token, expires_on: expires, token_type: 'Bearer' }));
    });
  });
}

function portOf(server: Server | SecureServer): number {
  return (server.address() as AddressInfo).port;
}
