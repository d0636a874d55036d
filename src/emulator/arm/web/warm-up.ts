import { request } from 'node:http';
import { systemClock } from '../../../time/clock.ts';
import type { Slot } from '../../state/site.ts';

export interface WarmUpSettings {
  readonly swapMs: number;
  readonly warmUpTimeoutMs: number;
}

const TRIES = 5;

/**
 * The platform's warm-up of a slot that is about to be swapped: up to five requests to `/`, or to
 * WEBSITE_SWAP_WARMUP_PING_PATH. Any status counts, unless WEBSITE_SWAP_WARMUP_PING_STATUSES lists those that do: that
 * default is why an app that answers 500 to everything is swapped into production by the platform without a word.
 */
export async function warmUp(
  slot: Slot,
  settings: Readonly<Record<string, string>>,
  { swapMs, warmUpTimeoutMs }: WarmUpSettings,
  signal: AbortSignal,
): Promise<'warm' | 'cold'> {
  if (slot.content.isEmpty) return 'warm';
  const path = settings['WEBSITE_SWAP_WARMUP_PING_PATH'] ?? '/';
  const statuses = (settings['WEBSITE_SWAP_WARMUP_PING_STATUSES'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const app = await slot.content.acquire();
    const status = app === undefined ? undefined : await ping(app.port, path, warmUpTimeoutMs);
    app?.release();
    if (status !== undefined && (statuses.length === 0 || statuses.includes(String(status)))) return 'warm';
    // Tries are spread over the time that a swap takes, so that a fast emulator also fails fast.
    if (attempt < TRIES) await systemClock.sleep(Math.max(5, swapMs / TRIES), signal);
  }
  return 'cold';
}

function ping(port: number, path: string, timeoutMs: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: 'localhost',
        port,
        path: path.startsWith('/') ? path : `/${path}`,
        headers: { 'user-agent': 'SiteWarmup', host: 'localhost' },
        agent: false,
        timeout: timeoutMs,
      },
      (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(undefined));
    outgoing.on('close', () => resolve(undefined));
    outgoing.end();
  });
}
