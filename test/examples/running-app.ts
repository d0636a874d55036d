import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { buffer } from 'node:stream/consumers';
import { openPromise } from 'yauzl';
import { buildPackages } from '../../examples/contoso/build-packages.ts';

export const CONTOSO = join(import.meta.dirname, '../../examples/contoso');

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The body as JSON; undefined where it is not JSON. */
  readonly json: unknown;
}

/** A release that runs from its unpacked package, as a worker of the platform runs it. */
export interface RunningApp {
  readonly url: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  /** Sends SIGTERM and answers with the exit code, or the signal's name when the process did not end by itself. */
  stop(): Promise<number | string>;
}

/** A folder for one test file, removed by `remove`. */
export async function scratchFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'contoso-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Path to text of every file in a package, in the order of the archive. */
export async function readPackage(file: string): Promise<Map<string, string>> {
  const archive = await openPromise(file);
  const files = new Map<string, string>();
  for await (const entry of archive.eachEntry()) {
    files.set(entry.fileName, (await buffer(await archive.openReadStreamPromise(entry))).toString('utf8'));
  }
  return files;
}

/** Builds the package, unpacks it into a folder of its own under `scratch` and starts it on a port that is free. */
export async function startRelease(
  scratch: string,
  service: string,
  version: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningApp> {
  const folder = await mkdtemp(join(scratch, `${service}-${version}-`));
  const [built] = await buildPackages({ source: CONTOSO, out: folder, releases: [{ service, version }] });
  for (const [name, text] of await readPackage(built?.file ?? '')) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const child = spawn(process.execPath, ['server.js'], {
    cwd: folder,
    env: { ...settings, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = `http://127.0.0.1:${await portOf(child)}`;
  return {
    url,
    get: async (path) => answerOf(await fetch(new URL(path, url))),
    post: async (path, body) =>
      answerOf(
        await fetch(new URL(path, url), {
          method: 'POST',
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? String(child.signalCode);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      return child.exitCode ?? child.signalCode ?? 'running';
    },
  };
}

async function portOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the app was started without a stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^listening on (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error('the app ended before it listened');
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined };
}
