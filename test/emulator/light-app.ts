import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AppStart, AppState, EmulatorOptions, RunningApp } from '../../src/emulator/start.ts';
import { zipOf } from './tiny-app.ts';

interface Manifest {
  readonly version: string;
  /** `WEBSITE_SLOT_NAME` of the slot, or name of the revision, in which this release falls ill. */
  readonly illIn?: string | null;
  /** Status of `/health` in any slot; 200 when nothing is said. */
  readonly health?: number;
}

/** A package for `lightApp`: `/health` answers its version, and 503 in the slot where it is ill. */
export function lightPackage(version: string, illIn: string | null = null): Promise<Buffer> {
  return zipOf({ 'package.json': JSON.stringify({ version, illIn, main: 'main.js' }), 'main.js': '' });
}

/**
 * A run inside the test's own process, of a `lightPackage` or of a `tinyApp`: what hundreds of swaps need, and two
 * thousand Node processes would not give.
 */
export function lightApp({ folder, environment }: AppStart): RunningApp {
  const { version, illIn, health = 200 } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const slot = environment['WEBSITE_SLOT_NAME'] ?? environment['CONTAINER_APP_REVISION'] ?? '';
  const server: Server = createServer((request, response) => {
    const status = slot === illIn ? 503 : request.url === '/health' ? health : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: status === 200 ? 'healthy' : 'ill', version, release: version }));
  });
  let state: AppState = 'starting';
  let port = 0;
  const listening = new Promise<AppState>((resolve) => {
    server.listen(0, 'localhost', () => {
      port = (server.address() as AddressInfo).port;
      state = state === 'starting' ? 'listening' : state;
      resolve(state);
    });
  });
  const end = async (): Promise<void> => {
    if (state === 'exited') return;
    state = 'exited';
    await listening;
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    get alive() {
      return state !== 'exited';
    },
    pid: undefined,
    get port() {
      return port;
    },
    get state() {
      return state;
    },
    output: '',
    ready: () => listening,
    hold: () => () => undefined,
    stop: end,
    kill: end,
  };
}

/** Of an emulator whose apps and waits are not what is tested: apps in this process, and nothing is asked to come later. */
export const LIGHT = { launch: lightApp, swapMs: 40, retryAfterSeconds: null } as const satisfies EmulatorOptions;
