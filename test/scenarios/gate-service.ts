import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Emulator } from '../../src/emulator/start.ts';
import { builtProduct, COMPILED_ONCE } from '../tasks/built-tasks.ts';

export const SECRET = 'a secret of the tests, long enough to be one';

/** What is asked for its health: each path answers as it is told to. */
export interface Patient {
  readonly url: string;
  readonly asked: Map<string, number>;
  /** Status by path; 503 for all others. */
  readonly statuses: Map<string, number>;
  close(): Promise<void>;
}

export async function startPatient(): Promise<Patient> {
  const statuses = new Map<string, number>();
  const asked = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    response.writeHead(statuses.get(path) ?? 503, { 'content-type': 'application/json' }).end('{"status":"up"}');
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    statuses,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies freely
  readonly json: any;
}

/** One request over a real socket. A body may be a text that is no JSON. */
export function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      url,
      {
        method,
        headers: {
          'content-type': 'application/json',
          ...('transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
          ...headers,
        },
      },
      (incoming) => {
        let received = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            text: received,
            get json() {
              return JSON.parse(received) as unknown;
            },
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

export const withSecret = { 'x-safe-rollout-secret': SECRET };

/** The headers that the built-in checks send, of a task of its own. */
export function taskHeaders(emulator: Emulator, taskId = randomUUID()): Record<string, string> {
  return {
    ...withSecret,
    PlanUrl: emulator.devOpsUrl,
    ProjectId: '11111111-0000-4000-8000-000000000001',
    HubName: 'checks',
    PlanId: '22222222-0000-4000-8000-000000000002',
    JobId: '33333333-0000-4000-8000-000000000003',
    TimelineId: '44444444-0000-4000-8000-000000000004',
    TaskInstanceId: taskId,
    AuthToken: emulator.devOpsToken,
  };
}

export interface GateProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it has logged, line by line. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into lines freely
  log(): any[];
  /** Kills it at once, or asks it to stop. @returns its exit code, null when it was killed */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

/** The service as people start it: the bundled program in a process of its own. */
export async function startGate(
  emulator: Emulator,
  state: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<GateProcess> {
  const program = join(await builtProduct(), 'cli/safe-rollout.js');
  const own = ['--port', '0', '--state', state, '--ca-file', emulator.caFile, '--callback-hosts', '127.0.0.1'];
  const reach = ['--probe-hosts', '127.0.0.1', '--internal-addresses', '127.0.0.1'];
  const args = ['gate', 'serve', ...own, ...reach, ...flags, '--format', 'json'];
  const child = spawn(process.execPath, [...COMPILED_ONCE, program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', SAFE_ROLLOUT_GATE_SECRET: SECRET, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const [, found] = /"url": "([^"]+)"/.exec(stdout) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('close', (code) => reject(new Error(`the service ended with ${code}: ${stderr}${stdout}`)));
  });
  return {
    url,
    child,
    log: () =>
      stderr
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as unknown),
    end: (signal) => {
      child.kill(signal);
      return closed;
    },
  };
}
