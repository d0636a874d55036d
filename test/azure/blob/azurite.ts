import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenCredential } from '@azure/identity';
import { BlobClient, type BlobTimes } from '../../../src/azure/blob/blob-client.ts';
import { PUBLIC_AZURE } from '../../../src/azure/identity/credentials.ts';
import { makeCertificate } from '../../../src/emulator/server/certificate.ts';
import { parseBlobAddress } from '../../../src/journal/blob-address.ts';
import { systemClock, type Clock } from '../../../src/time/clock.ts';

/** Microsoft's own emulator of Azure Storage, as a process of its own; it keeps everything in memory. */
export interface Azurite {
  /** `https://127.0.0.1:<port>/<account>` */
  readonly accountUrl: string;
  readonly caPem: string;
  readonly keyPem: string;
  readonly chainPem: string;
  /** Moves its clock against ours, from now on. */
  setAhead(ms: number): Promise<void>;
  createContainer(name: string): Promise<void>;
}

export interface ClientOptions {
  readonly clock?: Clock;
  readonly times?: BlobTimes;
  readonly credential?: TokenCredential;
  /** In front of Azurite, such as one that makes faults. */
  readonly accountUrl?: string;
}

let shared: Promise<Azurite> | undefined;

/** One for each process of a test run: whoever uses it takes containers of its own, and sets its clock back. */
export async function sharedAzurite(): Promise<Azurite> {
  return await (shared ??= startAzurite());
}

async function startAzurite(): Promise<Azurite> {
  const folder = await mkdtemp(join(tmpdir(), 'safe-rollout-azurite-'));
  const certificate = makeCertificate(new Date());
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(cert, certificate.chainPem);
  await writeFile(key, certificate.keyPem);
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const place = ['--blobHost', '127.0.0.1', '--blobPort', '0', '--inMemoryPersistence'];
  const child = fork(
    program,
    [...place, '--oauth', 'basic', '--cert', cert, '--key', key, '--silent', '--disableTelemetry'],
    {
      cwd: folder,
      execArgv: ['--require', join(import.meta.dirname, 'shifted-clock.cjs')],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const [, address] = /successfully listens on (https:\S+)/.exec(log) ?? [];
      if (address !== undefined) resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`Azurite ended with ${code}: ${log}`)));
  });
  const azurite: Azurite = {
    ...certificate,
    accountUrl: `${url}/devstoreaccount1`,
    setAhead: async (aheadMs) => {
      const told = once(child, 'message');
      child.send({ aheadMs });
      await told;
    },
    createContainer: async (name) => {
      const client = clientOf(azurite, name);
      const exchange = await client.send({ method: 'PUT', blob: null, query: { restype: 'container' } });
      if (exchange.kind !== 'answered' || exchange.status !== 201) throw new Error(JSON.stringify(exchange));
    },
  };
  // It leaves with this process, and is no reason for it to stay: no hook knows which file is the last to use it.
  child.unref();
  child.channel?.unref();
  (child.stdout as Socket).unref();
  process.once('exit', () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  return azurite;
}

/** @param place a container, and folders in it */
export function clientOf(azurite: Azurite, place: string, options: ClientOptions = {}): BlobClient {
  const { clock = systemClock, credential = fakeCredential, accountUrl = azurite.accountUrl, times } = options;
  const address = parseBlobAddress(`${accountUrl}/${place}`);
  if (typeof address === 'string') throw new Error(address);
  const endpoints = { ...PUBLIC_AZURE, ca: [azurite.caPem] };
  return new BlobClient(address, { credential, endpoints, clock, ...(times === undefined ? {} : { times }) });
}

/** Azurite looks at issuer, audience and times of a token, not at its signature. */
const fakeCredential: TokenCredential = {
  getToken: (scopes) => {
    const [scope = ''] = [scopes].flat();
    const claims = {
      aud: scope.replace(/\/\.default$/, ''),
      iss: 'https://sts.windows.net/00000000-0000-4000-8000-000000000000/',
      iat: 0,
      nbf: 0,
      exp: 4_000_000_000,
    };
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJl`;
    return Promise.resolve({ token, expiresOnTimestamp: claims.exp * 1000 });
  },
};
